"""The makers' finders: what each device says to its own, and that nobody is asked by one that was not named."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from datagrams import reply
from hypothesis import given
from hypothesis import strategies as st
from lab_doors import lab_door, swept

from scanner.discovery import Progress, Sighting, all_protocols, finders
from scanner.errors import CatalogueError, PackError
from scanner.fingerprint import identify
from scanner.lab import Fleet
from scanner.lab.words import Placement
from scanner.model import FactSeen, Known
from scanner.net.catalogue import Catalogue, packaged
from scanner.net.datagram_bytes import wire_of
from scanner.scope import Scope

HERE = "127.35.0.9"
OWN = {
    "hanwha": "hanwha-camera",
    "bosch": "bosch-camera",
    "vivotek": "vivotek-camera",
    "ipro": "ipro-camera",
    "sony": "sony-camera",
    "ubiquiti": "ubiquiti-camera",
    "xiongmai": "xiongmai-recorder",
    "tplink": "tplink-vigi",
    "reolink": "reolink-camera",
    "dvrip": "dahua-smd",
    "foscam": "foscam-old",
}
"""Finders that can be asked by unicast, each with a device that answers it."""

SAYS_NO_MODEL = {"reolink", "xiongmai", "foscam"}


def test_every_finder_has_a_device_here() -> None:
    """Else one would go untested; TVT answers to its group only."""
    assert set(finders()) == {*OWN, "tvt"}


@pytest.mark.parametrize("name", OWN)
def test_a_device_answers_its_own_finder(name: str) -> None:
    """The exact bytes go out once, the answer comes in on whatever port it takes, and tells who the device is."""
    with Fleet([Placement(personality=OWN[name], host="1")], base="127.35.1.0") as fleet:
        (device,) = fleet.devices
        seen = asyncio.run(swept(lab_door(), [device.address], protocols=[name], ports=(8080,)))
        harm, received = fleet.harm, fleet.received

    assert harm == []
    assert [one.protocol for one in received if one.transport == "udp"] == [name]
    sighting = seen[device.address]
    identity = identify(sighting.observations)
    assert identity.maker == device.personality.maker
    assert identity.is_camera
    assert identity.model == (None if name in SAYS_NO_MODEL else device.personality.model)
    assert name == "reolink" or identity.mac == device.mac
    assert any(one.service == name and one.transport == "udp" for one in sighting.endpoints)


def test_one_question_and_one_repeat_to_who_stays_silent() -> None:
    """A device that does not speak the finder's version is asked once more, and then left alone."""
    from msgspec.structs import replace

    from scanner.lab.files import load_personalities

    only_new = replace(load_personalities()["ubiquiti-camera"], id="uvc-2", extra={"finder_versions": []})
    with Fleet([only_new], base="127.35.2.0") as fleet:
        asyncio.run(swept(lab_door(), list(fleet.truth), protocols=["ubiquiti"], ports=(8080,)))
        kinds = [one.protocol for one in fleet.received if one.transport == "udp"]
        harm = fleet.harm

    assert kinds == ["ubiquiti", "ubiquiti"]
    assert harm == []


def test_nobody_is_asked_by_a_finder_that_was_not_named() -> None:
    """The usual sweep knows four protocols."""
    with Fleet(list(OWN.values()), base="127.35.3.0") as fleet:
        asyncio.run(swept(lab_door(), list(fleet.truth), ports=(8080,)))
        asked = {one.protocol for one in fleet.received if one.transport == "udp"}

    assert asked <= {"ws-discovery", "sadp", "dhip", "ssdp"}


def test_a_finder_asks_no_ipv6_address() -> None:
    """No source says that one speaks it, and its answer could not come back to a port of the other version."""
    door = lab_door()
    with Fleet([Placement(personality="hanwha-camera", host="1")], base="127.35.4.0"):
        asyncio.run(swept(door, ["::1"], protocols=["hanwha"], ports=(9,)))

    assert door.ledger.summary().datagrams == 0


