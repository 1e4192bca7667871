"""What thousands of devices have in common stands in memory once.

Most of what a device was not asked, or did not say, is the same for all of its kind: the same function, unknown for the
same reason. Records are values that nobody changes, so equal ones may be one.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeVar

import msgspec

from scanner.model import Device, Fact, Feature, Unseen

S = TypeVar("S", bound=msgspec.Struct)
_SHORT = 100  # characters: addresses, ids, patterns, versions


class Shared:
    """Gives the first of equal records for all of them. For one reading of an inventory."""

    def __init__(self) -> None:
        self._first: dict[Hashable, Any] = {}

    def device(self, device: Device) -> Device:
        """The same device, made of shared parts."""
        return msgspec.structs.replace(
            device,
            site=self._one(device.site),
            address=self._one(device.address),
            identity=msgspec.structs.replace(
                device.identity, claims=tuple(self.words(claim) for claim in device.identity.claims)
            ),
            endpoints=tuple(self.words(endpoint) for endpoint in device.endpoints),
            observations=tuple(self.words(observation) for observation in device.observations),
            features=tuple(self._feature(feature) for feature in device.features),
            facts={self._one(key): self._fact(fact) for key, fact in device.facts.items()},
            read_by=self._one(device.read_by),
            gaps=tuple(self._one(gap) for gap in device.gaps),
        )

    def words(self, record: S) -> S:
        """The same record, its short texts shared."""
        texts = ((name, getattr(record, name)) for name in record.__struct_fields__)
        short = {name: self._one(text) for name, text in texts if type(text) is str and len(text) <= _SHORT}
        return msgspec.structs.replace(record, **short)

    def _feature(self, feature: Feature) -> Feature:
        if feature.proofs:  # points to replies of this device
            return msgspec.structs.replace(
                feature,
                feature=self._one(feature.feature),
                channel=self._one(feature.channel),
                read_by=self._one(feature.read_by),
            )
        values = (getattr(feature, name) for name in feature.__struct_fields__ if name != "why")
        kept: Feature = self._keep((*values, *feature.why.items()), feature)
        return kept

    def _fact(self, fact: Fact) -> Fact:
        return self._one(fact) if isinstance(fact, Unseen) and not fact.evidence else fact

    def _one(self, value: Any) -> Any:
        return self._keep((type(value), value), value)

    def _keep(self, key: Hashable, value: Any) -> Any:
        return self._first.setdefault(key, value)
