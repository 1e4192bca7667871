"""Everything that was sent, as a hash-chained JSONL file: the do-no-harm record.

A line is written, through to the operating system, before its bytes leave: a killed audit has recorded all it
sent. Each line holds the hash of the line before it. No secret gets here: a line knows addresses, methods and
paths, and the paths come from the read-only catalogue.

Lines: ``{seq, at, kind, address, port, transport, protocol, method, path, bytes, status, prev, hash}``, kind one of
``sent``, ``answered`` (``to`` is the seq of its line), ``refused-by-door``, ``login-rejected``, ``left-alone``.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.errors import InputError, Place
from scanner.evidence.redaction import without_secrets_text
from scanner.model import HarmRecord

START = "0" * 64
"""``prev`` of the first line."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """Thread-safe. ``Ledger(None)`` keeps the chain and the counts only. An existing file is continued."""

    def __init__(self, path: Path | None, *, now: Callable[[], datetime] = _utc_now) -> None:
        self.path = path
        self._now = now
        self._lock = threading.Lock()
        self._head = START
        self._lines = 0
        self._count: Counter[str] = Counter()
        self._by_protocol: Counter[str] = Counter()
        self._file: int | None = None
        if path is not None:
            self._open(path)

    def _open(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            self._continue(path)
        except OSError as problem:
            raise InputError(f"the ledger cannot be written: {problem.strerror}", Place(path)) from None

    def _continue(self, path: Path) -> None:
        """Take up the chain of an interrupted audit. A torn last line is cut off: its bytes never left."""
        whole = 0
        with path.open("rb") as file:
            for raw in file:
                record = _line_of(raw)
                if record is None:
                    break
                whole += len(raw)
                self._lines, self._head = record["seq"], record["hash"]
                self._tally(record)
        if whole != path.stat().st_size:
            rest = path.read_bytes()[whole:]
            if rest.endswith(b"\n"):
                raise InputError("expected a ledger, found a line that is none", Place(path, self._lines + 1))
            os.truncate(path, whole)

    # -- writing ------------------------------------------------------------------------------------

    def sent(
        self, address: str, port: int, transport: str, protocol: str, method: str = "", path: str = "", size: int = 0
    ) -> int:
        """Record one datagram, connection, handshake or request that leaves now; its seq.

        A sweep calls this for each packet: the line is put together here, in the very form ``_dumped`` gives it.
        """
        path = _written(path) if path else '""'
        rest = (
            f'","kind":"sent","address":"{address}","port":{port},"transport":"{transport}","protocol":"{protocol}",'
            f'"method":"{method}","path":{path},"bytes":{size},"prev":"'
        )
        with self._lock:
            seq = self._lines + 1
            self._write(f'{{"seq":{seq},"at":"{self._now().isoformat(timespec="microseconds")}{rest}{self._head}"}}')
            self._count_sent(transport, protocol, method, size)
            return seq

    def answered(self, seq: int, address: str, port: int, status: str, size: int = 0) -> None:
        """Record what came back to line ``seq``: a status word and its bytes."""
        self._add("answered", address, port, to=seq, status=status, bytes=size)

    def refused_by_door(self, address: str, port: int, protocol: str, method: str, path: str, why: str) -> None:
        """Record what the door did not let out."""
        self._add("refused-by-door", address, port, protocol=protocol, method=method, path=path, why=why)

    def login_rejected(self, address: str, port: int, protocol: str) -> None:
        """Record that a device rejected the login."""
        self._add("login-rejected", address, port, protocol=protocol)

    def left_alone(self, address: str, why: str) -> None:
        """Record that a device is left alone for the rest of the audit."""
        self._add("left-alone", address, 0, why=why)

    def _add(self, kind: str, address: str, port: int, **more: Any) -> int:
        for key in ("path", "why"):
            if more.get(key):
                more[key] = without_secrets_text(more[key])[:2048]
        with self._lock:
            record = {
                "seq": self._lines + 1,
                "at": self._now().isoformat(timespec="microseconds"),
                "kind": kind,
                "address": address,
                "port": port,
                **more,
                "prev": self._head,
            }
            self._write(_ENCODER.encode(record))
            self._tally(record)
            return self._lines

    def _write(self, body: str) -> None:
        """One line, with its hash, through to the operating system."""
        self._head = hashlib.sha256(body.encode()).hexdigest()
        if self._file is not None:
            os.write(self._file, f'{body[:-1]},"hash":"{self._head}"}}\n'.encode())
        self._lines += 1

    def _tally(self, record: dict[str, Any]) -> None:
        if record["kind"] == "sent":
            self._count_sent(record["transport"], record["protocol"], record["method"], record["bytes"])
        else:
            self._count[record["kind"]] += 1

    def _count_sent(self, transport: str, protocol: str, method: str, size: int) -> None:
        self._count["sent"] += 1
        self._by_protocol[protocol] += 1
        self._count["bytes"] += size
        if transport == "udp":
            self._count["datagrams"] += 1
        elif method == "CONNECT":  # our own and those nmap makes
            self._count["connections"] += 1
        elif protocol != "tls":
            self._count["requests"] += 1

    def close(self) -> None:
        """Close the file; nothing can be sent after."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    # -- reading ------------------------------------------------------------------------------------

    def summary(self) -> HarmRecord:
        """The counts so far. ``closed_after`` and ``pace`` are for the caller to fill in."""
        with self._lock:
            return HarmRecord(
                datagrams=self._count["datagrams"],
                connections=self._count["connections"],
                requests=self._count["requests"],
                bytes_sent=self._count["bytes"],
                by_protocol=dict(sorted(self._by_protocol.items())),
                logins_rejected=self._count["login-rejected"],
                refused_by_door=self._count["refused-by-door"],
                ledger_head=self._head if self._lines else "",
                ledger_lines=self._lines,
            )

    @staticmethod
    def verify(path: Path) -> list[str]:
        """What is wrong with a ledger file, one sentence a line; empty when the chain is whole. Bounded memory."""
        problems: list[str] = []
        head, seq = START, 0
        try:
            with path.open("rb") as file:
                for number, raw in enumerate(file, 1):
                    record = _line_of(raw)
                    if record is None:
                        problems.append(f"line {number} is no ledger line")
                        continue
                    seq += 1
                    if record["seq"] != seq:
                        problems.append(f"line {number}: expected seq {seq}, found {record['seq']}")
                        seq = record["seq"]
                    if record["prev"] != head:
                        problems.append(f"line {number} does not continue the line before it")
                    head = record.pop("hash")
                    if hashlib.sha256(_dumped(record)).hexdigest() != head:
                        problems.append(f"line {number} was changed after it was written")
        except OSError as problem:
            return [f"the ledger cannot be read: {problem.strerror}"]
        return problems


_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


@lru_cache(4096)
def _written(path: str) -> str:
    """A path as it stands in a line; the same few are asked of every device."""
    return _ENCODER.encode(without_secrets_text(path)[:2048])


def _dumped(record: dict[str, Any]) -> bytes:
    return _ENCODER.encode(record).encode()


def _line_of(raw: bytes) -> dict[str, Any] | None:
    """A whole line of a ledger, None for anything else."""
    if not raw.endswith(b"\n"):
        return None
    try:
        record = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    texts = all(isinstance(record.get(key), str) for key in ("at", "kind", "address", "prev", "hash"))
    return record if texts and isinstance(record.get("seq"), int) else None
