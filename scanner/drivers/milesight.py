"""Milesight: four rules of a camera and its counter (docs/sources.md A7.5). Experimental: clients read it so.

Nothing public tells hours, actions or licences of a rule. The pages of faces, number plates and other rules are named
in the maker's list of calls without their fields: these functions stay unknown here, and ONVIF tells some of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from scanner.drivers.base import READS_ON, Asker, Reading, claim, part, web_doors
from scanner.drivers.register import DEVICE, Register, unknown
from scanner.errors import NoAnswer
from scanner.model import Endpoint, Gap, Identity, Silence

if TYPE_CHECKING:
    from scanner.net import Link

OPERATOR = "/cgi-bin/operator/operator.cgi?action="
INFORMATION = f"{OPERATOR}get.system.information&format=json"
ALARMS = f"{OPERATOR}get.vca.alarmstatus"


class Rule(NamedTuple):
    """One page of rules: ``switch`` is that of each region or line, ``points`` how many it needs to be drawn."""

    action: str
    feature: str
    switch: str
    points: int

    @property
    def path(self) -> str:
        return f"{OPERATOR}{self.action}&format=json"


RULES: tuple[Rule, ...] = (
    Rule("get.vca.intrusion", "intrusion", "regionEnable", 3),
    Rule("get.vca.regionentrance", "intrusion", "regionEnable", 3),
    Rule("get.vca.alllinecrossing", "line-crossing", "lineCrossingEnable", 2),
    Rule("get.vca.loitering", "loitering", "loiteringEnable", 3),
)
COULD_HAVE: tuple[str, ...] = (
    "line-crossing", "intrusion", "loitering", "people-counting", "heat-map", "object-left", "object-removed",
    "object-class", "face-detection", "anpr",
)  # fmt: skip
"""Functions of the maker's list of calls (docs/sources.md A7.5)."""
MOST_SLOTS = 64
_VARIABLE = re.compile(r"\bvar\s{1,4}(\w{1,60})\s{0,4}=")
_COUNTERS = frozenset({"current_in_count", "current_out_count", "current_sum_count", "current_capacity_count"})


class State(NamedTuple):
    """What a page says. ``enabled`` is None where its slots do not decide."""

    enabled: bool | None
    says: str


class Milesight:
    """The driver. Two published clients read the same pages; no reply of a named camera is recorded: experimental."""

    name = "milesight"
    title = "Milesight CGI"
    verified = False
    needs = "Milesight: an operator; everything is asked below /operator/ (docs/sources.md A7.5; unverified)."

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Cameras Milesight built that have a web door; its recorders answer otherwise."""
        return identity.maker == "Milesight" and identity.kind != "recorder" and bool(web_doors(endpoints))

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """Identity decides the login; after a refusal every function is unknown and nothing more is asked."""
        del identity
        asker = Asker(link, self.name, web_doors(endpoints))
        try:
            yield from list(_identity(asker))
        except NoAnswer as silence:
            yield Gap("milesight: device information", silence.why, silence.detail)
            if silence.why not in READS_ON:
                yield from unknown(COULD_HAVE, self.name, silence.why)
                return
        yield from part("milesight: functions", partial(_functions, asker), partial(unknown, COULD_HAVE, self.name))


def _identity(asker: Asker) -> Iterator[Reading]:
    reply = asker.get(INFORMATION)
    reply.require_ok()
    value = reply.json()
    if not isinstance(value, dict):
        raise NoAnswer("malformed", "expected an object")
    for field, name in (("model", "model"), ("serial", "snCode"), ("firmware", "firmwareVersion")):
        text = value.get(name)
        yield from claim(field, text if isinstance(text, str) else None, "milesight", "http-body", reply.evidence)


def _functions(asker: Asker) -> Iterator[Reading]:
    register = Register("milesight")
    gaps: list[Gap] = []
    lost: Silence | None = None
    for rule in RULES:
        row = register.row(rule.feature, "1", rule.action, verified=False)
        try:
            reply = asker.get(rule.path)
            reply.require_ok()
            state = decode_rule(reply.json(), rule)
        except NoAnswer as silence:
            if silence.why != "no-such-page":
                gaps.append(Gap(f"milesight: {rule.action}", silence.why, silence.detail))
            lost = silence.why
            row.hush_all(silence.why)
            continue
        row.say("supported", True, reply.evidence, f"{rule.action} is answered")
        if state.enabled is None:
            row.hush("enabled", "undecided")
        else:
            row.say("enabled", state.enabled, reply.evidence, state.says)
    lost = _counter(asker, register, gaps) or lost
    for feature in COULD_HAVE:
        if not register.has(feature):
            why: Silence = lost if lost in ("login-refused", "login-locked", "forbidden", "left-alone") else "no-reader"
            register.row(feature, DEVICE, verified=False).hush_all(why)
    yield from register.features()
    yield from gaps


def _counter(asker: Asker, register: Register, gaps: list[Gap]) -> Silence | None:
    """The state of alarms names a counter where there is one. Its numbers of people are not looked at."""
    row = register.row("people-counting", "1", "get.vca.alarmstatus", verified=False)
    try:
        reply = asker.get(ALARMS)
        reply.require_ok()
        found = decode_alarms(reply.text())
    except NoAnswer as silence:
        row.hush_all(silence.why)
        if silence.why != "no-such-page":
            gaps.append(Gap("milesight: get.vca.alarmstatus", silence.why, silence.detail))
        return silence.why
    if found:
        row.say("supported", True, reply.evidence, f"{found} is in the state of alarms")
    else:
        row.hush("supported", "undecided")
    return None


def decode_alarms(said: str) -> str:
    """The name of a number the counter keeps, '' where there is none. NoAnswer for no list of ``var name='0';``."""
    names = _VARIABLE.findall(said[:16_384])
    if not names:
        raise NoAnswer("malformed", "expected var lines, found something else")
    return next((name for name in names if name in _COUNTERS), "")


def decode_rule(value: Any, rule: Rule) -> State:
    """``detectionInfoList``: slots with a switch (0 or 1) and the corners of a region, ``128:320:-1:-1:`` where -1 is
    unused. On is a slot that is switched on and drawn; one that is switched on and not drawn decides nothing. NoAnswer
    for a page without the list or with a switch that is neither."""
    slots = value.get("detectionInfoList") if isinstance(value, dict) else None
    if not isinstance(slots, list) or not slots or not all(isinstance(slot, dict) for slot in slots):
        raise NoAnswer("malformed", "expected detectionInfoList, found something else")
    slots = slots[:MOST_SLOTS]
    switches = [_switch(slot.get(rule.switch)) for slot in slots]
    if None in switches:
        raise NoAnswer("malformed", f"expected {rule.switch} of 0 or 1 in every slot")
    on = [slot for slot, switch in zip(slots, switches, strict=True) if switch]
    drawn = [slot for slot in on if min(_corners(slot.get("polygonX")), _corners(slot.get("polygonY"))) >= rule.points]
    says = f"{rule.action}: {rule.switch} = 1 in {len(on)} of {len(slots)} slots, {len(drawn)} of them drawn"
    return State(True if drawn else None if on else False, says)


def _switch(value: object) -> bool | None:
    return {"0": False, "1": True}.get(str(value)) if not isinstance(value, bool) else value


def _corners(value: object) -> int:
    words = value[:2048].split(":") if isinstance(value, str) else []
    return sum(word.strip().isdecimal() for word in words)


DRIVER = Milesight()
