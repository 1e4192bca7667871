"""The sweep against the virtual fleet and against the dark."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from datagrams import probe_match
from hypothesis import given
from hypothesis import strategies as st
from lab_doors import lab_door, received, sent, swept

from scanner.discovery import DEFAULT_PORTS, Progress, Sighting, load_protocols, sweep, vantage
from scanner.discovery.asked import AskedAddresses
from scanner.discovery.sighting import merged
from scanner.lab import Fleet
from scanner.model import Endpoint, Known, Observation, Target
from scanner.net import Limits, Pace
from scanner.scope import Scope

KINDS = [
    "hikvision-acusense-new", "axis-aoa", "dahua-face", "onvif-generic", "onvif-nat", "reolink-camera",
    "decoy-printer", "decoy-router", "decoy-nas", "decoy-switch",
]  # fmt: skip


def test_every_device_is_found_and_the_ledger_tells_all(tmp_path: Path) -> None:
    """Each device once with all its doors, nothing harmed, and the ledger equals what the fleet received."""
    ledger = tmp_path / "ledger.jsonl"
    with Fleet(KINDS, base="127.38.1.0") as fleet:
        dark = [f"127.38.1.{host}" for host in range(100, 120)]
        door = lab_door(ledger)

        seen = asyncio.run(swept(door, [*fleet.truth, *dark]))

        assert set(seen) == set(fleet.truth)
        for device in fleet.devices:
            doors = {one.port for one in seen[device.address].endpoints if one.transport == "tcp"}
            asked = set(DEFAULT_PORTS)
            assert doors == {port for port in device.ports.values() if port in asked}
            assert {one.address for one in seen[device.address].endpoints} == {device.address}
        lines = [json.loads(line) for line in ledger.read_text().splitlines()]
        let_out = sent(lines, fleet.truth)
        open_ports = {(device.address, str(port)) for device in fleet.devices for port in device.ports.values()}
        speaks = {(device.address, protocol) for device in fleet.devices for protocol in device.datagram_ports}
        expected = Counter({
            key: count for key, count in let_out.items()
            if (key[2] == "tcp" and key[:2] in open_ports) or (key[2] == "udp" and (key[0], key[3]) in speaks)
        })  # fmt: skip
        assert received(fleet) == expected
        assert fleet.harm == []


def test_what_protocols_tell(tmp_path: Path) -> None:
    """Observations with evidence, services, and facts come with the sighting."""
    with Fleet(["hikvision-acusense-new", "dahua-face", "axis-aoa"], base="127.38.2.0") as fleet:
        door = lab_door()

        seen = asyncio.run(swept(door, fleet.truth))

        hikvision, dahua, axis = (seen[device.address] for device in fleet.devices)
        assert "sadp" in {one.seen_in for one in hikvision.observations}
        assert "dhdiscover" in {one.seen_in for one in dahua.observations}
        assert {"onvif-scopes", "ssdp", "ssdp-server"} <= {one.seen_in for one in axis.observations}
        for sighting in seen.values():
            assert all(one.evidence and door.evidence.find(one.evidence) for one in sighting.observations)
        for sighting in (hikvision, dahua):
            facts = {one.key: one.fact for one in sighting.facts}
            assert isinstance(facts["account.activated"], Known)
            assert facts["account.activated"].grade == "C2"
        assert any(one.service == "onvif" and one.path for one in axis.endpoints)


def test_nothing_outside_the_scope_is_asked(tmp_path: Path) -> None:
    """A target the scope does not permit gets no packet, and the refusal is in the ledger."""
    ledger = tmp_path / "ledger.jsonl"
    scope = Scope.from_flags(["127.38.3.1"], authorised_by="A. Auditor", reference="T-1")
    with Fleet(["axis-aoa", "axis-aoa"], base="127.38.3.0") as fleet:
        door = lab_door(ledger, scope=scope)

        seen = asyncio.run(swept(door, ["127.38.3.1", "127.38.3.2"]))

        assert set(seen) == {"127.38.3.1"}
        assert {one.address for one in fleet.received} == {"127.38.3.1"}
        kinds = {(line["kind"], line["address"]) for line in map(json.loads, ledger.read_text().splitlines())}
        assert ("refused-by-door", "127.38.3.2") in kinds
        assert ("sent", "127.38.3.2") not in kinds


def test_a_repeat_goes_only_to_the_silent() -> None:
    """A protocol that answered is not asked again; a silent address gets at most eight datagrams."""
    with Fleet(["hikvision-acusense-new"], base="127.38.4.0") as fleet:
        progress = Progress()
        asyncio.run(swept(lab_door(), ["127.38.4.1", "127.38.4.77"], progress=progress))

        assert sum(one.protocol == "sadp" for one in fleet.received) == 1
        assert progress.datagrams <= 8 + 8
        assert (progress.asked, progress.answered) == (2, 1)
        assert progress.packets == progress.datagrams + progress.connections


def test_without_datagrams_or_ports() -> None:
    """Either half of the sweep works alone."""
    with Fleet(["axis-aoa"], base="127.38.5.0") as fleet:
        (address,) = fleet.truth

        by_ports = asyncio.run(swept(lab_door(), [address], protocols=()))[address]
        by_datagrams = asyncio.run(swept(lab_door(), [address], ports=()))[address]

        assert by_ports.observations == ()
        assert {one.port for one in by_ports.endpoints} == {8080, 8443, 8554}
        assert any(one.service == "onvif" for one in by_datagrams.endpoints)


class LateDevice(asyncio.DatagramProtocol):
    """Answers WS-Discovery after a delay, from another port than it was asked on, and several times."""

    def __init__(self, address: str, delay: float) -> None:
        self.address, self.delay = address, delay

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asyncio.get_running_loop().create_task(self.answer(data, addr))

    async def answer(self, data: bytes, addr: tuple[str, int]) -> None:
        await asyncio.sleep(self.delay)
        loop = asyncio.get_running_loop()
        other, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(self.address, 0))
        self.transport.sendto(data, addr)  # our own probe come back
        for _ in range(3):
            other.sendto(probe_match(f"http://10.1.1.1:{8080}/onvif/late"), addr)
        await asyncio.sleep(0.05)
        other.close()


@pytest.mark.parametrize("delay", [0.0, 0.7])
def test_late_and_repeated_answers(delay: float) -> None:
    """An answer after the window still makes one sighting; its named port is checked before it counts as a door."""
    address = "127.38.6.1"
    pace = Pace(
        "test", total=800, neighbourhood=800, host=2_000, host_requests=200
    )  # the sweep lasts longer than the delay

    async def run() -> dict[str, Sighting]:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: LateDevice(address, delay), local_addr=(address, 3702)
        )
        server = await asyncio.start_server(lambda _, writer: writer.close(), address, 8080)
        slow = [f"127.38.6.{host}" for host in range(2, 200)]
        try:
            return await swept(lab_door(pace=pace), [address, *slow], ports=(), window_seconds=0.5, repeat_seconds=0.5)
        finally:
            transport.close()
            server.close()

    seen = asyncio.run(run())

    (sighting,) = seen.values()
    assert Endpoint(address, 8080, "tcp", "onvif", "/onvif/late", "ws-discovery") in sighting.endpoints
    assert len(sighting.observations) == 1


def test_stopping_the_door_ends_the_sweep_in_order() -> None:
    """What has answered is still reported, and the sweep returns."""
    with Fleet(["axis-aoa"], base="127.38.7.0") as fleet:
        door = lab_door()
        seen: list[Sighting] = []

        async def run() -> Progress:
            asyncio.get_running_loop().call_later(0.3, door.stop)
            targets = (Target(f"127.38.7.{host}") for host in range(1, 255))
            done = await sweep(door, targets, on_sighting=seen.append, window_seconds=1.0)
            await asyncio.sleep(0.1)
            return done

        progress = asyncio.run(asyncio.wait_for(run(), 10))

        assert progress.asked > 0
        assert {one.address for one in seen} <= set(fleet.truth)


def test_cancelling_ends_it_at_once() -> None:
    """A cancelled sweep leaves no task behind and closes its sockets (warnings are errors)."""

    async def run() -> int:
        task = asyncio.create_task(
            swept(lab_door(), (f"127.38.8.{host}" for host in range(1, 255)), window_seconds=5.0)
        )
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(asyncio.all_tasks())

    started = datetime.now(UTC)
    assert asyncio.run(run()) == 1
    assert (datetime.now(UTC) - started).total_seconds() < 3


def test_a_callback_may_wait_and_its_error_ends_the_sweep() -> None:
    """A coroutine callback is awaited; its exception is not swallowed."""

    class Full(Exception):
        pass

    async def refuse(sighting: Sighting) -> None:
        await asyncio.sleep(0)
        raise Full

    with Fleet(["axis-aoa"], base="127.38.9.0") as fleet:
        targets = [Target(address) for address in fleet.truth]
        with pytest.raises(BaseExceptionGroup) as caught:
            asyncio.run(sweep(lab_door(), targets, on_sighting=refuse, window_seconds=0.2))
        assert caught.value.subgroup(Full)
        time.sleep(0.1)


def test_a_dark_address_gets_at_most_twelve_packets() -> None:
    """Eight datagrams and four connects of one SYN each."""
    from scanner.discovery.doors import ONE_SYN_SECONDS
    from scanner.discovery.ports import DARK_PORTS

    datagrams = sum(len(protocol.rounds) for protocol in load_protocols().values())

    assert datagrams + DARK_PORTS <= 12
    assert ONE_SYN_SECONDS < 1.0
    assert Limits().connect_test_seconds > 0


@given(st.lists(st.integers(0, 40)))
def test_runs_are_a_set(numbers: list[int]) -> None:
    """In whatever order addresses come, the runs hold exactly these, each once and none that touch."""
    asked = AskedAddresses()
    for number in numbers:
        asked.add(f"10.0.0.{number}")

    assert list(asked) == [f"10.0.0.{number}" for number in sorted(set(numbers))]
    assert len(asked) == len(set(numbers))
    ends = [tuple(int(end.rpartition(".")[2]) for end in text.split("-")) for text in asked.texts()]
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ends))


def test_protocols_are_registered_by_being_there() -> None:
    """Each file of the folder is a protocol, and each has its datagram in the door's catalogue."""
    import scanner.discovery.protocols as folder
    from scanner.net.catalogue import packaged
    from scanner.net.datagram_bytes import wire_of

    stems = {path.stem.replace("_", "-") for path in Path(folder.__path__[0]).glob("[a-z]*.py")}

    assert set(folder.all_protocols()) == stems
    for name, protocol in folder.all_protocols().items():
        wire = wire_of(name, packaged())
        assert (wire.port, set(protocol.rounds + protocol.local_rounds) <= set(wire.variants)) == (protocol.port, True)


