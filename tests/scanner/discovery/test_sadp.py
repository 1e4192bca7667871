"""SADP replies as devices and attackers write them."""

from __future__ import annotations

import pytest
from datagrams import reply, sadp_match
from hypothesis import given
from hypothesis import strategies as st

from scanner.discovery.protocols.sadp import read
from scanner.model import Endpoint, FactSeen, Known

HERE = "127.38.0.9"


def facts(data: bytes) -> dict[str, object]:
    sighting = read(reply("sadp", data, HERE))
    assert sighting is not None
    return {seen.key: seen.fact.value for seen in sighting.facts if isinstance(seen.fact, Known)}


def test_a_reply_tells_doors_text_and_facts() -> None:
    """Ports, the identity text without the salt, and activation and cloud as C2 facts with evidence."""
    sighting = read(reply("sadp", sadp_match(HttpsPort=443, RtspPort=554, Activated="false"), HERE))

    assert sighting is not None
    assert {(one.port, one.service) for one in sighting.endpoints} == {
        (37020, "sadp"), (8000, "sdk-hikvision"), (80, "http"), (443, "https"), (554, "rtsp"),
    }  # fmt: skip
    (observation,) = sighting.observations
    assert "LC-210020240101AAWR000000001" in observation.raw
    assert "00aa11bb22cc" not in observation.raw
    assert FactSeen("account.activated", Known(False, ("e1",), "C2")) in sighting.facts
    assert FactSeen("cloud.p2p", Known(False, ("e1",), "C2")) in sighting.facts


@pytest.mark.parametrize(("text", "value"), [("true", True), ("flase", False), ("TRUE", True), (" false ", False)])
def test_misspelt_booleans(text: str, value: bool) -> None:
    """As seen in the field."""
    assert facts(sadp_match(Activated=text))["account.activated"] is value


def test_what_is_not_said_is_no_fact() -> None:
    """A missing or unreadable field gives nothing."""
    assert "account.activated" not in facts(sadp_match(Activated=None))
    assert "account.activated" not in facts(sadp_match(Activated="maybe"))


def test_unescaped_text_other_case_and_a_missing_end() -> None:
    """An unescaped &, tags in another case and a reply cut short cost nothing but what is missing."""
    data = sadp_match(OEMInfo="Smith & Sons").replace(b"HttpPort", b"HTTPPORT")[:-20]

    sighting = read(reply("sadp", data, HERE))

    assert sighting is not None
    assert Endpoint(HERE, 80, "tcp", "http", found_by="sadp") in sighting.endpoints
    assert "Smith & Sons" in sighting.observations[0].raw


def test_an_address_in_the_reply_leads_nowhere() -> None:
    """IPv4Address is the device's word; the sender is the truth. Ports out of range are no doors."""
    sighting = read(reply("sadp", sadp_match(IPv4Address="10.9.9.9", HttpPort=0, CommandPort=70000), HERE))

    assert sighting is not None
    assert [(one.address, one.port) for one in sighting.endpoints] == [(HERE, 37020)]


def test_our_own_inquiry_come_back_says_nothing() -> None:
    """A reflected probe is not an answer."""
    assert read(reply("sadp", b"<Probe><Uuid>X</Uuid><Types>inquiry</Types></Probe>", HERE)) is None


@given(st.binary(max_size=2000))
def test_no_bytes_raise(data: bytes) -> None:
    """Whatever comes in, alone or inside a reply."""
    read(reply("sadp", data, HERE))
    read(reply("sadp", b"<ProbeMatch>" + data, HERE))


@given(
    st.dictionaries(st.sampled_from(["HttpPort", "CommandPort", "Activated", "Salt", "OEMInfo"]), st.text(max_size=200))
)
def test_no_fields_raise(fields: dict[str, str]) -> None:
    """Whatever stands in the fields."""
    sighting = read(
        reply(
            "sadp",
            sadp_match(**{name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}),
            HERE,
        )
    )

    assert sighting is not None
    assert all(1 <= one.port <= 65_535 for one in sighting.endpoints)
