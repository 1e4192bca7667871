"""A virtual fleet on loopback: cameras, recorders and things that are neither, for tests and for the demonstration.

It shares no wire code with the scanner, so that it can be a second opinion about every protocol.
"""

from __future__ import annotations

from scanner.lab.device import LabDevice
from scanner.lab.files import load_personalities
from scanner.lab.fleet import Fleet
from scanner.lab.words import AttachedCamera, DeviceTruth, Harm, Personality, Placement, Received, Switch

__all__ = [
    "AttachedCamera",
    "DeviceTruth",
    "Fleet",
    "Harm",
    "LabDevice",
    "Personality",
    "Placement",
    "Received",
    "Switch",
    "load_personalities",
]
