"""Dahua CGI: cameras, recorders and the brands that sell them (analytics reference 4, 8.2, 9.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.drivers.base import (
    MORE_A_CHANNEL,
    READS_ON,
    Asker,
    Reading,
    all_unseen,
    claim,
    known,
    nothing,
    part,
    unseen,
    web_doors,
)
from scanner.drivers.dahua import hygiene
from scanner.drivers.dahua.analytics import COULD_HAVE
from scanner.drivers.dahua.functions import Functions
from scanner.drivers.dahua.recorder import read_attached
from scanner.drivers.dahua.tables import Missing, ask
from scanner.drivers.register import unknown
from scanner.errors import NoAnswer
from scanner.fingerprint import firmware
from scanner.model import Claim, Endpoint, FactSeen, Gap, Identity, Known, Silence

if TYPE_CHECKING:
    from scanner.net import Link

_MAGIC = "/cgi-bin/magicBox.cgi?action="
_BODIES = ("face-library.count", "upload.targets", *hygiene.GENERAL.keys, *hygiene.USERS.keys)


class Dahua:
    """The driver. Rules and smart motion follow transcribed bodies of real devices; face groups the vendor's guide."""

    name = "dahua"
    title = "Dahua HTTP API"
    verified = True
    needs = (
        "Dahua: an account of a group that may read the configuration and the list of users; a missing right and a "
        "missing section look alike there, so a narrower one leaves both unknown (docs/sources.md A4.1)."
    )

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Everything Dahua built that has a web door."""
        return identity.maker == "Dahua" and bool(web_doors(endpoints))

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """Identity decides the login; after a refusal every function is unknown and nothing more is asked."""
        asker = Asker(link, self.name, web_doors(endpoints))
        shown: list[Reading] = []
        try:
            shown += _identity(asker)
        except NoAnswer as silence:
            yield Gap("dahua: device information", silence.why, silence.detail)
            if silence.why not in READS_ON:
                yield from _nothing(silence.why)
                return
        yield from shown
        yield from part("dahua: firmware", lambda: _firmware(asker))
        recorder = identity.kind == "recorder"
        for reading in part(
            "dahua: remote inputs", lambda: _remote_inputs(asker), quiet=frozenset({"no-such-page", "malformed"})
        ):
            recorder = recorder or (isinstance(reading, Claim) and reading.value == "recorder")
            yield reading
        try:
            general = list(hygiene.read_general(asker))
            if not shown and not any(isinstance(one, FactSeen) and isinstance(one.fact, Known) for one in general):
                yield Gap("dahua: device information", "malformed", "neither a model nor the section General came")
                yield from _nothing("malformed")  # something else answers, and its empty pages are no answers
                return
            yield from general
        except NoAnswer as silence:
            yield Gap("dahua: General", silence.why, silence.detail)
            if silence.why == "forbidden":  # a login without any right: nothing else would be answered
                yield from _nothing("forbidden")
                return
            yield from (unseen(key, silence.why) for key in hygiene.GENERAL.keys)
        if recorder:
            asker.most_requests += MORE_A_CHANNEL
            yield from part("dahua: attached cameras", lambda: read_attached(asker), all_unseen("recorder.attached"))
        yield from part(
            "dahua: functions", Functions(asker, recorder=recorder).read, lambda why: unknown(COULD_HAVE, "dahua", why)
        )
        yield from hygiene.read_hygiene(asker)


def _nothing(why: Silence) -> Iterator[Reading]:
    """No page can be read: all functions and settings stay unknown, with the reason."""
    return nothing("dahua", why, COULD_HAVE, (*_BODIES, *(key for one in hygiene.SECTIONS for key in one.keys)))


def _identity(asker: Asker) -> Iterator[Reading]:
    """Model and serial number in one call; some firmware has the single calls only."""
    try:
        table = ask(asker, f"{_MAGIC}getSystemInfo")
        model = table.get("deviceType")
        yield from claim("serial", table.get("serialNumber"), "dahua", "http-body", table.evidence)
        # a bare number is the code of a board, the name stands in updateSerial or in getDeviceType
        if not model or model.isdecimal():
            model = table.get("updateSerial")
        evidence = table.evidence
    except Missing:
        model = ""
    if not model:
        table = ask(asker, f"{_MAGIC}getDeviceType")
        model, evidence = table.get("type"), table.evidence
    yield from claim("model", model, "dahua", "http-body", evidence)


def _firmware(asker: Asker) -> Iterator[Reading]:
    """``version=2.800.00AC001.0.R,build:2020-12-30``."""
    table = ask(asker, f"{_MAGIC}getSoftwareVersion")
    version = table.get("version")
    yield from claim("firmware", version, "dahua", "http-body", table.evidence)
    built = firmware.parse_date(version.partition("build")[2])
    if built:
        yield from claim("build_date", built.isoformat(), "dahua", "http-body", table.evidence)


def _remote_inputs(asker: Asker) -> Iterator[Reading]:
    """A device that takes cameras of others is a recorder."""
    table = ask(asker, f"{_MAGIC}getProductDefinition&name=MaxRemoteInputChannels")
    number = table.get("MaxRemoteInputChannels")
    if number.isdecimal() and int(number) > 0:
        yield from claim("kind", "recorder", "dahua", "http-body", table.evidence)
        yield known("recorder.channels", int(number), table.evidence)


DRIVER = Dahua()
