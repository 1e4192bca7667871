"""Reading the AI functions of one Hikvision channel into the register."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.drivers.hikvision.abilities import Abilities, Sign
from scanner.drivers.hikvision.pages import (
    Isapi,
    NotHere,
    RuleState,
    Trigger,
    decode_json_rule,
    decode_rule,
    decode_schedule,
)
from scanner.drivers.hikvision.resources import Resources
from scanner.drivers.hikvision.words import FACE_ATTRIBUTES, FAMILIES, PROXIED, RULES, Rule
from scanner.drivers.register import Register, Row
from scanner.errors import NoAnswer
from scanner.facts import NOT_AI
from scanner.model import COLUMNS, Silence

_FILTERING = frozenset({"line-crossing", "intrusion", "motion"})  # their pages name the object classes they react to


@dataclass(slots=True)
class ChannelReader:
    """Reads one channel. ``proxied``: it is a camera behind this recorder, seen through it.

    ``triggers`` is None when they could not be read.
    """

    isapi: Isapi
    register: Register
    abilities: Abilities
    triggers: list[Trigger] | None
    triggers_evidence: str
    resources: Resources
    channel: str
    proxied: bool = False
    recorder: bool = False
    triggers_lost: Silence = "forbidden"
    _targets: list[tuple[bool, str, str, str]] = field(default_factory=list)  # runs, evidence, says, feature
    _names_targets: tuple[str, str] | None = None
    _absent: list[tuple[Row, Silence]] = field(default_factory=list)
    _targets_lost: Silence | None = None  # a page that may filter for people or vehicles could not be read

    def read(self) -> None:
        """Every rule that is said to exist or of which nothing is said; then what has no page."""
        for rule in RULES:
            if rule.feature == "auto-tracking" and (self.recorder or self.channel != "1"):
                continue  # its page is one for the device
            signs = self._signs(rule)
            if signs is not None:
                self._read_rule(rule, signs)
        for row, why in self._absent:  # unless another page of the same function has decided
            if not row.yes.get("enabled") and not row.no.get("enabled"):
                row.hush("enabled", why)
        if not self.recorder:
            self._without_page()
        self._object_classes()
        self._face_attributes()

    # -- which rules there are ---------------------------------------------------------------------------

    def _signs(self, rule: Rule) -> list[Sign] | None:
        """What is said of a rule on this channel; None to leave it out.

        A recorder's flags describe the recorder: one of its channels has a function when it has an event for it.
        """
        if not self.recorder:
            return self.abilities.signs(rule, self.channel, self.resources)
        if any(not sign.supported for sign in self.abilities.signs_of_flags(rule.flags)):
            return None  # its own row says so for the whole recorder
        listed = self.abilities.events.get(self.channel, frozenset())
        named = sorted({item.event for item in self.triggers or () if item.channel == self.channel} & set(rule.events))
        if set(rule.events) & listed:
            return self.abilities.signs(rule, self.channel, self.resources)
        if named:
            return [Sign(True, self.triggers_evidence, f"channel {self.channel} has a trigger for {', '.join(named)}")]
        return None

    # -- one rule ------------------------------------------------------------------------------------------

    def _path(self, rule: Rule) -> str:
        path = rule.path
        if self.proxied and rule.feature in ("motion", "tamper") and path.startswith("System/Video/"):
            path = PROXIED + path.rpartition("/")[2]
        return path.replace("{ch}", self.channel)

    def _read_rule(self, rule: Rule, signs: list[Sign]) -> None:
        row = self.register.row(rule.feature, self.channel, verified=rule.verified)
        row.verified = row.verified or rule.verified
        supported = any(sign.supported for sign in signs)
        for sign in signs:
            if sign.supported or not supported:
                row.say("supported", sign.supported, sign.evidence, sign.says)
        if (signs and not supported) or self._decided(row):
            return
        if supported and rule.feature not in _FILTERING and self.resources.carries(rule) is False:
            self._name(row, rule)  # its own switch cannot make it run, so it costs no request
            row.say("enabled", False, self.resources.evidence, f"{rule.title}: {self.resources.says}")
            self._actions(row, rule, runs=False)
            return
        path = self._path(rule)
        try:
            state, evidence = self._ask(path)
        except NotHere as absent:
            if supported and self._denied(rule):
                self._absent.append((row, absent.why))
            elif supported:
                row.hush("enabled", absent.why)
            else:
                row.say("supported", False, absent.evidence, f"{rule.title}: {absent.detail}")
            return
        except NoAnswer as silence:
            if rule.feature in _FILTERING:
                self._targets_lost = self._targets_lost or silence.why
            if not supported:
                row.hush("supported", silence.why)
            for column in COLUMNS[2:]:
                row.hush(column, silence.why)
            return
        self._name(row, rule)
        if not supported:
            row.say("supported", True, evidence, f"{rule.title} can be read")
        if state.enabled is None:
            row.hush("enabled", "malformed")
            return
        self._judge(row, rule, state, evidence)

    def _decided(self, row: Row) -> bool:
        """Another page of the same function said yes to all: this one could add nothing to the register."""
        if row.feature in _FILTERING and not any(runs for runs, *_ in self._targets):
            return False
        return all(row.answer(column) == "yes" for column in COLUMNS if column != "licensed")

    def _denied(self, rule: Rule) -> bool:
        """Its own flags say that it is not there: an algorithm that serves several rules makes it look supported."""
        flags = [sign.supported for sign in self.abilities.signs_of_flags(rule.flags)]
        return bool(flags) and not any(flags)

    def _ask(self, path: str) -> tuple[RuleState, str]:
        if path.endswith("format=json"):
            value, evidence = self.isapi.json(path)
            return decode_json_rule(value), evidence
        page = self.isapi.xml(path)
        return decode_rule(page.root), page.evidence

    def _name(self, row: Row, rule: Rule) -> None:
        names = [name for name in row.vendor_name.split(", ") if name]
        row.vendor_name = ", ".join(dict.fromkeys((*names, rule.title)))

    def _judge(self, row: Row, rule: Rule, state: RuleState, evidence: str) -> None:
        """Enabled is the rule's switch and its algorithm; hours and actions hang on it."""
        carried = self.resources.carries(rule) if state.enabled else True
        if carried is None:
            row.hush("enabled", self.resources.why)
        elif carried:
            row.say("enabled", bool(state.enabled), evidence, state.says)
        else:
            row.say("enabled", False, self.resources.evidence or evidence, f"{state.says}; {self.resources.says}")
        runs = bool(state.enabled) and carried is True
        if state.knows_targets and self._names_targets is None:
            self._names_targets = (evidence, f"{rule.title} can tell {', '.join(sorted(state.targets)) or 'targets'}")
        if state.targets:
            says = f"{rule.title}: {state.says}, for {', '.join(sorted(state.targets))}"
            self._targets.append((runs, evidence, says, rule.feature))
        if runs:
            self._hours(row, rule)
        self._actions(row, rule, runs=runs)

    def _hours(self, row: Row, rule: Rule) -> None:
        if not rule.schedule or rule.feature in NOT_AI:
            row.hush("armed", "no-reader")
            return
        path = f"Event/schedules/{rule.schedule.replace('{ch}', self.channel)}"
        try:
            page = self.isapi.xml(path)
        except NoAnswer as silence:
            row.hush("armed", silence.why)
            return
        armed = decode_schedule(page.root)
        if armed is None:
            row.hush("armed", "malformed")
        else:
            row.say("armed", armed, page.evidence, f"TimeBlockList {'has hours' if armed else 'is empty'}")

    def _actions(self, row: Row, rule: Rule, *, runs: bool) -> None:
        if self.triggers is None:
            row.hush("linked", self.triggers_lost)
            return
        own = [item for item in self.triggers if item.channel == self.channel and item.event in rule.events]
        if not own:
            if runs or not (row.yes.get("linked") or row.no.get("linked")):
                row.hush("linked", "no-such-page")
            return
        row.silent.pop("linked", None)
        methods = sorted({method for item in own for method in item.methods})
        says = f"{own[0].event}: notificationMethod {', '.join(methods) or 'none'}"
        row.say("linked", bool(methods), self.triggers_evidence, says)

    # -- functions without a page of their own -------------------------------------------------------------

    def _without_page(self) -> None:
        found: dict[str, list[Sign]] = {}
        for feature, sign in self.abilities.without_page(self.channel, self.resources):
            found.setdefault(feature, []).append(sign)
        for feature, signs in found.items():
            began = self.register.has(feature, self.channel)
            row = self.register.row(feature, self.channel, verified=False)
            supported = any(sign.supported for sign in signs)
            if began and not supported:
                continue  # its page has decided
            for sign in signs:
                if sign.supported or not supported:
                    row.say("supported", sign.supported, sign.evidence, sign.says)
            if supported:
                self._loaded_or_not(row, began)

    def _loaded_or_not(self, row: Row, began: bool) -> None:
        """What is not loaded is off; what is loaded may be on, and nothing says so."""
        resources = self.resources
        families = {kind for kind, feature in FAMILIES.items() if feature == row.feature}
        if resources.kind == "types" and families & resources.selectable:
            if not families & resources.loaded:
                row.say("enabled", False, resources.evidence, resources.says)
            elif not began:
                row.hush("enabled", "no-reader")
        elif not began:
            row.hush("enabled", "no-reader")

    def _object_classes(self) -> None:
        """A rule that filters for people or vehicles has a classifier at work on every frame."""
        if not self._targets and self._names_targets is None:
            if self._targets_lost is not None:
                self.register.row("object-class", self.channel, "detectionTarget").hush_all(self._targets_lost)
            return
        row = self.register.row("object-class", self.channel, "detectionTarget", verified=True)
        if self._targets_lost is not None:
            row.hush("enabled", self._targets_lost)
        if self._names_targets is not None:
            row.say("supported", True, *self._names_targets)
        running = [item for item in self._targets if item[0]]
        for runs, evidence, says, feature in running or self._targets:
            row.say("enabled", runs, evidence, says)
            if runs:
                row.follow(self.register.row(feature, self.channel), "armed", "linked")
        if not self._targets and self._names_targets is not None:
            row.say("enabled", False, self._names_targets[0], "no rule filters for people or vehicles")

    def _face_attributes(self) -> None:
        """Age, gender and the like come with captured faces; no public switch is known (docs/sources.md A12)."""
        capturing = [
            row for row in self.register.rows()
            if row.channel == self.channel and row.feature in ("face-detection", "person-attributes")
            and row.answer("supported") == "yes" and row.answer("enabled") != "no"
        ]  # fmt: skip
        if capturing:
            for feature in FACE_ATTRIBUTES:
                self.register.row(feature, self.channel, verified=False).hush_all("no-reader")
