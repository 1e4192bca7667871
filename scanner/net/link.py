"""The line to one device, for one thread. Whatever the device does is a reply or a NoAnswer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from scanner.errors import NoAnswer
from scanner.model import Evidence, LoginState
from scanner.net.challenge import Challenge, challenges_of
from scanner.net.guard import Guard, host_of
from scanner.net.login import LoginUse, Refusals
from scanner.net.question import Key, Question
from scanner.net.replies import Banner, Reply, RtspReply, SoapReply, TlsFacts
from scanner.net.tap import Heard
from scanner.secret import Login

if TYPE_CHECKING:
    from scanner.net.session import TokenSession, TokenWay
    from scanner.net.soap import SoapLine
    from scanner.net.web import RawAnswer, WebLine, Wire

T = TypeVar("T")
ONVIF_PATH = "/onvif/device_service"

__all__ = ["ONVIF_PATH", "Link", "Refusals"]


class Link:
    """Made by ``Door.link``; a context manager. While it is open nobody else connects to this address.

    Every method raises NoAnswer when the device does not say what was asked, and CatalogueError (our bug) for a
    request the read-only catalogue does not hold. Calls with ``login=False`` never carry credentials.
    """

    def __init__(self, guard: Guard, address: str, *, login: Login | None, refusals: Refusals | None) -> None:
        self.address = address
        self._guard = guard
        self._open = False
        guard.turns.take(address)
        self._open = True
        self._login = LoginUse(guard, address, login, refusals)
        self._lines: tuple[Wire, WebLine] | None = None
        self._soap: SoapLine | None = None
        self._told: dict[Key, Reply] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up and let the next one in; may be called twice."""
        if not self._open:
            return
        self._open = False
        try:
            if self._lines is not None:
                self._lines[1].close()
        finally:
            self._guard.turns.give_back(self.address)

    def use(self, login: Login | None) -> None:
        """Calls with ``login=True`` carry this login from now on; for a link that was opened before it was known who
        is there."""
        self._login.take(login)

    @property
    def login_state(self) -> LoginState:
        """How far the login got on this link."""
        return self._login.state

    @property
    def login_user(self) -> str:
        """The name of the account whose login this link may use, '' without one."""
        return self._login.login.user if self._login.login is not None else ""

    def evidence_of(self, evidence: str) -> Evidence | None:
        """The record of a reply, by its id."""
        return self._guard.evidence.find(evidence)

    # -- HTTP ---------------------------------------------------------------------------------------

    def get(self, path: str, *, port: int, tls: bool = False, vendor: str, login: bool = False) -> Reply:
        """GET a path (with its query) that is in the catalogue of ``vendor``."""
        self._guard.hold_request(self.address, port, vendor, "GET", path, None)
        return self._counted(lambda: self._web(Question("GET", path, (port, tls)), login, f"GET {path}"))

    def post(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        port: int,
        tls: bool = False,
        vendor: str,
        login: bool = False,
    ) -> Reply:
        """POST a read whose JSON body names a method that is in the catalogue of ``vendor``."""
        entry = self._guard.hold_request(self.address, port, vendor, "POST", path, body)
        asked = Question("POST", path, (port, tls), body, content_type)
        return self._counted(lambda: self._web(asked, login, f"POST {path} ({entry.id})"))

    def session(self, way: TokenWay, *, port: int) -> TokenSession:
        """A session over TLS in which a token stands for the login, not yet open."""
        from scanner.net.session import TokenSession

        return TokenSession(self._guard, self.address, self._login, self._wired(), self._counted, way, port)

    def soap(
        self,
        service: str,
        operation: str,
        *,
        port: int,
        tls: bool = False,
        path: str = ONVIF_PATH,
        params: dict[str, Any] | None = None,
        login: bool = False,
    ) -> SoapReply:
        """Call an ONVIF operation that reads. ``path`` may be an XAddr: only its path is used, on this device."""
        from scanner.net.soap import SoapLine

        self._guard.hold_operation(self.address, port, service, operation)
        if self._soap is None:
            self._soap = SoapLine(self._guard, self.address, self._login, self._web)
        line = self._soap
        return self._counted(lambda: line.call(service, operation, port, tls, path, params or {}, login))

    # -- other protocols ------------------------------------------------------------------------------

    def rtsp(self, port: int, *, tls: bool = False) -> list[RtspReply]:
        """OPTIONS, then DESCRIBE, on one connection and without credentials; at least one reply."""
        from scanner.net import rtsp

        wire = self._alone()
        return self._counted(lambda: rtsp.ask(wire, port, tls=tls))

    def tls_facts(self, port: int) -> TlsFacts:
        """Certificate and versions, from one usual handshake and, unless that one was old already, one old-only."""
        wire = self._alone()
        return self._counted(lambda: self._tls_facts(wire, port))

    def banner(self, port: int, *, limit: int = 64, seconds: float = 2.0) -> Banner:
        """What the device says first when we say nothing; empty when it waits for us."""
        wire = self._alone()
        return self._counted(lambda: self._banner(wire, port, limit, seconds))

    # -- inside -----------------------------------------------------------------------------------------

    def _alone(self) -> Wire:
        """The wire, with no HTTP connection left open beside the one to come."""
        wire, web = self._wired()
        web.close()
        return wire

    def _wired(self) -> tuple[Wire, WebLine]:
        if not self._open:
            raise ValueError("this link is closed")
        if self._lines is None:
            from scanner.net.tcp import Allowance
            from scanner.net.web import WebLine, Wire

            wire = Wire(self._guard, self.address, Allowance())
            self._lines = (wire, WebLine(wire))
        return self._lines

    def _counted(self, exchange: Callable[[], T]) -> T:
        """Run an exchange; its success or failure counts for whether this device is left alone."""
        try:
            result = exchange()
        except NoAnswer as problem:
            self._guard.failed(self.address, problem)
            raise
        self._guard.breaker.answered(self.address)
        return result

    def _web(self, asked: Question, login: bool, label: str) -> Reply:
        """One read, with the login when it is wanted and the device asks for it.

        What the device told everybody on this link is not asked again.
        """
        door, path = asked.door, asked.path
        if login:
            self._login.hold()
        if asked.key in self._told:
            return replace(self._told[asked.key], login=self._login.state)
        challenges = self._login.question(door, path, self._connection) if login else []
        if challenges:
            answer, sent = self._at_once(asked, challenges), True
        else:
            authorization = self._login.again(asked) if login else None
            sent = authorization is not None
            answer = self._exchange(asked, authorization)
            challenges = challenges_of(answer.values("www-authenticate"))
            if login and answer.status == 401 and self._login.usable and not self._login.locked(answer.body):
                if not sent or _is_new_nonce(challenges):
                    answer = self._answered(asked, challenges)
                    sent = True
                else:
                    self._login.rejected(door[0], door)
            elif sent:
                self._judge(answer, door)
            elif answer.status == 401 and not login:
                self._login.met(door, path, self._connection, challenges, answer.body)
        reply = self._kept(answer, door, label, path, sent)
        if reply.status == 200 and reply.complete and not sent:
            self._told[asked.key] = reply
        return reply

    @property
    def _connection(self) -> int:
        """Which connection is open now, counted from 1; 0 when none is."""
        if self._lines is None:
            return 0
        wire, web = self._lines
        return wire.connections if web.is_open else 0

    def _at_once(self, asked: Question, challenges: list[Challenge]) -> RawAnswer:
        """Answer challenges met just before, on the same connection; those of a new one when it had been closed."""
        before = self._connection
        answer = self._exchange(asked, self._login.answer(challenges, asked))
        now = challenges_of(answer.values("www-authenticate"))
        is_another = self._connection not in (0, before) or any(one.stale for one in now)
        if answer.status == 401 and is_another and not self._login.locked(answer.body):
            return self._answered(asked, now)
        self._judge(answer, asked.door)
        return answer

    def _answered(self, asked: Question, challenges: list[Challenge]) -> RawAnswer:
        """Answer a challenge; once more when the device says that only the nonce was too old."""
        for attempt in (1, 2):
            answer = self._exchange(asked, self._login.answer(challenges, asked))
            challenges = challenges_of(answer.values("www-authenticate"))
            stale = any(one.stale for one in challenges)
            if not (answer.status == 401 and stale and attempt == 1):
                break
        self._judge(answer, asked.door)
        return answer

    def _judge(self, answer: RawAnswer, door: tuple[int, bool]) -> None:
        """What an answer to credentials says about them."""
        port = door[0]
        if answer.status in (401, 403) and self._login.locked(answer.body):
            self._guard.ledger.login_rejected(self.address, port, "http")
        elif answer.status == 401:
            self._login.rejected(port, door)
        elif answer.status == 403:
            self._login.forbidden(port)
        elif answer.status < 500:
            self._login.accepted()

    def _exchange(self, asked: Question, authorization: bytes | None) -> RawAnswer:
        tap = self._guard.tap
        if tap is None:
            return self._sent(asked, authorization)
        port, tls = asked.door
        heard = Heard(
            protocol="http", address=self.address, port=port, tls=tls, method=asked.method, path=asked.path,
            asked=asked.body, content_type=asked.content_type, authorization=authorization or b"",
        )  # fmt: skip
        try:
            answer = self._sent(asked, authorization)
        except NoAnswer as silence:
            tap.heard(replace(heard, silence=silence))
            raise
        tap.heard(answer.to(heard))
        return answer

    def _sent(self, asked: Question, authorization: bytes | None) -> RawAnswer:
        wire, web = self._wired()
        port, tls = asked.door
        headers = dict(asked.headers)
        if authorization is not None:
            headers["Authorization"] = authorization
        try:
            return web.exchange(asked.method, asked.path, port=port, tls=tls, body=asked.body or None, headers=headers)
        except NoAnswer as problem:
            if problem.why != "malformed" or asked.method != "GET" or authorization is not None:
                raise
            from scanner.net import plain_http

            return plain_http.fetch(wire, asked.path, port=port, tls=tls)

    def _kept(self, answer: RawAnswer, door: tuple[int, bool], label: str, path: str, sent: bool) -> Reply:
        port, tls = door
        seen_at = self._guard.now()
        evidence = self._guard.evidence.keep(self.address, port, label, str(answer.status), answer.as_bytes(), seen_at)
        if self._guard.tap is not None:
            self._guard.tap.kept(self.address, evidence)
        return Reply(
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            evidence=evidence,
            seen_at=seen_at,
            url=f"{'https' if tls else 'http'}://{host_of(self.address, port)}{path}",
            login=self._login.state,
            sent_login=sent,
            complete=answer.complete,
            limits=self._guard.limits,
        )

    def _tls_facts(self, wire: Wire, port: int) -> TlsFacts:
        from scanner.net import secure

        with wire.handshake(wire.connect(port), port) as line:
            der = line.getpeercert(binary_form=True) or b""
            versions = [line.version() or "unknown"]
        if versions[0] not in ("TLSv1", "TLSv1.1"):
            try:
                with wire.handshake(wire.connect(port), port, "legacy") as line:
                    versions.append(line.version() or "unknown")
            except NoAnswer as problem:
                if problem.why != "tls-failed":
                    raise
        evidence = self._guard.evidence.keep(self.address, port, "TLS handshake", "handshake", der, self._guard.now())
        if self._guard.tap is not None:
            self._guard.tap.heard(
                Heard(
                    protocol="tls",
                    address=self.address,
                    port=port,
                    tls=True,
                    data=der,
                    versions=tuple(versions),
                    evidence=evidence,
                )
            )
        return secure.facts_of(der, tuple(sorted(versions)), evidence)

    def _banner(self, wire: Wire, port: int, limit: int, seconds: float) -> Banner:
        with wire.connect(port) as line:
            wire.allowance.start(seconds, seconds, limit)
            try:
                data = line.recv(limit)
            except TimeoutError:
                data = b""
            except ConnectionError as problem:
                raise NoAnswer("closed-early", host_of(self.address, port)) from problem
        evidence = self._guard.evidence.keep(
            self.address, port, "connect, nothing sent", "banner" if data else "silence", data, self._guard.now()
        )
        if self._guard.tap is not None:
            self._guard.tap.heard(
                Heard(protocol="banner", address=self.address, port=port, data=data, evidence=evidence)
            )
        return Banner(data, evidence)


def _is_new_nonce(challenges: list[Challenge]) -> bool:
    """A login that was accepted is rejected with a fresh nonce: nonces end, and not every device says ``stale``."""
    return any(one.is_usable_digest for one in challenges)
