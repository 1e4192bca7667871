"""ONVIF analytics, media profiles and metadata as pure decoding of answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from scanner.drivers.markup import attribute, child, children, every, local, switch, switch_at, text
from scanner.drivers.onvif.words import ACTIVITIES, CLASSES, ENGINE_OF_BOSCH, FRAME, is_switch

if TYPE_CHECKING:
    from lxml.etree import _Element

_NAMESPACES = {
    "http://www.onvif.org/ver10/media/wsdl": "media",
    "http://www.onvif.org/ver20/media/wsdl": "media2",
    "http://www.onvif.org/ver20/analytics/wsdl": "analytics",
    "http://www.onvif.org/ver10/events/wsdl": "events",
    "http://www.onvif.org/ver10/recording/wsdl": "recording",
}
_CAPABILITIES = {
    "Media": "media", "Media2": "media2", "Analytics": "analytics", "Events": "events", "Recording": "recording",
}  # fmt: skip


def decode_services(body: _Element) -> dict[str, str]:
    """Service name -> XAddr, from ``GetServices`` or from ``GetCapabilities``."""
    services = {}
    for item in every(body, "Service"):
        name = _NAMESPACES.get(text(item, "Namespace").rstrip("/"))
        if name:
            services[name] = text(item, "XAddr")
    for item in every(body, *_CAPABILITIES):
        address = text(item, "XAddr")
        if address:
            services.setdefault(_CAPABILITIES[local(item)], address)
    return services


class Item(NamedTuple):
    """One configured rule or module. ``on`` is its own switch, None where it has none."""

    type: str
    name: str
    on: bool | None
    says: str
    classes: tuple[str, ...]


def decode_items(nodes: Iterable[_Element]) -> list[Item]:
    """``Rule`` or ``AnalyticsModule`` elements; prefixes of types are left off, some devices have none."""
    found = []
    for node in nodes:
        kind = attribute(node, "Type").rpartition(":")[2]
        if not kind:
            continue
        values = {attribute(item, "Name"): attribute(item, "Value") for item in every(node, "SimpleItem")}
        switches = {
            name: value for key, value in values.items() if is_switch(name := key, kind) and switch(value) is not None
        }
        on = any(switch(value) is True for value in switches.values()) if switches else None
        if kind == ENGINE_OF_BOSCH:  # Off, Silent VCA, a profile, hours or an event
            switches = {name: values[name][:40] for name in ("Mode", "AnalysisType") if name in values}
            on = False if values.get("Mode", "").lower() == "off" else None
        says = ", ".join(f"{name} = {value}" for name, value in switches.items()) or "configured"
        classes = tuple(word.lower() for word in values.get("ClassFilter", "").replace(",", " ").split())
        found.append(Item(kind, attribute(node, "Name"), on, says, classes))
    return found


def decode_supported(body: _Element) -> list[str]:
    """Types of ``GetSupportedRules`` and ``GetSupportedAnalyticsModules``, without their prefix."""
    names = [
        attribute(node, "Name").rpartition(":")[2]
        for node in every(body, "RuleDescription", "AnalyticsModuleDescription")
    ]
    return [name for name in dict.fromkeys(names) if name]


class Profile(NamedTuple):
    """One media profile: its picture, and the analytics configuration attached to it ('' for none).

    ``rules`` and ``modules`` are the copy inside it, which is often stale; ``name`` is what the picture is called.
    """

    source: str
    analytics: str
    rules: tuple[Item, ...]
    modules: tuple[Item, ...]
    name: str = ""


def decode_profiles(body: _Element) -> list[Profile]:
    """``GetProfiles`` of both media services."""
    found = []
    for node in every(body, "Profiles"):
        source = next(every(node, "VideoSourceConfiguration", "VideoSource"), None)
        analytics = next(every(node, "VideoAnalyticsConfiguration", "Analytics"), None)
        if analytics is not None and not attribute(analytics, "token"):
            analytics = None  # <Analytics>false</Analytics> of a metadata configuration
            for other in every(node, "VideoAnalyticsConfiguration", "Analytics"):
                if attribute(other, "token"):
                    analytics = other
        found.append(
            Profile(
                text(source, "SourceToken") if source is not None else "",
                attribute(analytics, "token") if analytics is not None else "",
                tuple(decode_items(every(analytics, "Rule"))) if analytics is not None else (),
                tuple(decode_items(every(analytics, "AnalyticsModule"))) if analytics is not None else (),
                text(source, "Name") if source is not None else "",
            )
        )
    return found


def channels_of(profiles: Iterable[Profile]) -> dict[str, str]:
    """Channel id from "1" of each video source, in the order of the profiles."""
    sources = dict.fromkeys(profile.source for profile in profiles)
    return {source: str(number) for number, source in enumerate(sources, 1)}


def decode_tokens(body: _Element) -> list[str]:
    """Tokens of ``GetAnalyticsConfigurations`` or ``GetVideoAnalyticsConfigurations``."""
    return [token for node in children(body, "Configurations") if (token := attribute(node, "token"))]


def decode_metadata(body: _Element) -> bool | None:
    """True when a metadata configuration streams the scene description; None where none says so or not."""
    values = [switch_at(node, "Analytics") for node in children(body, "Configurations")]
    said = [value for value in values if value is not None]
    return any(said) if said else None


class Frame(NamedTuple):
    """What one module can output, as its sample frame shows: feature -> the element that shows it."""

    type: str
    features: dict[str, str]


def decode_frames(body: _Element) -> list[Frame]:
    """``GetSupportedMetadata``."""
    found = []
    for node in body.iter():
        if not isinstance(node.tag, str) or child(node, "SampleFrame") is None:
            continue
        features: dict[str, str] = {}
        for inner in every(node, *FRAME):
            features.setdefault(FRAME[local(inner)], local(inner))
        for feature, shown in _words(node):
            features.setdefault(feature, shown)
        found.append(Frame(attribute(node, "Type").rpartition(":")[2], features))
    return found


def _words(node: _Element) -> Iterator[tuple[str, str]]:
    for inner in every(node, "Type", "ClassCandidate"):
        word = "".join(str(part) for part in inner.itertext()).strip().lower()
        if word in CLASSES:
            yield CLASSES[word], f"Type {word}"
    for inner in every(node, "Activity"):
        word = (inner.text or "").strip().lower()
        if word in ACTIVITIES:
            yield ACTIVITIES[word], f"Activity {word}"


def decode_topics(body: _Element) -> list[str]:
    """Topics of ``GetEventProperties`` as paths of local names: what the device can tell, not what runs."""
    found: list[str] = []
    for tree in every(body, "TopicSet"):
        for node in children(tree):
            _walk(node, "", found)
    return found


def _walk(node: _Element, above: str, found: list[str]) -> None:
    path = f"{above}/{local(node)}" if above else local(node)
    if attribute(node, "topic").lower() in ("true", "1"):
        found.append(path)
    for below in children(node):
        if local(below) != "MessageDescription":
            _walk(below, path, found)
