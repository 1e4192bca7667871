"""The rules for credentials on one link: asked for first, sent once, and after one rejection never again.

A login that was accepted is known to be right: a later refusal of one page means that it lacks the right to
it. Three of those in a row without an acceptance between end the use of the login all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from scanner.errors import NoAnswer
from scanner.model import LoginState
from scanner.net.challenge import Challenge, DigestAnswers, basic_answer, says_locked
from scanner.net.guard import Guard
from scanner.net.question import Door, Question
from scanner.refusals import of_onvif
from scanner.secret import Login

LATE_REJECTIONS = 3


class Refusals(Protocol):
    """Remembers which login was refused where, over audits."""

    def refused(self, address: str, login: Login) -> bool:
        """True when this login was refused at this address before."""

    def remember(self, address: str, login: Login) -> None:
        """Keep that this login was refused at this address."""


@dataclass
class LoginUse:
    """The login of one link and how far it got."""

    guard: Guard
    address: str
    login: Login | None
    refusals: Refusals | None
    state: LoginState = "untried"
    _nonces: dict[Door, DigestAnswers] = field(default_factory=dict)
    _met: dict[tuple[Door, str], tuple[int, list[Challenge]]] = field(default_factory=dict)
    _basic_doors: set[Door] = field(default_factory=set)
    _late: int = 0

    def __post_init__(self) -> None:
        self.take(self.login)

    def take(self, login: Login | None) -> None:
        """Use this login from now on; for a link that began without one."""
        self.login = login
        self.state = "untried"
        if login is None:
            self.state = "none-given"
        elif self.refusals is not None and self.refusals.refused(self.address, login):
            self.state = "remembered-refusal"

    @property
    def usable(self) -> bool:
        """True while credentials may be sent."""
        return self.login is not None and self.state in ("untried", "accepted")

    def hold(self) -> None:
        """NoAnswer when the login was refused: the page behind it is not even asked for."""
        if self.state in ("refused", "remembered-refusal"):
            when = "in an earlier audit" if self.state == "remembered-refusal" else "before"
            raise NoAnswer("login-refused", f"the login was refused {when} and is not sent again")
        if self.state == "locked":
            raise NoAnswer("login-locked", "the account or our address is locked")

    def again(self, asked: Question) -> bytes | None:
        """``Authorization`` for a door (port, TLS) where the login was accepted before, else None."""
        if not self.usable or self.state != "accepted" or self.login is None:
            return None
        if asked.door in self._basic_doors:
            return basic_answer(self.login.user, self.login.password.reveal())
        answers = self._nonces.get(asked.door)
        return self._digest(answers, self.login, asked) if answers is not None else None

    def met(self, door: Door, path: str, connection: int, challenges: list[Challenge], body: bytes) -> None:
        """A request without a login met these challenges on a connection; nothing is kept of a refusal that says that
        the account is locked."""
        if any(one.is_usable_digest for one in challenges) and not says_locked(body):
            self._met[door, _space(path)] = connection, challenges

    def question(self, door: Door, path: str, connection: int) -> list[Challenge]:
        """The challenges a first login may answer at once: met on this very connection for the same part of the web
        server, whose accounts may be others than those of the next. Each once."""
        number, challenges = self._met.pop((door, _space(path)), (0, []))
        return challenges if self.state == "untried" and number == connection else []

    def answer(self, challenges: list[Challenge], asked: Question) -> bytes:
        """``Authorization`` for the challenges of a 401; NoAnswer ``insecure-login`` or ``malformed``."""
        if self.login is None:
            raise NoAnswer("no-login")
        digest = next((one for one in challenges if one.is_usable_digest), None)
        if digest is not None:
            answers = self._nonces[asked.door] = DigestAnswers(digest)
            return self._digest(answers, self.login, asked)
        if not any(one.scheme == "basic" for one in challenges):
            offered = ", ".join(one.scheme for one in challenges)[:80] or "nothing"
            raise NoAnswer("malformed", f"asks for a login in no way that can be answered: {offered}")
        if not (asked.door[1] or self.login.allow_basic):
            raise NoAnswer("insecure-login", "the device offers only Basic over clear HTTP")
        self._basic_doors.add(asked.door)
        return basic_answer(self.login.user, self.login.password.reveal())

    @staticmethod
    def _digest(answers: DigestAnswers, login: Login, asked: Question) -> bytes:
        return answers.answer(login.user, login.password.reveal(), asked.method, asked.path, asked.body)

    def token_user(self) -> tuple[str, str]:
        """User and password for a WS-Security token digest; NoAnswer when there is no usable login."""
        self.hold()
        if self.login is None:
            raise NoAnswer("no-login")
        return self.login.user, self.login.password.reveal()

    def locked(self, body: bytes) -> bool:
        """True, and remembered for this link, when a refusal says that the account is locked."""
        if says_locked(body):
            self.state = "locked" if self.login is not None else self.state
            return True
        return False

    def accepted(self) -> None:
        """The device let the login in."""
        self.state = "accepted"
        self._late = 0

    def forbidden(self, port: int) -> None:
        """The device answered 403 to the login: a lock (Dahua says it so) unless the login is known to be right."""
        if self.state != "accepted":
            self.state = "locked"
            self.guard.ledger.login_rejected(self.address, port, "http")

    def rejected(self, port: int, door: Door | None = None) -> None:
        """The device rejected the login."""
        self.guard.ledger.login_rejected(self.address, port, "http")
        if door is not None:
            self._nonces.pop(door, None)
            self._basic_doors.discard(door)
        if self.state == "accepted":
            self._late += 1
            if self._late >= LATE_REJECTIONS:
                self.state = "refused"
            return
        self.state = "refused"
        if self.refusals is not None and self.login is not None:
            self.refusals.remember(self.address, self.login)

    @property
    def refused_by_onvif(self) -> bool:
        """True when the ONVIF accounts of this device are known not to be those of its web pages."""
        known = self.refusals is not None and self.login is not None
        return known and self.refusals.refused(of_onvif(self.address), self.login)  # type: ignore[union-attr, arg-type]

    def rejected_by_onvif(self) -> None:
        """ONVIF rejected a login that the web pages take: it has accounts of its own, and is not asked again."""
        if self.refusals is not None and self.login is not None:
            self.refusals.remember(of_onvif(self.address), self.login)

    def forget_nonce(self, door: Door) -> None:
        """The nonce of this door is used up."""
        self._nonces.pop(door, None)


def _space(path: str) -> str:
    """The first part of a path: ``/ISAPI`` of ``/ISAPI/System/time``."""
    return "/" + path.lstrip("/").partition("?")[0].partition("/")[0]
