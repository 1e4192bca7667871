"""Reolink's login: once, over TLS, in a session that is given back, and written down nowhere."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from socket import socket
from typing import Any

import msgspec
import pytest
from doors import CANARY, door, login
from reolink_lab import ADDRESS, API, RIGHT, WHO, asked, doors_of, error, like, read, whys
from tiny_servers import TinyServer, hang_up, in_turn, page, reply, server_context

from scanner.drivers import read_device
from scanner.drivers.reolink import DRIVER
from scanner.drivers.reolink.api import WAY
from scanner.errors import CatalogueError, NoAnswer
from scanner.evidence import EvidenceStore
from scanner.lab import Fleet
from scanner.lab.leaks import MARK
from scanner.lab.words import Placement
from scanner.logins import RefusalMemory
from scanner.model import Endpoint, Firmware, Identity
from scanner.net import Catalogue, Ledger, Limits
from scanner.secret import Login, Secret

# -- the session -----------------------------------------------------------------------------------------


def test_a_camera_is_read_in_four_requests_and_one_session() -> None:
    with Fleet([like()], base="127.103.21.0", fragile=False) as fleet:
        readings = read(fleet.devices[0])

        assert asked(fleet) == [
            f"{API}?cmd=Login",
            *[f"{API}?token=[removed]"] * 2,
            f"{API}?cmd=Logout&token=[removed]",
        ]
        assert fleet.devices[0].gate.sessions == set()
        assert fleet.harm == []
    assert (readings.login, readings.read_by, readings.gaps) == ("accepted", ("reolink",), ())


@pytest.mark.parametrize("faults", [{"GetDevInfo": "malformed"}, {"GetAiState": "silent"}, {"GetAbility": "forbidden"}])
def test_the_session_is_ended_whatever_fails(faults: dict[str, Any]) -> None:
    with Fleet([like(faults=faults)], base="127.103.22.0", fragile=False) as fleet:
        readings = read(fleet.devices[0], limits=Limits(idle_seconds=0.5, exchange_seconds=2.0))

        assert fleet.devices[0].gate.sessions == set()
    assert readings.gaps
    assert not any(gap.why == "our-bug" for gap in readings.gaps)


def test_the_session_is_ended_when_the_reading_is_given_up() -> None:
    """An audit that is stopped drops the reading half way."""
    with Fleet([like()], base="127.103.23.0", fragile=False) as fleet:
        device = fleet.devices[0]
        with door(limits=Limits()).link(device.address, login=RIGHT) as link:
            reading = DRIVER.read(link, WHO, doors_of(device))
            next(reading)
            assert len(device.gate.sessions) == 1
            reading.close()  # type: ignore[attr-defined]

        assert device.gate.sessions == set()


def test_a_session_that_cannot_be_ended_is_said() -> None:
    with Fleet([like(faults={"Logout": "silent"})], base="127.103.24.0", fragile=False) as fleet:
        readings = read(fleet.devices[0], limits=Limits(idle_seconds=0.5, exchange_seconds=2.0))

    assert [gap.part for gap in readings.gaps] == ["reolink: logout"]


@pytest.mark.parametrize(
    ("services", "given", "why"),
    [
        (("http",), RIGHT, "insecure-login"),
        (("ssh",), RIGHT, "no-such-page"),
        (("https",), None, "no-login"),
    ],
)
def test_without_https_or_a_login_nothing_is_sent(services: tuple[str, ...], given: Login | None, why: str) -> None:
    """The login would carry the password in clear: every function stays unknown and says why."""
    with Fleet([like(services=services)], base="127.103.25.0", fragile=False) as fleet:
        readings = read(fleet.devices[0], credentials=given)

        assert asked(fleet) == []
    assert whys(readings) == {why}
    assert {row.enabled for row in readings.features} == {"unknown"}
    assert "object-class" in {row.feature for row in readings.features}
    assert all(getattr(seen.fact, "why", "") == why for seen in readings.facts)


def test_a_door_that_speaks_no_tls_is_passed_over() -> None:
    """Nothing of the login left; at a door where it left it is not tried a second time."""
    with Fleet([like(services=("http", "https"))], base="127.103.26.0", fragile=False) as fleet:
        device = fleet.devices[0]
        doors = [Endpoint(device.address, device.ports["http"], "tcp", "https"), *doors_of(device)]
        with door(limits=Limits()).link(device.address, login=RIGHT) as link:
            readings = read_device(link, WHO, doors)

    assert readings.login == "accepted"

    with TinyServer(ADDRESS, hang_up, context=server_context()) as first:
        with (
            TinyServer(ADDRESS, hang_up, context=server_context()) as second,
            door().link(ADDRESS, login=login()) as link,
        ):
            ports = sorted((first.port, second.port))
            found = read_device(link, WHO, [Endpoint(ADDRESS, port, "tcp", "https") for port in ports])
        sent = len(first.requests) + len(second.requests)

    assert (whys(found), sent) == ({"closed-early"}, 1)


def test_a_firmware_that_such_requests_restart_is_left_alone() -> None:
    who = Identity(maker="Reolink", model="RLC-410W", firmware=Firmware("v3.0.0.136", "v3.0.0.136_20121102"))
    with Fleet([like()], base="127.103.27.0", fragile=False) as fleet:
        readings = read(fleet.devices[0], who)

        assert asked(fleet) == []
    assert readings.gaps[0].detail.endswith("(CVE-2021-40404)")


# -- the login ---------------------------------------------------------------------------------------------


def test_ten_audits_with_a_wrong_login_lock_nobody_out(tmp_path: Path) -> None:
    """The lab camera locks after five: it sees one attempt, the other nine audits send none."""
    places = [Placement(personality="reolink-switched", login="refused")]
    memory = RefusalMemory(tmp_path)
    with Fleet(places, base="127.103.28.0", fragile=False) as fleet:
        device = fleet.devices[0]
        found = [read(device, refusals=memory) for _ in range(10)]

        assert device.gate.lock.attempts == 5
        assert (device.gate.rejected, device.gate.locked) == (1, False)
        assert fleet.harm == []
    memory.close()
    assert {reading.login for reading in found} == {"refused", "remembered-refusal"}
    for reading in found:
        assert reading.read_by == ("reolink", "onvif")
        assert {row.enabled for row in reading.features} == {"unknown"}
        assert "login-refused" in whys(reading)


def test_a_lock_is_no_refusal(tmp_path: Path) -> None:
    """A camera that somebody else has locked: the login may be right, and is not remembered as wrong."""
    memory = RefusalMemory(tmp_path)
    with Fleet([like(locked=True)], base="127.103.29.0", fragile=False) as fleet:
        readings = read(fleet.devices[0], refusals=memory)

        assert fleet.devices[0].gate.rejected == 1
        assert not memory.refused(fleet.devices[0].address, RIGHT)
    memory.close()
    assert (readings.login, whys(readings)) == ("locked", {"login-locked"})


def result(code: int = -7, detail: str = "login failed") -> bytes:
    return json.dumps(error("Login", code, detail)).encode()


@pytest.mark.parametrize(
    ("answer", "why", "state"),
    [
        (result(), "login-refused", "refused"),
        (result(code=-27, detail="invalid user"), "login-refused", "refused"),
        (result(code=-1, detail="password wrong"), "login-refused", "refused"),
        (result(code=-506, detail="Login locked"), "login-locked", "locked"),
        (result(code=-105, detail="Frequent logins, please try again later!"), "login-locked", "untried"),
        (result(code=-5, detail="max session"), "forbidden", "untried"),
        (result(code=-12, detail="get config failed"), "malformed", "untried"),
        (b"<html>router</html>", "malformed", "untried"),
        (b"[]", "malformed", "untried"),
        (b'[{"cmd":"Login","code":0,"value":{"Token":{"name":7}}}]', "malformed", "untried"),
        (b'[{"cmd":"Login","code":0,"value":{"Token":{"name":"1&cmd=Reboot"}}}]', "malformed", "untried"),
        (b'[{"cmd":"Login","code":0,"value":{"Token":{"name":""}}}]', "malformed", "untried"),
        (b"[" * 5000, "malformed", "untried"),
    ],
)
def test_what_a_device_says_to_the_login(answer: bytes, why: str, state: str) -> None:
    """Only words about user and password are a refusal; a token may not ask for anything else."""

    def behave(_server: TinyServer, connection: socket, _request: bytes) -> None:
        connection.sendall(reply(answer))

    with TinyServer(ADDRESS, behave, context=server_context()) as server, door().link(ADDRESS, login=login()) as link:
        readings = read_device(link, WHO, [Endpoint(ADDRESS, server.port, "tcp", "https")])

        assert (whys(readings), link.login_state) == ({why}, state)
        assert len(server.requests) == 1


def test_a_login_is_not_sent_again_on_a_new_connection() -> None:
    """A kept connection that the device has closed is opened anew for a read; a login would count twice."""
    behave = in_turn(page(b"<html></html>"), hang_up)
    with TinyServer(ADDRESS, behave, context=server_context()) as server, door().link(ADDRESS, login=login()) as link:
        link.get("/", port=server.port, tls=True, vendor="first_contact")
        with pytest.raises(NoAnswer):
            link.session(WAY, port=server.port).open()

        assert [line.split()[0] for line in server.lines] == ["GET", "POST"]


# -- secrets -----------------------------------------------------------------------------------------------


def test_no_secret_is_written_down(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Password, token, remote-access id, web hook, accounts of mail and FTP: nowhere."""
    caplog.set_level(logging.DEBUG)
    evidence = EvidenceStore(tmp_path / "evidence")
    place = Placement(personality="reolink-always-on", password=f"{MARK}login")
    with Fleet([place], base="127.103.31.0", fragile=False) as fleet:
        device = fleet.devices[0]
        right = Login(device.placement.user, Secret(device.placement.password))
        readings = read(device, credentials=right, evidence=evidence, ledger=tmp_path / "ledger.jsonl")

    assert readings.login == "accepted"
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    written += caplog.text.encode() + msgspec.json.encode(list(evidence.records.values())) + repr(readings).encode()
    assert b"cmd=Login" in written
    assert b"hooks.example.net" in written
    assert MARK.encode() not in written.replace(f"{MARK}user".encode(), b"")  # account names of mail are no secrets
    assert Ledger.verify(tmp_path / "ledger.jsonl") == []


