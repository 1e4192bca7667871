"""The login gate of a virtual device: Digest (RFC 7616), Basic, WS-UsernameToken, and a lock that counts.

Only rejected credentials count; a missing login does not. All protocols of a device share one gate.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from scanner.lab.words import Lock

Verdict: TypeAlias = Literal["accepted", "missing", "stale", "rejected", "locked"]

NONCE_SECONDS = 300.0
TOKEN_WINDOW_SECONDS = 300.0  # how far a token's time may be from the device's own clock
_FIELD = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass
class Gate:
    """One device's door-keeper. ``user`` and ``password`` are what it accepts."""

    user: str
    password: str
    lock: Lock
    algorithms: tuple[str, ...] = ("MD5",)
    takes_basic: bool = False
    locked_from_start: bool = False
    rejected: int = 0
    failures: int = 0
    locked_until: float = 0.0
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    tokens_seen: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)  # tokens given out and not given back

    def __post_init__(self) -> None:
        if self.locked_from_start:
            self.locked_until = time.monotonic() + self.lock.seconds

    @property
    def locked(self) -> bool:
        return time.monotonic() < self.locked_until

    @property
    def seconds_left(self) -> int:
        return max(0, int(self.locked_until - time.monotonic()))

    @property
    def tries_left(self) -> int:
        return max(0, self.lock.attempts - self.failures)

    def challenges(
        self, realm: str, *, stale: bool = False, basic: bool = False, capital_stale: bool = False
    ) -> list[str]:
        """WWW-Authenticate values, strongest first."""
        flag = ("TRUE" if stale else "FALSE") if capital_stale else ("true" if stale else "false")
        values = []
        for algorithm in self.algorithms:
            named = "" if self.algorithms == ("MD5",) else f", algorithm={algorithm}"
            values.append(f'Digest realm="{realm}", qop="auth", nonce="{self._nonce()}"{named}, stale={flag}')
        if basic or self.takes_basic:
            values.append(f'Basic realm="{realm}"')
        return values

    def check_http(self, header: str | None, method: str, target: str, realm: str) -> Verdict:
        """Judge an Authorization header and count a rejection."""
        if header is None:
            return "missing"
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "digest":
            return self._count(self._digest(rest, method, target, realm))
        if scheme.lower() == "basic":
            return self._count("accepted" if self.takes_basic and self._basic(rest) else "rejected")
        return self._count("rejected")

    def check_token(self, user: str, kind: str, password: str, nonce: str, created: str, now: datetime) -> Verdict:
        """Judge a WS-UsernameToken against the device's own clock and count a rejection."""
        if not kind.endswith("PasswordDigest"):
            return self._count("accepted" if (user, password) == (self.user, self.password) else "rejected")
        try:
            raw_nonce = base64.b64decode(nonce, validate=True)
            made = datetime.fromisoformat(created.replace("Z", "+00:00"))
        except (binascii.Error, ValueError):
            return self._count("rejected")
        digest = hashlib.sha1(raw_nonce + created.encode() + self.password.encode()).digest()  # noqa: S324 # the standard
        fits = user == self.user and hmac.compare_digest(base64.b64encode(digest).decode(), password.strip())
        fresh = made.tzinfo is not None and abs((made - now).total_seconds()) <= TOKEN_WINDOW_SECONDS
        if fits and fresh and nonce + created not in self.tokens_seen:
            self.tokens_seen.add(nonce + created)
            return self._count("accepted")
        return self._count("rejected")

    def _count(self, verdict: Verdict) -> Verdict:
        if verdict in ("missing", "stale"):
            return verdict
        if self.locked:
            self.rejected += 1
            return "locked"
        if verdict == "accepted":
            self.failures = 0
            return verdict
        self.rejected += 1
        self.failures += 1
        if self.lock.enabled and self.failures >= self.lock.attempts:
            self.locked_until = time.monotonic() + self.lock.seconds
        return "rejected"

    def _nonce(self) -> str:
        stamp = f"{time.monotonic():.3f}"
        mark = hmac.new(self.secret, stamp.encode(), hashlib.sha256).hexdigest()[:24]
        return base64.b64encode(f"{stamp}:{mark}".encode()).decode()

    def _nonce_state(self, nonce: str) -> Literal["ours", "old", "foreign"]:
        try:
            stamp, _, mark = base64.b64decode(nonce, validate=True).decode().partition(":")
            made = float(stamp)
        except (binascii.Error, ValueError):
            return "foreign"
        if not hmac.compare_digest(hmac.new(self.secret, stamp.encode(), hashlib.sha256).hexdigest()[:24], mark):
            return "foreign"
        return "ours" if time.monotonic() - made <= NONCE_SECONDS else "old"

    def _digest(self, rest: str, method: str, target: str, realm: str) -> Verdict:
        fields = {m[1].lower(): m[2] if m[2] is not None else m[3] for m in _FIELD.finditer(rest)}
        algorithm = fields.get("algorithm", "MD5").upper()
        if algorithm not in self.algorithms or not {"username", "realm", "nonce", "uri", "response"} <= fields.keys():
            return "rejected"
        state = self._nonce_state(fields["nonce"])
        if state == "foreign" or fields["uri"] != target or fields["realm"] != realm:
            return "rejected"

        def hashed(text: str) -> str:
            return _HASHES[algorithm](text.encode()).hexdigest()

        first = hashed(f"{self.user}:{realm}:{self.password}")
        second = hashed(f"{method}:{target}")
        if "qop" in fields:
            middle = ":".join(fields.get(name, "") for name in ("nonce", "nc", "cnonce", "qop"))
            expected = hashed(f"{first}:{middle}:{second}")
        else:
            expected = hashed(f"{first}:{fields['nonce']}:{second}")
        if fields["username"] != self.user or not hmac.compare_digest(expected, fields["response"].lower()):
            return "rejected"
        return "stale" if state == "old" else "accepted"

    def _basic(self, rest: str) -> bool:
        try:
            given = base64.b64decode(rest.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return given == f"{self.user}:{self.password}"
