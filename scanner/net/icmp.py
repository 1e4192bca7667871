"""What the network itself says of a packet of ours: "host unreachable", "prohibited". Heard on Linux only.

A Linux socket keeps the ICMP errors to its packets in a queue of errors (``IP_RECVERR``, ip(7)) with the kind and the
router that said so. Elsewhere a connect shows at most that there was such an error, and a datagram shows nothing.
"""

from __future__ import annotations

import errno
import functools
import socket
import struct
import sys
from dataclasses import dataclass
from typing import Any

LINUX = sys.platform == "linux"
_RECVERR, _RECVERR6, _ERRQUEUE = 11, 25, 0x2000  # linux/in.h, linux/in6.h, linux/socket.h
_EXTENDED_ERROR = struct.Struct("@IBBBBII")  # struct sock_extended_err, linux/errqueue.h
_ICMP, _ICMP6 = 2, 3  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_MOST_AT_ONCE = 4_096  # more than the queue of a socket holds
_MOST_TRIES = 4
_NO_ROOM = (errno.ENOBUFS, errno.ENOMEM)

_WORDS = {0: "network unreachable", 1: "host unreachable", 5: "source route failed", 6: "network unknown",
          7: "host unknown", 9: "network prohibited", 10: "host prohibited", 11: "network unreachable for this service",
          12: "host unreachable for this service", 13: "administratively prohibited"}  # fmt: skip
"""Codes of ICMP type 3 (RFC 792, 1122, 1812); 2 and 3 come from the host itself."""
_WORDS6 = {0: "no route", 1: "administratively prohibited", 2: "beyond scope", 3: "address unreachable",
           5: "source address refused", 6: "route rejected"}  # fmt: skip
"""Codes of ICMPv6 type 1 (RFC 4443); 4 comes from the host itself."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody on the way says that packets to ``address`` do not arrive. ``by`` is a router, '' if unknown."""

    address: str
    words: str
    by: str


def listen(sock: socket.socket, heed: bool = True) -> None:
    """Keep ICMP errors of this socket, where the system can; ``heed`` False: no more.

    A datagram socket that keeps them fails its next send with the error of an earlier one: send again, see ``put``.
    """
    if not LINUX:
        return
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _RECVERR6, heed)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _RECVERR, heed)


def put(sock: socket.socket, data: bytes, where: tuple[Any, ...]) -> list[Complaint] | None:
    """Send a datagram, past the errors of earlier ones: those are given back. None: there is no room just now."""
    found: list[Complaint] = []
    for _ in range(_MOST_TRIES):
        try:
            sock.sendto(data, where)
        except BlockingIOError:
            return None
        except OSError as problem:
            if problem.errno in _NO_ROOM:  # the kernel's table of neighbours is full of those it looks for
                return None
            found += complaints(sock)
            continue
        break
    return found


def complaints(sock: socket.socket) -> list[Complaint]:
    """Take all that came. What this machine says of its own segment (nobody there has that address) is no complaint."""
    found: list[Complaint] = []
    if not LINUX:
        return found
    for _ in range(_MOST_AT_ONCE):
        try:
            _, extras, _, address = sock.recvmsg(1, 512, _ERRQUEUE | socket.MSG_DONTWAIT)
        except OSError:  # nothing more
            break
        for level, kind, data in extras:
            if (level, kind) in ((socket.IPPROTO_IP, _RECVERR), (socket.IPPROTO_IPV6, _RECVERR6)):
                complaint = _complaint(address[0] if address else "", data)
                found += [complaint] if complaint else []
    return found


@functools.lru_cache(maxsize=256)
def _is_ours(address: str) -> bool:
    """True for an address of this machine: only there a socket can stand."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind((address, 0))
        except OSError:
            return False
    return True


def _complaint(address: str, data: bytes) -> Complaint | None:
    if len(data) < _EXTENDED_ERROR.size:
        return None
    _, origin, kind, code, _, _, _ = _EXTENDED_ERROR.unpack_from(data)
    offender = data[_EXTENDED_ERROR.size :]
    if origin == _ICMP and kind == 3 and code in _WORDS:
        words, by = _WORDS[code], socket.inet_ntop(socket.AF_INET, offender[4:8]) if len(offender) >= 8 else ""
    elif origin == _ICMP6 and kind == 1 and code in _WORDS6:
        words, by = _WORDS6[code], socket.inet_ntop(socket.AF_INET6, offender[8:24]) if len(offender) >= 24 else ""
    else:
        return None
    return None if by and (by == address or _is_ours(by)) else Complaint(address, words, by)
