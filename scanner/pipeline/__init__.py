"""Joins the stages: targets -> discovery -> first contact -> fingerprint -> drivers -> inventory."""

from scanner.pipeline.run import Assignment, Observer, Run

__all__ = ["Assignment", "Observer", "Run"]
