"""The own segment: groups that are asked with ``--local``, who is heard there, and who is never spoken to."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from ipaddress import IPv4Network, ip_interface
from pathlib import Path
from typing import Any

import pytest
from datagrams import sadp_match
from lab_doors import lab_door, swept
from needs import namespaces
from segment import Plan, Ran, run

from scanner.discovery import Progress, Sighting, vantage
from scanner.errors import CatalogueError, ScopeError
from scanner.lab import Fleet
from scanner.net.interfaces import ALL, Interface, interfaces, permitted_interfaces
from scanner.scope import Scope

SCAN = (sys.executable, "-m", "scanner.cli", "scan")
PAPER = ("--authorised-by", "a test", "--reference", "T-1", "-T", "fast", "--ports", "8080,8000", "-f", "json", "-q")
GROUP_ONLY = {"datagrams": ["sadp"], "extra": {"sadp_answers": "group"}}


def scan(tmp_path: Path, *words: str, fleets: Any) -> tuple[Ran, dict[str, Any], list[dict[str, Any]]]:
    """An audit on a segment: what ran, its audit.json, and the lines its ledger says were sent."""
    namespaces()
    out = tmp_path / "out"
    ran = run(Plan(command=(*SCAN, *words, *PAPER, "-o", str(out)), fleets=fleets))
    assert ran.code == 0, ran.stderr
    audit = json.loads((out / "audit.json").read_text())
    lines = [json.loads(line) for line in (out / "ledger.jsonl").read_text().splitlines()]
    return ran, audit, [line for line in lines if line["kind"] == "sent"]


def device(audit: dict[str, Any], address: str) -> dict[str, Any]:
    (found,) = [one for one in audit["devices"] if one["address"] == address]
    return found


@pytest.mark.namespace
def test_a_segment_is_asked_by_multicast(tmp_path: Path) -> None:
    """Answers to the asker and answers to the group are heard; whoever is out of scope is counted and left alone."""
    fleets = (
        ("10.35.0.9", (
            ("hikvision-old", GROUP_ONLY), ("axis-aoa", {}), ("tvt-recorder", {}), ("dahua-smd", {}),
            ("ubiquiti-camera", {}),
        )),
        ("10.35.0.199", (("hikvision-acusense-new", {}), ("axis-plain", {}))),
    )  # fmt: skip

    ran, audit, sent = scan(
        tmp_path, "10.35.0.8-10.35.0.20", "--local", "seg0", "--probe", "tvt", "--probe", "ubiquiti", fleets=fleets
    )

    assert ran.harm == []
    found = {one["address"] for one in audit["devices"]}
    assert found == {f"10.35.0.{host}" for host in range(10, 15)}
    assert {one["service"] for one in device(audit, "10.35.0.10")["endpoints"]} >= {"sadp"}
    assert {one["service"] for one in device(audit, "10.35.0.11")["endpoints"]} >= {"mdns", "ssdp", "ws-discovery"}
    recorder = device(audit, "10.35.0.12")
    identity = recorder["identity"]
    assert (identity["maker"], identity["model"], recorder["kind"]) == ("TVT", "TD-2116NS-HC", "recorder")
    # Two devices out of scope heard the question, answered it, and got nothing else.
    for host in (200, 201):
        assert ran.asked(f"10.35.0.{host}") == {("udp", one, "MULTICAST") for one in _spoken(host)}
    text = json.dumps(audit)
    assert "Answered from outside the scope: 2 addresses" in text
    assert "10.35.0.200" not in text
    # One line for each multicast datagram: one question and one repeat for each protocol and group.
    asked = [(one["protocol"], one["address"], one["path"]) for one in sent if one["method"] == "MULTICAST"]
    assert {asked.count(one) for one in asked} == {2}
    assert {(protocol, group) for protocol, group, _ in asked} == {
        ("ws-discovery", "239.255.255.250"), ("sadp", "239.255.255.250"), ("ssdp", "239.255.255.250"),
        ("dhip", "239.255.255.251"), ("mdns", "224.0.0.251"), ("tvt", "234.55.55.55"), ("ubiquiti", "233.89.188.1"),
    }  # fmt: skip
    assert {interface for _, _, interface in asked} == {"seg0"}
    assert not [one for one in sent if one["address"] in ("10.35.0.200", "10.35.0.201")]


def _spoken(host: int) -> set[str]:
    return {"sadp"} if host == 200 else {"ws-discovery"}


@pytest.mark.namespace
def test_an_answer_to_the_group_needs_local(tmp_path: Path) -> None:
    """Asked by unicast it answers to the group, and nobody without --local hears that; the report says so."""
    _, audit, sent = scan(tmp_path, "10.35.0.10", fleets=(("10.35.0.9", (("hikvision-old", GROUP_ONLY),)),))

    assert "sadp" not in {one["service"] for one in device(audit, "10.35.0.10")["endpoints"]}
    assert not [one for one in sent if one["method"] == "MULTICAST"]
    assert "mDNS does not leave its segment" in json.dumps(audit["audit"]["coverage"])


@pytest.mark.namespace
def test_an_answer_to_the_group_after_a_unicast_question(tmp_path: Path) -> None:
    """With --local the answer is heard, whoever asked: this device does not listen to the group."""
    deaf = {"datagrams": ["sadp"], "extra": {"sadp_answers": "group", "deaf_to_groups": True}}
    ran, audit, _ = scan(tmp_path, "10.35.0.10", "--local", fleets=(("10.35.0.9", (("hikvision-old", deaf),)),))
    assert {method for transport, _, method in ran.asked("10.35.0.10") if transport == "udp"} == {""}

    found = device(audit, "10.35.0.10")
    assert "sadp" in {one["service"] for one in found["endpoints"]}
    assert found["identity"]["maker"] == "Hikvision"
    assert "on the segments of seg0" in json.dumps(audit["audit"]["coverage"])


@pytest.mark.namespace
def test_a_luring_device_leads_nowhere(tmp_path: Path) -> None:
    """A ProbeMatch that names another host, in scope or not: nobody is asked because of it."""
    lure = {"onvif": {"xaddr": "10.35.0.200"}}
    lure_in_scope = {"onvif": {"xaddr": "10.35.0.120"}}
    fleets = (
        ("10.35.0.9", (("axis-plain", lure), ("axis-plain", lure_in_scope))),
        ("10.35.0.119", (("decoy-switch", {}),)),
        ("10.35.0.199", (("decoy-switch", {}),)),
    )
    scope = tmp_path / "scope.toml"
    scope.write_text('authorised_by = "a test"\nreference = "T-1"\nallow = ["10.35.0.0/25"]\n')
    namespaces()
    out = tmp_path / "out"
    words = ("10.35.0.10", "10.35.0.11", "--local", "seg0", "--scope-file", str(scope), *PAPER[4:], "-o", str(out))
    ran = run(Plan(command=(*SCAN, *words), fleets=fleets))

    assert ran.code == 0, ran.stderr
    assert {one["address"] for one in json.loads((out / "audit.json").read_text())["devices"]} == {
        "10.35.0.10", "10.35.0.11",
    }  # fmt: skip
    assert ran.asked("10.35.0.120") == ran.asked("10.35.0.200") == set()


@pytest.mark.namespace
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("10.77.0.1", "--local", "seg0"), "seg0: nothing of its network (10.35.0.0/24"),
        (("10.77.0.1", "--local"), "no interface of this machine has a network that is in scope"),
        (("10.35.0.10", "--local", "eth9"), "expected an interface of this machine (lo, seg0), found 'eth9'"),
        (("--local", "10.35.0.10"), "before a target write --local=all"),
        (("10.35.0.10", "--probe", "vstarcam"), "expected one of the finders: bosch"),
        (("10.35.0.10", "--probe", "tvt"), "give --local with it"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_sent(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    """Exit 2, and the device on the segment heard nothing."""
    namespaces()
    command = (*SCAN, *words, *PAPER, "-o", str(tmp_path / "out"))
    ran = run(Plan(command=command, fleets=(("10.35.0.9", (("axis-aoa", {}),)),)))

    assert ran.code == 2
    assert says in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    assert ran.received == []


# -- on loopback -------------------------------------------------------------------------------------


def test_who_was_heard_is_not_asked_the_same_again() -> None:
    """A device that has answered by multicast gets no unicast question of that protocol, and is read once."""
    door = lab_door()
    own = permitted_interfaces(["lo"], door.scope, interfaces())
    with Fleet(["dahua-smd", "hikvision-old"], base="127.35.40.0", segment="lo") as fleet:
        progress = Progress()
        seen = asyncio.run(swept(door, list(fleet.truth), ports=(8080,), local=own, progress=progress))
        harm, received = fleet.harm, fleet.received

    assert harm == []
    assert set(seen) == set(fleet.truth)
    for address, protocol in (("127.35.40.1", "dhip"), ("127.35.40.2", "sadp")):
        udp = [one.method for one in received if one.address == address and one.transport == "udp"]
        assert udp.count("MULTICAST") == 2
        assert len(udp) <= 3
        assert any(one.service == protocol for one in seen[address].endpoints)
    assert any(note.startswith("Asked by multicast on lo: dhip, mdns") for note in progress.notes)


def test_who_is_in_scope_and_no_target_is_not_contacted() -> None:
    """The scope is all of loopback here, and one of two devices was asked for."""
    door = lab_door()
    own = permitted_interfaces(["lo"], door.scope, interfaces())
    with Fleet(["dahua-smd", "dahua-smd"], base="127.35.41.0", segment="lo") as fleet:
        progress = Progress()
        seen = asyncio.run(swept(door, ["127.35.41.1"], ports=(8080,), local=own, progress=progress))
        other = {(one.transport, one.method) for one in fleet.received if one.address == "127.35.41.2"}

    assert set(seen) == {"127.35.41.1"}
    assert other == {("udp", "MULTICAST")}
    assert any("was not among the targets: 1 address." in note for note in progress.notes)


def test_an_answer_from_another_address_of_the_host() -> None:
    """It counts for the address it came from, and only where that one was asked; nobody is asked because of it."""

    class Elsewhere(asyncio.DatagramProtocol):
        """Asked on one address, it answers from another one."""

        def __init__(self, other: socket.socket) -> None:
            self.other = other

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.other.sendto(sadp_match(IPv4Address="127.35.43.3", HttpPort=8080), addr)

    async def ask(*addresses: str) -> dict[str, Sighting]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.35.43.2", 37020))
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: Elsewhere(other), local_addr=("127.35.43.1", 37020)
            )
            try:
                return await swept(lab_door(), addresses, protocols=["sadp"], ports=(9,))
            finally:
                transport.close()

    assert asyncio.run(ask("127.35.43.1")) == {}
    both = asyncio.run(ask("127.35.43.1", "127.35.43.2"))
    assert set(both) == {"127.35.43.2"}
    assert {one.address for one in both["127.35.43.2"].endpoints} == {"127.35.43.2"}


def test_a_question_that_differs_by_a_byte_is_harm() -> None:
    """The lab would not be quiet about a write, by group or by unicast."""
    from scanner.lab.datagrams import answer_datagram

    with Fleet(["hanwha-camera", "axis-aoa", "dahua-smd"], base="127.35.42.0") as fleet:
        hanwha, axis, dahua = fleet.devices
        assert answer_datagram(hanwha, "hanwha", b"\x02" + bytes(261)) == []
        assert answer_datagram(dahua, "dvrip", b"\xa3\x01\x00\x02" + bytes(28)) == []
        assert answer_datagram(axis, "mdns", bytes(12)) == []
        assert answer_datagram(dahua, "dhip", b"\x20\0\0\0DHIP" + bytes(60), "239.255.255.251") == []
        assert [one.kind for one in fleet.harm] == ["malformed-datagram"] * 4


NEAR = Interface("eth0", 2, (ip_interface("10.1.2.3/24"), ip_interface("fe80::1/64")))
FAR = Interface("eth1", 3, (ip_interface("192.168.7.1/24"),))


def scope_of(*networks: str) -> Scope:
    return Scope(tuple(IPv4Network(one) for one in networks), authorised_by="a", reference="b")


def test_only_a_segment_that_is_in_scope_is_asked() -> None:
    """The interface's own network must overlap the scope; one IP version does not stand for the other."""
    scope = scope_of("10.1.2.128/25", "10.9.0.0/16")

    assert permitted_interfaces([ALL], scope, [NEAR, FAR]) == (NEAR,)
    assert permitted_interfaces(["eth0", "eth0"], scope, [NEAR, FAR]) == (NEAR,)
    assert [str(one) for one in NEAR.permitted(scope, 4)] == ["10.1.2.3/24"]
    assert NEAR.permitted(scope, 6) == ()
    for names, says in ((["eth1"], "192.168.7.0/24"), (["eth7"], "eth0, eth1"), ([ALL], "no interface")):
        with pytest.raises(ScopeError, match=says):
            permitted_interfaces(names, scope if names != [ALL] else scope_of("10.9.0.0/16"), [NEAR, FAR])


def test_no_group_is_asked_on_an_interface_out_of_scope() -> None:
    """The door refuses by itself, whoever gives it the interface."""

    async def ask() -> int:
        door = lab_door(scope=scope_of("10.9.0.0/16"))
        async with door.multicast("sadp", [NEAR, FAR]) as channel:
            sent = await channel.ask("")
        assert door.ledger.summary().datagrams == 0
        with pytest.raises(CatalogueError):
            async with door.multicast("vstarcam", [NEAR]):
                pass
        return sent

    assert asyncio.run(ask()) == 0


def test_vantage_says_what_was_asked_where() -> None:
    """Depending on --local; unverified finders are named."""
    usual = ("dhip", "sadp", "ssdp", "ws-discovery")
    without, beside = vantage(usual, ()), vantage((*usual, "hanwha", "tplink"), ("eth0",))

    assert any("mDNS does not leave its segment" in one for one in without)
    assert not any("mDNS does not leave" in one for one in beside)
    assert any("on the segments of eth0" in one and "mdns" in one for one in beside)
    assert any(one.startswith("Unverified finders: hanwha.") for one in beside)
    assert any("hanwha, tplink" in one for one in beside)
