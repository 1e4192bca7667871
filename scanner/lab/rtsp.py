"""The RTSP server of a virtual device: OPTIONS and DESCRIBE, as far as an audit may go."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime

from scanner.lab.device import LabDevice
from scanner.lab.gate import Gate
from scanner.lab.wire import Asked
from scanner.lab.words import Rtsp

IDLE_SECONDS = 30.0
_READS = ("OPTIONS", "DESCRIBE", "GET_PARAMETER")
_PUBLIC = "OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY, PAUSE, SET_PARAMETER, GET_PARAMETER"


class KillsService(Exception):
    """Raised when what came in would end the RTSP server of this device."""


async def serve_rtsp(
    device: LabDevice, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked
) -> None:
    """Answer one RTSP connection until the peer closes it."""
    rtsp = device.personality.rtsp or Rtsp()
    while True:
        try:
            first = await asyncio.wait_for(reader.readexactly(1), IDLE_SECONDS)
            if not first.isalpha():
                device.journal.hurt(device.address, port, "not-rtsp", f"first byte {first!r}")
                return
            head = first + await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_SECONDS)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
            partial = getattr(error, "partial", b"")
            if partial:
                device.journal.hurt(device.address, port, "not-rtsp", repr(partial[:60]))
            return
        lines = head.decode("latin-1").split("\r\n")
        method, _, rest = lines[0].partition(" ")
        url, _, version = rest.partition(" ")
        if not version.startswith("RTSP/"):
            device.journal.hurt(device.address, port, "http-on-rtsp", lines[0])
            if rtsp.dies_of_http:
                raise KillsService
            writer.write(b"RTSP/1.0 400 Bad Request\r\n\r\n")
            await writer.drain()
            return
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        device.journal.saw(device.address, port, "tcp", "rtsp", method, url)
        asked()
        device.journal.count_request(device.address, port, device.personality.fragile_rate)
        if device.reply_seconds:
            await asyncio.sleep(device.reply_seconds)
        if method not in _READS:
            device.journal.hurt(device.address, port, "media", f"RTSP {method}")
        writer.write(_answer(device, rtsp, method, url, headers, port))
        await writer.drain()


def _answer(device: LabDevice, rtsp: Rtsp, method: str, url: str, headers: dict[str, str], port: int) -> bytes:
    if device.recorded is not None:
        return device.recorded.rtsp(device, port, method, headers.get("cseq", "0"))
    lines = [f"CSeq: {headers.get('cseq', '0')}"]
    if rtsp.server:
        lines.append(f"Server: {device.fill(rtsp.server)}")
    lines.append(f"Date: {format_datetime(datetime.now(UTC), usegmt=True)}")
    if method == "OPTIONS":
        return _reply("200 OK", [*lines, f"Public: {_PUBLIC}"])
    if method != "DESCRIBE":
        return _reply("501 Not Implemented", lines)
    if not rtsp.anonymous:
        verdict = device.gate.check_http(headers.get("authorization"), method, url, device.fill(rtsp.realm))
        if headers.get("authorization", "").lower().startswith("basic"):
            device.journal.hurt(device.address, port, "clear-basic", "password in clear over RTSP")
        if verdict in ("rejected", "locked"):
            note_rejection(device, port, "RTSP DESCRIBE")
        if verdict != "accepted":
            challenges = device.gate.challenges(
                device.fill(rtsp.realm), basic=rtsp.basic, capital_stale=device.personality.style == "hikvision"
            )
            return _reply("401 Unauthorized", [*lines, *(f"WWW-Authenticate: {value}" for value in challenges)])
    sdp = (
        f"v=0\r\no=- 1 1 IN IP4 {device.address}\r\ns={rtsp.session_name}\r\n"
        + (f"a=tool:{rtsp.tool}\r\n" if rtsp.tool else "")
        + "t=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=1\r\n"
    ).encode()
    return _reply("200 OK", [*lines, "Content-Type: application/sdp", f"Content-Length: {len(sdp)}"]) + sdp


def _reply(status: str, lines: list[str]) -> bytes:
    return ("\r\n".join([f"RTSP/1.0 {status}", *lines]) + "\r\n\r\n").encode()


def note_rejection(device: LabDevice, port: int, where: str, gate: Gate | None = None) -> None:
    """Keep a rejected login as harm, but for the one attempt that tells an auditor that his login is refused."""
    gate = gate or device.gate
    expected = device.placement.login == "refused" or device.personality.locked or gate is not device.gate
    if not (expected and gate.rejected <= 1):
        device.journal.hurt(device.address, port, "wrong-password", f"{where}: rejected login {gate.rejected}")
