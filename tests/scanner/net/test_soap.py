"""onvif-zeep made fit for an audit, one test a trap (docs/sources.md S2.2), over real sockets."""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from socket import socket

import pytest
from doors import CANARY, door, login, silence
from lxml import etree
from tiny_servers import TinyServer, in_turn, page, reply

from scanner.errors import CatalogueError, NoAnswer
from scanner.net import SoapReply
from scanner.net.soap import clock_of, pinned_path

ADDRESS = "127.31.3.1"
ENV = "http://www.w3.org/2003/05/soap-envelope"


def envelope(inner: str) -> bytes:
    return f'<e:Envelope xmlns:e="{ENV}"><e:Body>{inner}</e:Body></e:Envelope>'.encode()


def fault(subcode: str, code: str = "e:Sender") -> bytes:
    return envelope(
        f"<e:Fault><e:Code><e:Value>{code}</e:Value><e:Subcode><e:Value>{subcode}</e:Value></e:Subcode></e:Code>"
        "<e:Reason><e:Text>no</e:Text></e:Reason></e:Fault>"
    )


OK = envelope('<d:GetScopesResponse xmlns:d="http://www.onvif.org/ver10/device/wsdl"/>')


def clock(at: datetime) -> bytes:
    return envelope(
        '<d:GetSystemDateAndTimeResponse xmlns:d="x" xmlns:t="y"><d:SystemDateAndTime><t:UTCDateTime>'
        f"<t:Time><t:Hour>{at.hour}</t:Hour><t:Minute>{at.minute}</t:Minute><t:Second>{at.second}</t:Second></t:Time>"
        f"<t:Date><t:Year>{at.year}</t:Year><t:Month>{at.month}</t:Month><t:Day>{at.day}</t:Day></t:Date>"
        "</t:UTCDateTime></d:SystemDateAndTime></d:GetSystemDateAndTimeResponse>"
    )


def ask(answer: bytes, status: str = "200 OK", operation: str = "GetScopes") -> SoapReply:
    with TinyServer(ADDRESS, page(answer, status)) as server, door().link(ADDRESS) as link:
        return link.soap("devicemgmt", operation, port=server.port)


class TokenCamera:
    """Accepts WS-Security tokens made on its own clock; keeps the tokens it saw."""

    def __init__(self, password: str = CANARY, skew: timedelta = timedelta()) -> None:
        self.password = password
        self.skew = skew
        self.tokens: list[bool] = []

    def __call__(self, _server: TinyServer, connection: socket, request: bytes) -> None:
        if b"GetSystemDateAndTime" in request:
            connection.sendall(reply(clock(datetime.now(UTC) + self.skew)))
            return
        right = self.token(etree.fromstring(request.partition(b"\r\n\r\n")[2]))
        connection.sendall(reply(OK) if right else reply(fault("ter:NotAuthorized"), "400 Bad Request"))

    def token(self, tree: etree._Element) -> bool:
        token = tree.find(".//{*}UsernameToken")
        if token is None:
            return False
        password, nonce, created = (token.findtext(f"{{*}}{name}") or "" for name in ("Password", "Nonce", "Created"))
        digest = hashlib.sha1(base64.b64decode(nonce) + created.encode() + self.password.encode()).digest()
        made = datetime.fromisoformat(created.replace("Z", "+00:00"))
        near = abs(made - datetime.now(UTC) - self.skew) < timedelta(seconds=10)
        self.tokens.append(near and base64.b64encode(digest).decode() == password)
        return self.tokens[-1]


def test_construction_sends_nothing_and_subscribes_to_nothing() -> None:
    """Trap 3: ONVIFCamera calls GetCapabilities and CreatePullPointSubscription while it is constructed."""
    with TinyServer(ADDRESS, page(OK)) as server, door().link(ADDRESS) as link:
        link.soap("devicemgmt", "GetScopes", port=server.port)
        link.soap("media", "GetProfiles", port=server.port)

        assert len(server.requests) == 2
        assert not any(b"Subscri" in request or b"GetCapabilities" in request for request in server.requests)


