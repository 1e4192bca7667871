"""What rules are told about a device, its site and its organisation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rule_samples import COUNCIL, DAY, DEPOT, a_device, an_identity

from rules.subject import DeviceFacts, Subject, site_facts
from scanner.facts import FACTS, SITE_RECORDS
from scanner.model import (
    Claim,
    Contested,
    Device,
    Fact,
    Feature,
    Firmware,
    Known,
    Organisation,
    Proof,
    Record,
    Site,
    Unseen,
)


def subject(device: Device | None = None, site: Site | None = DEPOT, organisation: Organisation = COUNCIL) -> Subject:
    return Subject(DeviceFacts(device or a_device()), site_facts(site, organisation, DAY))


def why(fact: Fact) -> str:
    assert isinstance(fact, Unseen)
    return fact.why


def function(channel: str, **columns: Any) -> Feature:
    return Feature("anpr", channel, **columns)


# -- the auditor ------------------------------------------------------------------------------------


def test_a_site_nobody_described_is_not_told() -> None:
    """A name and ranges say nothing of the place: its records are not absent, they are unknown."""
    for site in (None, Site(name="Depot", ranges=("192.0.2.0/24",))):
        for key in ("site.type", "site.tags", "site.exposed", "record.dpia", "record.dpia.covers"):
            assert why(subject(site=site).fact(key)) == "not-told"


def test_a_record_not_named_at_a_described_site_is_absent() -> None:
    """The auditor spoke of the place: what he did not name is not there, and covers nothing."""
    seen = subject(site=DEPOT)["record.dpia"]

    assert (seen.known, seen.value) == (True, None)
    assert (seen.because[0].why, seen.because[0].said_by) == ("absent", "auditor")
    assert subject(site=DEPOT).fact("record.dpia.covers") == Known(())
    assert subject(site=DEPOT).fact("site.tags") == Known(())


def test_a_record_that_does_not_say_what_it_covers_is_unknown_there() -> None:
    """A DPIA without a list of functions covers nobody knows what."""
    site = Site(
        name="Depot", records={"dpia": Record(date(2026, 1, 1)), "consent": Record(date(2026, 1, 1), covers=("anpr",))}
    )

    assert subject(site=site).fact("record.dpia") == Known(date(2026, 1, 1))
    assert why(subject(site=site).fact("record.dpia.covers")) == "not-told"
    assert subject(site=site).fact("record.consent.covers") == Known(("anpr",))


def test_what_was_left_open_stays_open() -> None:
    """Empty words of the organisation and open questions of a site are not told."""
    asked = subject(organisation=Organisation())

    assert [why(asked.fact(key)) for key in ("org.jurisdiction", "org.bodies", "site.segment", "site.exposed")] == [
        "not-told"
    ] * 4
    assert subject(site=Site(name="Depot", exposed="no")).fact("site.exposed") == Known(False)


def test_every_fact_key_can_be_asked() -> None:
    """No key of the vocabulary breaks the subject, whatever is missing."""
    empty = Device(
        id="d",
        site="",
        address="",
        identity=an_identity(None, claims=()),
        first_seen=a_device().first_seen,
        last_seen=a_device().last_seen,
    )
    for key in FACTS:
        fact = Subject(DeviceFacts(empty), site_facts(None, Organisation(), DAY)).fact(key)
        assert isinstance(fact, Unseen) or key in ("judged.on", "identity.kind", "device.authenticated"), key
    assert len(SITE_RECORDS) * 2 + 1 == sum(key.startswith("record.") for key in FACTS)


# -- settings ---------------------------------------------------------------------------------------


def test_onvif_that_is_switched_off_is_open_to_nobody() -> None:
    """The device's own word that ONVIF is off answers the question; that nobody saw ONVIF does not."""
    off = a_device(facts={"onvif.enabled": Known(False, ("e-1",))})
    unseen = a_device(facts={"onvif.enabled": Unseen("no-such-page")})
    both = a_device(facts={"onvif.enabled": Known(False, ("e-1",)), "onvif.anonymous": Known(True, ("e-2",))})

    assert subject(off).fact("onvif.anonymous") == Known(False, ("e-1",), "C3")
    assert why(subject(unseen).fact("onvif.anonymous")) == "no-such-page"
    assert why(subject(a_device()).fact("onvif.anonymous")) == "no-reader"
    assert subject(both).fact("onvif.anonymous") == Known(True, ("e-2",))


# -- identity ---------------------------------------------------------------------------------------


def test_identity_carries_grade_and_evidence() -> None:
    """The maker has the grade of the identity; other fields that of their best claim."""
    assert subject().fact("identity.maker") == Known("Hikvision", ("e-maker",), "C3")
    assert subject().fact("identity.kind") == Known("camera", ("e-kind",), "C2")


