"""Discovery datagrams: the exact bytes, and what may come back."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network

import pytest
from doors import door
from lxml import etree

from scanner.errors import CatalogueError
from scanner.net import Limits
from scanner.net.udp import PORTS
from scanner.scope import Scope

ADDRESS = "127.31.8.1"


class Answerer(asyncio.DatagramProtocol):
    """Answers each datagram with what a function makes of it."""

    def __init__(self, answer: Callable[[bytes], list[bytes]]) -> None:
        self.answer = answer
        self.received: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received.append(data)
        for reply in self.answer(data):
            self.transport.sendto(reply, addr)  # type: ignore[attr-defined]


async def asked(
    protocol: str,
    answer: Callable[[bytes], list[bytes]],
    *,
    variants: tuple[str, ...] = ("",),
    wait: float = 0.3,
    **more: object,
):  # type: ignore[no-untyped-def]
    used = door(**more)
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Answerer(answer), local_addr=(ADDRESS, PORTS[protocol])
    )
    try:
        async with used.datagrams(protocol) as channel:
            for variant in variants:
                await channel.send(ADDRESS, variant)
            await asyncio.sleep(wait)
            found = []
            while not channel.replies.empty():
                found.append(channel.replies.get_nowait())
            return used, server.received, found, channel
    finally:
        transport.close()


def test_ws_discovery_probes() -> None:
    """SOAP 1.2 Probe for each of the two types, a fresh MessageID each."""
    _, received, found, _ = asyncio.run(asked("ws-discovery", lambda _: [b"<a/>"], variants=("nvt", "device")))

    trees = [etree.fromstring(data) for data in received]
    types = [tree.find(".//{*}Types") for tree in trees]
    assert [one.text for one in types] == ["dn:NetworkVideoTransmitter", "tds:Device"]
    assert [one.nsmap[one.text.partition(":")[0]] for one in types] == [
        "http://www.onvif.org/ver10/network/wsdl", "http://www.onvif.org/ver10/device/wsdl",
    ]  # fmt: skip
    assert {tree.findtext(".//{*}Action") for tree in trees} == {
        "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
    }
    assert len({tree.findtext(".//{*}MessageID") for tree in trees}) == 2
    assert [(reply.address, reply.port, reply.data, reply.protocol) for reply in found] == [
        (ADDRESS, 3702, b"<a/>", "ws-discovery")
    ] * 2


def test_sadp_is_an_inquiry_and_nothing_else() -> None:
    """Every other type changes or exports something."""
    _, (data,), _, _ = asyncio.run(asked("sadp", lambda _: []))

    tree = etree.fromstring(data)
    assert (tree.tag, tree.findtext("Types"), [child.tag for child in tree]) == ("Probe", "inquiry", ["Uuid", "Types"])
    assert tree.findtext("Uuid") == (tree.findtext("Uuid") or "").upper()


def test_dhip_search() -> None:
    """32 bytes of little-endian header, then the search."""
    _, (data,), _, _ = asyncio.run(asked("dhip", lambda _: []))

    size, magic, _, _, length, _, again, _ = struct.unpack("<I4sIIIIII", data[:32])
    assert (size, magic, length, again) == (32, b"DHIP", len(data) - 32, len(data) - 32)
    assert json.loads(data[32:])["method"] == "DHDiscover.search"


def test_ssdp_is_unicast() -> None:
    """M-SEARCH without MX."""
    _, (data,), _, _ = asyncio.run(asked("ssdp", lambda _: []))

    assert data.startswith(b"M-SEARCH * HTTP/1.1\r\n")
    assert data.endswith(b"\r\n\r\n")
    assert b"\r\nMX:" not in data


def test_each_datagram_is_in_the_ledger() -> None:
    """Address, port, protocol and size of what the receiver got."""
    used, received, _, _ = asyncio.run(asked("dhip", lambda _: [], variants=("", "")))

    summary = used.ledger.summary()
    assert (summary.datagrams, summary.bytes_sent) == (2, sum(map(len, received)))


def test_no_other_protocol_or_variant() -> None:
    """Nothing can be made up."""

    async def wrong() -> None:
        with pytest.raises(CatalogueError):
            async with door().datagrams("snmp"):
                pass
        async with door().datagrams("sadp") as channel:
            with pytest.raises(CatalogueError):
                await channel.send(ADDRESS, "resetPassword")

    asyncio.run(wrong())


def test_replies_are_bounded() -> None:
    """Too large, empty, too many: dropped and counted, and the loop lives on."""
    flood = [b"x" * 20_000, b""] + [b"<a/>"] * 50
    _, _, found, channel = asyncio.run(asked("sadp", lambda _: flood, limits=Limits(datagrams_of_an_address=5)))

    assert len(found) == 5
    assert channel.dropped["too-large"] == 1
    assert channel.dropped["too-many"] == 45


def test_replies_from_outside_the_scope_are_dropped() -> None:
    """A reply is taken only from an address that is in scope."""
    scope = Scope(allow=(IPv4Network("127.31.8.0/24"),))

    async def foreign() -> tuple[int, int]:
        used = door(scope=scope)
        async with used.datagrams("sadp") as channel:
            await channel.send("127.31.8.77")
            port = channel._transports[socket.AF_INET].get_extra_info("sockname")[1]
            with outsider() as sock:
                sock.sendto(b"<ProbeMatch/>", ("127.0.0.1", port))
            await asyncio.sleep(0.1)
            return channel.replies.qsize(), channel.dropped["out-of-scope"]

    assert asyncio.run(foreign()) == (0, 1)


@contextmanager
def outsider() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.31.9.9", 0))
        yield sock


def test_connect_tests_say_what_they_found() -> None:
    """Open, refused; no byte is sent."""

    async def both() -> tuple[str, str, list[bytes]]:
        got: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            got.append(await reader.read())
            writer.close()

        server = await asyncio.start_server(serve, ADDRESS, 0)
        port = server.sockets[0].getsockname()[1]
        used = door()
        found = await used.connect_test(ADDRESS, port)
        server.close()
        await asyncio.sleep(0.1)
        return found, await used.connect_test(ADDRESS, 9), got

    assert asyncio.run(both()) == ("open", "refused", [b""])