def test_a_wsdl_is_parsed_once_for_all_cameras() -> None:
    """Traps 1 and 2: each camera parsed the WSDLs anew, 0.2 s and 13 MiB a device."""
    from scanner.net.onvif_camera import SHELF

    with TinyServer(ADDRESS, page(OK)) as server, TinyServer("127.31.3.2", page(OK)) as other:
        with door().link(ADDRESS) as link:
            for service, operation in (
                ("devicemgmt", "GetScopes"),
                ("media", "GetProfiles"),
                ("events", "GetEventProperties"),
            ):
                link.soap(service, operation, port=server.port)
        before = SHELF.parsed
        with door().link("127.31.3.2") as link:
            for service, operation in (
                ("devicemgmt", "GetScopes"),
                ("media", "GetProfiles"),
                ("events", "GetEventProperties"),
            ):
                link.soap(service, operation, port=other.port)
        assert SHELF.parsed == before


def test_every_listed_operation_can_be_written() -> None:
    """Each operation of the catalogue exists in its WSDL, and goes out as one element in the body."""
    from scanner.net.catalogue import packaged

    needed = {
        "ConfigurationToken": "t",
        "ProfileToken": "t",
        "Type": "t",
        "Category": "All",
        "IncludeCapability": False,
    }
    with TinyServer(ADDRESS, page(OK)) as server:
        for service, operations in packaged().vendors["onvif"].soap.items():
            for operation in operations:
                tries: list[dict[str, object]] = [{}, *({key: value} for key, value in needed.items())]
                with door().link(ADDRESS) as link:
                    for params in tries:
                        try:
                            link.soap(service, operation, port=server.port, params=params)
                        except CatalogueError:
                            continue
                        break
                sent = etree.fromstring(server.requests[-1].partition(b"\r\n\r\n")[2])
                assert etree.QName(sent.find("{*}Body")[0]).localname == operation, (service, operation)


def test_a_named_address_cannot_steer_us() -> None:
    """Trap: XAddrs come from the device unchecked: another host would get our credentials."""
    with (
        TinyServer(ADDRESS, page(OK)) as server,
        TinyServer("127.31.3.9", page(OK)) as other,
        door().link(ADDRESS) as link,
    ):
        link.soap("media", "GetProfiles", port=server.port, path=f"http://127.31.3.9:{other.port}/onvif/media?x=1")

        assert server.lines == ["POST /onvif/media?x=1 HTTP/1.1"]
        assert other.connections == []


@pytest.mark.parametrize(
    ("xaddr", "path"),
    [
        ("http://10.0.0.1/onvif/m", "/onvif/m"), ("http://[fe80::1]:80/a", "/a"), ("/onvif/events", "/onvif/events"),
        ("10.0.0.1:8080/b", "/b"), ("https://x", "/onvif/device_service"), ("http://x/", "/onvif/device_service"),
        ("", "/onvif/device_service"),
    ],
)  # fmt: skip
def test_only_the_path_of_an_address_is_used(xaddr: str, path: str) -> None:
    """Localhost, other networks, no path: seen in the field."""
    assert pinned_path(xaddr) == path


@pytest.mark.parametrize("xaddr", ["http://x/../a", "http://x//evil/", "http://x/a b", "https://[::1", "http://x/é"])
def test_addresses_that_are_none(xaddr: str) -> None:
    """Blanks, climbing paths and half an IPv6 address are no service address."""
    assert silence(lambda: pinned_path(xaddr)) == "malformed"


@pytest.mark.parametrize("xaddr", ["file:///etc/passwd\n", "http://x/%0d\r\nX: y"])
def test_line_ends_do_not_get_out(xaddr: str) -> None:
    """No header can be smuggled in by an address."""
    if silence(lambda: pinned_path(xaddr)) != "malformed":
        assert not set("\r\n ") & set(pinned_path(xaddr))


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("devicemgmt", "SystemReboot"), ("devicemgmt", "SetHostname"), ("devicemgmt", "GetSystemBackup"),
        ("media", "GetStreamUri"), ("events", "CreatePullPointSubscription"), ("nothing", "GetScopes"),
    ],
)  # fmt: skip
def test_nothing_but_listed_reads_leaves(service: str, operation: str) -> None:
    """Trap: every method of a WSDL is one getattr away, SystemReboot too."""
    with TinyServer(ADDRESS, page(OK)) as server:
        used = door()
        with used.link(ADDRESS) as link, pytest.raises(CatalogueError):
            link.soap(service, operation, port=server.port)
        assert server.connections == []
        assert used.ledger.summary().refused_by_door == 1


def test_wrong_parameters_are_our_bug() -> None:
    """Never taken for silence of the device, and nothing is sent."""
    with TinyServer(ADDRESS, page(OK)) as server, door().link(ADDRESS) as link:
        with pytest.raises(CatalogueError):
            link.soap("devicemgmt", "GetScopes", port=server.port, params={"Nonsense": 1})
        assert server.connections == []


