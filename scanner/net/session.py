"""A login by token: user and password once in the body of a request, over TLS only; a token, given back at the end.

It counts like every other login (``scanner.net.login``): one rejection ends its use, in later audits too. Neither
password nor token comes to the ledger, the evidence or a message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self

from scanner.errors import NoAnswer
from scanner.evidence.redaction import REMOVED, without_secrets_text
from scanner.net.guard import Guard, host_of
from scanner.net.limits import Limits
from scanner.net.login import LoginUse
from scanner.net.replies import Reply
from scanner.net.tap import Heard

if TYPE_CHECKING:
    from scanner.net.web import RawAnswer, WebLine, Wire

_TOKEN = re.compile(r"[A-Za-z0-9]{1,128}")
"""A token goes into the address of every request: one with other characters could ask for something else."""

Exchange = Callable[[], "RawAnswer"]


class TokenWay(Protocol):
    """How the devices of one maker take such a login. Paths are as the catalogue has them, without the token."""

    vendor: str
    login_path: str
    logout_path: str
    logout_body: bytes

    def login_body(self, user: str, password: str) -> bytes:
        """The request that carries the login."""
        ...

    def token_of(self, body: bytes, limits: Limits) -> str:
        """The token of a reply; NoAnswer ``login-refused`` when the login is wrong, another when it cannot be told."""
        ...

    def with_token(self, path: str, token: str) -> str:
        """The path with the token in it."""
        ...


class TokenSession:
    """Made by ``Link.session``. ``open`` logs in; ``close`` has to be called then, and logs out.

    ``left_open`` says why the session could not be ended; the device ends it by itself after its lease.
    """

    def __init__(
        self,
        guard: Guard,
        address: str,
        login: LoginUse,
        lines: tuple[Wire, WebLine],
        counted: Callable[[Exchange], RawAnswer],
        way: TokenWay,
        port: int,
    ) -> None:
        self.left_open: NoAnswer | None = None
        self.sent = 0
        self._guard = guard
        self._address = address
        self._login = login
        self._wire, self._web = lines
        self._counted = counted
        self._way = way
        self._port = port
        self._token = ""
        self._hidden: tuple[bytes, ...] = ()

    @property
    def user(self) -> str:
        """The account, which some commands name."""
        return self._login.login.user if self._login.login is not None else ""

    def open(self) -> Self:
        """Log in, once; NoAnswer ``no-login``, ``login-refused``, ``login-locked`` or what the device did instead."""
        user, password = self._login.token_user()
        way = self._way
        body = way.login_body(user, password)
        entry = self._guard.hold_request(self._address, self._port, way.vendor, "POST", way.login_path, body)
        self._hidden = (password.encode(),) if len(password) >= 4 else ()
        self._web.close()  # on a kept connection that had ended meanwhile the login would be sent twice
        answer = self._exchange(way.login_path, body)
        try:
            self._token = self._granted(answer)
        finally:
            self._hidden = (*self._hidden, *((self._token.encode(),) if self._token else ()))
            self._kept(answer, f"POST {way.login_path} ({entry.id})", way.login_path)
        self._wire.hidden = self._token
        return self

    def close(self) -> None:
        """Log out; may be called twice."""
        if not self._token:
            return
        try:
            self.post(self._way.logout_path, self._way.logout_body)
        except NoAnswer as silence:
            self.left_open = silence
        finally:
            self._token = self._wire.hidden = ""

    def post(self, path: str, body: bytes) -> Reply:
        """One reading POST with the token; raises NoAnswer, CatalogueError for what the catalogue does not hold."""
        entry = self._guard.hold_request(self._address, self._port, self._way.vendor, "POST", path, body)
        answer = self._exchange(self._way.with_token(path, self._token), body)
        return self._kept(answer, f"POST {path} ({entry.id})", path)

    def _granted(self, answer: RawAnswer) -> str:
        """The token of the answer to the login; what it says about the login is noted."""
        if answer.status in (401, 403) or answer.status < 300:
            if self._login.locked(answer.body):
                self._guard.ledger.login_rejected(self._address, self._port, "http")
                raise NoAnswer("login-locked", "the device says that logins are locked")
            if answer.status >= 400:
                self._login.rejected(self._port)
                raise NoAnswer("login-refused", f"HTTP status {answer.status}")
        if answer.status >= 300:
            raise NoAnswer("malformed", f"HTTP status {answer.status} to the login")
        try:
            token = self._way.token_of(answer.body, self._guard.limits)
        except NoAnswer as silence:
            if silence.why == "login-refused":
                self._login.rejected(self._port)
            raise
        if not _TOKEN.fullmatch(token):
            raise NoAnswer("malformed", "the token has characters that no token has")
        self._login.accepted()
        return token

    def _exchange(self, path: str, body: bytes) -> RawAnswer:
        self.sent += 1
        headers: dict[str, str | bytes] = {"Content-Type": "application/json"}
        asked = Heard(
            protocol="http",
            address=self._address,
            port=self._port,
            tls=True,
            method="POST",
            path=without_secrets_text(path),
            asked=self._without_secrets(body),
            content_type="application/json",
        )
        try:
            answer = self._counted(
                lambda: self._web.exchange("POST", path, port=self._port, tls=True, body=body, headers=headers)
            )
        except NoAnswer as silence:
            clean = self._without_secrets(silence.detail.encode()).decode()
            quiet = NoAnswer(silence.why, clean)
            self._tell(replace(asked, silence=quiet))
            raise quiet from None  # the causes may hold the address with its token
        self._tell(answer.to(asked))
        return answer

    def _tell(self, one: Heard) -> None:
        if self._guard.tap is not None:
            self._guard.tap.heard(one)

    def _kept(self, answer: RawAnswer, label: str, path: str) -> Reply:
        seen_at = self._guard.now()
        data = self._without_secrets(answer.as_bytes())
        evidence = self._guard.evidence.keep(self._address, self._port, label, str(answer.status), data, seen_at)
        if self._guard.tap is not None:
            self._guard.tap.kept(self._address, evidence)
        return Reply(
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            evidence=evidence,
            seen_at=seen_at,
            url=f"https://{host_of(self._address, self._port)}{path}",
            login=self._login.state,
            sent_login=True,
            complete=answer.complete,
            limits=self._guard.limits,
        )

    def _without_secrets(self, data: bytes) -> bytes:
        for secret in self._hidden:
            data = data.replace(secret, REMOVED)
        return data
