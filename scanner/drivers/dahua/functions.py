"""Reading Dahua's AI functions into the register."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.drivers.base import MOST_CHANNELS, Asker, Reading, known, unseen
from scanner.drivers.dahua.analytics import (
    ATTRIBUTES,
    COULD_HAVE,
    FACE_PLANS,
    UNVERIFIED,
    Group,
    Motion,
    Rule,
    decode_deployed,
    decode_groups,
    decode_motion,
    decode_plans,
    decode_rules,
    decode_smart_motion,
)
from scanner.drivers.dahua.tables import Missing, Table, ask, section
from scanner.drivers.register import DEVICE, Register, Row
from scanner.errors import NoAnswer
from scanner.model import Gap, Silence

_FACES = "/cgi-bin/faceRecognitionServer.cgi?action="
_TARGETS = frozenset({"human", "vehicle", "motorvehicle", "nonmotor", "person"})
_RULE_FEATURES = frozenset(COULD_HAVE) - {"motion", "body-temperature", "auto-tracking"}


class Functions:
    """The tables of one device. A section that is refused leaves its features unknown, one that is missing too:
    a device may keep it behind another interface; only an existing table says what there is."""

    def __init__(self, asker: Asker, *, recorder: bool = False) -> None:
        self.asker = asker
        self.recorder = recorder
        self.register = Register("dahua")
        self.gaps: list[Gap] = []
        self.plans: dict[str, tuple[str, ...] | None] = {}
        self.plans_lost: Silence | None = None
        self.plans_evidence = ""
        self.rules_lost: Silence | None = None
        self.motion_lost: Silence | None = None

    def read(self) -> Iterator[Reading]:
        """Rows of all features, then the gaps met on the way."""
        self._read_plans()
        self._read_rules()
        motion, motion_lost = self._read_motion()
        self._read_smart_motion(motion, motion_lost)
        yield from self._read_faces()
        self._rest()
        yield from self.register.features()
        yield from self.gaps

    # -- the smart plan ----------------------------------------------------------------------------------

    def _lost(self, name: str, silence: NoAnswer) -> Silence:
        if silence.why != "no-such-page":
            self.gaps.append(Gap(f"dahua: {name}", silence.why, silence.detail))
        return silence.why

    def _read_plans(self) -> None:
        try:
            table = section(self.asker, "VideoAnalyseGlobal")
        except NoAnswer as silence:
            self.plans_lost = self._lost("VideoAnalyseGlobal", silence)
            return
        self.plans = decode_plans(table)
        self.plans_evidence = table.evidence

    def _runs(self, rule: Rule) -> tuple[bool | None, str, Silence]:
        """(runs, says, why not known): a rule runs when it is on and its class is the plan that runs on its channel."""
        says = f"{rule.type}.Enable = {_word(rule.enabled)}"
        if rule.enabled is None:
            return None, says, "malformed"
        if not rule.enabled:
            return False, says, "malformed"
        if not rule.plan or self.plans_lost == "no-such-page":
            return True, f"{says}, no smart plan to compare with", "malformed"
        if self.plans_lost is not None:
            return None, says, self.plans_lost
        plan = self.plans.get(rule.channel)
        if plan is None:
            return None, says, "no-such-page"
        running = rule.plan in plan
        return running, f"{says}, Class = {rule.plan}, Scene.Type = {', '.join(plan) or 'empty'}", "malformed"

    # -- rules ---------------------------------------------------------------------------------------------

    def _read_rules(self) -> None:
        try:
            table = section(self.asker, "VideoAnalyseRule")
        except NoAnswer as silence:
            self.rules_lost = self._lost("VideoAnalyseRule", silence)
            return
        rules = [rule for rule in decode_rules(table) if int(rule.channel) <= MOST_CHANNELS]
        by_row: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules:
            if rule.feature and (rule.feature != "custom-ai" or rule.enabled):
                by_row.setdefault((rule.feature, rule.channel), []).append(rule)
        for (feature, channel), own in by_row.items():
            self._row(feature, channel, own, table)
        for rule in rules:
            self._targets(rule, table)
            self._attributes(rule, table)

    def _row(self, feature: str, channel: str, rules: list[Rule], table: Table) -> None:
        row = self.register.row(feature, channel, ", ".join(dict.fromkeys(rule.type for rule in rules)),
                                verified=feature not in UNVERIFIED)  # fmt: skip
        row.say("supported", True, table.evidence, f"VideoAnalyseRule has {rules[0].type}")
        live = False
        for rule in rules:
            runs, says, why = self._runs(rule)
            if runs is None:
                row.hush("enabled", why)
                continue
            row.say("enabled", runs, self._proof(table, says), says)
            if runs:
                live = True
                self._hours(row, rule, table)
        if not live:
            for rule in rules:
                self._actions(row, rule, table)

    def _proof(self, table: Table, says: str) -> str:
        """The reply that decided: the plan where it was compared, else the rule."""
        return self.plans_evidence if "Scene.Type" in says and says.endswith("empty") else table.evidence

    def _hours(self, row: Row, rule: Rule, table: Table) -> None:
        if rule.armed is None:
            row.hush("armed", "no-such-page")
        else:
            row.say("armed", rule.armed, table.evidence, f"TimeSection {'has' if rule.armed else 'has no'} active slot")
        self._actions(row, rule, table)

    def _actions(self, row: Row, rule: Rule, table: Table) -> None:
        if rule.linked is None:
            row.hush("linked", "no-such-page")
        else:
            row.say("linked", rule.linked, table.evidence, f"EventHandler: {', '.join(rule.actions) or 'no action'}")

    def _targets(self, rule: Rule, table: Table) -> None:
        """A rule that filters for people or vehicles has a classifier at work."""
        targets = sorted(_TARGETS & set(rule.targets))
        if not targets:
            return
        row = self.register.row("object-class", rule.channel, "ObjectTypes")
        row.say("supported", True, table.evidence, f"{rule.type}.ObjectTypes = {', '.join(targets)}")
        runs, says, why = self._runs(rule)
        if runs is None:
            row.hush("enabled", why)
            return
        row.say("enabled", runs, table.evidence, f"{says}, for {', '.join(targets)}")
        if runs:
            self._hours(row, rule, table)

    def _attributes(self, rule: Rule, table: Table) -> None:
        """``Config.FeatureList`` of a face rule: what it infers while the rule runs; without it nobody knows."""
        if rule.feature not in ("face-detection", "face-recognition"):
            return
        runs, says, why = self._runs(rule)
        named = {ATTRIBUTES[word] for word in rule.attributes if word in ATTRIBUTES}
        for feature in dict.fromkeys(ATTRIBUTES.values()):
            if feature not in named and not rule.knows_attributes:
                continue
            row = self.register.row(feature, rule.channel, "FeatureList", verified=False)
            if feature not in named:
                row.say("enabled", False, table.evidence, "Config.FeatureList does not name it")
                row.hush("supported", "no-reader")
                continue
            row.silent.pop("supported", None)
            row.say("supported", True, table.evidence, "Config.FeatureList names it")
            if runs is None:
                row.hush("enabled", why)
                continue
            row.say("enabled", runs, table.evidence, f"Config.FeatureList names it; {says}")
            if runs:
                self._hours(row, rule, table)

    # -- motion ----------------------------------------------------------------------------------------------

    def _read_motion(self) -> tuple[dict[str, Motion], Silence | None]:
        try:
            table = section(self.asker, "MotionDetect")
        except NoAnswer as silence:
            self.motion_lost = self._lost("MotionDetect", silence)
            return {}, self.motion_lost
        found = {}
        for motion in decode_motion(table):
            found[motion.channel] = motion
            row = self.register.row("motion", motion.channel, "MotionDetect")
            row.say("supported", True, table.evidence, "MotionDetect can be read")
            if motion.enabled is None:
                row.hush("enabled", "malformed")
                continue
            row.say("enabled", motion.enabled, table.evidence, f"MotionDetect.Enable = {_word(motion.enabled)}")
            if motion.enabled and motion.armed is not None:
                row.say("armed", motion.armed, table.evidence, "TimeSection")
            if motion.linked is not None:
                row.say("linked", motion.linked, table.evidence, "EventHandler")
        return found, None

    def _read_smart_motion(self, motion: dict[str, Motion], motion_lost: Silence | None) -> None:
        """It runs outside the smart plan, and only while plain motion detection is on."""
        try:
            table = section(self.asker, "SmartMotionDetect")
        except Missing as absent:
            if not self.register.has("object-class") and self.rules_lost in (None, "no-such-page"):
                row = self.register.row("object-class", "1" if not self.recorder else DEVICE, "SmartMotionDetect")
                if self.rules_lost is None:
                    row.say("supported", False, absent.evidence, absent.detail)
                else:  # neither table is here: a device without these calls says nothing of what it can do
                    row.hush_all("no-such-page")
            return
        except NoAnswer as silence:
            why = self._lost("SmartMotionDetect", silence)
            if not self.register.has("object-class"):
                self.register.row("object-class", DEVICE, "SmartMotionDetect").hush_all(why)
            return
        for smart in decode_smart_motion(table):
            row = self.register.row("object-class", smart.channel, "SmartMotionDetect")
            row.say("supported", True, table.evidence, "SmartMotionDetect can be read")
            says = f"SmartMotionDetect.Enable = {_word(smart.enabled)}, for {', '.join(smart.targets) or 'nothing'}"
            base = motion.get(smart.channel)
            if smart.enabled is None:
                row.hush("enabled", "malformed")
            elif not smart.enabled or not smart.targets:
                row.say("enabled", False, table.evidence, says)
            elif base is None or base.enabled is None:
                row.hush("enabled", motion_lost or "no-such-page")
            else:
                row.say("enabled", base.enabled, table.evidence, f"{says}, MotionDetect.Enable = {_word(base.enabled)}")
                if base.enabled:
                    row.follow(self.register.row("motion", smart.channel), "armed", "linked")

    # -- face groups -------------------------------------------------------------------------------------------

    def _read_faces(self) -> Iterator[Reading]:
        """Groups with faces in them that work on a channel with a face plan are recognition, whatever rules say."""
        try:
            table = ask(self.asker, f"{_FACES}findGroup")
            groups = decode_groups(table)
        except NoAnswer as silence:
            why = self._lost("face groups", silence)
            yield unseen("face-library.count", why)
            for row in self.register.rows():
                if row.feature == "face-recognition" and why != "no-such-page":
                    row.hush("enabled", why)
            return
        count = sum(group.size for group in groups)
        yield known("face-library.count", count, table.evidence)
        channels = sorted({*self.plans, "1"}, key=int)[:MOST_CHANNELS]
        for channel in channels:
            row = self.register.row("face-recognition", channel, "faceRecognitionServer", verified=False)
            row.count = count
            row.say("supported", True, table.evidence, "face groups can be read")
            self._deployed(row, channel, [group for group in groups if group.size], table)

    def _deployed(self, row: Row, channel: str, filled: list[Group], table: Table) -> None:
        if not filled:
            row.say("enabled", False, table.evidence, "no face group holds a face")
            return
        try:
            reply = ask(self.asker, f"{_FACES}getGroup&channel={channel}")
            deployed = set(decode_deployed(reply)) & {group.id for group in filled}
            evidence = reply.evidence
        except NoAnswer as silence:
            row.hush("enabled", silence.why)
            return
        plan = self.plans.get(channel)
        if not deployed:
            row.say("enabled", False, evidence, "no face group works on this channel")
        elif plan is None:
            row.hush("enabled", self.plans_lost or "no-such-page")
        else:
            faces = bool(FACE_PLANS & set(plan))
            says = f"{len(deployed)} face groups work here, Scene.Type = {', '.join(plan) or 'empty'}"
            row.say("enabled", faces, evidence, says)

    # -- what nobody spoke of ------------------------------------------------------------------------------------

    def _rest(self) -> None:
        """Features no table names: unknown, with the reason of the table they would stand in."""
        for feature in COULD_HAVE:
            if not self.register.has(feature):
                lost = self.rules_lost if feature in _RULE_FEATURES else None
                lost = self.motion_lost if feature == "motion" else lost
                self.register.row(feature, DEVICE, verified=False).hush_all(lost or "no-reader")


def _word(value: bool | None) -> str:
    return "missing" if value is None else str(value).lower()
