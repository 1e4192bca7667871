"""Credentials: asked for first, sent once, never in clear, never again after a rejection."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from socket import socket

import pytest
from doors import CANARY, door, login, silence
from tiny_servers import TinyServer, page, reply, server_context

from scanner.errors import NoAnswer
from scanner.evidence import EvidenceStore
from scanner.logins import RefusalMemory
from scanner.net import Ledger, Reply
from scanner.net.catalogue import Catalogue
from scanner.net.challenge import Challenge, challenges_of, says_locked

ADDRESS = "127.31.2.1"
PATH = "/ISAPI/System/deviceInfo"
Answer = tuple[bytes, str, tuple[str, ...]]


class Guarded:
    """A page behind Digest; ``variant`` is the rest of the challenge. Counts what it rejected and accepted."""

    def __init__(
        self, variant: str = ', qop="auth"', algorithm: str = "", password: str = CANARY, **more: object
    ) -> None:
        self.variant = variant + (f", algorithm={algorithm}" if algorithm else "")
        self.algorithm = algorithm
        self.password = password
        self.before: list[str] = list(more.get("before", ()))  # type: ignore[call-overload]
        self.nonce_uses = int(more.get("nonce_uses", 1000))  # type: ignore[call-overload]
        self.says_stale = bool(more.get("says_stale", True))
        self.nonces: dict[str, int] = {}
        self.accepted = 0
        self.rejected = 0

    def __call__(self, _server: TinyServer, connection: socket, request: bytes) -> None:
        connection.sendall(reply(*self.answer(request.decode())))

    def answer(self, request: str) -> tuple[bytes, str, str] | tuple[bytes, str]:
        header = re.search(r"(?im)^authorization: (.*?)\r$", request)
        if header is None:
            return self.challenge(stale=False)
        params = challenges_of([header[1]])[0].params
        hashed: Callable[[str], str] = lambda text: getattr(  # noqa: E731
            hashlib, "sha256" if "SHA-256" in self.algorithm else "md5"
        )(text.encode()).hexdigest()
        first = hashed(f"auditor:cam:{self.password}")
        if self.algorithm.lower().endswith("-sess"):
            first = hashed(f"{first}:{params['nonce']}:{params['cnonce']}")
        method, path, _ = request.split(" ", 2)
        middle = params["nonce"] + (f":{params['nc']}:{params['cnonce']}:{params['qop']}" if "qop" in params else "")
        right = params["response"] == hashed(f"{first}:{middle}:{hashed(f'{method}:{path}')}")
        if not right or params["uri"] != path:
            self.rejected += 1
            return self.challenge(stale=False)
        self.nonces[params["nonce"]] += 1
        if self.nonces[params["nonce"]] > self.nonce_uses:
            return self.challenge(stale=self.says_stale)
        self.accepted += 1
        return b"<DeviceInfo/>", "200 OK"

    def challenge(self, *, stale: bool) -> tuple[bytes, str, str]:
        nonce = secrets.token_hex(8)
        self.nonces[nonce] = 0
        lines = [
            *self.before,
            f'WWW-Authenticate: Digest realm="cam", nonce="{nonce}"{self.variant}, stale={str(stale).upper()}',
        ]
        return b"", "401 Unauthorized", "\r\n".join(lines)


def read(
    behaviour: Callable[..., None], *, times: int = 1, tls: bool = False, allow_basic: bool = False, **more: object
) -> tuple[Reply, TinyServer, str]:
    context = server_context() if tls else None
    account = login(allow_basic=allow_basic)
    with TinyServer(ADDRESS, behaviour, context=context) as server, door(**more).link(ADDRESS, login=account) as link:
        for _ in range(times):
            answer = link.get(PATH, port=server.port, tls=tls, vendor="first_contact", login=True)
        return answer, server, link.login_state


@pytest.mark.parametrize(
    ("variant", "algorithm"),
    [
        (', qop="auth"', ""), (', qop="auth"', "MD5"), (', qop="auth"', "SHA-256"), (', qop="auth"', "MD5-sess"),
        (', qop="auth"', "SHA-256-sess"), ("", ""), (", qop=auth", ""), (', qop="auth,auth-int"', ""),
        (', opaque=""', ""),
    ],
)  # fmt: skip
def test_every_digest_of_the_field_is_answered(variant: str, algorithm: str) -> None:
    """MD5, SHA-256, -sess, no qop, values without quotes."""
    page_behind = Guarded(variant, algorithm)
    answer, server, state = read(page_behind, times=3)

    assert (answer.status, state, page_behind.rejected) == (200, "accepted", 0)
    assert len(server.requests) == 4  # one without, then the nonce is used again


@pytest.mark.parametrize(
    "before",
    [
        ['WWW-Authenticate: Basic realm="cam"'],
        ['WWW-Authenticate: Digest realm="cam", algorithm=FOO-1, nonce="x"'],
        ["WWW-Authenticate: Negotiate"],
    ],
)
def test_digest_is_found_among_several_challenges(before: list[str]) -> None:
    """Trap: a Basic header before the Digest one, an unknown algorithm, two headers."""
    assert read(Guarded(before=before))[2] == "accepted"


def test_two_challenges_in_one_header() -> None:
    """Trap: Basic and Digest in one header, only some clients log in."""
    found = challenges_of(['Basic realm="a, b", Digest realm=cam, nonce="n=\\"1", qop="auth"'])

    assert [one.scheme for one in found] == ["basic", "digest"]
    assert (found[0].realm, found[1].realm, found[1].params["nonce"]) == ("a, b", "cam", 'n="1')


@pytest.mark.parametrize("says_stale", [True, False])
def test_a_used_up_nonce_is_no_rejection(says_stale: bool) -> None:
    """Nonces end; some devices say stale and some do not. The login stays good."""
    page_behind = Guarded(nonce_uses=2, says_stale=says_stale)
    answer, _, state = read(page_behind, times=6)

    assert (answer.status, state, page_behind.rejected) == (200, "accepted", 0)


def test_one_rejected_attempt_and_never_again() -> None:
    """After one rejection no credential leaves on this link, whatever is asked."""
    page_behind = Guarded(password="another")
    with TinyServer(ADDRESS, page_behind) as server:
        used = door()
        with used.link(ADDRESS, login=login()) as link:
            first = link.get(PATH, port=server.port, vendor="first_contact", login=True)
            for _ in range(3):
                with pytest.raises(NoAnswer) as problem:
                    link.get(PATH, port=server.port, vendor="first_contact", login=True)
            link.get(PATH, port=server.port, vendor="first_contact")

            assert (first.status, link.login_state, problem.value.why) == (401, "refused", "login-refused")
            with pytest.raises(NoAnswer, match="login-refused"):
                first.require_ok()
        assert page_behind.rejected == 1
        assert sum(b"uthorization" in request for request in server.requests) == 1
        assert used.ledger.summary().logins_rejected == 1


PAGES = ("/ISAPI/System/deviceInfo", "/SDK/activateStatus")


@pytest.mark.parametrize(
    ("behind", "asked_before", "requests"),
    [
        (Guarded(), PAGES[:1], 2),  # the challenge just met is answered
        (Guarded(), PAGES[1:], 3),  # that of another part of the web server is not: its accounts may be others
        (Guarded(password="another"), PAGES[:1], 2),
    ],
)
def test_a_challenge_just_met_is_answered_at_once(
    behind: Guarded, asked_before: tuple[str, ...], requests: int
) -> None:
    """First contact met it on the same connection: it is not provoked a second time, and one wrong try stays one."""
    with TinyServer(ADDRESS, behind) as server, door().link(ADDRESS) as link:
        for path in asked_before:
            link.get(path, port=server.port, vendor="first_contact")
        link.use(login())
        answer = link.get(PAGES[0], port=server.port, vendor="first_contact", login=True)

        assert len(server.requests) == requests
        assert (answer.status, behind.rejected) in ((200, 0), (401, 1))
        assert link.login_state == ("refused" if behind.rejected else "accepted")


def test_a_challenge_of_a_closed_connection_is_asked_for_again() -> None:
    """Nonces may end with the connection: an answer to an old one would count as a wrong password."""
    behind = Guarded()

    with TinyServer(ADDRESS, behind) as server, door().link(ADDRESS) as link:
        link.get(PAGES[0], port=server.port, vendor="first_contact")
        link.banner(server.port, seconds=0.1)  # closes what was kept
        link.use(login())
        link.get(PAGES[0], port=server.port, vendor="first_contact", login=True)

        assert [b"uthorization" in request for request in server.requests] == [False, False, True]


def test_a_refusal_is_remembered_over_two_doors(tmp_path: Path) -> None:
    """A second audit with the same login sends nothing; a changed login is another login."""
    page_behind = Guarded(password="another")
    memory = RefusalMemory(tmp_path)
    with TinyServer(ADDRESS, page_behind) as server:
        for expected in ("refused", "remembered-refusal"):
            with door(refusals=memory).link(ADDRESS, login=login()) as link:
                word = silence(lambda link=link: link.get(PATH, port=server.port, vendor="first_contact", login=True))
                assert (link.login_state, word) == (expected, "" if expected == "refused" else "login-refused")
        assert page_behind.rejected == 1
    memory.close()


def test_calls_without_login_never_carry_credentials() -> None:
    """Whatever came before on the link."""
    with TinyServer(ADDRESS, Guarded()) as server, door().link(ADDRESS, login=login()) as link:
        link.get(PATH, port=server.port, vendor="first_contact", login=True)
        link.get(PATH, port=server.port, vendor="first_contact")

        assert b"uthorization" not in server.requests[-1]


def test_basic_over_clear_http_is_refused() -> None:
    """Basic in clear tells the password to the whole network: only over TLS or when the operator allowed it."""
    basic = page(b"", "401 Unauthorized", 'WWW-Authenticate: Basic realm="cam"')
    with pytest.raises(NoAnswer) as problem:
        read(basic)
    assert problem.value.why == "insecure-login"

    for more in ({"tls": True}, {"allow_basic": True}):
        _, server, _ = read(basic, **more)  # type: ignore[arg-type]
        assert base64.b64encode(f"auditor:{CANARY}".encode()) in server.requests[-1]


def test_digest_without_nonce_is_malformed() -> None:
    """Trap: requests raises KeyError."""
    with pytest.raises(NoAnswer) as problem:
        read(page(b"", "401 Unauthorized", 'WWW-Authenticate: Digest realm="cam"'))

    assert problem.value.why == "malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"<userCheck><lockStatus>lock</lockStatus><unlockTime>1750</unlockTime></userCheck>",
        b'{"error":{"code":268632081},"result":false}',
    ],
)
def test_a_lock_is_seen_before_a_password_is_sent(body: bytes) -> None:
    """Hikvision and Dahua say that they are locked: nothing is sent then."""
    locked = page(body, "401 Unauthorized", 'WWW-Authenticate: Digest realm="cam", nonce="n", qop="auth"')
    answer, server, state = read(locked)

    assert (state, len(server.requests)) == ("locked", 1)
    with pytest.raises(NoAnswer, match="login-locked"):
        answer.require_ok()


def test_unlocked_is_not_locked() -> None:
    """The Hikvision body is there in both states."""
    assert not says_locked(b"<userCheck><lockStatus>unlock</lockStatus><unlockTime>0</unlockTime></userCheck>")


def test_a_403_to_the_first_login_stops_it() -> None:
    """A locked Dahua may answer 403 instead of 401: no second try finds out."""

    def behave(_server: TinyServer, connection: socket, request: bytes) -> None:
        if b"uthorization" in request:
            connection.sendall(reply(b"", "403 Forbidden"))
        else:
            connection.sendall(reply(b"", "401 Unauthorized", 'WWW-Authenticate: Digest realm="cam", nonce="n"'))

    answer, _, state = read(behave)
    assert (answer.status, state) == (403, "locked")


def test_a_known_login_without_the_right_is_forbidden() -> None:
    """A login that was accepted and meets a 401 elsewhere lacks a right: not called refused, and ended in time."""
    good = Guarded()

    def behave(server: TinyServer, connection: socket, request: bytes) -> None:
        if request.startswith(b"GET /SDK/"):
            connection.sendall(reply(*good.challenge(stale=False)))
        else:
            good(server, connection, request)

    with TinyServer(ADDRESS, behave) as server, door().link(ADDRESS, login=login()) as link:
        link.get(PATH, port=server.port, vendor="first_contact", login=True)
        closed = link.get("/SDK/language", port=server.port, vendor="first_contact", login=True)
        with pytest.raises(NoAnswer, match="forbidden"):
            closed.require_ok()
        assert link.get(PATH, port=server.port, vendor="first_contact", login=True).status == 200
        for _ in range(3):
            link.get("/SDK/language", port=server.port, vendor="first_contact", login=True)
        assert link.login_state == "refused"


def test_the_password_turns_up_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Canary: not in ledger, evidence, exceptions or logs, even where the device sends it back."""
    caplog.set_level(logging.DEBUG)
    echo = f"<a><password>{CANARY}</password><u>rtsp://auditor:{CANARY}@x/</u><x>{CANARY}</x></a>".encode()
    account = login(allow_basic=True)
    store = EvidenceStore(tmp_path / "evidence", secrets=[account.password])
    used = door(tmp_path / "ledger", evidence=store)
    problems = []
    for behaviour in (
        Guarded(),
        Guarded(password="x"),
        page(echo),
        page(echo, "401 no", f'WWW-Authenticate: Basic realm="{CANARY}"'),
    ):
        with TinyServer(ADDRESS, behaviour) as server, used.link(ADDRESS, login=account) as link:
            for call in (
                lambda link=link, server=server: link.get(
                    PATH, port=server.port, vendor="first_contact", login=True
                ).xml(),
                lambda link=link, server=server: link.soap("devicemgmt", "GetUsers", port=server.port, login=True),
            ):
                try:
                    call()
                except NoAnswer as problem:
                    problems.append(repr(problem))
    used.ledger.close()

    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert CANARY.encode() not in written
    assert CANARY not in caplog.text
    assert not any(CANARY in problem for problem in problems)
    assert Ledger.verify(tmp_path / "ledger") == []
    assert CANARY not in repr(account)


def test_challenges_survive_anything() -> None:
    """No input raises."""
    for value in ("", ",,,", "Digest", 'Digest realm="', "=,=", "Digest =x", "\x00", "a" * 100_000, 'x="' * 5000):
        assert all(isinstance(one, Challenge) for one in challenges_of([value]))
    assert Catalogue.load().vendors
