"""Answers of makers' own finders, as discovery brings them into one form (docs/sources.md I6.3).

A protocol survives a new badge, so who answers one is a maker claim. A finder of a maker that sells more than cameras
says nothing of the kind: its model does.
"""

from __future__ import annotations

from scanner.fingerprint import naming
from scanner.fingerprint.fields import json_fields
from scanner.fingerprint.makers import names
from scanner.fingerprint.saw import Saw
from scanner.model import Grade

MAKERS: dict[str, tuple[str, Grade]] = {
    "bosch": ("Bosch", "C2"), "dvrip": ("Dahua", "C2"), "foscam": ("Foscam", "C2"), "hanwha": ("Hanwha Vision", "C2"),
    "ipro": ("i-PRO", "C2"), "reolink": ("Reolink", "C1"), "sony": ("Sony", "C2"), "tplink": ("TP-Link", "C2"),
    "tvt": ("TVT", "C2"), "ubiquiti": ("Ubiquiti", "C2"), "vivotek": ("Vivotek", "C2"), "xiongmai": ("Xiongmai", "C2"),
}  # fmt: skip
"""Whose finder it is, and how much an answer tells: one without fields of its own is circumstantial."""
_ONLY_VIDEO = frozenset({"bosch", "dvrip", "foscam", "hanwha", "ipro", "reolink", "sony", "tvt", "vivotek", "xiongmai"})
"""Finders of video devices alone."""
_KINDS = {
    "0": "recorder", "2": "camera", "3": "recorder", "dvr": "recorder", "nvr": "recorder", "ipc": "camera",
    "camera": "camera", "recorder": "recorder", "encoder": "encoder", "intercom": "intercom", "hvr": "recorder",
}  # fmt: skip


def vendor_finder(saw: Saw, text: str) -> None:
    """JSON with the finder's name and the fields model, serial, mac, firmware and kind."""
    found = json_fields(text)
    finder = found.get("finder", "").lower().removesuffix("-finder")
    if finder not in MAKERS:
        return
    maker, grade = MAKERS[finder]
    saw.say("maker", maker, grade, f"vendor-finder.{finder}")
    model = saw.model(found.get("model", ""), "vendor-finder.model")
    saw.serial(found.get("serial", ""), "vendor-finder.serial")
    saw.mac(found.get("mac", ""), "vendor-finder.mac")
    saw.firmware(found.get("firmware", ""), "vendor-finder.firmware", names().get(maker))
    kind = _KINDS.get(found.get("kind", "").lower(), "")
    if kind:
        saw.say("kind", kind, "C2", "vendor-finder.kind")
    elif finder in _ONLY_VIDEO and not naming.series_of(maker, model):
        saw.say("kind", "camera", "C1", f"vendor-finder.{finder}")
