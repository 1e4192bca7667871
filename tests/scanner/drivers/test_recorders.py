"""Cameras behind recorders: what each list says, its traps, and what is asked where a page is missing (A8)."""

# ruff: noqa: E501  # tables of cases read best with one case a line

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import Replay, facts, rows, serving

from scanner.drivers import DeviceReadings
from scanner.drivers.addresses import address_in
from scanner.drivers.hikvision.recorder import decode_inputs
from scanner.drivers.merge import merge_attached
from scanner.drivers.onvif.analytics import Profile
from scanner.drivers.onvif.recorder import Source, attached_of
from scanner.model import Attached, Known, Unseen

CANARY = "Kanarie9canary"
LIST = "/ISAPI/ContentMgmt/InputProxy/channels"
INPUTS = "/ISAPI/System/Video/inputs/channels"


def tree(tag: str, **inner: str) -> str:
    return f"<{tag}>" + "".join(f"<{key}>{value}</{key}>" for key, value in inner.items()) + f"</{tag}>"


def channel(number: int, **source: str) -> str:
    described = {"proxyProtocol": "HIKVISION", "ipAddress": f"192.0.2.{number}", "userName": CANARY, "password": CANARY}
    inner = tree("sourceInputPortDescriptor", **{**described, **source})
    return f"<InputProxyChannel><id>{number}</id><name>Gate {number}</name>{inner}</InputProxyChannel>"


def hikvision(address: str, *channels: str, **pages: Any) -> Replay:
    """A recorder with these channels; ``pages`` by a short name."""
    paths = {"status": f"{LIST}/status", "inputs": INPUTS}
    there: dict[str, Any] = {
        "/ISAPI/System/deviceInfo": tree("DeviceInfo", deviceType="NVR", model="DS-7608NXI-I2"),
        LIST: f'<InputProxyChannelList size="99">{"".join(channels)}</InputProxyChannelList>',
    }
    there |= {paths.get(name, f"{LIST}/{name.removeprefix('c')}/status"): body for name, body in pages.items()}
    return Replay(address, {path: body for path, body in there.items() if body is not None})


def read(replay: Replay, maker: str = "Hikvision") -> DeviceReadings:
    with serving(replay):
        return replay.read(maker, kind="recorder")


def said(readings: DeviceReadings) -> dict[str, tuple[str, str]]:
    return {one.channel: (one.online, one.slot) for one in readings.attached}


def status(number: int, **inner: str) -> str:
    return tree("InputProxyChannelStatus", id=str(number), **inner)


STATES = (
    ("beside it", status(1, online="true"), "yes"),
    ("inside the descriptor", status(1, sourceInputPortDescriptor="<online>false</online>"), "no"),
    ("in capitals", status(1, Online="TRUE"), "yes"),
    ("as a number", status(1, online="0"), "no"),
    ("only what was detected", status(1, chanDetectResult="connect"), "yes"),
    ("only what was not", status(1, chanDetectResult="networkError"), "no"),
    ("both: the switch decides", status(1, online="false", chanDetectResult="connect"), "no"),
    ("a word nobody knows", status(1, chanDetectResult="passwordError"), "unknown"),
    ("nothing", status(1), "unknown"),
)


@pytest.mark.parametrize(("body", "online"), [item[1:] for item in STATES], ids=[item[0] for item in STATES])
def test_hikvision_says_whether_a_camera_is_there(body: str, online: str) -> None:
    readings = read(
        hikvision(
            "127.104.1.1", channel(1), status=f"<InputProxyChannelStatusList>{body}</InputProxyChannelStatusList>"
        )
    )

    assert said(readings) == {"1": (online, {"yes": "live", "no": "absent", "unknown": "unknown"}[online])}


def test_hikvision_without_the_list_of_states_is_asked_channel_by_channel() -> None:
    replay = hikvision("127.104.1.2", channel(1), channel(2), c1=status(1, online="true"), c2=status(2, online="false"))
    readings = read(replay)

    assert said(readings) == {"1": ("yes", "live"), "2": ("no", "absent")}
    assert len(readings.attached[0].evidence) == 2
    assert [gap for gap in readings.gaps if "state" in gap.part] == []


