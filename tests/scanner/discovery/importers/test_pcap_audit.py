"""An audit of the lab seen from outside: what its capture tells offline is what the audit found."""

from __future__ import annotations

import json
import socket
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import needs
import pytest
from captured_audit import captured_audit
from frames import merge

from scanner.discovery.importers import ImportOptions
from scanner.discovery.importers.pcap import IMPORTER
from scanner.discovery.sighting import Sighting
from scanner.evidence import MemoryEvidence
from scanner.fingerprint import fuse, identify
from scanner.history import Store
from scanner.lab.files import load_personalities
from scanner.model import Device, Identity, Inventory


@dataclass(frozen=True)
class Both:
    """The same hour twice: as the audit saw it, and as its capture tells it."""

    inventory: Inventory
    heard: dict[str, Sighting]
    evidence: MemoryEvidence
    who: dict[str, str]
    encrypted: dict[str, set[int]]

    def devices(self) -> Iterator[Device]:
        """Those the audit saw directly."""
        return (device for device in self.inventory.devices if not device.seen_through)

    def in_the_clear(self, device: Device) -> tuple[Identity, bool]:
        """Its identity without what came through TLS, as the capture shows it, and whether anything did."""
        hidden = self.encrypted[device.address]
        clear = [
            claim
            for claim in device.identity.claims
            if not (claim.evidence and self.inventory.evidence[claim.evidence].port in hidden)
        ]
        return fuse(clear), len(clear) < len(device.identity.claims)


def _encrypted(capture: bytes) -> dict[str, set[int]]:
    """Ports on which a client's TLS hello (a handshake record) was sent, read without the importer."""
    found: dict[str, set[int]] = defaultdict(set)
    place = 24
    while place < len(capture):
        size = struct.unpack_from("<I", capture, place + 8)[0]
        frame = capture[place + 16 : place + 16 + size]
        place += 16 + size
        if frame[12:14] != b"\x08\x00" or frame[23] != 6:
            continue
        segment = frame[14 + (frame[14] & 15) * 4 :]
        payload = segment[(segment[12] >> 4) * 4 :]
        if payload[:2] == b"\x16\x03" and payload[5:6] == b"\x01":
            found[socket.inet_ntoa(frame[30:34])].add(int.from_bytes(segment[2:4], "big"))
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Every personality of the lab, with and without a login, audited once."""
    needs.namespaces()
    folder = tmp_path_factory.mktemp("capture")
    done = captured_audit(folder, *load_personalities())
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["code"] in (0, 4), result["stderr"]
    assert result["lost"] == 0
    store = Store.open(folder / "audit" / "inventory.sqlite")
    try:
        inventory = store.load()
    finally:
        store.close()
    evidence = MemoryEvidence()
    capture = folder / "all.pcap"
    options = ImportOptions(evidence=evidence, written_at=inventory.audit.started_at)
    return Both(
        inventory,
        merge((one.sighting, one.seen_at) for one in IMPORTER.read(capture, options) if one.seen_at),
        evidence,
        json.loads((folder / "who.json").read_text(encoding="utf-8")),
        _encrypted(capture.read_bytes()),
    )


def _words(identity: Identity) -> dict[str, object]:
    """An identity without its reasons. The spelling of a firmware is that of the source, so its meaning is compared."""
    firmware = identity.firmware
    return {
        "maker": identity.maker, "brand": identity.brand, "model": identity.model, "kind": identity.kind,
        "firmware": (firmware.version, firmware.build_date) if firmware else None,
        "serial": identity.serial, "mac": identity.mac,
    }  # fmt: skip


@pytest.mark.namespace
def test_the_capture_tells_what_the_audit_found(both: Both) -> None:
    """The whole identity of every device, as far as it was said in the clear."""
    wrong = {}
    for device in both.devices():
        expected = _words(both.in_the_clear(device)[0])
        found = _words(identify(both.heard[device.address].observations))
        differing = {name: (found[name], value) for name, value in expected.items() if found[name] != value}
        if differing:
            wrong[device.address, both.who[device.address]] = differing

    assert wrong == {}


@pytest.mark.namespace
def test_most_of_it_was_said_in_the_clear(both: Both) -> None:
    """The exception does not swallow the rule: most devices said all of it openly, and of nearly all nothing that
    came through TLS changes who they are."""
    devices = list(both.devices())
    wholly_clear = [device for device in devices if not both.in_the_clear(device)[1]]
    same = dict.fromkeys((*_words(devices[0].identity), "all of it"), 0)
    for device in devices:
        told, found = _words(identify(both.heard[device.address].observations)), _words(device.identity)
        for name, value in found.items():
            same[name] += told[name] == value
        same["all of it"] += told == found

    assert len(devices) == 2 * len(load_personalities())
    assert len(wholly_clear) >= len(devices) // 2
    assert min(same["maker"], same["brand"], same["kind"]) >= len(devices) * 19 // 20, same
    assert same["all of it"] >= len(devices) * 17 // 20, same
    assert {both.who[device.address].partition("-")[0] for device in wholly_clear} >= {
        "hikvision", "dahua", "axis", "onvif", "uniview", "vivotek", "decoy",
    }  # fmt: skip


@pytest.mark.namespace
def test_the_very_devices_and_doors_are_seen(both: Both) -> None:
    """No address more or less; each door with the service the audit gave it, and the evidence of each text."""
    assert set(both.heard) == {device.address for device in both.devices()}
    for device in both.devices():
        live = {(door.port, door.transport, door.service, door.path) for door in device.endpoints}
        told = both.heard[device.address]

        assert {(door.port, door.transport, door.service, door.path) for door in told.endpoints} == live
        assert {text.evidence for text in told.observations} <= set(both.evidence.records)


@pytest.mark.namespace
def test_texts_have_the_shape_of_the_audit(both: Both) -> None:
    """A text of a kind and port that the audit saw in the clear too is the same text."""
    fixed = {
        "http-server-header",
        "http-title",
        "http-set-cookie",
        "rtsp-server",
        "rtsp-sdp",
        "dhdiscover",
        "tls-subject",
    }
    compared = 0
    for device in both.devices():
        for kind in fixed:
            live = [text.raw for text in device.observations if text.seen_in == kind]
            told = [text.raw for text in both.heard[device.address].observations if text.seen_in == kind]
            for text in live:
                if told:
                    assert text in told
                    compared += 1

    assert compared > 100


@pytest.mark.namespace
def test_nothing_secret_was_kept(both: Both) -> None:
    """Neither the auditor's login nor its digests are in observations or evidence."""
    kept = b"".join(both.evidence.blobs.values()) + repr(both.heard).encode() + repr(both.evidence.records).encode()

    assert kept
    for secret in (b"Lab-Passw0rd", b"Authorization: Digest", b"PasswordDigest", b"cnonce"):
        assert secret not in kept