def test_a_rebrand_needs_both_names() -> None:
    """Brand and maker differ only when both were seen."""
    named = a_device(identity=an_identity("Dahua", brand="Lorex"))
    unnamed = a_device(identity=an_identity("Dahua", brand=None))

    assert isinstance(subject(named).fact("identity.rebrand"), Known)
    assert subject(named)["identity.rebrand"].value is True
    assert subject()["identity.rebrand"].value is False
    assert why(subject(unnamed).fact("identity.rebrand")) == "no-reader"


def test_a_contested_maker_is_contested() -> None:
    """Even where one side was chosen: rules do not pick sides."""
    claims = (
        Claim("maker", "Dahua", "C2", "p", "http-title", "e-1"),
        Claim("maker", "TVT", "C2", "p", "http-realm", "e-2"),
    )
    device = a_device(identity=an_identity("Dahua", claims=claims, contested={"maker": ("Dahua", "TVT")}))

    assert subject(device).fact("identity.maker") == Contested(
        (Known("Dahua", ("e-1",), "C2"), Known("TVT", ("e-2",), "C2"))
    )


def test_firmware_has_its_day() -> None:
    """Version and build date, with the evidence of the claim that held both."""
    claim = Claim("firmware", "V5.5.0 build 170725", "C2", "p", "onvif-deviceinfo", "e-3")
    device = a_device(identity=an_identity(firmware=Firmware("5.5.0", claim.value, date(2017, 7, 25)), claims=(claim,)))

    assert subject(device).fact("firmware.version") == Known("5.5.0", ("e-3",), "C2")
    assert subject(device).fact("firmware.build_date") == Known(date(2017, 7, 25), ("e-3",), "C2")


# -- AI functions -------------------------------------------------------------------------------------


def test_one_yes_is_yes_and_names_its_channels() -> None:
    """A function on one of many channels is on; only the channels that have it are named, with their proof."""
    rows = (
        function("1", enabled="no"),
        function("2", enabled="yes", proofs=(Proof("enabled", "e-2", "x = true"), Proof("armed", "e-9", "y"))),
        function("3", enabled="unknown"),
    )
    seen = subject(a_device(features=rows))["ai.anpr.enabled"]

    assert (seen.value, seen.because[0].channels, seen.because[0].evidence) == (True, ("2",), ("e-2",))
    assert seen.because[0].grade == "C3"


def test_all_no_is_no_and_one_unknown_is_unknown() -> None:
    """Off needs every channel to say so."""
    off = (function("1", enabled="no"), function("2", enabled="no"))
    open_ = (*off, function("3", why={"enabled": "forbidden"}))

    assert subject(a_device(features=off)).fact("ai.anpr.enabled") == Known(False)
    assert why(subject(a_device(features=open_)).fact("ai.anpr.enabled")) == "forbidden"
    assert subject(a_device(features=open_))["ai.anpr.enabled"].because[0].channels == ("3",)


def test_what_a_device_cannot_do_is_not_on() -> None:
    """Not supported means neither licensed nor enabled, by the proof of the first column."""
    row = function("1", supported="no", proofs=(Proof("supported", "e-1", "absent"),))

    assert subject(a_device(features=(row,))).fact("ai.anpr.enabled") == Known(False, ("e-1",))


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("refused", "login-refused"),
        ("remembered-refusal", "login-refused"),
        ("locked", "login-locked"),
        ("none-given", "no-login"),
        ("accepted", "no-reader"),
    ],
)
def test_a_function_nobody_reported_says_why(login: Any, expected: str) -> None:
    """Silence about a function is the silence of the login, else that no reader exists; never off."""
    assert why(subject(a_device(login=login)).fact("ai.anpr.enabled")) == expected
    assert why(subject(a_device(login=login)).fact("log.remote")) == expected
    assert why(subject(a_device(seen_through="d-9", login="untried")).fact("ai.anpr.enabled")) == "seen-through"


def test_readers_nobody_confirmed_are_weaker() -> None:
    """C3 needs a login and a reader that a recording confirms."""
    rows = (function("1", enabled="yes", verified=False),)

    assert subject(a_device(features=rows))["ai.anpr.enabled"].because[0].grade == "C2"
    assert (
        subject(a_device(features=(function("1", enabled="yes"),), login="none-given"))["ai.anpr.enabled"]
        .because[0]
        .grade
        == "C2"
    )


def test_the_size_of_a_library_is_found_with_its_function() -> None:
    """Drivers may give it as a fact or beside face recognition; channels share one library."""
    rows = (Feature("face-recognition", "1", count=40), Feature("face-recognition", "2", count=40))

    assert subject(a_device(features=rows)).fact("face-library.count") == Known(40)
    assert subject(a_device(facts={"face-library.count": Known(3)})).fact("face-library.count") == Known(3)


def test_stored_facts_are_read_as_their_type() -> None:
    """Dates and lists that went through JSON are dates and tuples again."""
    device = a_device(facts={"tls.certificate.not_after": Known("2027-01-01"), "tls.versions": Known(["1.2"])})

    assert subject(device)["tls.certificate.not_after"].value == date(2027, 1, 1)
    assert subject(device)["tls.versions"].value == ("1.2",)
