"""masscan's JSON with its commas, and runZero's exports."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from imports import Read, mistakes, read_file

from scanner.model import Known


def read(tmp_path: Path, text: str, name: str = "export.json") -> Read:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_file(path)


# -- masscan ------------------------------------------------------------------------------------------------------


def masscan(address: str, port: int, **rest: Any) -> str:
    entry = {"port": port, "proto": "tcp", **(rest or {"status": "open", "reason": "syn-ack", "ttl": 64})}
    return f'{{   "ip": "{address}",   "timestamp": "1795075230", "ports": [ {json.dumps(entry)} ] }}'


BANNER = {"service": {"name": "http", "banner": "HTTP/1.1 401 Unauthorized\r\nServer: App-webs/\r\n\r\n"}}


@pytest.mark.parametrize(
    "text",
    [
        "[\n" + masscan("10.20.0.11", 80) + "\n,\n" + masscan("10.20.0.11", 80, **BANNER) + "\n]\n",
        "[\n" + masscan("10.20.0.11", 80) + ",\n" + masscan("10.20.0.11", 80, **BANNER) + ",\n{finished: 1}\n]\n",
        "[\n" + masscan("10.20.0.11", 80) + ",\n" + masscan("10.20.0.11", 80, **BANNER) + ",\n]\n",
        "[\n" + masscan("10.20.0.11", 80) + ",\n" + masscan("10.20.0.11", 80, **BANNER) + ",\n",
        json.dumps([json.loads(masscan("10.20.0.11", 80)), json.loads(masscan("10.20.0.11", 80, **BANNER))], indent=2),
    ],
    ids=["new", "finished", "comma", "stopped", "reformatted"],
)  # fmt: skip
def test_every_way_masscan_ends_its_list(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)

    assert found.addresses() == ["10.20.0.11", "10.20.0.11"]
    assert found.doors("10.20.0.11") == {80: "http"}
    assert ("http-server-header", "App-webs/") in found.texts("10.20.0.11")
    assert found.signs[0].seen_at == datetime.fromtimestamp(1795075230, UTC)
    assert found.signs[0].place == "export.json:2"


def test_banners_of_masscan_by_their_service(tmp_path: Path) -> None:
    banners = [
        ("http.server", "App-webs/"), ("title", "Login"), ("html", "<html><title>Login</title></html>"),
        ("ssh", "SSH-2.0-dropbear_2020.81"), ("X509", "not a certificate"), ("smb", "whatever"),
    ]  # fmt: skip
    rows = [masscan("10.20.0.11", 80, service={"name": name, "banner": said}) for name, said in banners]
    found = read(tmp_path, "[\n" + "\n,\n".join(rows) + "\n]\n")

    assert {kind for kind, _ in found.texts("10.20.0.11")} == {
        "http-server-header", "http-title", "http-body", "ssh-banner",
    }  # fmt: skip


def test_a_closed_port_is_a_weak_sign(tmp_path: Path) -> None:
    found = read(tmp_path, "[\n" + masscan("10.20.0.11", 23, status="closed", reason="rst", ttl=64) + "\n]\n")

    [seen] = found.signs[0].sighting.facts
    assert isinstance(seen.fact, Known)
    assert (seen.key, seen.fact.value, seen.fact.grade) == ("service.telnet", False, "C1")


# -- runZero ---------------------------------------------------------------------------------------------------------

ASSET = {
    "id": "e77602e0-3fb8-4734-aef9-fbc6fdcb0fa8", "alive": True, "last_seen": 1795075230, "detected_by": "arp",
    "type": "IP Camera", "hw": "Hikvision DS-2CD2042WD-I", "addresses": ["10.20.0.11", "fe80::1"],
    "macs": ["44:19:b6:00:00:11"], "names": ["GATE"], "service_ports_tcp": ["80", "554"], "service_ports_udp": ["3702"],
    "services": {"10.20.0.11/tcp/80//": {"http.head.server": "App-webs/", "html.title": "index"}},
}  # fmt: skip


@pytest.mark.parametrize("as_list", [False, True])
def test_assets_of_runzero(tmp_path: Path, as_list: bool) -> None:
    other = {**ASSET, "addresses": ["10.20.0.12"], "macs": [], "services": {}, "hw": "", "type": ""}
    text = json.dumps([ASSET, other]) if as_list else f"{json.dumps(ASSET)}\n{json.dumps(other)}\n"
    found = read(tmp_path, text, "assets.jsonl")

    assert found.addresses() == ["10.20.0.11", "10.20.0.12"]
    assert found.doors("10.20.0.11") == {80: "", 554: "", 3702: ""}
    assert ("http-server-header", "App-webs/") in found.texts("10.20.0.11")
    assert found.signs[0].seen_at == datetime.fromtimestamp(1795075230, UTC)
    assert {(claim.field, claim.value, claim.grade) for claim in found.signs[0].claims} == {
        ("maker", "Hikvision", "C1"), ("kind", "camera", "C1"),
    }  # fmt: skip
    assert found.told == [
        "assets.jsonl: runZero's names of service texts are described nowhere public: read as unverified."
    ]


def test_services_of_runzero(tmp_path: Path) -> None:
    row = {
        "service_address": "10.20.0.11", "service_transport": "tcp", "service_port": "443", "macs": [],
        "service_protocol": "http tls",
        "service_data": {"tls.subject": "CN=axis-accc8e000001,O=Axis Communications AB"},
        "addresses": ["10.20.0.11"], "last_seen": 1795075230,
    }  # fmt: skip
    found = read(tmp_path, json.dumps(row) + "\n", "services.jsonl")

    assert found.doors("10.20.0.11") == {443: "https"}
    assert found.identity("10.20.0.11").maker == "Axis"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[\n" + masscan("10.20.0.999", 80) + "\n]", "2: expected a record of masscan with ip and ports, found"),
        ("[\n" + masscan("10.20.0.11", 0) + "\n]", "2: expected a port from 1 to 65535, found"),
        ("[\n" + masscan("10.20.0.11", 80) + "\n,\n{ip: 3}\n]", "4: expected a JSON object, found: Expecting property"),
        ("[\n" + masscan("10.20.0.11", 80) + "\n,\n7\n]", "4: expected a JSON object, found '7'"),
        ("[\n" + masscan("10.20.0.11", 80) + '\n,\n{"ip": ', "4: expected a JSON object, found: Expecting value"),
        (
            '{"type":"config","ts":1597259738842951567,"probes":["arp"]}\n',
            "1: expected an export of assets or services",
        ),
        (json.dumps({**ASSET, "addresses": [], "macs": []}), "1: expected an asset or a service with its addresses"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    [line] = mistakes(lambda: read(tmp_path, text))
    assert line.startswith(f"{tmp_path}/export.json:{expected}")
