"""Tiandy: an interface that looks like ISAPI and means something else (docs/sources.md A7.7). Experimental.

``enabled`` of its motion page is the detection of persons, and many pages of ISAPI answer 400: to the Hikvision driver
that would be a camera with nothing switched on. So the maker is told first, and any sign of it is enough. What a camera
supports is told to a POST whose body is no call by name, which camaudit does not send: it is known of what runs only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from scanner.drivers.base import READS_ON, Asker, Reading, claim, part, web_doors
from scanner.drivers.markup import every, switch_at, text
from scanner.drivers.register import DEVICE, Register, unknown
from scanner.errors import NoAnswer
from scanner.model import Endpoint, Gap, Identity

if TYPE_CHECKING:
    from lxml.etree import _Element

    from scanner.net import Link

MAKER = "Tiandy"
INFORMATION = "/CGI/System/deviceInfo"
MOTION = "/ISAPI/System/Video/inputs/channels/1/motionDetection"
COULD_HAVE: tuple[str, ...] = (
    "object-class", "line-crossing", "intrusion", "loitering", "object-left", "object-removed", "people-counting",
    "face-detection", "face-recognition", "anpr", "audio-detection",
)  # fmt: skip
"""Functions nothing public tells how to read, beside the one that is read."""


class Detection(NamedTuple):
    """The three switches of the motion page; None where it does not have one."""

    person: bool | None
    vehicle: bool | None
    everything: bool | None


def is_tiandy(identity: Identity) -> bool:
    """Any sign of the maker: its interface shows some of the marks Hikvision is known by."""
    named = {claim.value for claim in identity.claims if claim.field in ("maker", "brand")}
    return MAKER in {identity.maker, identity.brand, *named}


class Tiandy:
    """The driver. Its pages were inferred from the maker's client; no reply is recorded: experimental."""

    name = "tiandy"
    title = "Tiandy CGI"
    verified = False

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Cameras with any sign of Tiandy and a web door; nothing is known of its recorders."""
        return is_tiandy(identity) and identity.kind != "recorder" and bool(web_doors(endpoints))

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """Identity decides the login; after a refusal every function is unknown and nothing more is asked."""
        del identity
        asker = Asker(link, self.name, web_doors(endpoints))
        try:
            yield from list(_identity(asker))
        except NoAnswer as silence:
            yield Gap("tiandy: device information", silence.why, silence.detail)
            if silence.why not in READS_ON:
                yield from unknown((*COULD_HAVE, "motion"), self.name, silence.why)
                return
        yield from part(
            "tiandy: detection", partial(_functions, asker), partial(unknown, (*COULD_HAVE, "motion"), self.name)
        )


def _identity(asker: Asker) -> Iterator[Reading]:
    """Firmware; model and serial number where a device sends them."""
    reply = asker.get(INFORMATION)
    reply.require_ok()
    root = next(every(reply.xml(), "DeviceInfo"), None)
    if root is None:
        raise NoAnswer("malformed", "expected DeviceInfo, found something else")
    names = {"firmware": "firmwareVersion", "model": "model", "serial": "serialNumber"}
    for field, name in names.items():
        yield from claim(field, text(root, name), "tiandy", "http-body", reply.evidence)


def decode_detection(root: _Element) -> Detection:
    """``MotionDetection``: ``enabled`` is persons, ``carEnabled`` vehicles, ``allEnabled`` motion of any kind. NoAnswer
    for a page without one of the two that only Tiandy has: what ``enabled`` means is not known then."""
    page = next(every(root, "MotionDetection"), None)
    found = Detection(*(switch_at(page, name) for name in ("enabled", "carEnabled", "allEnabled")))
    if found.vehicle is None and found.everything is None:
        raise NoAnswer("malformed", "expected carEnabled or allEnabled in MotionDetection, found neither")
    return found


def _functions(asker: Asker) -> Iterator[Reading]:
    reply = asker.get(MOTION)
    reply.require_ok()
    found = decode_detection(reply.xml())
    register = Register("tiandy")
    words = {"enabled": found.person, "carEnabled": found.vehicle, "allEnabled": found.everything}
    says = "MotionDetection: " + ", ".join(f"{name} = {'missing' if on is None else str(on).lower()}"
                                           for name, on in words.items())  # fmt: skip
    classes, motion = (found.person, found.vehicle), (found.person, found.vehicle, found.everything)
    for feature, switches in (("object-class", classes), ("motion", motion)):
        row = register.row(feature, "1", "MotionDetection", verified=False)
        if any(switches):
            row.say("supported", True, reply.evidence, says)
            row.say("enabled", True, reply.evidence, says)
        elif None in switches:
            row.hush_all("malformed")
        else:
            row.say("enabled", False, reply.evidence, says)
    for feature in COULD_HAVE:
        if not register.has(feature):
            register.row(feature, DEVICE, verified=False).hush_all("no-reader")
    yield from register.features()


DRIVER = Tiandy()