def test_media2_is_written_by_hand() -> None:
    """Trap: the package has no media2. The envelope goes the same guarded way."""
    with TinyServer(ADDRESS, page(OK)) as server, door().link(ADDRESS) as link:
        link.soap("media2", "GetProfiles", port=server.port, params={"Type": ["Analytics", "Metadata"]})

        sent = etree.fromstring(server.requests[0].partition(b"\r\n\r\n")[2])
        operation = sent.find("{*}Body")[0]
        assert operation.tag == "{http://www.onvif.org/ver20/media/wsdl}GetProfiles"
        assert [child.text for child in operation] == ["Analytics", "Metadata"]


@pytest.mark.parametrize(
    "skew", [timedelta(), timedelta(hours=7), timedelta(hours=-7), timedelta(days=-900, hours=3), timedelta(days=400)]
)
def test_a_token_is_made_on_the_clock_of_the_device(skew: timedelta) -> None:
    """A camera whose clock is years off takes only a token of its own time; the password travels as a digest."""
    camera = TokenCamera(skew=skew)
    with TinyServer(ADDRESS, camera) as server, door().link(ADDRESS, login=login()) as link:
        answers = [link.soap("devicemgmt", "GetUsers", port=server.port, login=True) for _ in range(3)]

        assert [answer.body is not None for answer in answers] == [True] * 3
        assert (camera.tokens, link.login_state) == ([True] * 3, "accepted")
        assert not any(CANARY.encode() in request for request in server.requests)


def test_a_token_where_the_web_pages_take_digest() -> None:
    """A camera may ask for Digest on its pages and look only for a token in SOAP, on the same port."""
    camera = TokenCamera()
    challenge = reply(b"", "401 Unauthorized", 'WWW-Authenticate: Digest realm="a", nonce="n", qop="auth"')

    def both(server: TinyServer, connection: socket, request: bytes) -> None:
        if request.startswith(b"POST"):
            camera(server, connection, request)
        else:
            connection.sendall(reply(b"x") if b"Authorization" in request else challenge)

    with TinyServer(ADDRESS, both) as server, door().link(ADDRESS, login=login()) as link:
        link.get("/ISAPI/System/deviceInfo", port=server.port, vendor="first_contact", login=True)
        answer = link.soap("devicemgmt", "GetUsers", port=server.port, login=True)

        assert (answer.body is not None, camera.tokens, link.login_state) == (True, [True], "accepted")


def test_a_rejected_token_is_the_one_attempt() -> None:
    """ter:NotAuthorized to a token counts as the rejection, over HTTP too."""
    camera = TokenCamera(password="another")
    with TinyServer(ADDRESS, camera) as server, door().link(ADDRESS, login=login()) as link:
        first = link.soap("devicemgmt", "GetUsers", port=server.port, login=True)
        with pytest.raises(NoAnswer, match="login-refused"):
            first.require_ok()
        for _ in range(2):
            with pytest.raises(NoAnswer, match="login-refused"):
                link.soap("devicemgmt", "GetScopes", port=server.port, login=True)
        with pytest.raises(NoAnswer, match="login-refused"):
            link.get("/ISAPI/System/deviceInfo", port=server.port, vendor="first_contact", login=True)
        assert (camera.tokens, link.login_state) == ([False], "refused")


def test_without_a_login_a_fault_is_no_login() -> None:
    """What a device refuses to everybody is not called forbidden."""
    with pytest.raises(NoAnswer) as problem:
        ask(fault("ter:NotAuthorized"), "400 Bad Request").require_ok()

    assert problem.value.why == "no-login"


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "401 Unauthorized", "500 Internal Server Error"])
def test_faults_come_under_any_status(status: str) -> None:
    """Trap: SOAP faults under HTTP 200, 400, 401 and 500."""
    answer = ask(fault("ter:ActionNotSupported", "e:Receiver"), status)

    assert answer.fault is not None
    assert (answer.fault.code, answer.fault.subcode, answer.body) == ("Receiver", "ActionNotSupported", None)


@pytest.mark.parametrize(
    "answer",
    [
        b"\r\n\r\n  " + OK,
        b"<Envelope><Body><GetScopesResponse/></Body></Envelope>",
        b"<s:Envelope><s:Body><tds:GetScopesResponse/></s:Body></s:Envelope>",
        b'\xef\xbb\xbf<?xml version="1.0"?>' + OK,
        OK + b"\x00\x00",
    ],
)
def test_untidy_envelopes_are_read(answer: bytes) -> None:
    """Trap: no namespaces, undeclared prefixes, blanks and newlines around, a byte order mark."""
    body = ask(answer).require_ok()

    assert etree.QName(body).localname.endswith("GetScopesResponse")


