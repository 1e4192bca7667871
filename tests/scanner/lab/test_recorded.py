"""A recording written by hand, served: what was asked is answered, the rest is 404, and harm is harm here too."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from requests.auth import HTTPDigestAuth

from scanner.lab import Fleet
from scanner.lab.recorded import served_port, serving
from scanner.lab.recorded_words import moved
from scanner.model import Endpoint
from scanner.recordings import Exchange, Recording

OWN = "192.0.2.100"
HERE = "127.105.60.1"
THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CHALLENGE = ("WWW-Authenticate", 'Digest realm="Xx 001", qop="auth", nonce="xxx000", stale=FALSE')
JSON = '{"apiVersion":"1.0","method":"getInfo"}'
EXCHANGES = (
    Exchange(protocol="http", port=80, method="GET", path="/", status=200, text=f"<a href='http://{OWN}/x'>{OWN}</a>"),
    Exchange(protocol="http", port=80, method="GET", path="/secret?a=1", status=401, headers=(CHALLENGE,), text="no"),
    Exchange(protocol="http", port=80, method="GET", path="/secret?a=1", status=200, text="in", login="digest"),
    Exchange(protocol="http", port=80, method="GET", path="/other", status=200, text="in too", login="digest"),
    Exchange(protocol="http", port=80, method="GET", path="/broken", status=0, silence="closed-early"),
    Exchange(protocol="http", port=80, method="GET", path="/odd", status=299, reason="Said So", text="one"),
    Exchange(protocol="http", port=80, method="GET", path="/odd", status=299, reason="Said So", text="two"),
    Exchange(protocol="http", port=80, method="POST", path="/api", operation="getInfo", asks=JSON,
             text="{}", status=200),
    Exchange(protocol="http", port=80, method="GET", path="/time", status=200, clock=THEN,
             text="t=2026-01-02 03:04:05"),
    Exchange(protocol="banner", port=22, text="SSH-2.0-x\r\n"),
)  # fmt: skip


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    recording = Recording(
        tool="camaudit test", recorded_at=THEN, address=OWN, account="xxxxb", exchanges=EXCHANGES,
        endpoints=(Endpoint(OWN, 80, "tcp", "http"), Endpoint(OWN, 9000, "tcp")),
    )  # fmt: skip
    with Fleet([serving(recording, "by-hand")], base="127.105.60.0") as running:
        yield running


def get(path: str, password: str = "") -> requests.Response:
    auth = HTTPDigestAuth("xxxxb", password) if password else None
    return requests.get(f"http://{HERE}:8080{path}", auth=auth, timeout=5, headers={"Connection": "close"})


def test_questions_and_answers(fleet: Fleet) -> None:
    """By path with its query, behind the device's own challenge, in turn where it answered differently, else 404."""
    assert get("/").text == f"<a href='http://{HERE}:8080/x'>{HERE}</a>"
    assert get("/nowhere").status_code == 404
    refused = get("/secret?a=1")
    assert refused.status_code == 401
    assert 'realm="Xx 001"' in refused.headers["www-authenticate"]
    assert "xxx000" not in refused.headers["www-authenticate"]
    assert get("/other").status_code == 401
    password = fleet.devices[0].placement.password
    assert get("/secret?a=1", password).text == "in"
    assert get("/other", password).text == "in too"
    assert [(get("/odd").text, get("/odd").reason) for _ in range(2)] == [("one", "Said So")] * 2
    assert requests.post(f"http://{HERE}:8080/api", data=json.dumps(json.loads(JSON), indent=2), timeout=5).text == "{}"
    with pytest.raises((requests.ConnectionError, http.client.HTTPException)):
        get("/broken")
    assert fleet.harm == []


def test_the_clock_goes_on(fleet: Fleet) -> None:
    told = datetime.strptime(get("/time").text, "t=%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)

    assert abs(datetime.now(UTC) - told) < timedelta(seconds=3)


def test_times_of_onvif_move_together() -> None:
    text = (
        "<tt:UTCDateTime><tt:Time><tt:Hour>23</tt:Hour><tt:Minute>59</tt:Minute><tt:Second>50</tt:Second></tt:Time>"
        "<tt:Date><tt:Year>2026</tt:Year><tt:Month>12</tt:Month><tt:Day>31</tt:Day></tt:Date></tt:UTCDateTime>"
    )
    after = moved(text, timedelta(seconds=15))

    assert re.findall(r">(\d+)<", after) == ["0", "0", "5", "2027", "1", "1"]


def test_seconds_of_lapi_move() -> None:
    assert moved('{"DeviceTime": 1000000000, "Port": 1000000000}', timedelta(seconds=15)) == (
        '{"DeviceTime": 1000000015, "Port": 1000000000}'
    )


def test_harm_is_written_down(fleet: Fleet) -> None:
    """A write, a wrong password, bytes to a port where a visitor only listens."""
    requests.put(f"http://{HERE}:8080/other", data="x", timeout=5)
    get("/other", "wrong")
    with socket.create_connection((HERE, 2222), 5) as line:
        assert line.recv(64) == b"SSH-2.0-x\r\n"
    with socket.create_connection((HERE, 9000), 5) as line:
        line.sendall(b"hello")
        line.shutdown(socket.SHUT_WR)
        line.recv(1)

    assert {harm.kind for harm in fleet.harm} >= {"write", "wrong-password", "bytes-on-control-port"}


def test_ports_move_to_where_everybody_may_listen() -> None:
    assert [served_port(port) for port in (80, 443, 554, 81, 8000, 37777)] == [8080, 8443, 8554, 10081, 8000, 37777]
