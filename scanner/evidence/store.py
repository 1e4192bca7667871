"""Where evidence lies: ``<directory>/ab/abcdef...`` named by the sha256 of the redacted bytes.

Files are 0600 in directories of 0700. Equal replies are kept once. Writing is atomic: a blob that is there is whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets as random
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from scanner.errors import InputError, Place
from scanner.evidence.redaction import Revealing, without_secrets, without_secrets_text
from scanner.model import Evidence

EXCERPT_CHARACTERS = 240
_UNPRINTABLE = re.compile("[^\x20-\x7e\xa1-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc]+")
_TURNING = re.compile("[\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


class EvidenceSink(Protocol):
    """Takes replies and gives back the id of their record. Thread-safe."""

    def keep(self, address: str, port: int, request: str, status: str, data: bytes, seen_at: datetime) -> str:
        """Keep one reply; ``Evidence.id``."""

    def find(self, evidence: str) -> Evidence | None:
        """The record with this id."""


def excerpt_of(data: bytes) -> str:
    """The first printable characters of a reply; runs of anything else become one blank."""
    text = data[: EXCERPT_CHARACTERS * 4].decode("utf-8", "replace")
    return _TURNING.sub("", _UNPRINTABLE.sub(" ", text)).strip()[:EXCERPT_CHARACTERS]


class MemoryEvidence:
    """Evidence in memory, for small runs. ``records`` and ``blobs`` may be read any time."""

    def __init__(self, secrets: Iterable[Revealing] = ()) -> None:
        self.records: dict[str, Evidence] = {}
        self.blobs: dict[str, bytes] = {}
        self._secrets = tuple(secrets)
        self._lock = threading.Lock()

    def keep(self, address: str, port: int, request: str, status: str, data: bytes, seen_at: datetime) -> str:
        """See EvidenceSink."""
        clean = without_secrets(data, self._secrets)
        record = _record(address, port, request, status, clean, seen_at)
        self._write(record.blob, clean)
        with self._lock:
            self._remember(record)
        return record.id

    def find(self, evidence: str) -> Evidence | None:
        """See EvidenceSink."""
        with self._lock:
            return self.records.get(evidence)

    def read(self, evidence: str) -> bytes:
        """The redacted bytes of a record; KeyError for an unknown id."""
        with self._lock:
            return self.blobs[self.records[evidence].blob]

    def _write(self, blob: str, data: bytes) -> None:
        self.blobs[blob] = data

    def _remember(self, record: Evidence) -> None:
        self.records[record.id] = record


class EvidenceStore(MemoryEvidence):
    """Evidence as files. ``on_kept`` is called with each new record, from the thread that kept it.

    ``hold=False`` does not keep the records in memory (``find`` then knows nothing): for audits of thousands of
    devices whose records go to a database by ``on_kept``.
    """

    def __init__(
        self,
        directory: Path,
        *,
        secrets: Iterable[Revealing] = (),
        on_kept: Callable[[Evidence], None] | None = None,
        hold: bool = True,
    ) -> None:
        super().__init__(secrets)
        self.directory = directory
        self._on_kept = on_kept
        self._hold = hold
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise InputError(f"evidence cannot be kept: {problem.strerror}", Place(directory)) from None

    def keep(self, address: str, port: int, request: str, status: str, data: bytes, seen_at: datetime) -> str:
        """See EvidenceSink."""
        clean = without_secrets(data, self._secrets)
        record = _record(address, port, request, status, clean, seen_at)
        self._write(record.blob, clean)
        if self._hold:
            with self._lock:
                self._remember(record)
        if self._on_kept is not None:
            self._on_kept(record)
        return record.id

    def read(self, evidence: str) -> bytes:
        """The redacted bytes of a record; KeyError for an unknown id."""
        with self._lock:
            blob = self.records[evidence].blob
        return self.blob(blob)

    def blob(self, blob: str) -> bytes:
        """The bytes under a sha256; KeyError when they are not there."""
        try:
            return self._path(blob).read_bytes()
        except (FileNotFoundError, ValueError):
            raise KeyError(blob) from None

    def _path(self, blob: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", blob):
            raise ValueError("expected a sha256 in hexadecimal")
        return self.directory / blob[:2] / blob

    def _write(self, blob: str, data: bytes) -> None:
        path = self._path(blob)
        if path.exists():
            return
        path.parent.mkdir(mode=0o700, exist_ok=True)
        draft = path.with_name(f".{blob[:16]}.{os.getpid()}.{random.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
        draft.replace(path)


@lru_cache(4096)
def _request(label: str) -> str:
    """What was asked, without secrets; the same few questions go to every device."""
    return without_secrets_text(label)


def _record(address: str, port: int, request: str, status: str, clean: bytes, seen_at: datetime) -> Evidence:
    blob = hashlib.sha256(clean).hexdigest()
    request = _request(request)
    anchor = f"{address} {port} {request} {status} {seen_at.isoformat()} {blob}"
    return Evidence(
        id="e-" + hashlib.sha256(anchor.encode()).hexdigest()[:14],
        address=address,
        port=port,
        request=request,
        status=status,
        seen_at=seen_at,
        blob=blob,
        size=len(clean),
        excerpt=excerpt_of(clean),
    )