def test_hikvision_that_tells_no_states_leaves_them_unknown() -> None:
    """The first channel without a page ends it; a login without the right is not tried again on each channel."""
    missing = hikvision("127.104.1.3", channel(1), channel(2))
    refused = hikvision("127.104.1.4", channel(1), channel(2), status=(403, ""))
    for replay, why in ((missing, "no-such-page"), (refused, "forbidden")):
        readings = read(replay)
        assert said(readings) == {"1": ("unknown", "unknown"), "2": ("unknown", "unknown")}
        assert [gap.why for gap in readings.gaps if gap.part == "hikvision: state of attached cameras"] == [why]
        assert f"{LIST}/2/status" not in replay.asked


def test_hikvision_third_party_and_offline_cameras() -> None:
    """Only its own protocol names a maker; what an offline camera has no fields for is not known, never invented."""
    readings = read(
        hikvision(
            "127.104.1.5",
            channel(1, model="DS-2CD2386G2-IU", serialNumber="DS-2CD2386G2-IU20220511AAWRF1", firmwareVersion="V5.7.15 build 240201"),
            channel(2, proxyProtocol="ONVIF", model="DS-2CD2386G2-IU", serialNumber="null"),
            channel(3, proxyProtocol="ISAPI", model="IPC"),
            channel(4, model="", serialNumber="", firmwareVersion=""),
            channel(5, ipAddress="0.0.0.0"),
            channel(6, ipAddress="", hostName="Gate.Example.org"),
            channel(7, ipAddress="", ipv6Address="FD00:0::7"),
            status="<x/>",
        )
    )  # fmt: skip
    found = {one.channel: one for one in readings.attached}

    assert [(one.channel, one.maker, one.brand) for one in readings.attached] == [
        ("1", "Hikvision", "Hikvision"), ("2", None, None), ("3", None, None), ("4", "Hikvision", None),
        ("6", "Hikvision", None), ("7", "Hikvision", None),
    ]  # fmt: skip
    assert found["1"].firmware is not None
    assert (found["1"].firmware.version, str(found["1"].firmware.build_date)) == ("V5.7.15", "2024-02-01")
    assert (found["2"].serial, found["4"].model, found["4"].firmware) == (None, None, None)
    assert (found["6"].address, found["7"].address) == ("gate.example.org", "fd00::7")
    assert facts(readings)["recorder.attached"] == 6
    assert CANARY not in msgspec.json.encode(readings).decode()


def test_hikvision_analogue_inputs() -> None:
    """Beside the network cameras, also where there is no list of these; an empty socket says so."""
    inputs = (
        "<VideoInputChannelList><VideoInputChannel><id>1</id><name>Till</name><resDesc>NO VIDEO</resDesc></VideoInputChannel>"
        "<VideoInputChannel><id>2</id><name>Door</name><resDesc> 1280*720(HD720P)P25</resDesc></VideoInputChannel>"
        "<VideoInputChannel><id>3</id><name>Yard</name></VideoInputChannel></VideoInputChannelList>"
    )
    both = read(hikvision("127.104.1.6", channel(3), status="<x/>", inputs=inputs))
    alone = hikvision("127.104.1.7", inputs=inputs)
    del alone.pages[LIST]

    assert said(both) == {"1": ("no", "analogue"), "2": ("yes", "analogue"), "3": ("unknown", "unknown")}
    assert facts(both)["recorder.attached"] == 1
    assert said(read(alone)) == {"1": ("no", "analogue"), "2": ("yes", "analogue"), "3": ("unknown", "analogue")}
    assert {one.protocol for one in both.attached} == {"analogue", "HIKVISION"}


