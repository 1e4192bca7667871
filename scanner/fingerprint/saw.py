"""The claims of one reply, while it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from scanner.fingerprint import firmware, naming, oui
from scanner.fingerprint.makers import Name, names
from scanner.model import Claim, Grade

Field: TypeAlias = Literal["maker", "brand", "model", "firmware", "build_date", "serial", "mac", "kind"]

_NO_NAME = frozenset((
    "onvif", "general", "private", "oem", "none", "unknown", "na", "ipc", "ipcamera", "ipcam", "networkcamera",
    "manufacturer", "company", "factory", "china", "camera", "nvr", "dvr", "h264", "h265", "default", "vendor",
    "device", "test", "null", "nil", "xxx",
))  # fmt: skip
_HIKVISION_SERIAL = re.compile(
    r"[A-Z]\S{3,24}?20[012]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[A-Z]{3,6}\d{8,9}[A-Z]{0,5}"
)
"""Model, day of production, letters and digits: a brand keeps this shape (docs/sources.md I9.2, V4)."""
_ZERO = re.compile(r"^[0x\W]*$", re.IGNORECASE)


@dataclass(slots=True)
class Saw:
    """The claims of one reply, all with its origin."""

    seen_in: str
    evidence: str
    claims: list[Claim] = field(default_factory=list)

    def say(self, what: Field, value: str, grade: Grade, pattern: str) -> None:
        """One claim; empty values and repetitions are dropped."""
        value = value.strip()[:200]
        claim = Claim(what, value, grade, pattern, self.seen_in, self.evidence)
        if value and claim not in self.claims:
            self.claims.append(claim)

    def model(self, raw: str, pattern: str, grade: Grade = "C2") -> str:
        """A model claim without the maker's name; returns the model, '' when there is none."""
        model = naming.clean_model(raw)
        if not model or len(model) > 60 or naming.is_generic(model):
            return ""
        self.say("model", model, grade, pattern)
        maker = naming.distinctive_maker(model)
        if maker:
            self.say("maker", maker, "C1", "model-series")
        return model

    def mac(self, raw: str, pattern: str) -> str:
        """A MAC claim and what its prefix tells; returns the normal form, '' when it is none."""
        mac = oui.normal_mac(raw)
        if not mac:
            return ""
        self.say("mac", mac, "C2", pattern)
        self.prefix(mac)
        return mac

    def prefix(self, mac: str) -> None:
        """What the first three bytes of a MAC address tell."""
        owner = oui.owner(mac.lower().replace("-", ":"))
        name = names().get(owner) if owner else None
        if name:
            self.say("brand" if name.brand_only else "maker", name.name, "C1", "oui")

    def serial(self, raw: str, pattern: str) -> None:
        """A serial claim unless the text is too short, all zeros or masked."""
        text = raw.strip()
        if len(text) >= 4 and not _ZERO.match(text) and any(character.isdigit() for character in text):
            self.say("serial", text, "C2", pattern)
            if _HIKVISION_SERIAL.fullmatch(text):
                self.say("maker", "Hikvision", "C2", "serial-shape")

    def name(self, raw: str, pattern: str, grade: Grade = "C2") -> Name | None:
        """A brand claim from a name the device gives; returns the known name, None when it is not known."""
        text = " ".join(raw.split())[:60]
        folded = "".join(character for character in text.casefold() if character.isalnum())
        if len(folded) < 2 or folded in _NO_NAME or folded.isdigit():
            return None
        found = names().find(text)
        self.say("brand", found.name if found else text, grade, pattern)
        return found

    def firmware(self, raw: str, pattern: str, named: Name | None, built: str = "") -> None:
        """Firmware and build date; a shape becomes a maker claim unless the unit's own maker name rules it out."""
        text = raw.strip()[:160]
        if not any(character.isdigit() for character in text):
            return
        self.say("firmware", text, "C2", pattern)
        if built and firmware.parse_date(built):
            self.say("build_date", built, "C2", pattern)
        letters = firmware.oem_letters(text)
        if letters:
            self.say("brand", letters[1], "C2", "firmware-letters")
        shape = firmware.shape_of(f"{text} {built}".strip()) or firmware.shape_of(text)
        if shape and _shape_may_tell(shape.maker, named):
            raised = shape.grade == "C1" and named is not None and shape.maker in names().possible_makers(named.name)
            self.say("maker", shape.maker, "C2" if raised else shape.grade, "firmware-shape")


def _shape_may_tell(maker: str, named: Name | None) -> bool:
    """Other makers write versions alike: a shape tells nothing on a unit that carries a maker's own name."""
    return named is None or named.brand_only or named.name == maker or maker in names().possible_makers(named.name)