def test_vantage_names_what_crosses_no_router() -> None:
    """SADP and SSDP are made for the local segment; the others are not accused."""
    assert len(vantage(["sadp", "ssdp", "ws-discovery", "dhip", "unheard-of"])) == 2
    assert vantage(["ws-discovery"]) == ()


def test_merging_signs_of_one_address() -> None:
    """Doors once, a named door instead of an unnamed one, services at a path beside it; texts once."""
    here = "127.38.9.1"
    text = Observation("ssdp", "HTTP/1.1 200 OK", "e1", 1900)
    again = Observation("ssdp", "HTTP/1.1 200 OK", "e2", 1900)
    onvif = Endpoint(here, 80, "tcp", "onvif", "/onvif/device_service", "ws-discovery")
    web = Endpoint(here, 8080, "tcp", "http", found_by="sadp")
    plain = Endpoint(here, 80, found_by="tcp")

    whole = merged([
        Sighting(here, (onvif, web), (text,)), Sighting(here, (plain, Endpoint(here, 8080, found_by="tcp")), (again,)),
    ])  # fmt: skip

    assert whole.endpoints == (onvif, web, plain)
    assert whole.observations == (text,)
    with pytest.raises(ValueError, match="one address"):
        merged([Sighting(here), Sighting("127.38.9.2")])


def test_a_range_is_remembered_in_runs() -> None:
    """A /16 costs one run; gaps and repetitions are kept right; IPv6 is apart."""
    asked = AskedAddresses()
    for number in range(65_536):
        asked.add(f"10.20.{number >> 8}.{number & 255}")
    asked.add("10.30.0.1")
    asked.add("10.20.3.3")
    asked.add("::1")

    assert asked.texts() == ["10.20.0.0-10.20.255.255", "10.30.0.1-10.30.0.1", "::1-::1"]
    assert len(asked) == 65_538
    assert AskedAddresses(asked.texts()).texts() == asked.texts()
    assert "10.20.255.255" in asked
    assert "10.30.0.2" not in asked
    assert "10.19.255.255" not in asked
    assert "::1" in asked
    assert "::2" not in asked