def test_a_hostile_list_is_bounded() -> None:
    from lxml import etree

    many = "".join(f"<VideoInputChannel><id>{n}</id></VideoInputChannel>" for n in range(5_000))
    twice = read(hikvision("127.104.1.8", channel(1, model="A"), channel(1, model="B"), status="<x/>"))

    assert len(decode_inputs(etree.fromstring(f"<L>{many}</L>"), "e1")) == 512
    assert [one.model for one in twice.attached] == ["A"]


# -- Dahua -----------------------------------------------------------------------------------------------

LOGIC = "/cgi-bin/LogicDeviceManager.cgi?action="
CONFIG = "/cgi-bin/configManager.cgi?action=getConfig&name="
LIVE = {"Enable": "true", "Address": "192.0.2.11", "SerialNo": "7K0AAAAAPAG00001", "DeviceType": "IPC-HFW5442E-ZE",
        "ProtocolType": "Private", "Vendor": "Dahua", "Mac": "3C:EF:8C:00:00:01", "UserName": CANARY, "Password": CANARY}  # fmt: skip


def slots(*fields: dict[str, str] | None, at: str = ".uuid:System_CONFIG_NETCAMERA_INFO_") -> str:
    lines = [
        f"table.RemoteDevice{at}{number}.{key}={value}" for number, slot in enumerate(fields)
        for key, value in (slot if slot is not None else {"Enable": "false", "Address": "192.168.0.0"}).items()
    ]  # fmt: skip
    return "\r\n".join(lines)


def states(*words: str) -> str:
    return "\r\n".join(
        f"states[{n}].channel={n}\r\nstates[{n}].connectionState={word}" for n, word in enumerate(words) if word
    )


def dahua(address: str, remote: Any, **logic: Any) -> Replay:
    """A recorder; ``logic`` are the answers to ``state``, ``again`` and ``all``."""
    paths = {
        "state": "getCameraState&uniqueChannels%5B0%5D=-1",
        "again": "getCameraState&uniqueChannels=-1",
        "all": "getCameraAll",
    }
    pages: dict[str, Any] = {
        "/cgi-bin/magicBox.cgi?action=getSystemInfo": "deviceType=DHI-NVR5464\r\nserialNumber=R0\r\n",
        CONFIG + "RemoteDevice": remote,
    }
    pages |= {f"{LOGIC}{path}": (501, "Error\r\nNot Implemented!\r\n") for path in paths.values()}
    return Replay(address, pages | {LOGIC + paths[name]: body for name, body in logic.items()})


SPELLINGS = (
    ("Connected", "yes", "live"), ("connect", "yes", "live"), ("CONNECTED", "yes", "live"),
    ("Unconnect", "no", "absent"), ("UnConnected", "no", "absent"), ("Disconnect", "no", "absent"),
    ("disconnected ", "no", "absent"), ("Empty", "no", "left-over"), ("connecting", "unknown", "unknown"),
    ("", "unknown", "unknown"),
)  # fmt: skip


@pytest.mark.parametrize(("word", "online", "slot"), SPELLINGS)
def test_dahua_states_in_all_spellings(word: str, online: str, slot: str) -> None:
    """A camera that was removed keeps its slot switched on: the recorder then calls it empty."""
    readings = read(dahua("127.104.2.1", slots(LIVE, LIVE), state=states(word, "Connected")), "Dahua")

    assert said(readings)["1"] == (online, slot)
    assert facts(readings)["recorder.attached"] == (1 if slot == "left-over" else 2)


def test_dahua_slots() -> None:
    """Unused ones are left out; those switched off that still name a camera are shown as what they are."""
    removed = {**LIVE, "Enable": "false", "Address": "192.0.2.12"}
    reset = {**LIVE, "Address": "192.168.0.0"}
    third = {
        "Enable": "true",
        "Address": "192.0.2.14",
        "ProtocolType": "Onvif",
        "Vendor": "Hikvision",
        "DeviceType": "IP Camera",
    }
    by_name = {"Enable": "true", "Address": "192.0.2.15", "Mac": "ff:ff:ff:ff:ff:ff"}
    words = ("Connected", "Empty", "Disconnect", "", "Connected", "Connected")
    readings = read(
        dahua("127.104.2.2", slots(LIVE, None, removed, reset, third, by_name), state=states(*words)), "Dahua"
    )
    found = {one.channel: one for one in readings.attached}

    assert said(readings) == {
        "1": ("yes", "live"), "3": ("no", "left-over"), "4": ("no", "left-over"), "5": ("yes", "live"), "6": ("yes", "live"),
    }  # fmt: skip
    assert (found["5"].brand, found["5"].maker, found["5"].model) == ("Hikvision", None, None)
    assert (found["1"].maker, found["6"].maker, found["6"].mac, found["4"].address) == ("Dahua", None, None, None)
    assert facts(readings)["recorder.attached"] == 3
    assert CANARY not in msgspec.json.encode(readings).decode()


