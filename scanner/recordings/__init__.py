"""Recordings: what one device said to one audit, made anonymous, for a bug report and for the lab to serve."""

from scanner.recordings.shape import Certificate, Exchange, Recording, load_recording

__all__ = ["Certificate", "Exchange", "Recording", "load_recording"]