def test_a_namespace_that_is_none() -> None:
    """Trap: a namespace with a brace in it is kept by the parser and refused by its own tools."""
    answer = ask(b'<s:Envelope xmlns:s="a}b"><s:Body><s:GetScopesResponse/></s:Body></s:Envelope>')

    assert str(answer.require_ok().tag).endswith("GetScopesResponse")


@pytest.mark.parametrize(
    "answer",
    [
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]><a>&c;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 5000 + b"</a>" * 5000,
        b"not xml",
        b"",
        b"<html><body>login</body></html>",
    ],
)
def test_bombs_and_pages_are_malformed(answer: bytes) -> None:
    """Trap: entities, DTDs, nesting; a web page where SOAP was asked for."""
    with pytest.raises(NoAnswer) as problem:
        ask(answer).require_ok()

    assert problem.value.why == "malformed"


def test_no_onvif_here() -> None:
    """A 404 is no such page."""
    with pytest.raises(NoAnswer) as problem:
        ask(b"<html/>", "404 Not Found").require_ok()

    assert problem.value.why == "no-such-page"


def test_digest_is_answered_where_the_device_challenges() -> None:
    """Trap: no HTTP Digest unless session.auth is set. No token goes along: one kind of login, asked for."""
    challenge = page(
        fault("ter:NotAuthorized"), "401 Unauthorized", 'WWW-Authenticate: Digest realm="a", nonce="n", qop="auth"'
    )
    with TinyServer(ADDRESS, in_turn(challenge, page(OK))) as server, door().link(ADDRESS, login=login()) as link:
        assert link.soap("devicemgmt", "GetUsers", port=server.port, login=True).body is not None

        assert b"Authorization: Digest" in server.requests[1]
        assert b"UsernameToken" not in b"".join(server.requests)


def test_importing_onvif_changes_nothing_outside() -> None:
    """Traps: the import calls logging.basicConfig, the constructor deletes proxies from the environment."""
    program = (
        "import logging, os\n"
        "import scanner.net.onvif_camera as used\n"
        "used.AuditCamera('http://127.0.0.1:1', None)\n"
        "root = logging.getLogger()\n"
        "print(root.handlers, root.level == logging.WARNING, os.environ['http_proxy'], used.wsdl_directory().name)\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True, text=True, check=False, env={**os.environ, "http_proxy": "http://p:1", "https_proxy": "http://p:2"},
    )  # fmt: skip

    assert run.stdout.strip() == "[] True http://p:1 wsdl", run.stderr


def test_wsdls_are_found_by_the_metadata_of_the_package() -> None:
    """Trap 4: a wheel built on another Python puts them elsewhere."""
    from scanner.net.onvif_camera import wsdl_directory

    assert (wsdl_directory() / "devicemgmt.wsdl").is_file()


def test_the_debug_log_of_zeep_has_no_token(caplog: pytest.LogCaptureFixture) -> None:
    """Trap 5: at DEBUG zeep writes whole envelopes."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("zeep").setLevel(logging.DEBUG)
    try:
        with TinyServer(ADDRESS, TokenCamera()) as server, door().link(ADDRESS, login=login()) as link:
            link.soap("devicemgmt", "GetUsers", port=server.port, login=True)
    finally:
        logging.getLogger("zeep").setLevel(logging.WARNING)

    assert CANARY not in caplog.text
    assert "PasswordDigest" not in caplog.text


def test_ipv6_is_bracketed() -> None:
    """Trap: ::1 builds http://::1:443."""
    try:
        with TinyServer("127.31.3.1", page(OK)):
            import socket as sockets

            sockets.create_server(("::1", 0), family=sockets.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with pytest.raises(NoAnswer) as problem, door().link("::1") as link:
        link.soap("devicemgmt", "GetScopes", port=9)
    assert problem.value.why == "refused"


@pytest.mark.parametrize("month", ["13", "x", ""])
def test_impossible_clocks_are_none(month: str) -> None:
    """A device may say anything about its clock."""
    text = clock(datetime(2026, 1, 2, tzinfo=UTC)).replace(b"<t:Month>1<", f"<t:Month>{month}<".encode())

    assert clock_of(etree.fromstring(text)) is None