def test_dahua_keys_without_uuid() -> None:
    readings = read(
        dahua("127.104.2.3", slots(LIVE, at=".System_CONFIG_NETCAMERA_INFO_"), state=states("Connected")), "Dahua"
    )

    assert said(readings) == {"1": ("yes", "live")}


def test_dahua_states_in_the_other_spelling_of_the_question() -> None:
    replay = dahua("127.104.2.4", slots(LIVE), again=states("Connected"))
    readings = read(replay, "Dahua")

    assert said(readings) == {"1": ("yes", "live")}
    assert not [path for path in replay.asked if "getCameraAll" in path]


ALL = "\r\n".join(
    f"camera[{number}].{line}" for number, lines in enumerate((
        ("Enable=true", "UniqueChannel=0", "Type=Remote", "Channel=0", "DeviceInfo.Address=192.0.2.11",
         "DeviceInfo.SerialNo=7K0AAAAAPAG00001", f"DeviceInfo.Password={CANARY}", f"DeviceInfo.UserName={CANARY}"),
        ("Enable=false", "UniqueChannel=1", "Type=Remote", "DeviceInfo.Address=192.0.2.12", "DeviceInfo.Enable=true"),
        ("Enable=true", "UniqueChannel=2", "Type=Compose"),
        ("Enable=true", "UniqueChannel=9", "Type=Remote", "Channel=0", "Address=192.0.2.19", "DeviceInfo.Enable=true",
         "DeviceInfo.Mac=3c:ef:8c:00:00:09"),
        ("Enable=true", "UniqueChannel=x", "DeviceInfo.Address=192.0.2.20"),
    )) for line in lines
)  # fmt: skip


def test_dahua_without_states() -> None:
    """501 to both questions: the other list still tells which slots are switched off, and nobody that a camera is there."""
    second = {**LIVE, "Address": "192.0.2.12", "SerialNo": "7K0AAAAAPAG00002"}
    readings = read(dahua("127.104.2.5", slots(LIVE, second), all=ALL), "Dahua")

    assert said(readings) == {"1": ("unknown", "unknown"), "2": ("no", "left-over"), "10": ("unknown", "unknown")}
    assert [gap.why for gap in readings.gaps if gap.part == "dahua: state of attached cameras"] == ["no-such-page"]
    assert CANARY not in msgspec.json.encode(readings).decode()


@pytest.mark.parametrize("remote", [(403, ""), "Error: Error -1 getting param in name=RemoteDevice"])
def test_dahua_without_the_first_list(remote: Any) -> None:
    replay = dahua("127.104.2.6", remote, state=states(*["Connected"] * 10), all=ALL)

    assert said(read(replay, "Dahua")) == {"1": ("yes", "live"), "2": ("yes", "live"), "10": ("yes", "live")}


def test_dahua_that_tells_nothing_has_a_gap() -> None:
    readings = read(dahua("127.104.2.7", (403, "")), "Dahua")

    assert readings.attached == ()
    assert [gap.why for gap in readings.gaps if gap.part == "dahua: attached cameras"] == ["forbidden"]
    assert "recorder.attached" not in facts(readings)


# -- ONVIF -----------------------------------------------------------------------------------------------


