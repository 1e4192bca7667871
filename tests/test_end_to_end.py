"""The main job over the whole virtual council, through the real command line and real sockets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from audits import Audited, audit_of

from scanner.facts import NOT_AI
from scanner.lab import Fleet
from scanner.net import Ledger


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    """The council, audited once for all tests of this module."""
    with Fleet("council", base="127.60.0.0") as fleet, audit_of(fleet, tmp_path_factory.mktemp("council")) as done:
        yield done


def test_every_device_is_found(audited: Audited) -> None:
    """Each address of the lab is in the inventory, and nothing else was seen directly."""
    seen = {device.address for device in audited.inventory.devices if not device.seen_through}

    assert seen == set(audited.fleet.truth)


def test_each_identity_is_right(audited: Audited) -> None:
    """Maker, brand, model, firmware and kind of every camera and recorder equal the lab's truth, as far as the device
    tells them to this auditor."""
    wrong = []
    for address, truth in audited.fleet.truth.items():
        if not truth.is_camera:
            continue
        identity = audited.device(address).identity
        firmware = identity.firmware.version if identity.firmware else None
        found = {
            "maker": identity.maker, "brand": identity.brand, "model": identity.model, "firmware": firmware,
            "kind": identity.kind,
        }  # fmt: skip
        expected = {name: getattr(truth, name) for name in found}
        differing = {
            name: (found[name], expected[name])
            for name in found
            if _plain(found[name]) != _plain(expected[name]) and (name in truth.told or found[name] is not None)
        }
        if differing:
            wrong.append((address, truth.personality, differing))

    assert wrong == []


def _plain(name: str | None) -> str | None:
    """Without blanks: the E1 Zoom calls itself E1Zoom in its ONVIF scopes."""
    return name.replace(" ", "") if name else name


def test_decoys_are_no_cameras(audited: Audited) -> None:
    """Printer, switch, NAS, router and web app are told as what they are: no cameras."""
    decoys = [address for address, truth in audited.fleet.truth.items() if not truth.is_camera]
    taken = [address for address in decoys if audited.device(address).identity.is_camera is not False]

    assert len(decoys) >= 5
    assert taken == []


def test_exactly_the_functions_switched_on_are_listed(audited: Audited) -> None:
    """Channel by channel, the AI functions read as enabled are those the lab switched on: none more, none less."""
    wrong = []
    for address, truth in audited.fleet.truth.items():
        if not (truth.is_camera and truth.login_works):
            continue
        device = audited.device(address)
        found = {(item.channel, item.feature) for item in device.features if item.enabled == "yes"}
        expected = {(channel, feature) for channel, features in truth.features_on.items() for feature in features}
        found, expected = ({pair for pair in pairs if pair[1] not in NOT_AI} for pairs in (found, expected))
        if found != expected:
            wrong.append((address, truth.personality, "missing", expected - found, "invented", found - expected))

    assert wrong == []


def test_a_refused_login_is_unknown_never_off(audited: Audited) -> None:
    """Without a working login functions and their rules are unknown with the reason, and coverage counts the camera."""
    blind = [
        address for address, truth in audited.fleet.truth.items()
        if truth.is_camera and truth.login is not None and not truth.login_works
    ]  # fmt: skip

    assert blind
    for address in blind:
        device = audited.device(address)
        assert device.login in {"refused", "locked"}
        assert device.features
        assert {item.enabled for item in device.features} == {"unknown"}
        assert all(item.why.get("enabled") in {"login-refused", "login-locked"} for item in device.features)
        about_functions = [
            finding for finding in audited.findings(address)
            if finding["verdict"] == "pass"
            and any(str(because["fact"]).startswith("ai.") for because in finding["because"])
        ]  # fmt: skip
        assert about_functions == []
        assert any(
            finding["verdict"] == "unknown" and because.get("why") in {"login-refused", "login-locked"}
            for finding in audited.findings(address)
            for because in finding["because"]
        )
    counted = sum(
        row.not_evaluable.get("login-refused", 0) + row.not_evaluable.get("login-locked", 0)
        for row in audited.inventory.audit.coverage
    )
    unread = [device.address for device in audited.inventory.devices if device.login in {"refused", "locked"}]
    assert set(blind) <= set(unread)
    assert counted == len(unread)


def test_cameras_behind_recorders_are_counted_once(audited: Audited) -> None:
    """An attached camera that was also seen directly points to that device; others are listed as seen through."""
    addresses = {device.address: device for device in audited.inventory.devices}
    recorders = [address for address, truth in audited.fleet.truth.items() if truth.attached and truth.login_works]

    assert recorders
    for address in recorders:
        truth, device = audited.fleet.truth[address], addresses[address]
        found = {(item.channel, item.online) for item in device.attached if item.slot not in {"left-over", "analogue"}}
        expected = {(item.channel, "yes" if item.online else "no") for item in truth.attached if item.enabled}
        assert found == expected, truth.personality
    ids = [device.id for device in audited.inventory.devices]
    assert len(ids) == len(set(ids))
    serials = [device.identity.serial for device in audited.inventory.devices if device.identity.serial]
    assert len(serials) == len(set(serials))


def test_channels_without_a_camera_have_their_word(audited: Audited) -> None:
    """A DVR lists itself and its two sockets, another recorder keeps a slot that is switched off: none is a camera."""
    slots = {
        (audited.fleet.truth[device.address].personality, item.channel): (item.slot, item.device == device.id)
        for device in audited.inventory.devices for item in device.attached
    }  # fmt: skip
    shared = {
        item.device for device in audited.inventory.devices for item in device.attached if item.name == "Main entrance"
    }

    assert slots["hikvision-dvr", "1"] == slots["hikvision-dvr", "2"] == ("analogue", False)
    assert slots["hikvision-dvr", "4"] == ("itself", True)
    assert slots["dahua-nvr-bare", "2"] == ("left-over", False)
    assert slots["dahua-nvr", "4"] == ("absent", False)
    assert len(shared) == 1


def test_nothing_was_harmed(audited: Audited) -> None:
    """The lab saw no write, no wrong password beyond the one allowed, no second connection, no odd datagram; all doors
    that were open before were open after."""
    assert [str(harm) for harm in audited.fleet.harm] == []
    assert audited.inventory.audit.harm.closed_after == ()


def test_the_ledger_is_what_was_received(audited: Audited) -> None:
    """Every datagram, connection, handshake and request the lab received is in the ledger, no more and no less."""
    sent = Counter(
        (line["address"], line["port"], line["transport"], line["protocol"], line["method"], line["path"])
        for line in audited.ledger
        if line["kind"] == "sent" and line["address"] in audited.fleet.truth
    )
    received = Counter(
        (item.address, item.port, item.transport, item.protocol, item.method, item.path)
        for item in audited.fleet.received
    )
    # A connect to a closed port reaches no server of the lab, so only doors the lab has can be compared.
    doors = {(item.address, item.port, item.transport) for item in audited.fleet.received}
    sent = Counter({key: count for key, count in sent.items() if key[:3] in doors})

    assert sent - received == Counter()
    assert received - sent == Counter()
    assert Ledger.verify(audited.directory / "ledger.jsonl") == []


def test_every_verdict_has_its_evidence(audited: Audited) -> None:
    """A fail or review names the facts that decided it, and each fact read from a device names a reply that is kept."""
    kept = set(audited.inventory.evidence)
    without = []
    for finding in audited.document["findings"]:
        if finding["verdict"] not in {"fail", "review"}:
            continue
        because = finding["because"]
        cited = {evidence for item in because for evidence in item["evidence"]}
        if not because or not cited <= kept or not (cited or all("why" in item for item in because)):
            without.append(finding)

    assert without == []


def test_the_exit_code_tells_of_findings(audited: Audited) -> None:
    """The council has failures at or above --fail-on: exit code 3; the report says where it is."""
    assert audited.result.returncode == 3
    assert "report.html" in audited.result.stderr + audited.result.stdout
