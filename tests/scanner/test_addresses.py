"""Spans and sets of addresses, held against the standard library and plain sets."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.addresses import AddressSet, Claims, Span, address_of, is_host_name, networks_of, parse_span

BASE = int(ipaddress.ip_address("10.0.0.0"))
small = st.integers(0, 60)
spans = st.tuples(small, small).map(lambda pair: Span(4, BASE + min(pair), BASE + max(pair), "x"))
several = st.lists(spans, max_size=6)


def numbers(addresses: AddressSet) -> set[int]:
    return {number for first, last in addresses.v4 for number in range(first, last + 1)}


def plain(several: list[Span]) -> set[int]:
    return {number for span in several for number in range(span.first, span.last + 1)}


@settings(deadline=None)
@given(several, several)
def test_sets_agree_with_plain_sets(one: list[Span], two: list[Span]) -> None:
    a, b = AddressSet.of(one), AddressSet.of(two)
    assert numbers(a) == plain(one)
    assert a.size == len(plain(one))
    assert numbers(a | b) == plain(one) | plain(two)
    assert numbers(a - b) == plain(one) - plain(two)
    assert numbers(a & b) == plain(one) & plain(two)
    assert bool(a - b) == bool(plain(one) - plain(two))
    for number in range(BASE - 1, BASE + 62):
        assert a.has(4, number) == (number in plain(one))


@settings(deadline=None)
@given(several, several)
def test_claims_give_each_address_once(taken: list[Span], asked: list[Span]) -> None:
    claims, gone = Claims(AddressSet.of(taken)), plain(taken)
    for span in asked:
        got = [number for first, last in claims.claim(span) for number in range(first, last + 1)]
        assert got == sorted(plain([span]) - gone)
        gone |= plain([span])


@settings(deadline=None)
@given(spans)
def test_networks_of_a_span_are_the_span(span: Span) -> None:
    assert numbers(AddressSet.of_networks(networks_of(span))) == plain([span])


@settings(deadline=None)
@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_cidr_agrees_with_ipaddress(address: ipaddress.IPv4Address, prefix: int) -> None:
    network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
    span = parse_span(str(network))
    assert (span.first, span.last) == (int(network.network_address), int(network.broadcast_address))
    if prefix >= 20:
        assert range(span.hosts.first, span.hosts.last + 1) == range(
            int(next(iter(network.hosts()))), int(list(network.hosts())[-1]) + 1
        )


@settings(deadline=None)
@given(st.ip_addresses(v=6), st.integers(112, 128))
def test_cidr_agrees_with_ipaddress_v6(address: ipaddress.IPv6Address, prefix: int) -> None:
    if address.ipv4_mapped:
        return
    network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
    hosts = [int(host) for host in network.hosts()]
    span = parse_span(str(network)).hosts
    assert [span.first, span.last] == [hosts[0], hosts[-1]]


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.300", "10.0.0", "10.0.0.1/33", "10.0.0.1/", "10.0.0.0/255.255.0.0", "10.0.0.9-10.0.0.1", "10.0.0.1-300",
        "10.0.0.1-", "10.0.0.1-::1", "010.0.0.1", "", " ", "10.0.0.1 --script=x", "-sV", "--help", "fe80::1%eth0",
        "10.0.0.1/24", "::ffff:10.0.0.0/120", "10.0.0.1\n", "1e1.0.0.0/8", "١.0.0.1", "10.0.0.0/+8", "10.0.0.0/8 ",
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        parse_span(text)


def test_ranges() -> None:
    assert parse_span("10.0.0.1-50")[:3] == parse_span("10.0.0.1-10.0.0.50")[:3]
    with pytest.raises(
        ValueError, match=r"the range 10\.0\.0\.50-1 is reversed: 10\.0\.0\.1 comes before 10\.0\.0\.50"
    ):
        parse_span("10.0.0.50-1")
    with pytest.raises(ValueError, match=r"write 10\.0\.0\.0/24, or 10\.0\.0\.1 for that one"):
        parse_span("10.0.0.1/24")


def test_an_ipv4_address_in_ipv6_clothes_is_that_address() -> None:
    assert str(address_of("::ffff:10.0.0.1")) == "10.0.0.1"
    assert parse_span("::ffff:10.0.0.1").version == 4


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("camera", True), ("cam-01.council.example", True), ("4thfloor", True), ("localhost", True),
        ("10.0.0.300", False), ("10.0.0.1-5O", False), ("10.0.0.1-50", False), ("-sV", False), ("a b", False),
        ("a..b", False), ("a/b", False), ("a;b", False), ("x" * 64, False), ("cam.example.", False),
    ],
)  # fmt: skip
def test_a_mistyped_address_is_no_host_name(text: str, is_name: bool) -> None:
    assert is_host_name(text) == is_name