def profile(number: int, name: str) -> str:
    return (
        f'<trt:Profiles token="P{number}"><tt:VideoSourceConfiguration token="C{number}"><tt:Name>{name}</tt:Name>'
        f"<tt:SourceToken>V{number}</tt:SourceToken></tt:VideoSourceConfiguration></trt:Profiles>"
    )


def recording(token: str, **source: str) -> str:
    inner = "".join(f"<tt:{key}>{value}</tt:{key}>" for key, value in source.items())
    return (
        f"<trc:RecordingItem><tt:RecordingToken>{token}</tt:RecordingToken><tt:Configuration><tt:Source>{inner}</tt:Source>"
        f"</tt:Configuration></trc:RecordingItem>"
    )


def kept(token: str, duration: str) -> str:
    end = "</tt:Configuration>"
    return recording(token).replace(end, f"<tt:MaximumRetentionTime>{duration}</tt:MaximumRetentionTime>{end}")


def onvif(address: str, recordings: str | None) -> Replay:
    names = {"media": "ver10/media", "recording": "ver10/recording"}
    services = "".join(
        f"<tds:Service><tds:Namespace>http://www.onvif.org/{space}/wsdl</tds:Namespace>"
        f"<tds:XAddr>http://{address}/onvif/{name}</tds:XAddr></tds:Service>" for name, space in names.items()
    )  # fmt: skip
    inside = "http://www.onvif.org/ver10/recording/wsdl"
    calls = {
        "GetServices": f"<tds:GetServicesResponse>{services}</tds:GetServicesResponse>",
        "GetDeviceInformation": "<tds:GetDeviceInformationResponse><tds:Manufacturer>Acme</tds:Manufacturer></tds:GetDeviceInformationResponse>",
        "GetProfiles": f"<trt:GetProfilesResponse>{profile(1, 'Gate')}{profile(2, 'Yard')}{profile(3, '')}</trt:GetProfilesResponse>",
    }
    if recordings is not None:
        calls["GetRecordings"] = (
            f'<trc:GetRecordingsResponse xmlns:trc="{inside}">{recordings}</trc:GetRecordingsResponse>'
        )
    return Replay(address, calls=calls)


def test_onvif_recorder_lists_its_channels() -> None:
    """One channel a video source; the address of a recording that calls itself as the channel is called, without the
    login in it; a recording that fits none stands by itself."""
    said_of = (
        recording("R1", SourceId="V1", Name="x", Address=f"rtsp://admin:{CANARY}@192.0.2.11:554/1")
        + recording("R2", SourceId="urn:uuid:1", Name="yard", Address="http://[FD00::12]/onvif/device_service")
        + recording("R3", SourceId="urn:uuid:2", Name="Roof", Address="192.0.2.13")
        + recording("R4", SourceId="urn:uuid:3", Name="Gate", Address="")
    )
    readings = read(onvif("127.104.3.1", said_of), "Acme")

    assert {(one.channel, one.name, one.address, one.slot, one.online) for one in readings.attached} == {
        ("1", "Gate", "192.0.2.11", "unknown", "unknown"), ("2", "Yard", "fd00::12", "unknown", "unknown"),
        ("3", "", None, "unknown", "unknown"), ("recording R3", "Roof", "192.0.2.13", "unknown", "unknown"),
    }  # fmt: skip
    assert all(one.evidence and one.maker is None for one in readings.attached)
    assert CANARY not in msgspec.json.encode(readings).decode()


@pytest.mark.parametrize(
    ("durations", "limited", "days"),
    [
        (("P30D", "P30D"), True, 30),
        (("P30D", "PT2161H"), True, 91),  # a begun day is a day, the longest counts
        (("P1M",), True, 30),
        (("P30D", "PT0S"), False, "undecided"),  # 0: no limit but the room there is
        (("P30D", "a month"), None, "malformed"),
        ((), None, None),
    ],
)
def test_onvif_recorder_tells_how_long_it_keeps(
    durations: tuple[str, ...], limited: bool | None, days: int | str | None
) -> None:
    said_of = "".join(kept(f"R{number}", duration) for number, duration in enumerate(durations)) or recording("R1")
    readings = read(onvif("127.104.3.4", said_of), "Acme")
    found = {one.key: one.fact for one in readings.facts if one.key.startswith("retention.")}

    limit, number = found.get("retention.limited"), found.get("retention.days")
    assert (limit.value if isinstance(limit, Known) else None) is limited
    assert (number.why if isinstance(number, Unseen) else number.value if isinstance(number, Known) else None) == days
    assert len(readings.attached) >= 3  # what cannot be read of it costs no channel


