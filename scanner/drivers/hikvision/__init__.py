"""Hikvision ISAPI: cameras, recorders and the brands that sell them (analytics reference 3, 8.1, 9.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.drivers.base import (
    MORE_A_CHANNEL,
    MOST_CHANNELS,
    MOST_REQUESTS,
    Asker,
    Reading,
    all_unseen,
    known,
    nothing,
    part,
    refusal_of,
    unseen,
    web_doors,
)
from scanner.drivers.hikvision.abilities import Abilities
from scanner.drivers.hikvision.channels import ChannelReader
from scanner.drivers.hikvision.hygiene import PAGES, read_hygiene
from scanner.drivers.hikvision.pages import (
    INFORMATION,
    AnotherPage,
    Isapi,
    NotHere,
    Page,
    Trigger,
    channel_ids,
    decode_event_capabilities,
    decode_flags,
    decode_triggers,
)
from scanner.drivers.hikvision.recorder import LIST, RECORDERS, decode_attached, decode_inputs, read_states
from scanner.drivers.hikvision.resources import Resources, read_platform, read_resources, unknown_apps
from scanner.drivers.hikvision.words import COULD_HAVE, FLAGS_ONLY, RULES
from scanner.drivers.markup import every, text
from scanner.drivers.register import DEVICE, Register, unknown
from scanner.drivers.tiandy import is_tiandy
from scanner.errors import NoAnswer
from scanner.fingerprint import claims_of
from scanner.model import Attached, Endpoint, Gap, Identity, Observation, Silence

if TYPE_CHECKING:
    from scanner.net import Link


BEFORE = 5
"""Requests of first contact, and the one that is answered with the challenge: they count too."""
BEFORE_BY_ONVIF = 3
KEPT_FOR_SETTINGS = 14
"""Where a device does not say what it can do, page after page is tried: so many requests are kept from that."""


class Hikvision:
    """The driver. Its line and area rules, motion and recorders are confirmed by recordings, faces are not."""

    name = "hikvision"
    title = "Hikvision ISAPI"
    verified = True
    needs = (
        "Hikvision: an Operator who may read parameters and events reads functions and most settings; SSH and the list "
        "of accounts need an Administrator (docs/sources.md A9.1; levels unverified). ONVIF accounts are separate ones."
    )

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Everything Hikvision built that has a web door. Tiandy's interface looks alike and means something else."""
        return identity.maker == "Hikvision" and not is_tiandy(identity) and bool(web_doors(endpoints))

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """Identity decides the login; after a refusal every function is unknown and nothing more is asked."""
        onvif = any(endpoint.service == "onvif" for endpoint in endpoints)
        most = MOST_REQUESTS - BEFORE - (BEFORE_BY_ONVIF if onvif else 0)
        asker = Asker(link, self.name, web_doors(endpoints), most)
        yield from _Reader(link, asker, recorder=identity.kind == "recorder", onvif=onvif).read()


