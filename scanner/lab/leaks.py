"""Secrets and records as real devices hand them out in their replies: marks that may turn up nowhere in an audit.

Real firmware prints some of them in clear and some as stars; the virtual devices print them all (docs/sources.md A1).
"""

from __future__ import annotations

MARK = "Kanarie9"
"""Part of every one of them, for a test to look for."""


def leak(kind: str) -> str:
    """A secret of a kind: ``leak("snmp")``. One word, so that it survives every format."""
    return f"{MARK}{kind}"
