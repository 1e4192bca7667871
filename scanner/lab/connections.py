"""TCP doors of the virtual devices: listening, TLS, and the count of connections held at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

from scanner.lab.device import LabDevice
from scanner.lab.journal import BOTH_OPEN_SECONDS
from scanner.lab.rtsp import KillsService, serve_rtsp
from scanner.lab.web import serve_http

HIKVISION_FRAME = bytes.fromhex("000000100000001e0000001e00000000")
HIKVISION_FRAME_AFTER_SECONDS = 1.0
HANDSHAKE_SECONDS = 10.0
LINGER_SECONDS = 1.0
READ_LIMIT = 65_536


class Entrance:
    """All TCP connections of one device. A real camera has room for one visitor at a time."""

    def __init__(self, device: LabDevice) -> None:
        self.device = device
        self.open: set[Connection] = set()
        self._count = 0

    def came(self, connection: Connection) -> None:
        """Note a new connection and look again a little later whether an older one is still there."""
        self.device.journal.saw(self.device.address, connection.port, "tcp", "tcp", "CONNECT")
        self._count += 1
        connection.number = self._count
        older = set(self.open)
        self.open.add(connection)
        if older:
            asyncio.get_running_loop().call_later(BOTH_OPEN_SECONDS / 2, self._still_both, connection, older, False)

    def left(self, connection: Connection) -> None:
        self.open.discard(connection)

    def asked(self, connection: Connection) -> None:
        """Note a request. An older connection that goes on after a newer one began is two visitors at once."""
        connection.requests += 1
        for other in self.open:
            if other is not connection and other.requests and other.number > connection.number:
                self.device.journal.hurt(
                    self.device.address, connection.port, "second-connection", "requests on two connections in turn"
                )

    def _still_both(self, connection: Connection, older: set[Connection], sure: bool) -> None:
        still = [other.port for other in older if other in self.open]
        if not still or connection not in self.open:
            return
        if not sure:  # this loop may have been held up itself: let it first hear of connections that have ended
            asyncio.get_running_loop().call_later(BOTH_OPEN_SECONDS / 2, self._still_both, connection, older, True)
            return
        self.device.journal.hurt(
            self.device.address, connection.port, "second-connection", f"beside one to port {still[0]}"
        )


class Listener:
    """One listening TCP port of one device."""

    def __init__(self, entrance: Entrance, service: str, port: int) -> None:
        self.entrance = entrance
        self.service = service.partition("#")[0]
        self.port = port
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._lingering: set[asyncio.Transport] = set()

    async def open(self) -> None:
        """Bind. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self), self.entrance.device.address, self.port, backlog=32
        )

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        self.stop_listening()
        for connection in list(self._connections):
            connection.drop()
        for transport in list(self._lingering):
            self._end(transport)

    def stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def linger(self, transport: asyncio.Transport) -> None:
        """Give a closing transport a moment to say goodbye."""
        self._lingering.add(transport)
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._end, transport)

    def _end(self, transport: asyncio.Transport) -> None:
        self._lingering.discard(transport)
        transport.abort()

    def came(self, connection: Connection) -> None:
        self._connections.add(connection)
        self.entrance.came(connection)

    def left(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self.entrance.left(connection)

    async def serve(
        self, connection: Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, tls: bool
    ) -> None:
        """Speak the service of this port with one visitor."""
        device = self.entrance.device

        def asked() -> None:
            self.entrance.asked(connection)

        if self.service in ("http", "https", "http-onvif"):
            await serve_http(device, self.port, tls, reader, writer, asked)
        elif self.service == "rtsp":
            try:
                await serve_rtsp(device, self.port, reader, writer, asked)
            except KillsService:
                self.stop_listening()
        else:
            await self._say_little(device, reader, writer)

    async def _say_little(self, device: LabDevice, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Ports where a visitor only listens: the makers' control ports and terminal banners."""
        banners = {
            "ssh": device.personality.extra.get("ssh_banner", "SSH-2.0-OpenSSH_8.9"),
            "telnet": "login: ",
            "ftp": "220 FTP ready.",
        }
        if device.recorded is not None:
            writer.write(device.recorded.banner(device, self.port))
        elif self.service in banners:
            writer.write(f"{banners[self.service]}\r\n".encode())
        waiting = asyncio.ensure_future(reader.read(64))
        try:
            if self.service == "sdk-hikvision":
                await asyncio.wait({waiting}, timeout=HIKVISION_FRAME_AFTER_SECONDS)
                if not waiting.done():
                    writer.write(HIKVISION_FRAME)
            data = await waiting
        finally:
            waiting.cancel()
        if data:
            device.journal.hurt(device.address, self.port, "bytes-on-control-port", f"{self.service}: {data[:40]!r}")


class Connection(asyncio.Protocol):
    """One TCP connection from its first moment; hands over to streams, through TLS where the port has it."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.port = listener.port
        self.number = 0
        self.requests = 0
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 # what asyncio gives here
        self._transport = transport
        transport.pause_reading()  # the first bytes belong to whoever takes over: TLS or the stream
        self._listener.came(self)
        self._task = asyncio.get_running_loop().create_task(self._live(transport))

    def drop(self) -> None:
        """End the connection at once."""
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.abort()

    async def _live(self, raw: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=READ_LIMIT, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        tls = self._listener.service == "https"
        transport: asyncio.Transport | None = raw
        try:
            if tls:
                transport = await self._handshake(raw, protocol)
            else:
                raw.set_protocol(protocol)
            if transport is None:
                return
            protocol.connection_made(transport)
            if not tls:
                raw.resume_reading()
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            with contextlib.suppress(OSError, ssl.SSLError):
                await self._listener.serve(self, reader, writer, tls=tls)
        finally:
            if transport is not None:
                transport.close()
            if tls:  # a TLS close may wait for a peer that never answers
                self._listener.linger(raw)
            self._listener.left(self)

    async def _handshake(self, raw: asyncio.Transport, protocol: asyncio.Protocol) -> asyncio.Transport | None:
        device = self._listener.entrance.device
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                raw, protocol, device.context(), server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except (ssl.SSLError, ConnectionError, TimeoutError) as error:
            if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
                device.journal.saw(device.address, self.port, "tcp", "tls")
            raw.abort()
            return None
        device.journal.saw(device.address, self.port, "tcp", "tls")
        return transport
