"""A password that does not print, and the account it belongs to."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import NoReturn


class Secret:
    """A text that does not print, pickle or serialise. ``reveal()`` where it is used, nowhere else."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(hidden)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written anywhere")


@dataclass(frozen=True)
class Login:
    """One account. ``name`` says where it came from, for messages; ``allow_basic`` permits Basic over clear HTTP."""

    user: str
    password: Secret
    name: str = ""
    allow_basic: bool = False
    _fingerprints: dict[bytes, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def fingerprint(self, key: bytes = b"") -> str:
        """Tells two logins apart without telling what they are; changes when user or password change.

        Slow on purpose (scrypt): who gets hold of the memory of refusals should not find passwords in it.
        """
        if key not in self._fingerprints:
            text = f"{len(self.user)}:{self.user}{self.password.reveal()}".encode()
            digest = hashlib.scrypt(text, salt=b"camaudit login" + key, n=1 << 14, r=8, p=1, dklen=16)
            self._fingerprints[key] = digest.hex()
        return self._fingerprints[key]
