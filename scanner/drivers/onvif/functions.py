"""Reading AI functions through ONVIF into the register.

The standard has no switch: a rule works when it is configured and its configuration is attached to a media profile.
A switch among its parameters wins where a maker has one (docs/sources.md A5.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scanner.drivers.base import MOST_CHANNELS, Reading, known, unseen
from scanner.drivers.markup import every
from scanner.drivers.onvif.analytics import (
    Frame,
    Item,
    Profile,
    channels_of,
    decode_frames,
    decode_items,
    decode_metadata,
    decode_profiles,
    decode_supported,
    decode_tokens,
    decode_topics,
)
from scanner.drivers.onvif.words import COULD_HAVE, ENGINE_OF_BOSCH, FILTERED, FRAME, feature_of, feature_of_topic
from scanner.drivers.register import DEVICE, Register, Row
from scanner.errors import NoAnswer
from scanner.model import Gap, Silence

if TYPE_CHECKING:
    from scanner.drivers.onvif import Line

_UNSAID: frozenset[Silence] = frozenset({"no-such-page", "malformed"})
_FRAMED = frozenset(FRAME.values())


@dataclass(slots=True)
class Configuration:
    """One analytics configuration. ``attached`` is None where profiles could not be read; ``rules`` is None where
    nobody could say which rules there are. ``stale``: they are the copy of a profile, because the service's own answer
    could not be read; what such a copy lacks may be there. ``modules_lost`` says why modules could not be read."""

    token: str
    channel: str
    attached: bool | None
    rules: list[Item] | None = None
    modules: list[Item] = field(default_factory=list)
    rules_evidence: str = ""
    modules_evidence: str = ""
    can_rules: list[str] = field(default_factory=list)
    can_modules: list[str] = field(default_factory=list)
    can_evidence: str = ""
    stale: bool = False
    modules_lost: Silence | None = None


class Functions:
    """The analytics of one device."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.register = Register("onvif")
        self.gaps: list[Gap] = []
        self.profiles: list[Profile] = []
        self.profiles_evidence = ""
        self.profiles_lost: Silence | None = None
        self.lost: Silence | None = None
        self.frames_lost: Silence | None = None

    def read(self) -> Iterator[Reading]:
        """Rows of all features, the metadata fact, then the gaps."""
        media = "media2" if "media2" in self.line.services else "media"
        self._read_profiles(media)
        yield self._metadata(media)
        configurations = list(self._configurations(media))
        frames: list[tuple[Frame, Configuration, str]] = []
        for configuration in configurations:
            self._judge(configuration)
            frames += self._frames(configuration)
        self._judge_frames(frames)
        if not any(item.can_rules or item.can_modules for item in configurations):
            self._topics()
        for feature in COULD_HAVE:
            if not self.register.has(feature):
                lost = self.frames_lost if feature in _FRAMED else None
                self.register.row(feature, DEVICE, verified=False).hush_all(self.lost or lost or "no-reader")
        yield from self.register.features()
        yield from self.gaps

    def _lost(self, name: str, silence: NoAnswer) -> Silence:
        if silence.why not in _UNSAID:
            self.gaps.append(Gap(f"onvif: {name}", silence.why, silence.detail))
            self.lost = self.lost or silence.why
        return silence.why

    # -- profiles and metadata -------------------------------------------------------------------------------

    def _read_profiles(self, media: str) -> None:
        for service in dict.fromkeys((media, "media")):
            params: dict[str, Any] | None = {"Type": ["All"]} if service == "media2" else None
            try:
                reply = self.line.call("GetProfiles", service, params)
            except NoAnswer as silence:
                self.profiles_lost = self._lost("profiles", silence)
                continue
            self.profiles = decode_profiles(reply.require_ok())
            self.profiles_evidence = reply.evidence
            self.profiles_lost = None
            return

    def _metadata(self, media: str) -> Reading:
        """Scene metadata in the stream: what the camera sees leaves as data for every client that asks."""
        why: Silence = "no-such-page"
        for service in dict.fromkeys((media, "media")):
            try:
                reply = self.line.call("GetMetadataConfigurations", service)
            except NoAnswer as silence:
                why = self._lost("metadata", silence)
                continue
            value = decode_metadata(reply.require_ok())
            if value is None:
                return unseen("metadata.stream", "no-such-page", "no Analytics in it", reply.evidence)
            row = self.register.row("smart-search", "1", "MetadataConfiguration")
            says = f"MetadataConfiguration/Analytics = {str(value).lower()}"
            row.say("supported", True, reply.evidence, says)
            row.say("enabled", value, reply.evidence, says)
            return known("metadata.stream", value, reply.evidence)
        if why != "no-such-page":
            self.register.row("smart-search", "1", "MetadataConfiguration", verified=False).hush_all(why)
        return unseen("metadata.stream", why)

    # -- configurations ----------------------------------------------------------------------------------------

    def _configurations(self, media: str) -> Iterator[Configuration]:
        channels = channels_of(self.profiles)
        tokens = dict.fromkeys(profile.analytics for profile in self.profiles if profile.analytics)
        if "analytics" not in self.line.services:
            for token in tokens:
                yield self._copy(token, channels)
            return
        if not tokens:
            tokens = dict.fromkeys(self._tokens(media))
        for number, token in enumerate(list(tokens)[:MOST_CHANNELS], 1):
            attached = [profile for profile in self.profiles if profile.analytics == token]
            channel = (
                channels.get(attached[0].source, str(number)) if attached else str(min(number, max(len(channels), 1)))
            )
            found = Configuration(token, channel, None if self.profiles_lost else bool(attached))
            yield self._asked(found, channels)

    def _tokens(self, media: str) -> Iterable[str]:
        operation = "GetAnalyticsConfigurations" if media == "media2" else "GetVideoAnalyticsConfigurations"
        try:
            return decode_tokens(self.line.call(operation, media).require_ok())
        except NoAnswer as silence:
            self._lost(operation, silence)
            return ()

    def _copy(self, token: str, channels: dict[str, str]) -> Configuration:
        """What the profile says itself; all there is on a device without the analytics service."""
        own = next(profile for profile in self.profiles if profile.analytics == token)
        return Configuration(
            token, channels.get(own.source, "1"), True, list(own.rules), list(own.modules),
            self.profiles_evidence, self.profiles_evidence,
        )  # fmt: skip

    def _asked(self, found: Configuration, channels: dict[str, str]) -> Configuration:
        """The four reads of the analytics service; a stale copy stands in only where the service does not know them."""
        token = {"ConfigurationToken": found.token}
        try:
            reply = self.line.call("GetSupportedRules", "analytics", token)
            found.can_rules, found.can_evidence = decode_supported(reply.require_ok()), reply.evidence
        except NoAnswer as silence:
            self._lost("GetSupportedRules", silence)
        try:
            reply = self.line.call("GetSupportedAnalyticsModules", "analytics", token)
            found.can_modules = decode_supported(reply.require_ok())
            found.can_evidence = found.can_evidence or reply.evidence
        except NoAnswer as silence:
            self._lost("GetSupportedAnalyticsModules", silence)
        copied = self._copy(found.token, channels) if found.attached else None
        try:
            reply = self.line.call("GetRules", "analytics", token)
            found.rules, found.rules_evidence = decode_items(every(reply.require_ok(), "Rule")), reply.evidence
        except NoAnswer as silence:
            why = self._lost("GetRules", silence)
            if why in _UNSAID and copied is not None:
                found.rules, found.rules_evidence = copied.rules, copied.rules_evidence
                found.stale = why == "malformed"
        try:
            reply = self.line.call("GetAnalyticsModules", "analytics", token)
            body = reply.require_ok()
            found.modules, found.modules_evidence = decode_items(every(body, "AnalyticsModule")), reply.evidence
        except NoAnswer as silence:
            why = self._lost("GetAnalyticsModules", silence)
            found.modules_lost = None if why == "no-such-page" else why
            if why in _UNSAID and copied is not None:
                found.modules, found.modules_evidence = copied.modules, copied.modules_evidence
        return found

    # -- judging -----------------------------------------------------------------------------------------------

    def _judge(self, found: Configuration) -> None:
        """Each feature that is supported or configured; what only looks like one is ``custom-ai``."""
        rules, modules = _by_feature(found.rules or []), _by_feature(found.modules)
        can_rules, can_modules = _features(found.can_rules), _features(found.can_modules)
        for feature in dict.fromkeys((*rules, *modules, *can_rules, *can_modules)):
            own, engines = rules.get(feature, []), modules.get(feature, [])
            names = [item.type for item in (*own, *engines)] or [
                *can_rules.get(feature, []),
                *can_modules.get(feature, []),
            ]
            row = self.register.row(
                feature, found.channel, ", ".join(dict.fromkeys(names)), verified=feature != "custom-ai"
            )
            evidence = found.can_evidence or found.rules_evidence or found.modules_evidence
            row.say("supported", True, evidence, f"{names[0]} is {'configured' if own or engines else 'supported'}")
            self._switch(row, found, own, engines, feature in can_rules)
        self._classes(found)

    def _switch(self, row: Row, found: Configuration, rules: list[Item], modules: list[Item], is_a_rule: bool) -> None:
        """Rules decide, a module only for what has no rules. An engine that is switched off stops its rules."""
        engine = [item for item in found.modules if item.type == ENGINE_OF_BOSCH]
        stopped = [item for item in (*modules, *engine) if item.on is False]
        if rules and stopped and not any(item.on for item in modules):
            row.say("enabled", False, found.modules_evidence, f"{stopped[0].type}: {stopped[0].says}")
            return
        switched_on = [item for item in modules if item.on]
        deciding = rules or (switched_on if is_a_rule else modules)
        evidence = found.rules_evidence if rules else found.modules_evidence
        if not deciding and found.rules is None:
            row.hush("enabled", self.lost or "no-such-page")
        elif not deciding and found.stale:
            row.hush("enabled", "malformed")
        elif not deciding and not is_a_rule and found.modules_lost:
            row.hush("enabled", found.modules_lost)
        elif not deciding:
            row.say("enabled", False, found.rules_evidence or evidence, "no rule of this type is configured")
        for item in deciding:
            if item.on is False and rules and found.stale:
                row.hush("enabled", "malformed")
            elif item.on is not None:
                row.say("enabled", item.on, evidence, f"{item.type} {item.name}: {item.says}")
            elif found.attached is None:
                row.hush("enabled", self.profiles_lost or "no-such-page")
            else:
                says = "attached to a profile" if found.attached else "attached to no profile"
                row.say("enabled", found.attached, evidence, f"{item.type} {item.name} {item.says}, {says}")

    def _classes(self, found: Configuration) -> None:
        """A rule with a class filter tells people from vehicles, whatever it is called."""
        for item in found.rules or []:
            wanted = sorted(FILTERED & set(item.classes))
            if not wanted or feature_of(item.type) == "object-class":
                continue
            row = self.register.row("object-class", found.channel, "ClassFilter")
            says = f"{item.type} {item.name}: ClassFilter {', '.join(wanted)}"
            row.say("supported", True, found.rules_evidence, says)
            on = item.on if item.on is not None else found.attached
            if any(engine.type == ENGINE_OF_BOSCH and engine.on is False for engine in found.modules):
                row.say("enabled", False, found.modules_evidence, f"{says}; {ENGINE_OF_BOSCH}: Mode = Off")
            elif on is None:
                row.hush("enabled", self.profiles_lost or "no-such-page")
            else:
                row.say("enabled", on, found.rules_evidence, says)

    # -- metadata frames and topics --------------------------------------------------------------------------------

    def _frames(self, found: Configuration) -> list[tuple[Frame, Configuration, str]]:
        if "analytics" not in self.line.services or not found.modules:
            return []
        try:
            reply = self.line.call("GetSupportedMetadata", "analytics")
        except NoAnswer as silence:
            why = self._lost("GetSupportedMetadata", silence)
            self.frames_lost = None if why == "no-such-page" else why
            return []
        return [(frame, found, reply.evidence) for frame in decode_frames(reply.require_ok()) if frame.features]

    def _judge_frames(self, frames: list[tuple[Frame, Configuration, str]]) -> None:
        """A sample frame holds all that a module can put out: an ability; off where its module is not at work."""
        for frame, found, evidence in frames:
            running = any(item.type == frame.type and item.on is not False for item in found.modules)
            for feature, shown in frame.features.items():
                row = self.register.row(feature, found.channel, shown, verified=False)
                row.say("supported", True, evidence, f"sample frame of {frame.type} holds {shown}")
                if not running:
                    row.say("enabled", False, found.modules_evidence, f"{frame.type} is not configured")
                elif found.attached is False:
                    row.say("enabled", False, self.profiles_evidence, f"{frame.type} is attached to no profile")
                elif not row.yes.get("enabled"):
                    row.hush("enabled", "no-reader")

    def _topics(self) -> None:
        """Topics hint at what a device can do, where it does not say so itself."""
        if "events" not in self.line.services:
            return
        try:
            reply = self.line.call("GetEventProperties", "events")
        except NoAnswer as silence:
            self._lost("GetEventProperties", silence)
            return
        for topic in decode_topics(reply.require_ok()):
            feature = feature_of_topic(topic)
            if feature is None or not topic.startswith(
                ("RuleEngine/", "VideoAnalytics/", "AudioAnalytics/", "UserAlarm/", "IVA/", "VideoSource/")
            ):
                continue
            channel = next((row.channel for row in self.register.rows() if row.feature == feature), "1")
            row = self.register.row(feature, channel, verified=False)
            row.say("supported", True, reply.evidence, f"topic {topic}")


def _by_feature(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(feature_of(item.type) or "custom-ai", []).append(item)
    return found


def _features(types: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind in types:
        found.setdefault(feature_of(kind) or "custom-ai", []).append(kind)
    return found
