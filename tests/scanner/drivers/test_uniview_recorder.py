"""Uniview recorders: their cameras, a share of requests for each, and what stays behind."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

import pytest
from doors import door
from replay import facts, rows
from uniview_lapi import KNOWN, read, replayed, told, working

from scanner.drivers import DeviceReadings
from scanner.drivers.base import MORE_A_CHANNEL, MOST_CHANNELS, MOST_REQUESTS, Asker
from scanner.drivers.uniview import BASIC, CLOCK, INFORMATION, SSH
from scanner.drivers.uniview.lapi import Lapi
from scanner.drivers.uniview.pages import LAPI
from scanner.drivers.uniview.recorder import DEVICES, LIST
from scanner.errors import NoAnswer
from scanner.evidence.redaction import without_secrets
from scanner.lab.leaks import MARK
from scanner.net import Limits


def channel(number: Any, **more: Any) -> dict[str, Any]:
    where = {"Address": f"192.0.2.{number}", "MAC": "48:ea:63:00:00:01"}
    return {"ID": number, "Name": "Hall", "Status": 1, "Manufacturer": "UNIVIEW", "AddressInfo": where, **more}


def recorder(*entries: dict[str, Any], **more: Any) -> tuple[DeviceReadings, list[str]]:
    info = told({"DeviceModel": "NVR302-16S2"})
    return replayed({INFORMATION: info, LIST: told({"DetailInfos": list(entries)}), **more}, kind="recorder")


def test_cameras_of_a_recorder() -> None:
    """In use is what has an address or a model; the second list adds serial number and firmware."""
    more = [{"ID": 1, "SerialNumber": "SN1", "FirmwareVersion": "QIPC-B2202.3.73", "DeviceModel": "IPC1"}]
    nowhere = {"Address": "", "MAC": "ff:ff:ff:ff:ff:ff"}
    readings, _ = recorder(
        channel(1), channel(2, Manufacturer="HIKVISION", DeviceModel="DS-1", Status=2),
        channel(3, Manufacturer="ONVIF", Status=0, AddressInfo=nowhere, DeviceModel="X"),
        channel(4, AddressInfo={"Address": ""}), channel(0), channel(5000), channel(-1), channel("x"), channel(1),
        **{DEVICES: told({"DeviceInfos": more}), SSH: told({"Enabled": 1}), CLOCK: told({"DeviceTime": 1_000_000_000})},
    )  # fmt: skip
    first, second, third = readings.attached

    assert (first.channel, first.serial, first.model, first.maker) == ("1", "SN1", "IPC1", "Uniview")
    assert first.firmware is not None
    assert (second.brand, second.maker, second.mac) == ("Hikvision", None, "48:ea:63:00:00:01")
    assert (first.online, second.online) == ("yes", "unknown")
    assert (third.brand, third.mac, third.online, third.slot) == (None, None, "no", "absent")
    found = facts(readings)
    assert (found["recorder.channels"], found["recorder.attached"], found["service.ssh"]) == (9, 3, True)
    assert found["time.skew_seconds"] < -1e8


def test_a_recorder_without_its_second_list_says_so() -> None:
    readings, _ = recorder(channel(1))

    assert [one.serial for one in readings.attached] == [None]
    assert [gap.part for gap in readings.gaps] == ["uniview: firmware of attached cameras"]


def test_each_channel_has_its_share_of_requests() -> None:
    """A hundred cameras: the first 64 are asked, each a few times, and nothing is read as off of the others."""
    entries = [channel(number) for number in range(1, 101)]
    status = {f"{LAPI}/Channels/{n}/Smart/WorkingStatus": working([100, 101, 102, 103, 3, 0]) for n in range(1, 101)}
    readings, asked = recorder(*entries, **status)
    shares = [sum(path.startswith(f"{LAPI}/Channels/{n}/") for path in asked) for n in range(1, 101)]

    assert max(shares) <= MORE_A_CHANNEL
    assert shares[MOST_CHANNELS:] == [0] * (100 - MOST_CHANNELS)
    assert len(asked) == len(set(asked)) <= MOST_REQUESTS + MORE_A_CHANNEL * (MOST_CHANNELS - 1)
    assert rows(readings)["line-crossing", "64"].enabled == "yes"
    assert "36 further channels were not asked" in [gap.detail for gap in readings.gaps]
    assert {row.enabled for row in readings.features} == {"yes", "unknown"}


def test_a_page_that_is_broken_off_is_not_there() -> None:
    """Recorders cut the body of a 599; that is no failure of the connection."""
    with socket.create_server(("127.61.5.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 599 Unknown\r\nContent-Length: 400\r\n\r\n{")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with door(limits=Limits()).link("127.61.5.1") as link:
            lapi = Lapi(Asker(link, "uniview", [(server.getsockname()[1], False)]))
            with pytest.raises(NoAnswer) as silence:
                lapi.data(BASIC)
        thread.join()

    assert silence.value.why == "no-such-page"


def test_what_a_recorder_prints_beside_it_stays_behind() -> None:
    """Logins of its cameras and names of libraries are in the replies, and in nothing that was read."""
    switches = (*KNOWN["uniview-nvr"].switches, *(one for one in KNOWN["uniview-ai"].switches if one.count))
    _, readings, asked, _ = read(KNOWN["uniview-nvr"], "127.61.6.0", switches=switches)

    assert LIST in asked
    assert facts(readings)["face-library.count"] == 1204
    assert MARK not in repr(readings)


def test_a_library_has_no_name_in_the_evidence() -> None:
    """It is called after whom it is about; the counts stay."""
    reply = told({"LibList": [{"ID": 3, "FaceNum": 5, "Name": 'Banned "visitors"', "BelongIndex": ""}]})
    kept = json.loads(without_secrets(reply.encode()))["Response"]["Data"]["LibList"]

    assert kept == [{"ID": 3, "FaceNum": 5, "Name": "[removed]", "BelongIndex": ""}]
    assert without_secrets(b'{"Name": "Hall"}') == b'{"Name": "Hall"}'