def test_the_ledger_is_what_was_received(tmp_path: Path) -> None:
    """Line by line, but for the token."""
    with Fleet([like()], base="127.103.39.0", fragile=False) as fleet:
        read(fleet.devices[0], ledger=tmp_path / "ledger.jsonl")
        lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]

        sent = [
            (line["method"], line["path"]) for line in lines if line["kind"] == "sent" and line["protocol"] == "http"
        ]
        assert sent == [(one.method, one.path) for one in fleet.received if one.protocol == "http"]
        assert len(sent) == 4


def test_a_device_that_echoes_is_not_written_down(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever it sends back, in a reply or a header, and when it hangs up in the middle."""
    caplog.set_level(logging.DEBUG)
    token = "Kanarie5token"
    granted = {"cmd": "Login", "code": 0, "value": {"Token": {"leaseTime": 3600, "name": token}, "echo": CANARY}}
    seen: list[bytes] = []

    def echo(server: TinyServer, connection: socket, request: bytes) -> None:
        seen.append(request)
        if len(seen) == 1:
            connection.sendall(reply(json.dumps([granted]).encode(), "200 OK", f"X-Echo: {CANARY}"))
        elif len(seen) == 2:
            connection.sendall(reply(request, "200 OK", f"Location: {request.splitlines()[0].decode()}"))
        else:
            hang_up(server, connection, request)

    evidence = EvidenceStore(tmp_path / "evidence")
    used = door(evidence=evidence, ledger=tmp_path / "ledger.jsonl")
    with TinyServer(ADDRESS, echo, context=server_context()) as server, used.link(ADDRESS, login=login()) as link:
        readings = read_device(link, WHO, [Endpoint(ADDRESS, server.port, "tcp", "https")])

    assert CANARY.encode() in seen[0]
    assert token.encode() in seen[2]
    assert {gap.why for gap in readings.gaps} == {"malformed", "closed-early"}
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    written += caplog.text.encode() + msgspec.json.encode(list(evidence.records.values())) + repr(readings).encode()
    assert CANARY.encode() not in written
    assert token.encode() not in written


# -- the catalogue -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (API, '[{"cmd":"SetAiCfg","action":0,"param":{"aiTrack":0}}]'),
        (API, '[{"cmd":"GetNtp"},{"cmd":"Reboot"}]'),
        (API, '[{"cmd":"Reboot","cmd":"GetNtp"}]'),
        (API, '[{"cmd":"GetNtp","param":{}},"Reboot"]'),
        (API, "[]"),
        (API, '{"cmd":"GetNtp"}'),
        (API, '[{"cmd":"Login"}]'),
        (API, '[{"cmd":"GetOnline"}]'),
        (API, '[{"cmd":"Search"}]'),
        (f"{API}?cmd=Login", '[{"cmd":"GetNtp"}]'),
        (f"{API}?cmd=Reboot", '[{"cmd":"GetNtp"}]'),
        (f"{API}?cmd=Snap&channel=0", '[{"cmd":"GetNtp"}]'),
    ],
)
def test_what_is_no_read_cannot_be_sent(path: str, body: str) -> None:
    """Each command of a list counts, and a member that is there twice does not pass for one."""
    catalogue = Catalogue.load()
    catalogue.hold_request("reolink", "POST", API, b'[{"cmd":"GetNtp"},{"cmd":"GetUser"}]')
    with pytest.raises(CatalogueError):
        catalogue.hold_request("reolink", "POST", path, body.encode())
