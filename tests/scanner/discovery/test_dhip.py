"""DHIP replies as devices and attackers write them."""

from __future__ import annotations

import pytest
from datagrams import dhip_answer, reply
from hypothesis import given
from hypothesis import strategies as st

from scanner.discovery.protocols.dhip import read
from scanner.model import Endpoint, FactSeen, Known

HERE = "127.38.0.9"


def test_a_reply_tells_doors_text_and_first_use() -> None:
    """The header is left away, the JSON goes to the fingerprint."""
    sighting = read(reply("dhip", dhip_answer(), HERE))

    assert sighting is not None
    assert {(one.port, one.service) for one in sighting.endpoints} == {
        (37810, "dhip"),
        (80, "http"),
        (37777, "sdk-dahua"),
    }
    (observation,) = sighting.observations
    assert observation.raw.startswith("{")
    assert "0L00000PAN00001" in observation.raw
    assert sighting.facts == (FactSeen("account.activated", Known(True, ("e1",), "C2")),)


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        (3222, [True]),
        (3238, [True]),
        (3221, [False]),
        (3220, []),
        (3223, []),
        (None, []),
        ("x", []),
        ([], []),
        (1e300, []),
    ],
)
def test_the_low_bits_of_init(init: object, expected: list[bool]) -> None:
    """2 is initialised, 1 factory state, all else is not known."""
    sighting = read(reply("dhip", dhip_answer(Init=init), HERE))

    assert sighting is not None
    assert [seen.fact.value for seen in sighting.facts if isinstance(seen.fact, Known)] == expected


def test_a_reply_cut_short() -> None:
    """The whole pairs of a torn reply are read."""
    sighting = read(reply("dhip", dhip_answer(HttpPort=81)[:-60], HERE))

    assert sighting is not None
    assert Endpoint(HERE, 81, "tcp", "http", found_by="dhip") in sighting.endpoints


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x20\x00\x00\x00DHIP" + bytes(24) + b'{"method":"DHDiscover.search","params":{"mac":"","uni":1}}\n',
        b'{"params":[]}',
        b'{"params":{"deviceInfo":7}}',
        b"[" * 60_000,
        b"{" * 60_000,
        b'{"deviceInfo"' + b'{"a":' * 12_000,
    ],
)
def test_what_is_no_answer(data: bytes) -> None:
    """Our own search come back, other JSON, and nesting without end."""
    assert read(reply("dhip", data, HERE)) is None or b"deviceInfo" in data


@given(st.binary(max_size=2000))
def test_no_bytes_raise(data: bytes) -> None:
    """Whatever comes in, alone or behind a key that is known."""
    read(reply("dhip", data, HERE))
    read(reply("dhip", b'{"params":{"deviceInfo":{' + data, HERE))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["Init", "HttpPort", "Port", "DeviceType"]), JSON))
def test_no_fields_raise(fields: dict[str, object]) -> None:
    """Whatever stands in the fields."""
    sighting = read(reply("dhip", dhip_answer(**fields), HERE))

    assert sighting is not None
    assert all(1 <= one.port <= 65_535 for one in sighting.endpoints)