class _Reader:
    """One device being read."""

    def __init__(self, link: Link, asker: Asker, *, recorder: bool = False, onvif: bool = False) -> None:
        self.link = link
        self.asker = asker
        self.isapi = Isapi(asker)
        self.register = Register("hikvision")
        self.abilities = Abilities()
        self.recorder = recorder
        self.onvif = onvif
        self.local: list[str] = []
        self.hinted = False
        self.attached: list[Attached] = []
        self.inputs: list[Attached] = []
        self.triggers: list[Trigger] | None = None
        self.triggers_evidence = ""
        self.triggers_lost: Silence = "forbidden"

    def read(self) -> Iterator[Reading]:
        try:
            page = self._device_info()
        except NoAnswer as silence:
            yield Gap("hikvision: device information", silence.why, silence.detail)
            if silence.why not in ("forbidden", "malformed") or isinstance(silence, AnotherPage):
                yield from self._nothing(silence.why)
                return
        else:
            yield from part("hikvision: identity", lambda: self._identity(page))
        yield from part("hikvision: capabilities", self._capabilities)
        yield from part("hikvision: channels", self._channels, quiet=frozenset({"no-such-page"}))
        if self.recorder:
            yield from part(
                "hikvision: attached cameras",
                self._recorder,
                all_unseen("recorder.attached"),
                quiet=frozenset({"no-such-page"}),
            )
        yield from part("hikvision: triggers", self._triggers, self._without_triggers)
        yield from part("hikvision: channel events", self._channel_events, quiet=frozenset({"no-such-page"}))
        kept = 0 if self.abilities.flags else KEPT_FOR_SETTINGS
        self.asker.most_requests -= kept
        yield from part("hikvision: functions", self._functions, lambda why: unknown(COULD_HAVE, "hikvision", why))
        self.asker.most_requests += kept
        yield from read_hygiene(self.isapi, self.abilities.flags, onvif_answers=self.onvif)

    def _nothing(self, why: Silence) -> Iterator[Reading]:
        """No page can be read: all functions and settings stay unknown, with the reason."""
        return nothing("hikvision", why, COULD_HAVE, (key for page in PAGES for key in page.keys))

    # -- who it is -----------------------------------------------------------------------------------------

    def _device_info(self) -> Page:
        """Old firmware has the page without the /ISAPI prefix."""
        try:
            return self.isapi.xml(INFORMATION)
        except NotHere:
            if refusal_of(self.link) is not None:
                raise
        self.isapi.prefix = ""
        try:
            return self.isapi.xml(INFORMATION)
        except NotHere:
            self.isapi.prefix = "/ISAPI"
            raise

    def _identity(self, page: Page) -> Iterator[Reading]:
        from lxml import etree

        raw = etree.tostring(page.root, encoding="unicode")
        for claim in claims_of(Observation("isapi-deviceinfo", raw, page.evidence)):
            yield msgspec.structs.replace(claim, grade="C3") if page.authenticated else claim
        self.recorder = self.recorder or text(page.root, "deviceType").upper().replace(" ", "") in RECORDERS

    # -- what it can do ------------------------------------------------------------------------------------

    def _capabilities(self) -> Iterator[Reading]:
        page = self.isapi.xml("System/capabilities")
        root = page.root
        self.abilities.add(decode_flags(root), page.evidence)
        for name in ("SmartCap", "EventCap"):
            if next(every(root, name), None) is not None:
                self.abilities.lists[name] = page.evidence
        self.hinted = next(every(root, "VCAResourceChannelsCap"), None) is not None
        proxies = max(
            (int(number) for node in every(root, "inputProxyNums") if (number := text(node)).isdecimal()), default=0
        )
        inputs = max(
            (int(number) for node in every(root, "videoInputPortNums") if (number := text(node)).isdecimal()), default=0
        )
        self.recorder = self.recorder or proxies > 1
        sound = next((number for node in every(root, "audioInputNums") if (number := text(node)).isdecimal()), "")
        if sound == "0" and not self.recorder:
            self.abilities.flags["audioInputNums"] = (False, page.evidence)  # nothing to plug a microphone into
        if self.recorder and proxies + inputs:
            yield known("recorder.channels", proxies + inputs, page.evidence)
        yield from self._missing_lists()

    def _missing_lists(self) -> Iterator[Reading]:
        """Pages of their own, asked only where the big one leaves them out or points to them."""
        wanted = []
        if "SmartCap" not in self.abilities.lists:
            wanted.append(("Smart/capabilities", "SmartCap"))
        if "EventCap" not in self.abilities.lists:
            wanted.append(("Event/capabilities", "EventCap"))
        if self.abilities.flags.get("isSupportIntelligentAnalysisEngines", (False, ""))[0]:
            wanted.append(("Intelligent/capabilities", "IntelliCap"))
        for path, name in wanted:
            yield from part(f"hikvision: {path}", partial(self._list, path, name), quiet=frozenset({"no-such-page"}))

    def _list(self, path: str, name: str) -> Iterable[Reading]:
        page = self.isapi.xml(path)
        self.abilities.add(decode_flags(page.root), page.evidence)
        self.abilities.lists[name] = page.evidence
        return ()

    def _channels(self) -> Iterable[Reading]:
        """Local pictures; where their list is missing, one stream a picture tells them (id 201 is channel 2)."""
        try:
            page = self.isapi.xml("System/Video/inputs/channels")
            self.local = channel_ids(page.root, "VideoInputChannel")
            self.inputs = decode_inputs(page.root, page.evidence)
        except NotHere:
            streams = channel_ids(self.isapi.xml("Streaming/channels").root, "StreamingChannel")
            numbers = [str(int(stream) // 100) for stream in streams if int(stream) > 100]
            self.local = list(dict.fromkeys(numbers)) if not self.recorder else []
        return ()

    def _channel_events(self) -> Iterable[Reading]:
        flags = self.abilities.flags
        if any(
            flags.get(name, (False, ""))[0] for name in ("isSupportChannelEventCap", "isSupportChannelEventListCap")
        ):
            page = self.isapi.xml("Event/channels/capabilities")
            self.abilities.events = decode_event_capabilities(page.root)
            self.abilities.events_evidence = page.evidence
        return ()

    def _triggers(self) -> Iterable[Reading]:
        page = self.isapi.xml("Event/triggers")
        self.triggers = decode_triggers(page.root)
        self.triggers_evidence = page.evidence
        return ()

    def _without_triggers(self, why: Silence) -> Iterable[Reading]:
        self.triggers_lost = why
        return ()

    # -- recorders -------------------------------------------------------------------------------------------

    def _recorder(self) -> Iterator[Reading]:
        """Cameras of the network, then the recorder's own inputs, which the other list does not have."""
        try:
            page = self.isapi.xml(LIST)
        except NotHere:
            yield from self.inputs
            raise
        self.attached = decode_attached(page.root, page.evidence)
        yield known("recorder.attached", len(self.attached), page.evidence)
        yield from read_states(self.isapi, self.attached)
        proxied = {camera.channel for camera in self.attached}
        yield from (entry for entry in self.inputs if entry.channel not in proxied)

    # -- functions -------------------------------------------------------------------------------------------

    def _functions(self) -> Iterator[Reading]:
        proxied = [camera.channel for camera in self.attached]
        named = {item.channel for item in self.triggers or () if item.local and item.channel.isdecimal()}
        local = self.local or sorted(named, key=int) or ([] if self.recorder else ["1"])
        channels = [
            *((channel, False) for channel in local if channel not in proxied),
            *((channel, True) for channel in proxied),
        ]
        for left, _ in channels[MOST_CHANNELS:]:
            yield Gap(
                f"hikvision: functions of channel {left}", "over-budget", f"{MOST_CHANNELS} channels are the most"
            )
        channels = channels[:MOST_CHANNELS]
        self.asker.most_requests += MORE_A_CHANNEL * max(0, len(channels) - 1) + (
            MORE_A_CHANNEL if self.recorder else 0
        )
        platform = None if self.recorder else read_platform(self.isapi)
        for channel, through in channels:
            yield from part(
                f"hikvision: functions of channel {channel}",
                partial(self._channel, channel, through, platform),
            )
        if self.recorder:
            self._recorder_itself()
        yield from self._library()
        yield from self._applications(platform)
        yield from self.register.features()

    def _channel(self, channel: str, through: bool, platform: Resources | None) -> Iterable[Reading]:
        if self.recorder:
            resources = Resources()
        else:
            resources = platform or read_resources(self.isapi, channel, hinted=self.hinted)
        ChannelReader(
            self.isapi, self.register, self.abilities, self.triggers, self.triggers_evidence, resources, channel,
            proxied=through, recorder=self.recorder, triggers_lost=self.triggers_lost,
        ).read()  # fmt: skip
        return ()

    def _recorder_itself(self) -> None:
        """A recorder's own flags, for functions none of its channels has an event for."""
        flagged: dict[str, list[str]] = {}
        for rule in RULES:
            flagged.setdefault(rule.feature, []).extend(rule.flags)
        for feature, more in FLAGS_ONLY.items():
            flagged.setdefault(feature, []).extend(more)
        for feature, names in flagged.items():
            signs = list(self.abilities.signs_of_flags(names))
            if not signs or self.register.has(feature):
                continue
            row = self.register.row(feature, DEVICE, verified=False)
            supported = any(sign.supported for sign in signs)
            for sign in signs:
                if sign.supported or not supported:
                    row.say("supported", sign.supported, sign.evidence, sign.says)

    def _library(self) -> Iterator[Reading]:
        """How many faces the library holds: a number, asked only where face comparison may be there."""
        rows = [
            row for row in self.register.rows() if row.feature == "face-recognition" and row.answer("supported") != "no"
        ]
        if not rows:
            return
        try:
            value, evidence = self.isapi.json("Intelligent/FDLib/Count?format=json")
        except NoAnswer as silence:
            yield unseen("face-library.count", silence.why)
            return
        count = decode_library(value)
        if count is None:
            yield unseen("face-library.count", "malformed", "no count in it", evidence)
            return
        yield known("face-library.count", count, evidence)
        for row in rows:
            row.count = count

    def _applications(self, platform: Resources | None) -> Iterator[Reading]:
        if platform is None or platform.kind != "apps":
            return
        yield known("apps.running", tuple(app.name for app in platform.apps if app.running), platform.evidence)
        for app in unknown_apps(platform):
            row = self.register.row("custom-ai", "1", app.name or "unnamed application", verified=False)
            row.say("supported", True, platform.evidence, f"AppList names {app.name!r}")
            if app.running is None:
                row.hush("enabled", "malformed")
            else:
                row.say(
                    "enabled", app.running, platform.evidence, f"{app.name}: runStatus = {str(app.running).lower()}"
                )


def decode_library(value: Any) -> int | None:
    """Faces in all libraries: the sum of ``recordDataNumber``; nothing else of the reply is looked at."""
    if not isinstance(value, dict):
        return None
    rows = value.get("FDRecordDataInfo")
    rows = [rows] if isinstance(rows, dict) else rows
    if not isinstance(rows, list):
        return None
    numbers = [row.get("recordDataNumber") for row in rows if isinstance(row, dict)]
    counted = [number for number in numbers if isinstance(number, int) and not isinstance(number, bool)]
    return sum(counted) if counted or not rows else None


DRIVER = Hikvision()
