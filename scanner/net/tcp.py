"""TCP: a connect test that sends no byte, and connections whose whole exchange ends at its deadline."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
import time
from typing import Any, Literal, TypeAlias

from scanner.errors import NoAnswer
from scanner.net import icmp
from scanner.net.guard import Guard, host_of, socket_address

Knock: TypeAlias = Literal["open", "refused", "silent", "unreachable"]

_REFUSED = frozenset({errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED})
_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL})
IN_PROGRESS = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY})
_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Allowance:
    """Seconds and bytes one exchange may still take. One object per link, started anew for each exchange."""

    __slots__ = ("_bytes", "_idle", "_until", "received")

    def __init__(self) -> None:
        self._until = 0.0
        self._idle = 0.0
        self._bytes = 0
        self.received = 0

    def start(self, seconds: float, idle: float, most: int) -> None:
        """A new exchange: ``seconds`` in all, ``idle`` between two pieces, ``most`` bytes."""
        self._until = time.monotonic() + seconds
        self._idle = idle
        self._bytes = most
        self.received = 0

    def seconds(self) -> float:
        """How long the next piece may take; NoAnswer ``too-slow`` when the time is over."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise NoAnswer("too-slow", f"the reply was not whole in time, {self.received} bytes came")
        return min(left, self._idle)

    @property
    def over(self) -> bool:
        """True when the time of the whole exchange is over."""
        return time.monotonic() >= self._until

    def count(self, size: int) -> None:
        """``size`` more bytes came; NoAnswer ``too-large`` when there were too many."""
        self.received += size
        if self.received > self._bytes:
            raise NoAnswer("too-large", f"the reply has more than {self._bytes:,} bytes")


_KERNEL_WAITS = os.name == "posix"


class DeadlineSocket(socket.socket):
    """A socket that a one-byte trickle cannot hold: every read looks at the allowance of the exchange.

    Once connected the kernel does the waiting: Python's own time-outs ask it twice for each read and each write, and
    between a hundred readers every asking is a change of threads.
    """

    allowance: Allowance
    _by_kernel = False
    _waits = 0.0  # seconds the kernel was told

    def connected(self, seconds: float) -> None:
        """Let the kernel do the waiting from now on; a write may take ``seconds``."""
        if _KERNEL_WAITS:
            super().settimeout(None)
            self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(seconds))
            self._by_kernel = True

    def wait_by_itself(self, seconds: float) -> None:
        """Python's own time-outs again: TLS waits for both directions at once."""
        if self._by_kernel:
            self._by_kernel = False
            for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
                self.setsockopt(socket.SOL_SOCKET, option, _timeval(0))
        self.settimeout(seconds)

    def settimeout(self, value: float | None) -> None:
        """As the socket's own until it is connected; urllib3 sets one before each reply, the allowance is stricter."""
        if not self._by_kernel:
            super().settimeout(value)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As the socket's own, within the allowance."""
        self._hold()
        try:
            size = super().recv_into(buffer, nbytes, flags)
        except BlockingIOError:
            raise TimeoutError("timed out") from None
        self.allowance.count(size)
        return size

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As the socket's own, within the allowance."""
        self._hold()
        try:
            data = super().recv(bufsize, flags)
        except BlockingIOError:
            raise TimeoutError("timed out") from None
        self.allowance.count(len(data))
        return data

    def _hold(self) -> None:
        seconds = self.allowance.seconds()
        if not self._by_kernel:
            self.settimeout(seconds)
        elif seconds != self._waits:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(seconds))
            self._waits = seconds


def _timeval(seconds: float) -> bytes:
    """``struct timeval``: 0 would be for ever, so the shortest wait is a millisecond."""
    least = max(seconds, 0.001) if seconds else 0.0
    return struct.pack("ll", int(least), int(least % 1 * 1_000_000))


def connect(guard: Guard, address: str, port: int, allowance: Allowance) -> DeadlineSocket:
    """Open one TCP connection (scope, pace, ledger first); NoAnswer ``refused`` or ``silent``."""
    guard.hold(address, port, "tcp", "CONNECT")
    where = socket_address(address, port)
    guard.pacer.wait(address)
    guard.opening.hold(address)  # its hours may have ended meanwhile
    seq = guard.ledger.sent(address, port, "tcp", "tcp", "CONNECT")
    sock = DeadlineSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    sock.allowance = allowance
    icmp.listen(sock)
    begun = time.monotonic()
    try:
        sock.settimeout(guard.limits.connect_seconds)
        sock.connect(where)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connected(guard.limits.exchange_seconds)
    except OSError as problem:
        hear(guard, address, begun, "refused" if problem.errno == errno.ECONNREFUSED else "silent", sock)
        sock.close()
        raise translated(problem, host_of(address, port)) from problem
    hear(guard, address, begun, "open", sock)
    icmp.listen(sock, heed=False)  # a connection that stands outlives a passing error on the way
    guard.ledger.answered(seq, address, port, "open")
    return sock


def hear(guard: Guard, address: str, begun: float, answer: Knock, sock: socket.socket) -> None:
    """Tell the pace how long an answer to a connect took, or what the network said in its place."""
    if answer in ("open", "refused"):
        guard.pacer.replied(address, time.monotonic() - begun, "connect")
        return
    for complaint in icmp.complaints(sock):
        guard.pacer.complained(address, complaint.words, complaint.by)


def translated(problem: OSError, where: str, received: int = 0) -> NoAnswer:
    """A failed connect, send or read as silence of the device; our own lack of sockets stays an OSError."""
    if problem.errno in _OURS:
        raise problem
    if isinstance(problem, TimeoutError):
        return NoAnswer("too-slow" if received else "silent", f"{where}: after {received} bytes")
    if problem.errno == errno.ECONNREFUSED:
        return NoAnswer("refused", where)
    if isinstance(problem, ConnectionError | BrokenPipeError):
        return NoAnswer("closed-early", f"{where}: {type(problem).__name__}")
    return NoAnswer("silent", f"{where}: {problem.strerror or type(problem).__name__}")


async def connect_test(guard: Guard, address: str, port: int, seconds: float) -> Knock:
    """TCP connect and close: no byte is sent. Raises NoAnswer for scope, a device left alone, and a stopped audit."""
    guard.hold(address, port, "tcp", "CONNECT")
    async with guard.turns.test(address):
        await guard.pacer.pause(address)
        guard.hold(address, port, "tcp", "CONNECT")
        seq = guard.ledger.sent(address, port, "tcp", "tcp", "CONNECT")
        result = await _knock(guard, address, port, seconds)
        if result != "silent":
            guard.ledger.answered(seq, address, port, result)
    return result


async def _knock(guard: Guard, address: str, port: int, seconds: float) -> Knock:
    loop = asyncio.get_running_loop()
    where = socket_address(address, port)
    begun = time.monotonic()
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        icmp.listen(sock)
        answer: Knock = "open"
        try:
            async with asyncio.timeout(seconds):
                await loop.sock_connect(sock, where)
        except TimeoutError:
            answer = "silent"
        except OSError as problem:
            answer = knock_of(problem.errno or 0)
        hear(guard, address, begun, answer, sock)
    return answer


def knock_of(error: int) -> Knock:
    """What the error number of a connect says of the door; an error of our own system is raised as OSError."""
    if error in (0, errno.EISCONN):
        return "open"
    if error in _REFUSED:
        return "refused"
    if error in _UNREACHABLE:
        return "unreachable"
    if error == errno.ETIMEDOUT:
        return "silent"
    raise OSError(error, os.strerror(error))