def test_a_port_that_another_program_holds_is_told() -> None:
    """The answer comes to 7711, which is taken: the report says that it could not be heard."""
    progress = Progress()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        Fleet(["hanwha-camera"], base="127.35.6.0") as fleet,
    ):
        other.bind(("0.0.0.0", 7711))
        asyncio.run(swept(lab_door(), list(fleet.truth), protocols=["hanwha"], ports=(9,), progress=progress))

    assert progress.notes == ["hanwha: another program holds port 7711, so answers that came there were not heard."]


def test_an_answer_from_outside_the_scope_is_counted() -> None:
    """A broadcast answer reaches whoever listens; what an address out of scope says is not kept."""
    progress = Progress()
    door = lab_door(scope=Scope((IPv4Network("127.35.7.0/30"),)))

    async def ask() -> dict[str, Sighting]:
        async def shout() -> None:
            await asyncio.sleep(0.3)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.bind(("127.35.8.8", 0))
                stranger.sendto(b"\x0b" + bytes(261), ("127.0.0.1", 7711))

        shouting = asyncio.create_task(shout())
        seen = await swept(door, ["127.35.7.1"], protocols=["hanwha"], ports=(9,), progress=progress)
        await shouting
        return seen

    assert asyncio.run(ask()) == {}
    assert [note.partition(".")[0] for note in progress.notes] == ["Answered from outside the scope: 1 address"]
    assert not door.evidence.records  # type: ignore[attr-defined]


def test_bytes_are_those_of_the_catalogue() -> None:
    """The fixed ones to the byte; a random digit where one belongs and nowhere else."""
    catalogue = packaged()
    assert wire_of("tplink", catalogue).build("1", HERE).hex() == "020000010000000000000000463cb5d3"
    assert wire_of("hanwha", catalogue).build("1", HERE) == b"\x01" + bytes(261)
    assert [wire_of("ubiquiti", catalogue).build(one, HERE).hex() for one in "12"] == ["01000000", "02080000"]
    assert wire_of("sony", catalogue).build("1", HERE) == b"\x02ENQ:allinfo\xff\x03"
    bosch = {wire_of("bosch", catalogue).build("1", HERE) for _ in range(20)}
    assert len(bosch) > 1
    assert {(one[:4].hex(), one[8:].hex(), len(one)) for one in bosch} == {("9939a427", "ff0006de", 12)}
    assert wire_of("ipro", catalogue).build("1", HERE)[18:22] == bytes([127, 35, 0, 9])
    with pytest.raises(CatalogueError):
        wire_of("vstarcam", catalogue)


def test_what_may_not_be_kept_is_not() -> None:
    """No cloud identifier of Reolink and Xiongmai, no owner of a TP-Link device, in observations or evidence."""
    kinds = ["reolink-camera", "xiongmai-recorder", "tplink-vigi"]
    door = lab_door()
    with Fleet(kinds, base="127.35.5.0") as fleet:
        serial = fleet.device("xiongmai-recorder").serial
        seen = asyncio.run(swept(door, list(fleet.truth), protocols=["reolink", "xiongmai", "tplink"], ports=(8080,)))
        kept = b"".join(door.evidence.blobs.values())  # type: ignore[attr-defined]

    texts = " ".join(text.raw for sighting in seen.values() for text in sighting.observations)
    assert len(seen) == 3
    for secret in ("95270000LABLABLA", serial, "0123456789ABCDEF0123456789ABCDEF"):
        assert secret not in texts
        assert secret.encode() not in kept


def test_factory_state_of_a_tplink_device() -> None:
    """As a fact with its evidence."""
    body = {"result": {"device_type": "SMART.IPCAMERA", "device_model": "C210", "factory_default": True}}
    sighting = finders()["tplink"].read(reply("tplink", bytes(16) + json.dumps(body).encode(), HERE))

    assert sighting is not None
    assert sighting.facts == (FactSeen("account.activated", Known(False, ("e1",), "C2")),)