def test_onvif_without_recordings_and_onvif_cameras() -> None:
    """Without the call there are channels only; a camera of several pictures has no cameras behind it."""
    replay = onvif("127.104.3.2", None)
    assert [(one.channel, one.address) for one in read(replay, "Acme").attached] == [
        ("1", None),
        ("2", None),
        ("3", None),
    ]
    camera = onvif("127.104.3.3", recording("R1", SourceId="V1", Address="192.0.2.11"))
    with serving(camera):
        assert camera.read("Acme", kind="camera").attached == ()
    assert "GetRecordings" not in camera.asked


def test_onvif_two_addresses_for_one_channel_name_none() -> None:
    """Recordings of today and of a camera that was there before: both are shown, neither is the channel's."""
    two = [Source("R1", "V1", "", "192.0.2.1"), Source("R2", "V1", "", "192.0.2.2"), Source("R3", "V1", "", None)]
    found = list(attached_of([Profile("V1", "", (), (), "")], two, ("e1", "e2")))

    assert [(one.channel, one.address) for one in found] == [
        ("1", None), ("recording R1", "192.0.2.1"), ("recording R2", "192.0.2.2")
    ]  # fmt: skip


# -- both ------------------------------------------------------------------------------------------------


def test_lists_of_two_drivers_are_not_mixed() -> None:
    own, other = [Attached("5", model="A", online="yes")], [Attached("1", protocol="ONVIF channel")]

    assert merge_attached([own, other]) == (Attached("5", model="A", online="yes", slot="live"),)
    assert merge_attached([[], other]) == tuple(other)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"), (" 192.0.2.1 ", "192.0.2.1"), ("192.168.0.0", None), ("0.0.0.0", None), ("::", None),
        ("", None), ("null", None), ("FE80::1%eth0", "fe80::1"), ("[fd00::1]", "fd00::1"), ("rtsp://u:p@192.0.2.1:554/x", "192.0.2.1"),
        ("http://cam.example/onvif", "cam.example"), ("urn:uuid:5", None), ("u:p@192.0.2.1", None), ("<b>x</b>", None),
        ("300.1.1.1", None), ("http://[bad", None), ("x" * 600, None),
    ],
)  # fmt: skip
def test_addresses_as_recorders_write_them(text: str, address: str | None) -> None:
    assert address_in(text) == address


@given(st.text(max_size=80) | st.from_regex(r"[a-z]{3,5}://[\\[\\]:@/.%0-9a-f]{0,40}"))
def test_no_address_ends_the_reading(text: str) -> None:
    """Whatever a recorder writes there: an address, a name, or nothing; and never a login."""
    found = address_in(text)

    assert found is None or (found and not set(found) & set("@/<> "))


def test_what_a_recorder_says_of_functions_stays_with_it() -> None:
    """Rows of a recorder carry its channel numbers; each names its proof."""
    page = "<MotionDetection><enabled>true</enabled></MotionDetection>"
    trigger = "<EventTriggerList><EventTrigger><id>VMD-1</id><eventType>VMD</eventType><dynVideoInputChannelID>1</dynVideoInputChannelID></EventTrigger></EventTriggerList>"
    replay = hikvision("127.104.1.9", channel(1), status=status(1, online="true"))
    replay.pages |= {"/ISAPI/Event/triggers": trigger, f"{LIST}/1/video/motionDetection": page}
    readings = read(replay)

    assert rows(readings)["motion", "1"].enabled == "yes"
    assert readings.attached[0].channel == "1"
