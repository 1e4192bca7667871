"""Connect tests by the thousand: TCP connect and close, not a byte is sent.

Sockets that wait for an answer are watched together, so that a test costs a few system calls and no task.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from scanner.net import icmp
from scanner.net.guard import Guard, socket_address
from scanner.net.tcp import IN_PROGRESS, Knock, hear, knock_of

Done = Callable[[Knock], None]


@dataclass(slots=True, eq=False)
class _Waiting:
    address: str
    port: int
    sock: socket.socket
    begun: float
    until: float
    seq: int
    done: Done
    over: bool = False


class Knocker:
    """Belongs to one thread, which calls ``poll`` every few milliseconds while tests are under way.

    ``most`` bounds the sockets; the caller looks at ``room`` first. Close it when done.
    """

    def __init__(self, guard: Guard, most: int) -> None:
        self._guard = guard
        self._most = most
        self._selector = selectors.DefaultSelector()
        self._queues: dict[float, deque[_Waiting]] = {}  # by their seconds: each is in the order of its deadlines
        self._open = 0

    @property
    def under_way(self) -> int:
        """Tests that have no answer yet."""
        return self._open

    @property
    def room(self) -> bool:
        """True when one more test may begin."""
        return self._open < self._most

    def begin(self, address: str, port: int, seconds: float, done: Done) -> bool:
        """Send one SYN to a canonical address whose slots were waited out; ``done`` gets the answer, perhaps at once.

        False, and nothing is sent, while somebody reads that device. NoAnswer ``out-of-scope``, ``left-alone`` or
        ``interrupted``. An error of our own system, such as too few sockets, is an OSError.
        """
        self._guard.hold(address, port, "tcp", "CONNECT")
        where = socket_address(address, port)
        if not self._guard.turns.begin_test(address):
            return False
        try:
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        except OSError:
            self._guard.turns.end_test(address)
            raise
        sock.setblocking(False)
        icmp.listen(sock)
        seq = self._guard.ledger.sent(address, port, "tcp", "tcp", "CONNECT")
        now = time.monotonic()
        one = _Waiting(address, port, sock, now, now + seconds, seq, done)
        self._open += 1
        error = sock.connect_ex(where)
        if error not in IN_PROGRESS:
            self._end(one, knock_of(error))
            return True
        self._selector.register(sock, selectors.EVENT_WRITE, one)
        self._queues.setdefault(seconds, deque()).append(one)
        return True

    def poll(self) -> None:
        """Take the answers that came and give up what is over its time."""
        if not self._open:
            return
        for key, _ in self._selector.select(0):
            one: _Waiting = key.data
            self._selector.unregister(one.sock)
            self._end(one, knock_of(one.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)))
        now = time.monotonic()
        for queue in self._queues.values():
            while queue and (queue[0].over or queue[0].until <= now):
                one = queue.popleft()
                if not one.over:
                    self._selector.unregister(one.sock)
                    self._end(one, "silent")

    def close(self) -> None:
        """Drop what is under way; nobody is told."""
        for queue in self._queues.values():
            for one in queue:
                if not one.over:
                    one.sock.close()
                    self._guard.turns.end_test(one.address)
        self._queues.clear()
        self._selector.close()
        self._open = 0

    def _end(self, one: _Waiting, answer: Knock) -> None:
        one.over = True
        if answer != "silent":
            hear(self._guard, one.address, one.begun, answer, one.sock)
        one.sock.close()
        self._open -= 1
        self._guard.turns.end_test(one.address)
        if answer != "silent":
            self._guard.ledger.answered(one.seq, one.address, one.port, answer)
        one.done(answer)