def test_lengths_that_do_not_add_up_are_no_dvrip_answer() -> None:
    """As the reference asks for."""
    whole = bytearray(0x78)
    whole[0] = 0xB3
    struct.pack_into("<H", whole, 0x14, 3)
    read = finders()["dvrip"].read

    assert read(reply("dvrip", bytes(whole), HERE)) is None
    assert read(reply("dvrip", bytes(whole) + b"abc", HERE)) is not None


@pytest.mark.parametrize("name", [*finders()])
def test_our_own_question_come_back_says_nothing(name: str) -> None:
    """A reflected question is no answer."""
    wire = wire_of(name, packaged())
    for variant in wire.variants:
        assert finders()[name].read(reply(name, wire.build(variant, HERE), HERE)) is None


HEADS = {
    "hanwha": b"\x0b", "bosch": bytes.fromhex("9939a427"), "vivotek": bytes.fromhex("024a5d8f1c"), "ipro": b"\x00\x01",
    "sony": b"\x02MODEL:", "ubiquiti": b"\x01\x00\xff\xff", "tvt": b"MHED",
    "xiongmai": b"\xff\x01" + bytes(12) + b"\xfb\x05",
    "tplink": bytes(16) + b'{"result":', "reolink": b"", "dvrip": b"\xb3", "foscam": b"MO_I\x01\x00\x01",
}  # fmt: skip


@pytest.mark.parametrize("name", [*finders()])
@given(data=st.binary(max_size=600), long=st.booleans())
def test_no_bytes_raise(name: str, data: bytes, long: bool) -> None:
    """Whatever comes, bare or behind the right first bytes; what is read names the sender and plausible ports."""
    for raw in (data, HEADS[name] + data, HEADS[name] + data + bytes(300 if long else 0) + b"\x03"):
        sighting = all_protocols()[name].read(reply(name, raw, HERE))
        if sighting is not None:
            assert sighting.address == HERE
            assert all(one.address == HERE and 1 <= one.port <= 65_535 for one in sighting.endpoints)
            assert all(len(text.raw) < 4_000 for text in sighting.observations)
            identify(sighting.observations)


@pytest.mark.parametrize("name", [*finders()])
def test_large_hostile_input_is_read_quickly(name: str) -> None:
    """64 KiB of the worst we could think of."""
    read = all_protocols()[name].read
    started = time.process_time()
    for filling in (b"\x00", b"\xff", b"{", b'{"result":' * 7_000, b"<device><physAddress>", b"A:\xff", b"\x01\x01"):
        read(reply(name, (HEADS[name] + filling * (65_536 // len(filling)))[:65_536], HERE))

    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hex": "['9']"}, "whole bytes"),
        ({"hex": "['@@@@']"}, "whole bytes"),
        ({"hex": "[]"}, "whole bytes"),
        ({"port": "70000"}, "ports from 1 to 65535"),
        ({"zeros": "9000"}, "at most 512 zeros"),
        ({"groups": "[10.0.0.1]"}, "IPv4 multicast group"),
        ({"unicast": "false"}, "expected groups"),
        ({"verified": "maybe"}, "expected true or false"),
    ],
)
def test_a_finder_of_the_catalogue_is_read_strictly(tmp_path: Path, change: dict[str, str], says: str) -> None:
    """Every mistake has its line; the sound one loads and can be asked for."""
    sound = {"id": "lab", "port": "4000", "hex": "['01##']", "source": "a", "reads": "b", "verified": "false"}

    def load(words: dict[str, str]) -> Catalogue:
        inner = ", ".join(f"{key}: {value}" for key, value in words.items())
        path = tmp_path / "lab.yaml"
        path.write_text(f"source: x\nfinders:\n  - {{{inner}}}\n")
        return Catalogue.load([path])

    assert wire_of("lab", load(sound)).port == 4000
    with pytest.raises(PackError, match=says):
        load(sound | change)
