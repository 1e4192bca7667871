"""Devices that try to lead a scanner to other hosts: by ProbeMatch, XAddrs, LOCATION, redirects, RTSP, page links."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

from datagrams import dhip_answer, probe_match, sadp_match

ELSEWHERE = ("203.0.113.9", "10.77.0.5", "169.254.169.254")
"""Hosts outside every scope of a test."""


class Lures:
    """One luring device on each address until it is closed: WS-Discovery, SADP, DHIP, SSDP, HTTP and RTSP."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.asked = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        for number, address in enumerate(addresses):
            there = ELSEWHERE[number % len(ELSEWHERE)]
            asyncio.run_coroutine_threadsafe(self._open(address, there), self._loop).result(10)

    async def _open(self, address: str, there: str) -> None:
        location = f"http://{there}:80/description.xml"
        ssdp = (
            f"HTTP/1.1 200 OK\r\nLOCATION: {location}\r\nSERVER: Linux UPnP/1.0\r\nST: upnp:rootdevice\r\n"
            "USN: uuid:1::upnp:rootdevice\r\n\r\n"
        )
        answers = {
            3702: probe_match(f"http://{there}/onvif/device_service"),
            37020: sadp_match(IPv4Address=there),
            37810: dhip_answer(IPv4Address={"IPAddress": there}),
            1900: ssdp.encode(),
        }
        for port, data in answers.items():
            await self._loop.create_datagram_endpoint(lambda data=data: _Says(self, data), local_addr=(address, port))
        web = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        rtsp = f"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://{there}/\r\n\r\n"
        for port, said in ((80, web), (8080, web), (554, rtsp)):
            await asyncio.start_server(self._answering(said.encode()), address, port)

    def _answering(self, data: bytes) -> Any:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if await reader.read(4096):
                self.asked += 1
                writer.write(data)
            writer.close()

        return answer


class _Says(asyncio.DatagramProtocol):
    def __init__(self, lures: Lures, data: bytes) -> None:
        self._lures, self._data = lures, data

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # whatever was asked
        self._lures.asked += 1
        self._transport.sendto(self._data, addr)
