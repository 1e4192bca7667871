"""Who a device is, from what it shows before any login: pure code over data, no network.

``claims_of`` reads one observation, ``fuse`` agrees on one identity, ``identify`` does both. Knowledge is data beside
this code: ``makers.yaml``, ``lineage.yaml``, ``models.yaml``, ``oui.csv`` and ``patterns/<seen_in>.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.fingerprint.chips import soc_facts
from scanner.fingerprint.fusion import fuse
from scanner.fingerprint.matcher import claims_of
from scanner.model import Claim, Identity, Observation

__all__ = ["claims_of", "fuse", "identify", "soc_facts"]


def identify(observations: Iterable[Observation], extra: Iterable[Claim] = ()) -> Identity:
    """The identity of one device from everything it showed, and from claims of drivers (``extra``)."""
    claims = [claim for observation in observations for claim in claims_of(observation)]
    return fuse([*claims, *extra])
