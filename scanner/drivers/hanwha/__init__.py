"""Hanwha (Wisenet, SUNAPI): identity, clock, web doors, functions (docs/sources.md A7.2). Experimental.

SUNAPI changes settings on the paths it is read by, so that the catalogue names each view in full. Replies come as text
or as JSON, as the firmware likes; both are read. Cameras behind a recorder are not listed: no published view names the
address of one. Applications (``/opensdk/``) are not asked: each has an interface of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scanner.drivers.base import READS_ON, Asker, Reading, all_unseen, claim, known, nothing, part, unseen, web_doors
from scanner.drivers.hanwha.functions import COULD_HAVE, Functions
from scanner.drivers.hanwha.pages import Attributes, decode_attributes, decode_values
from scanner.drivers.register import unknown
from scanner.errors import NoAnswer
from scanner.fingerprint import firmware
from scanner.model import Endpoint, Gap, Identity, Silence

if TYPE_CHECKING:
    from scanner.net import Link

INFORMATION = "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view"
DATE = "/stw-cgi/system.cgi?msubmenu=date&action=view"
SSL = "/stw-cgi/security.cgi?msubmenu=ssl&action=view"
ATTRIBUTES = "/stw-cgi/attributes.cgi/attributes"
KEYS = ("time.ntp", "time.skew_seconds", "web.http", "web.https")
_POLICIES: dict[str, tuple[bool, bool]] = {
    "HTTP": (True, False),
    "HTTPSProprietary": (False, True),
    "HTTPSPublic": (False, True),
    "HTTPandHTTPSProprietary": (True, True),
    "HTTPandHTTPSPublic": (True, True),
}
"""``Policy`` of the web doors -> (HTTP, HTTPS)."""


class Hanwha:
    """The driver. The maker's guides and its own pages agree; no reply of a named device is recorded."""

    name = "hanwha"
    title = "Hanwha SUNAPI"
    verified = False
    needs = (
        "Hanwha: most attributes of events are there for guests, some for administrators only; which level a view "
        "needs no source says (docs/sources.md A7.2; unverified)."
    )

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Everything Hanwha built that has a web door."""
        return identity.maker == "Hanwha Vision" and bool(web_doors(endpoints))

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """The device information decides the login; after a refusal nothing more is asked."""
        asker = Asker(link, self.name, web_doors(endpoints))
        recorder = identity.kind == "recorder"
        try:
            values, proof = _values(asker, INFORMATION)
        except NoAnswer as silence:
            yield Gap("hanwha: device information", silence.why, silence.detail)
            if silence.why not in READS_ON:
                yield from nothing(self.name, silence.why, COULD_HAVE, KEYS)
                return
        else:
            yield from _identity(values, proof)
            recorder = recorder or values.get("DeviceType") == "NVR"
        attributes, lost = None, None
        try:
            reply = asker.get(ATTRIBUTES).require_ok()
            attributes = decode_attributes(reply.xml(), reply.evidence)
        except NoAnswer as silence:
            lost = silence.why
            yield Gap("hanwha: attributes", silence.why, silence.detail)
        channels = attributes.number("System/Limit/MaxChannel") if attributes else None
        if recorder:
            yield from _recorder(attributes, channels, lost)
        functions = Functions(asker, attributes, lost, max(1, channels or 1))
        yield from part("hanwha: functions", functions.read, lambda why: unknown(COULD_HAVE, "hanwha", why))
        yield from part("hanwha: clock", lambda: _clock(asker), all_unseen("time.ntp", "time.skew_seconds"))
        yield from part("hanwha: web doors", lambda: _doors(asker), all_unseen("web.http", "web.https"))


def _values(asker: Asker, path: str) -> tuple[dict[str, str], str]:
    reply = asker.get(path).require_ok()
    return decode_values(reply.text()), reply.evidence


def _identity(values: dict[str, str], proof: str) -> Iterator[Reading]:
    """``Model``, ``FirmwareVersion``, ``SerialNumber`` (recorders may have none), ``BuildDate`` as 2022.05.17."""
    yield from claim("model", values.get("Model"), "hanwha", "http-body", proof)
    yield from claim("firmware", values.get("FirmwareVersion"), "hanwha", "http-body", proof)
    yield from claim("serial", values.get("SerialNumber"), "hanwha", "http-body", proof)
    yield from claim("mac", values.get("ConnectedMACAddress", "").lower(), "hanwha", "http-body", proof)
    built = firmware.parse_date(values.get("BuildDate", "").replace(".", "-"))
    if built:
        yield from claim("build_date", built.isoformat(), "hanwha", "http-body", proof)
    if values.get("DeviceType") == "NVR":
        yield from claim("kind", "recorder", "hanwha", "http-body", proof)


def _recorder(attributes: Attributes | None, channels: int | None, lost: Silence | None) -> Iterator[Reading]:
    if attributes is not None and channels:
        yield known("recorder.channels", channels, attributes.evidence)
    else:
        yield unseen("recorder.channels", lost or "undecided")
    yield unseen("recorder.attached", "no-reader", "no published view names the cameras of a recorder")


def _clock(asker: Asker) -> Iterator[Reading]:
    """``SyncType`` (Manual, NTP) and ``UTCTime`` as 2022-05-25 03:32:52."""
    reply = asker.get(DATE).require_ok()
    values = decode_values(reply.text())
    kind = values.get("SyncType")
    if kind in ("NTP", "Manual"):
        yield known("time.ntp", kind == "NTP", reply.evidence)
    else:
        yield unseen("time.ntp", "undecided", f"SyncType = {str(kind)[:40]}", reply.evidence)
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", values.get("UTCTime", ""))
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC) if found else None
    except ValueError:
        moment = None
    if moment is None:
        yield unseen("time.skew_seconds", "malformed", "no UTC time in it", reply.evidence)
    else:
        yield known("time.skew_seconds", round((moment - reply.seen_at).total_seconds(), 1), reply.evidence)


def _doors(asker: Asker) -> Iterator[Reading]:
    """``Policy`` of the web doors; the certificates named beside it are not looked at."""
    values, proof = _values(asker, SSL)
    policy = _POLICIES.get(values.get("Policy", ""))
    for key, value in zip(("web.http", "web.https"), policy or (None, None), strict=True):
        if value is None:
            yield unseen(key, "undecided", f"Policy = {values.get('Policy', '')[:40]}", proof)
        else:
            yield known(key, value, proof)


DRIVER = Hanwha()
