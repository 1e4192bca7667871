"""Which algorithms are loaded: a rule that is enabled counts only while its family is (docs/sources.md A3.4).

Three generations: applications of the open platform, types of VCAResource, and classic cameras that have neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from scanner.drivers.hikvision.pages import Isapi, NotHere
from scanner.drivers.hikvision.words import APPS, Rule
from scanner.drivers.markup import every, local, switch, switch_at, text, words
from scanner.errors import NoAnswer
from scanner.model import Silence

if TYPE_CHECKING:
    from lxml.etree import _Element


class App(NamedTuple):
    """One application of the open platform; ``running`` is None where the device does not say."""

    name: str
    running: bool | None


@dataclass(frozen=True, slots=True)
class Resources:
    """What is loaded on a channel. ``why`` says why it is not known when ``kind`` is unknown."""

    kind: Literal["classic", "types", "apps", "unknown"] = "classic"
    loaded: frozenset[str] = frozenset()
    selectable: frozenset[str] = frozenset()
    apps: tuple[App, ...] = ()
    evidence: str = ""
    why: Silence = "no-reader"

    @property
    def says(self) -> str:
        """What the device said, for a proof."""
        if self.kind == "apps":
            running = ", ".join(app.name for app in self.apps if app.running) or "none"
            return f"AppList: running {running}"
        return f"VCAResource/type = {', '.join(sorted(self.loaded)) or 'empty'}"

    def carries(self, rule: Rule) -> bool | None:
        """True when what the rule needs is loaded, None when that cannot be told."""
        if self.kind == "classic":
            return True
        if self.kind == "types":
            return not rule.families or bool(rule.families & self.loaded)
        if self.kind == "apps":
            return self._app_runs(rule)
        return None if rule.families else True

    def _app_runs(self, rule: Rule) -> bool | None:
        if not rule.apps:
            return True
        states = [app.running for app in self.apps if app.name.strip().lower() in rule.apps]
        if True in states:
            return True
        unreadable = [app for app in self.apps if app.name.strip().lower() not in APPS and app.running is not False]
        return None if None in states or (unreadable and not states) else False


def decode_apps(root: _Element) -> tuple[App, ...]:
    """``AppList/App/{packageName,runStatus}``; names come in the language of the device."""
    return tuple(
        App(text(item, "packageName"), switch(text(item, "runStatus"))) for item in every(root, "App") if len(item)
    )


def decode_types(root: _Element) -> tuple[frozenset[str], frozenset[str]]:
    """(loaded, selectable) types of a VCAResource page; ``close`` means that nothing is loaded."""
    loaded: set[str] = set()
    selectable: set[str] = set()
    for node in every(root, "type"):
        loaded |= set(words(node.text or ""))
        selectable |= set(words(node.get("opt") or ""))
    return frozenset(loaded - {"close"}), frozenset(selectable - {"close"})


def read_platform(isapi: Isapi) -> Resources | None:
    """The applications of the open platform, None where the device has none."""
    try:
        page = isapi.xml("Custom/OpenPlatform/capabilities")
    except NoAnswer:
        return None  # optional: VCAResource is asked next, and a login without rights fails there as well
    if switch_at(page.root, "isSupportOpenPlatform") is not True:
        return None
    try:
        listed = isapi.xml("Custom/OpenPlatform/App")
    except NotHere:
        return None
    except NoAnswer as silence:
        return Resources("unknown", why=silence.why)
    return Resources("apps", apps=decode_apps(listed.root), evidence=listed.evidence)


def read_resources(isapi: Isapi, channel: str, *, hinted: bool) -> Resources:
    """The loaded types of one channel. ``hinted``: the capabilities name this channel's VCAResource.

    A bare 403 of a device that never named it is its way to say "not here".
    """
    at = f"System/Video/inputs/channels/{channel}/VCAResource"
    try:
        page = isapi.xml(at)
    except NotHere:
        return Resources()
    except NoAnswer as silence:
        if silence.why == "forbidden" and not hinted:
            return Resources()
        return Resources("unknown", why=silence.why)
    if local(page.root) != "VCAResource":
        return Resources()
    loaded, selectable = decode_types(page.root)
    if not selectable:
        try:
            selectable = decode_types(isapi.xml(f"{at}/capabilities").root)[1]
        except NoAnswer:
            selectable = frozenset()  # the loaded type is enough; the choice is extra
    return Resources("types", loaded, selectable, evidence=page.evidence)


def unknown_apps(resources: Resources) -> Iterator[App]:
    """Applications that are none of Hikvision's own, by their English names."""
    for app in resources.apps:
        if app.name.strip().lower() not in APPS:
            yield app
