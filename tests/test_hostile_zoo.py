"""A whole audit of devices that do everything wrong: it ends, loses nobody, keeps to its scope, shows no code."""

from __future__ import annotations

import gzip
import json
import re
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from tiny_servers import Behaviour, TinyServer, hang_up, page, raw, reply, trickle

from scanner.lab import Fleet
from scanner.lab.words import Placement

BASE = "127.66.1"
PORT = 8080
ELSEWHERE = "203.0.113.9"
SCRIPT = "<script>alert(1)</script>"
BLEAK = "\x1b[2J\x1b]0;owned\x07\u202e"
DEEP = b"[" * 100_000
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><DeviceInfo><model>&d;</model></DeviceInfo>'
)
REALMS = {"hikvision": "IP Camera(C7719)", "dahua": "Login to 4M01234PAZ56789", "axis": "AXIS_ACCC8E010203"}


def endless(_server: TinyServer, connection: socket.socket, _request: bytes) -> None:
    """A body without an end, as fast as it is read."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>endless</title>")
    while True:
        connection.sendall(b"x" * 65_536)


def asks(realm: str, then: bytes, *, stale: bool = False) -> Behaviour:
    """A camera by its realm, which takes every login and then answers every page with the same bytes; ``stale``: which
    takes none, and says each time that only the nonce was too old."""
    count = iter(range(1_000_000))

    def behave(_server: TinyServer, connection: socket.socket, request: bytes) -> None:
        if b"\nauthorization:" in request.lower() and not stale:
            connection.sendall(then)
            return
        nonce = f"{next(count):032x}"
        said = f'WWW-Authenticate: Digest realm="{realm}", qop="auth", nonce="{nonce}"' + (", stale=true" * stale)
        connection.sendall(reply(b"<html>401</html>", "401 Unauthorized", said))

    return behave


ZOO: dict[str, Behaviour] = {
    "a body without end": endless,
    "a body that trickles": trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b"x", 0.5),
    "a head that trickles": trickle(b"HTTP/1.1 200 OK\r\nServer: ", b"x", 0.5),
    "100 Continue without end": trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500, 0.01),
    "a redirect to another host": page(b"", "302 Found", f"Location: http://{ELSEWHERE}/"),
    "a redirect to a file": page(b"", "302 Found", "Location: file:///etc/passwd"),
    "a redirect to itself": page(b"", "302 Found", "Location: /"),
    "a gzip bomb": page(gzip.compress(b"\0" * 50_000_000), "200 OK", "Content-Encoding: gzip"),
    "ten thousand fields": raw(b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 10_000 + b"\r\n"),
    "a chunk of minus one": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n"),
    "a chunk of everything": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\nx"),
    "noise": raw(bytes(range(256)) * 40 + b"\r\n\r\n"),
    "nothing": hang_up,
    "code in its title": page(f"<title>IP Camera {SCRIPT}{BLEAK}</title>".encode(), "200 OK", f"Server: {SCRIPT}"),
    "the same page for all": page(b"<html><title>Network Camera</title>OK</html>"),
    "a bomb for Hikvision": asks(REALMS["hikvision"], reply(LAUGHS, "200 OK", "Content-Type: application/xml")),
    "depth for Axis": asks(REALMS["axis"], reply(DEEP, "200 OK", "Content-Type: application/json")),
    "code for Dahua": asks(REALMS["dahua"], reply(f"deviceType=IPC-{SCRIPT}{BLEAK}\r\n".encode())),
    "stale for ever": asks(REALMS["hikvision"], b"", stale=True),
    "Basic alone": page(b"", "401 Unauthorized", 'WWW-Authenticate: Basic realm="DVR"'),
}


Audited = tuple[subprocess.CompletedProcess[str], Path, dict[str, str]]


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """The run, its directory, and who stands at which address; an honest camera is among them."""
    place = tmp_path_factory.mktemp("zoo")
    secret = place / "password"
    secret.write_text(Placement(personality="").password, encoding="utf-8")
    logins = place / "logins.toml"
    logins.write_text(f'[[login]]\nuser = "auditor"\npassword = "file:{secret}"\n', encoding="utf-8")
    for file in (secret, logins):
        file.chmod(0o600)
    homes = {f"{BASE}.{number}": name for number, name in enumerate(ZOO, 1)}
    out = place / "audit"
    with ExitStack() as stack:
        for address, name in homes.items():
            stack.enter_context(TinyServer(address, ZOO[name], PORT))
        fleet = stack.enter_context(
            Fleet([Placement(personality="hikvision-acusense-new", host="200")], base=f"{BASE}.0")
        )
        ran = subprocess.run(
            [sys.executable, "-m", "scanner.cli", "scan", f"{BASE}.0/24", "-T", "fast", "--ports", f"{PORT},8554",
             "--logins", str(logins), "-o", str(out)],
            capture_output=True, text=True, timeout=400, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert [str(one) for one in fleet.harm] == []
    return ran, out, homes


def test_the_audit_ends_in_order_and_nobody_is_lost(audited: Audited) -> None:
    """Each is in the inventory, with the reason for what it did not say; the honest camera among them was read."""
    ran, out, homes = audited
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False), ran.stderr[-2000:]
    devices = {one["address"]: one for one in json.loads((out / "audit.json").read_text())["devices"]}

    assert set(devices) == {*homes, f"{BASE}.200"}
    assert devices[f"{BASE}.200"]["login"] == "accepted"
    assert [homes[one] for one, found in devices.items() if any(gap["why"] == "our-bug" for gap in found["gaps"])] == []
    known = [
        (homes[one], key)
        for one, found in devices.items()
        for key, fact in found["facts"].items()
        if one in homes and fact.get("why") == "our-bug"
    ]
    assert known == []


def test_nothing_is_read_into_it(audited: Audited) -> None:
    """Not one AI function is on, off or there, and no setting: what answers everything alike has told nothing."""
    _, out, homes = audited
    devices = json.loads((out / "audit.json").read_text())["devices"]
    theirs = {homes[one["address"]]: one for one in devices if one["address"] in homes}
    columns = ("supported", "licensed", "enabled", "armed", "linked")
    said = {
        (name, row["feature"], column, row[column])
        for name, one in theirs.items()
        for row in one["features"]
        for column in columns
        if row[column] != "unknown"
    }
    known = {(name, key) for name, one in theirs.items() for key, fact in one["facts"].items() if "why" not in fact}

    assert said == set()
    assert {key for _, key in known} <= {"web.http", "web.auth"}  # how their doors behave


def test_nothing_leaves_the_scope_and_no_login_is_tried_twice(audited: Audited) -> None:
    _, out, homes = audited
    lines = [json.loads(line) for line in (out / "ledger.jsonl").read_text().splitlines()]
    sent = [line for line in lines if line["kind"] == "sent"]

    assert {line["address"] for line in sent} <= {f"{BASE}.{number}" for number in range(256)}
    rejected = [
        homes[line["address"]] for line in lines if line["kind"] == "login-rejected" and line["address"] in homes
    ]
    assert rejected == ["stale for ever"]


def test_no_code_of_theirs_is_shown(audited: Audited) -> None:
    """Neither in the report nor on the terminal nor in the tables."""
    ran, out, _ = audited
    report = (out / "report.html").read_text(encoding="utf-8")

    assert not re.search(r"<script>alert|\x1b|\u202e", report)
    assert "alert(1)" in report  # it is shown as the text it is
    for text in (ran.stdout, ran.stderr, *(file.read_text(encoding="utf-8") for file in out.glob("*.csv"))):
        assert "\u202e" not in text
        assert "\x1b]0;owned" not in text
