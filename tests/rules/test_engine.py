"""Verdicts: gating by confidence, dates, what is not judged, and that silence never passes."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_samples import (
    COUNCIL,
    DAY,
    DEPOT,
    RULE,
    SEEN_AT,
    a_device,
    an_identity,
    an_inventory,
    verdicts_of,
    write_pack,
)

from rules import UNCLEAR, Finding, Pack, judge, load_packs, read_packs
from rules.engine import finding_id
from scanner.facts import FACTS, FEATURES
from scanner.model import Attached, Claim, Device, Feature, Known, LoginState, Organisation, Proof, Record, Site, Unseen

PACKS = load_packs()
SCHOOL = Site(name="Depot", type="school")
TELNET_OPEN = {"service.telnet": Known(True, ("e-1",))}


def own(tmp_path: Path, *rules: dict[str, Any], **header: Any) -> tuple[Pack, ...]:
    return read_packs([write_pack(tmp_path, *rules, **header)])


def face(enabled: Any, **more: Any) -> Feature:
    return Feature("face-recognition", "1", enabled=enabled, proofs=(Proof("enabled", "e-face", "x"),), **more)


# -- confidence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needed", "grade", "expected"),
    [
        ("C3", "C3", "fail"),
        ("C3", "C2", "review"),
        ("C2", "C2", "fail"),
        ("C2", "C1", "review"),
        ("C1", "C1", "fail"),
        ("review-only", "C3", "review"),
    ],
)
def test_a_weak_fail_is_for_review(tmp_path: Path, needed: str, grade: Any, expected: str) -> None:
    """Below the confidence a rule needs, and always for review-only rules, a person decides."""
    facts = {"service.telnet": Known(True, ("e-1",), grade)}
    examples = (
        [{"facts": {"service.telnet": True}, "verdict": "review"}, *RULE["examples"][1:]]
        if needed == "review-only"
        else RULE["examples"]
    )
    packs = own(tmp_path, {"confidence_needed": needed, "examples": examples})

    found = verdicts_of(an_inventory(a_device(facts=facts)), packs)["OUR-01"]

    assert found.verdict == expected
    assert found.because[0].grade == grade


def test_a_pass_needs_more_than_a_hint(tmp_path: Path) -> None:
    """A MAC prefix alone clears nobody: a pass on circumstantial facts is unknown."""
    hint = an_identity("Axis", grade="C1")
    bodies = Organisation(jurisdiction="us", bodies=("us-federal-agency",))

    found = verdicts_of(an_inventory(a_device(identity=hint), organisation=bodies), PACKS)

    assert found["US-01"].verdict == "unknown"
    assert found["US-01"].because[0].grade == "C1"
    assert (
        verdicts_of(an_inventory(a_device(identity=an_identity("Axis")), organisation=bodies), PACKS)["US-01"].verdict
        == "pass"
    )


# -- what is judged -----------------------------------------------------------------------------------


def test_each_camera_gets_one_finding_a_rule() -> None:
    """Every rule in force has its say on every camera, with reasons, and ids that stay."""
    inventory = an_inventory(a_device("d-1"), a_device("d-2"))

    findings = judge(inventory, PACKS, DAY)

    assert len(findings) == 2 * sum(len(pack.rules) for pack in PACKS)
    assert len({finding.id for finding in findings}) == len(findings)
    assert all(finding.because for finding in findings)
    assert findings == judge(inventory, PACKS, DAY)
    assert findings[0].id == finding_id(findings[0].rule, "d-1", "")


def test_an_unclear_device_is_one_unknown() -> None:
    """Nobody can tell what it is: one finding, unknown, with the reason; never a pass and not one a rule."""
    unclear = a_device(identity=an_identity(None, kind="unknown", claims=()))

    (found,) = judge(an_inventory(unclear), PACKS, DAY)

    assert (found.rule, found.verdict, found.because[0].fact) == (UNCLEAR.id, "unknown", "identity.kind")


@pytest.mark.parametrize("kind", ["other", "vms", "access-control"])
def test_what_is_no_camera_is_left_alone(kind: Any) -> None:
    """A printer is not judged by rules for cameras."""
    assert judge(an_inventory(a_device(identity=an_identity(kind=kind))), PACKS, DAY) == ()


def test_whether_a_rule_applies_has_three_answers() -> None:
    """No: not applicable. Nobody said: unknown. Yes: judged."""
    device = a_device(features=(face("yes"),))

    def verdict(*sites: Site, organisation: Organisation = COUNCIL) -> Finding:
        return verdicts_of(an_inventory(device, sites=sites, organisation=organisation), PACKS)["SCH-01"]

    assert verdict(DEPOT).verdict == "not_applicable"
    assert [one.fact for one in verdict(DEPOT).because] == ["site.type"]
    assert verdict().verdict == "unknown"
    assert verdict().because[0].why == "not-told"
    assert verdict(SCHOOL).verdict == "fail"
    assert verdict(SCHOOL, organisation=Organisation()).verdict == "unknown"


def test_a_fail_names_exactly_what_decided_it() -> None:
    """The function with its channel and evidence, the missing record, and what made the rule apply; nothing else."""
    found = verdicts_of(an_inventory(a_device(features=(face("yes"),)), sites=[SCHOOL]), PACKS)["SCH-01"]

    reasons = {one.fact: one for one in found.because}
    assert set(reasons) == {"ai.face-recognition.enabled", "record.consent", "org.jurisdiction", "site.type"}
    assert reasons["ai.face-recognition.enabled"].evidence == ("e-face",)
    assert reasons["ai.face-recognition.enabled"].channels == ("1",)
    assert reasons["record.consent"].why == "absent"
    assert reasons["site.type"].said_by == "auditor"
    assert found.remediation
    assert found.references
    assert found.cannot_decide


def test_what_only_the_auditor_said_stands_beside_proof_of_a_camera() -> None:
    """A fail about the site still cites a reply of the device: the one that shows it is a camera."""
    shared = Site(name="Depot", type="depot", segment="shared")

    found = verdicts_of(an_inventory(a_device(), sites=[shared]), PACKS)["HYG-09"]

    assert found.verdict == "fail"
    assert [(one.fact, one.evidence) for one in found.because] == [("site.segment", ()), ("identity.kind", ("e-kind",))]


def test_a_camera_behind_a_recorder_is_proved_by_the_recorder() -> None:
    """Its maker is what the recorder said; its settings are unknown because nobody asked it."""
    identity = an_identity("Dahua", grade="C2", claims=())
    behind = a_device("d-cam", identity=identity, seen_through="d-nvr", login="untried", read_by=())
    recorder = a_device("d-nvr", attached=(Attached("1", maker="Dahua", device="d-cam", evidence=("e-nvr",)),))
    agency = Organisation(jurisdiction="us", bodies=("us-federal-agency",))

    found = {
        finding.rule: finding
        for finding in judge(an_inventory(recorder, behind, organisation=agency), PACKS, DAY)
        if finding.device == "d-cam"
    }

    assert found["US-01"].verdict == "review"
    assert found["US-01"].because[0].evidence == ("e-nvr",)
    assert found["HYG-12"].verdict == "unknown"
    assert found["HYG-12"].because[0].why == "seen-through"


# -- silence ------------------------------------------------------------------------------------------

CLAIMED = ("US-01", "SS-01")


@pytest.mark.parametrize("login", ["refused", "remembered-refusal", "locked", "none-given", "untried"])
@pytest.mark.parametrize(
    "site", [SCHOOL, Site(name="Depot", type="hospital", tags=("clinical", "sensitive", "workplace")), None]
)
def test_without_a_login_no_function_passes(login: LoginState, site: Site | None) -> None:
    """A refused login gives unknown with its reason, never a pass, for every rule that asks a function or a setting."""
    device = a_device(login=login, read_by=())

    findings = judge(an_inventory(device, sites=[site] if site else ()), PACKS, DAY)

    asks_device = [
        finding
        for finding in findings
        if any(one.fact.startswith("ai.") or FACTS[one.fact].key in device_keys() for one in finding.because)
    ]
    assert len(asks_device) > 10
    assert {finding.verdict for finding in asks_device} == {"unknown"}
    if login in ("refused", "locked"):
        assert f"login-{login}" in {one.why for finding in asks_device for one in finding.because}


def device_keys() -> set[str]:
    return {
        key
        for key in FACTS
        if not key.startswith(("ai.", "org.", "site.", "record.", "judged.", "identity.", "firmware.", "device."))
    }


answers = st.sampled_from(["yes", "no", "unknown"])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FEATURES)), answers), st.sampled_from([DEPOT, SCHOOL]))
def test_reading_less_never_clears_a_device(on: dict[str, Any], site: Site) -> None:
    """Taking answers away from a device turns no finding into a pass that was not one before."""
    rows = tuple(Feature(name, "1", supported=answer, enabled=answer) for name, answer in on.items())
    blind = tuple(Feature(name, "1", why={"enabled": "login-refused", "supported": "login-refused"}) for name in on)

    full, less = (verdicts_of(an_inventory(a_device(features=some), sites=[site]), PACKS) for some in (rows, blind))

    assert [rule for rule, finding in less.items() if finding.verdict == "pass" and full[rule].verdict != "pass"] == []


# -- dates ------------------------------------------------------------------------------------------


def test_rules_are_judged_from_their_first_day_on(tmp_path: Path) -> None:
    """Before the first and after the last day of a rule or pack there is no finding at all."""
    device = an_inventory(a_device(facts=TELNET_OPEN))
    of_rule = own(tmp_path / "a", {"valid_from": "2026-11-01", "valid_to": "2026-11-30"})
    of_pack = own(tmp_path / "b", valid_from="2026-11-01", valid_to="2026-11-30")

    for packs in (of_rule, of_pack):
        counts = [
            len(judge(device, packs, date(2026, month, day))) for month, day in ((10, 31), (11, 1), (11, 30), (12, 1))
        ]
        assert counts == [0, 1, 1, 0]


def test_severity_follows_the_day() -> None:
    """EU-04 as found: medium before the high-risk duties apply, high after; the id is the same."""
    inventory = an_inventory(a_device(features=(face("yes"),)), organisation=Organisation(jurisdiction="eu"))

    before, after = (verdicts_of(inventory, PACKS, day)["EU-04"] for day in (date(2027, 12, 1), date(2027, 12, 2)))

    assert (before.severity, after.severity) == ("medium", "high")
    assert before.id == after.id
    assert after.title == "High-risk biometric AI, its papers to be shown"
    assert "EU-05" not in verdicts_of(inventory, PACKS, date(2026, 8, 1))


def test_a_change_can_follow_the_device(tmp_path: Path) -> None:
    """DP-05 is high where the function is only there and critical where it is on, and says what made it so."""
    there = Feature("ethnicity", "1", supported="yes", enabled="no")
    on = Feature("ethnicity", "1", supported="yes", enabled="yes")

    high, critical = (verdicts_of(an_inventory(a_device(features=(row,))), PACKS)["DP-05"] for row in (there, on))

    assert (high.verdict, high.severity) == ("fail", "high")
    assert (critical.verdict, critical.severity) == ("fail", "critical")
    assert critical.title == "Ethnicity or religion inference switched on"
    assert "ai.ethnicity.enabled" in {one.fact for one in critical.because}


def test_a_council_is_advised() -> None:
    """A listed maker at an ordinary site of a council is for review; with a recorded decision it passes."""
    found = verdicts_of(an_inventory(a_device()), PACKS)["SS-03"]
    decided = Site(name="Depot", type="depot", records={"supplier_assessment": Record(date(2026, 5, 1))})

    assert (found.verdict, found.severity, found.advisory) == ("review", "medium", True)
    assert "on list prc-law-subject" in found.because[0].detail
    assert verdicts_of(an_inventory(a_device(), sites=[decided]), PACKS)["SS-03"].verdict == "pass"
    assert verdicts_of(an_inventory(a_device()), PACKS)["SS-01"].verdict == "not_applicable"


# -- shape ------------------------------------------------------------------------------------------


def test_findings_survive_json() -> None:
    """Findings are data: through JSON and back they are the same."""
    findings = judge(an_inventory(a_device(features=(face("yes"),)), sites=[SCHOOL]), PACKS, DAY)

    again = msgspec.json.decode(msgspec.json.encode(findings), type=tuple[Finding, ...])

    assert Counter(one.verdict for one in again) == Counter(one.verdict for one in findings)
    assert [one.id for one in again] == [one.id for one in findings]


def test_facts_that_say_why_are_carried() -> None:
    """The silence of a fact, with its detail, reaches the finding."""
    facts = {"service.telnet": Unseen("silent", "no reply in 3 s"), "service.ftp": Known(False)}

    found = verdicts_of(an_inventory(a_device(facts=facts)), PACKS)["HYG-04"]

    assert (found.verdict, [(one.why, one.detail) for one in found.because]) == (
        "unknown",
        [("silent", "no reply in 3 s")],
    )


def test_a_device_of_no_site_is_judged(tmp_path: Path) -> None:
    """An address no site claims still has its hygiene judged."""
    device = Device(
        id="d",
        site="",
        address="192.0.2.1",
        identity=an_identity(claims=(Claim("kind", "camera", "C2", "p", "sadp"),)),
        facts=TELNET_OPEN,
        first_seen=SEEN_AT,
        last_seen=SEEN_AT,
    )

    assert verdicts_of(an_inventory(device), own(tmp_path))["OUR-01"].verdict == "fail"
