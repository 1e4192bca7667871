"""IPv6 end to end: targets, datagrams, doors, and what devices announce, on a segment and on loopback."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from datagrams import probe_match, reply
from lab_doors import lab_door, swept
from needs import namespaces
from segment import Plan, Ran, run

from scanner.discovery.protocols import ssdp, ws_discovery
from scanner.errors import TargetError
from scanner.lab import Fleet
from scanner.model import Endpoint
from scanner.targets import expand, parse_target, pin

KINDS = ("hikvision-old", "axis-aoa", "dahua-smd", "onvif-faces")
SCAN = (sys.executable, "-m", "scanner.cli", "scan", "-T", "fast", "--ports", "8080,8000,8554", "-f", "json", "-q")
PAPER = ("--authorised-by", "a test", "--reference", "T-1")


def scan(tmp_path: Path, *words: str, base: str) -> tuple[Ran, dict[str, Any], list[dict[str, Any]]]:
    """An audit of a segment of IPv6 devices: what ran, its devices by address, the lines sent."""
    namespaces()
    out = tmp_path / "out"
    fleets = ((base, tuple((kind, {}) for kind in KINDS)),)
    ran = run(Plan(command=(*SCAN, *words, *PAPER, "-o", str(out)), fleets=fleets))
    assert ran.code == 0, ran.stderr
    audit = json.loads((out / "audit.json").read_text())
    lines = [json.loads(line) for line in (out / "ledger.jsonl").read_text().splitlines()]
    return ran, {one["address"]: one for one in audit["devices"]}, [line for line in lines if line["kind"] == "sent"]


@pytest.mark.namespace
@pytest.mark.parametrize("target", ["fd00:35::11-fd00:35::14", "fd00:35::10/124"])
def test_a_range_and_a_prefix_are_found_and_identified(tmp_path: Path, target: str) -> None:
    """Every device by its address, with the maker and model it has."""
    ran, devices, _ = scan(tmp_path, target, base="fd00:35::10")

    assert ran.harm == []
    assert set(devices) == {f"fd00:35::1{host}" for host in range(1, 5)}
    for address, truth in ran.truth.items():
        identity = devices[address]["identity"]
        assert (identity["maker"], identity["model"]) == (truth["maker"], truth["model"])
    axis = {(one["service"], one["port"]) for one in devices["fd00:35::12"]["endpoints"]}
    assert axis >= {("ws-discovery", 3702), ("ssdp", 1900), ("onvif", 8080), ("http", 8080), ("rtsp", 8554)}


@pytest.mark.namespace
def test_a_link_local_address_is_asked_on_its_interface(tmp_path: Path) -> None:
    """``%seg0`` says where; it stays with the device, and stands in no URL."""
    ran, devices, sent = scan(tmp_path, "fe80::35:a2%seg0", base="fe80::35:a0%seg1")

    assert ran.harm == []
    identity = devices["fe80::35:a2%seg0"]["identity"]
    assert (identity["maker"], identity["model"]) == ("Axis", "P3265-V")
    assert {one["address"] for one in sent} == {"fe80::35:a2%seg0"}
    assert any(one["protocol"] == "http" for one in sent)


@pytest.mark.namespace
def test_groups_of_ipv6_are_asked(tmp_path: Path) -> None:
    """WS-Discovery and mDNS over FF02::C and FF02::FB; a device answers from its address in scope."""
    ran, devices, sent = scan(tmp_path, "fd00:35::11-fd00:35::14", "--local", "seg0", base="fd00:35::10")

    assert ran.harm == []
    asked = {(one["protocol"], one["address"]) for one in sent if one["method"] == "MULTICAST"}
    assert asked == {("ws-discovery", "ff02::c"), ("mdns", "ff02::fb")}
    assert ("udp", "ws-discovery", "MULTICAST") in ran.asked("fd00:35::14")
    assert ("udp", "ws-discovery", "") not in ran.asked("fd00:35::14")
    assert "mdns" in {one["service"] for one in devices["fd00:35::12"]["endpoints"]}


def test_a_device_on_the_loopback_address() -> None:
    """``::1`` needs no namespace and no paper."""
    with Fleet(["axis-aoa"], base="::") as fleet:
        seen = asyncio.run(swept(lab_door(), ["::1"], ports=(8080, 8554)))
        harm = fleet.harm

    assert harm == []
    assert {(one.port, one.service) for one in seen["::1"].endpoints} >= {
        (3702, "ws-discovery"), (8080, "onvif"), (1900, "ssdp"), (8080, "upnp"), (8554, ""),
    }  # fmt: skip


def test_brackets_in_what_devices_announce() -> None:
    """XAddrs and LOCATION of IPv6, with and without an interface name; another host is not believed."""
    here = "fd00:35::9"
    sighting = ws_discovery.read(reply("ws-discovery", probe_match(f"http://[{here}]:8081/onvif/x"), here))
    assert sighting is not None
    assert Endpoint(here, 8081, "tcp", "onvif", "/onvif/x", "ws-discovery") in sighting.endpoints

    for host, address, believed in (
        ("[fd00:35::9]", here, True),
        ("[fd00:35:0:0::9]", here, True),
        ("[fd00:35::a]", here, False),
        ("[fe80::9]", "fe80::9%eth0", True),
        ("[fe80::9%25eth0]", "fe80::9%eth0", True),
        ("10.0.0.1", here, False),
    ):
        data = f"HTTP/1.1 200 OK\r\nLOCATION: http://{host}:81/d.xml\r\nST: upnp:rootdevice\r\n\r\n".encode()
        found = ssdp.read(reply("ssdp", data, address))
        assert found is not None
        assert (Endpoint(address, 81, "tcp", "upnp", "/d.xml", "ssdp") in found.endpoints) is believed


def test_a_link_local_target_names_its_interface() -> None:
    """Of this machine, and only with a single link-local address."""
    wanted = pin([parse_target("fe80::1%lo")], lambda _address: "")
    assert [one.address for one in expand(wanted)] == ["fe80::1%lo"]

    for text in ("fe80::1", "fe80::/120", "fe80::1%nosuch0"):
        with pytest.raises(TargetError, match="interface"):
            pin([parse_target(text)], lambda _address: "")
    for text in ("fd00::1%lo", "10.0.0.1%lo", "fe80::/64%lo", "fe80::1%", "fe80::1%l o", "fe80::1%lo;x"):
        with pytest.raises(TargetError):
            parse_target(text)
