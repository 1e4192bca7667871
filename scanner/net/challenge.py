"""``WWW-Authenticate`` as devices write it, and the answers to it (RFC 7616, RFC 7617).

Seen in the field: several challenges in one header and in several, values without quotes, no qop, no nonce,
``stale="FALSE"`` in capitals, MD5-sess. Pure functions.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_PARAM = re.compile(r"""[\s,]*([A-Za-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)(?:"|$)|([^\s,"]*))""", re.DOTALL)
_SCHEME = re.compile(r"[\s,]*([A-Za-z][\w-]*)(?=[\s,]|$)")
_MOST_CHARACTERS = 8192

_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "SHA-512-256": lambda data: hashlib.new("sha512_256", data).hexdigest(),
}


@dataclass(frozen=True)
class Challenge:
    """One challenge; scheme and parameter names in lower case."""

    scheme: str
    params: dict[str, str] = field(default_factory=dict)

    @property
    def realm(self) -> str:
        """The realm, '' where none is given."""
        return self.params.get("realm", "")

    @property
    def stale(self) -> bool:
        """True when only the nonce is too old and the login itself is right."""
        return self.params.get("stale", "").lower() == "true"

    @property
    def algorithm(self) -> str:
        """Without ``-SESS``, in capitals; MD5 where none is named."""
        return (self.params.get("algorithm") or "MD5").upper().removesuffix("-SESS")

    @property
    def is_usable_digest(self) -> bool:
        """True when it can be answered: it has a nonce and an algorithm we know."""
        return self.scheme == "digest" and bool(self.params.get("nonce")) and self.algorithm in _HASHES


def challenges_of(values: Iterable[str]) -> list[Challenge]:
    """All challenges of a reply, in order."""
    found: list[Challenge] = []
    for value in values:
        text, at = value[:_MOST_CHARACTERS], 0
        while at < len(text):
            param = _PARAM.match(text, at)
            if param and found:
                given = re.sub(r"\\(.)", r"\1", param[2]) if param[2] is not None else param[3]
                found[-1].params.setdefault(param[1].lower(), given)
                at = param.end()
                continue
            scheme = _SCHEME.match(text, at)
            if scheme:
                found.append(Challenge(scheme[1].lower()))
                at = scheme.end()
            else:
                at += 1
    return found


@dataclass
class DigestAnswers:
    """Answers to one digest challenge, counting the use of its nonce.

    One nonce of ours for all of them: the session of ``-sess`` is that of the first, and each is told by its count.
    """

    challenge: Challenge
    uses: int = 0
    cnonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def answer(self, user: str, password: str, method: str, target: str, body: bytes = b"") -> bytes:
        """The value of ``Authorization`` for the next request."""
        self.uses += 1
        params = self.challenge.params
        hashed = _HASHES[self.challenge.algorithm]
        nonce, count, cnonce = params["nonce"], f"{self.uses:08x}", self.cnonce
        first = hashed(f"{user}:{self.challenge.realm}:{password}".encode())
        if (params.get("algorithm") or "").upper().endswith("-SESS"):
            first = hashed(f"{first}:{nonce}:{cnonce}".encode())
        offered = [word.strip().lower() for word in params.get("qop", "").split(",") if word.strip()]
        qop = "auth" if "auth" in offered else offered[0] if offered else ""
        second = f"{method}:{target}" + (f":{hashed(body)}" if qop == "auth-int" else "")
        middle = f"{nonce}:{count}:{cnonce}:{qop}" if qop else nonce
        response = hashed(f"{first}:{middle}:{hashed(second.encode())}".encode())
        parts = [
            f'username="{_quoted(user)}"',
            f'realm="{_quoted(self.challenge.realm)}"',
            f'nonce="{_quoted(nonce)}"',
            f'uri="{target}"',
            f'response="{response}"',
        ]
        if params.get("algorithm"):
            parts.append(f"algorithm={params['algorithm']}")
        if "opaque" in params:
            parts.append(f'opaque="{_quoted(params["opaque"])}"')
        if qop:
            parts += [f"qop={qop}", f"nc={count}", f'cnonce="{cnonce}"']
        return ("Digest " + ", ".join(parts)).encode()


def basic_answer(user: str, password: str) -> bytes:
    """The value of ``Authorization`` for Basic."""
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


def _quoted(text: str) -> str:
    if text.isalnum():
        return text
    return re.sub(r'(["\\])', r"\\\1", re.sub(r"[\x00-\x1f\x7f]", "", text))


_LOCKED = re.compile(
    rb"<lockStatus[^<>]*>\s*lock\s*<|[\"']lockStatus[\"']\s*:\s*[\"']lock[\"']|\b268632081\b"
    rb"|remainLockSecond[\"'\s:=]+[1-9]"
    rb"|\b(?:user|account|address|ip|login)\b[^<\r\n]{0,30}\b(?:is |has been )?locked\b",
    re.IGNORECASE,
)


def says_locked(body: bytes) -> bool:
    """True when a refusal says that the account or our address is locked (Hikvision userCheck, Dahua 268632081)."""
    return bool(_LOCKED.search(body[:65_536]))
