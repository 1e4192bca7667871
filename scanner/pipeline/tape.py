"""The tape of one device: every exchange the door tells of, in order, and the recording that is made of them.

What is on the tape is raw. It is held in memory and leaves it through ``scanner.recordings.anonymous`` alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from scanner.model import Contested, Device, Fact, Known
from scanner.net import secure
from scanner.net.tap import Heard
from scanner.recordings import Certificate, Exchange, Recording
from scanner.recordings.questions import question_of
from scanner.recordings.shape import as_text

_DROPPED = frozenset({"content-length", "transfer-encoding", "content-encoding", "connection", "keep-alive"})
"""Headers of the transport: the body is unpacked, and whoever serves it counts it again."""

_CLOCK = "time.skew_seconds"


class Tape:
    """A tap that keeps what it hears. Thread-safe."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._came: list[datetime] = []
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._last: dict[str, int] = {}
        self._number: dict[str, int] = {}

    def heard(self, one: Heard) -> None:
        """See ``scanner.net.tap.Tap``."""
        exchange = exchange_of(one)
        with self._lock:
            self._exchanges.append(exchange)
            self._came.append(self._now())
            if one.protocol == "http":
                self._last[one.address] = len(self._exchanges)
            if one.evidence:
                self._number[one.evidence] = len(self._exchanges)

    def kept(self, address: str, evidence: str) -> None:
        """See ``scanner.net.tap.Tap``."""
        with self._lock:
            if address in self._last:
                self._number[evidence] = self._last[address]

    def recording(self, device: Device, tool: str, account: str) -> Recording:
        """All of it, and what was concluded of it. Not anonymous yet."""
        with self._lock:
            exchanges, numbers = list(self._exchanges), dict(self._number)
        for evidence in _evidence_of(device.facts.get(_CLOCK)):
            place = numbers.get(evidence, 0) - 1
            if place >= 0:
                exchanges[place] = msgspec.structs.replace(exchanges[place], clock=self._came[place])
        return Recording(
            tool=tool,
            recorded_at=self._now(),
            address=device.address,
            account=account,
            endpoints=device.endpoints,
            exchanges=tuple(exchanges),
            concluded=concluded_of(device, {evidence: f"#{number}" for evidence, number in numbers.items()}),
        )


_LEFT_OUT = ("id", "site", "endpoints", "first_seen", "last_seen", "seen_through", "observations")
"""Of the device: what the recording says elsewhere, or what says nothing of it."""


def concluded_of(device: Device, numbers: dict[str, str]) -> dict[str, Any]:
    """What camaudit made of a device, evidence by the number of its exchange: identity, features, facts, gaps."""
    made: dict[str, Any] = msgspec.to_builtins(device)
    for name in _LEFT_OUT:
        made.pop(name, None)
    numbered: dict[str, Any] = _numbered(made, numbers)
    return numbered


def _numbered(value: Any, numbers: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _numbered(inner, numbers) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_numbered(inner, numbers) for inner in value]
    return numbers.get(value, value) if isinstance(value, str) else value


def _evidence_of(fact: Fact | None) -> Iterable[str]:
    if isinstance(fact, Known):
        return fact.evidence
    return [one for known in fact.values for one in known.evidence] if isinstance(fact, Contested) else ()


def exchange_of(one: Heard) -> Exchange:
    """An exchange as it stands in a recording, without the request's own credentials."""
    if one.protocol == "tls":
        return Exchange(
            protocol="tls", port=one.port, tls=True, versions=one.versions, certificate=certificate_of(one.data)
        )
    operation, asks = question_of(one.asked)
    text, data = as_text(one.data)
    return Exchange(
        protocol=one.protocol,
        port=one.port,
        tls=one.tls,
        method=one.method,
        path=one.path,
        operation=operation,
        asks=asks,
        content_type=one.content_type,
        login=_login_of(one),
        status=one.status,
        reason=one.reason,
        headers=tuple((name, value) for name, value in one.headers if name.lower() not in _DROPPED),
        text=text,
        data=data,
        complete=one.complete,
        silence=one.silence.why if one.silence else "",
        detail=one.silence.detail if one.silence else "",
    )


def _login_of(one: Heard) -> Any:
    if b"UsernameToken" in one.asked:
        return "token"
    scheme = one.authorization.partition(b" ")[0].lower()
    return scheme.decode("ascii", "replace") if scheme in (b"digest", b"basic") else ""


def certificate_of(der: bytes) -> Certificate:
    """The names and days of a certificate; its key stays behind."""
    facts = secure.facts_of(der, (), "")
    return Certificate(
        subject=facts.subject,
        issuer=facts.issuer,
        not_before=facts.not_before,
        not_after=facts.not_after,
        self_signed=facts.self_signed,
        key_bits=facts.key_bits,
        problem=facts.problem,
    )
