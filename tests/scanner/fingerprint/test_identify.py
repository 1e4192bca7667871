"""What devices and decoys come out as: rebrands told, contradictions kept, nothing guessed from a name."""

from __future__ import annotations

import json

import pytest

from scanner.fingerprint import claims_of, fuse, identify
from scanner.model import Claim, Identity, Observation


def of(*rows: tuple[str, str]) -> Identity:
    return identify([Observation(seen_in, raw) for seen_in, raw in rows])


def onvif(manufacturer: str, model: str, firmware: str) -> tuple[str, str]:
    body = (
        f"<tds:GetDeviceInformationResponse><tds:Manufacturer>{manufacturer}</tds:Manufacturer><tds:Model>{model}</tds:Model>"
        f"<tds:FirmwareVersion>{firmware}</tds:FirmwareVersion><tds:SerialNumber>0000A1</tds:SerialNumber>"
        "</tds:GetDeviceInformationResponse>"
    )
    return "onvif-deviceinfo", body


def dhip(**device: object) -> tuple[str, str]:
    reply = {"mac": "3c:ef:8c:00:00:01", "method": "client.notifyDevInfo", "params": {"deviceInfo": device}}
    return "dhdiscover", " \x00\x00\x00DHIP" + "\x00" * 24 + json.dumps(reply) + "\x00"


SADP = (
    "<?xml version='1.0'?><ProbeMatch><Uuid>0</Uuid><Types>inquiry</Types>"
    "<DeviceDescription>{model}</DeviceDescription>"
    "<DeviceSN>{model}20200101AAWR000000001</DeviceSN><MAC>{mac}</MAC>"
    "<SoftwareVersion>V5.5.0build 170914</SoftwareVersion>"
    "<OEMInfo>{oem}</OEMInfo><DigitalChannelNum>{channels}</DigitalChannelNum><Activated>flase</Activated>"
)
"""Without its end tag, with a misspelt boolean: as devices send it."""


def sadp(model: str, mac: str = "c0-56-e3-00-00-01", oem: str = "N/A", channels: int = 0) -> tuple[str, str]:
    return "sadp", SADP.format(model=model, mac=mac, oem=oem, channels=channels)


# -- devices under their maker's name ---------------------------------------------------------------------------


def test_a_hikvision_camera_by_sadp() -> None:
    found = of(sadp("DS-2CD2146G2-ISU"))
    assert (found.brand, found.maker, found.model, found.kind) == (
        "Hikvision",
        "Hikvision",
        "DS-2CD2146G2-ISU",
        "camera",
    )
    assert found.grade == "C3"  # it answers SADP, and its prefix is registered to Hikvision
    assert found.mac == "c0:56:e3:00:00:01"
    assert found.serial == "DS-2CD2146G2-ISU20200101AAWR000000001"
    assert found.firmware is not None
    assert found.firmware.version == "V5.5.0"
    assert str(found.firmware.build_date) == "2017-09-14"
    assert found.is_camera is True
    assert any("SADP answer" in reason for reason in found.reasons)


def test_our_own_sadp_probe_coming_back_is_nobody() -> None:
    assert of(("sadp", "<Probe><Uuid>0</Uuid><Types>inquiry</Types></Probe>")) == Identity()


def test_a_dahua_recorder_by_dhdiscover() -> None:
    found = of(
        dhip(
            DeviceClass="NVR",
            DeviceType="DHI-NVR5216-4KS2",
            Version="4.001.0000000.1.R",
            SerialNo="3C00000PAN00001",
            Vendor="Dahua",
            RemoteVideoInputChannels=16,
        )
    )
    assert (found.brand, found.maker, found.kind, found.grade) == ("Dahua", "Dahua", "recorder", "C3")
    assert found.model == "DHI-NVR5216-4KS2"


def test_an_axis_camera_by_its_properties() -> None:
    body = json.dumps(
        {
            "apiVersion": "1.0",
            "data": {
                "propertyList": {
                    "Brand": "AXIS",
                    "ProdNbr": "P3265-V",
                    "ProdFullName": "AXIS P3265-V Dome Camera",
                    "SerialNumber": "B8A44F000001",
                    "Version": "11.9.60",
                    "BuildDate": "Apr 06 2024 10:00",
                }
            },
        }
    )
    found = of(("http-body", body), ("rtsp-realm", "AXIS_B8A44F000001"))
    assert (found.brand, found.maker, found.model, found.grade) == ("Axis", "Axis", "P3265-V", "C3")
    assert found.firmware is not None
    assert (found.firmware.version, str(found.firmware.build_date)) == ("11.9.60", "2024-04-06")
    assert found.mac == "b8:a4:4f:00:00:01"


@pytest.mark.parametrize(
    ("name", "model", "version", "maker", "own"),
    [
        ("AXIS", "AXIS P3265-V Network Camera", "10.12.1", "Axis", "P3265-V"),
        ("Hanwha Vision", "XNV-8080R", "1.41.10_20211216_R234", "Hanwha Vision", "XNV-8080R"),
        ("Hanwha Techwin", "SNV-6084", "2.00_150101", "Hanwha Vision", "SNV-6084"),
        ("UNIVIEW", "IPC2124LR3-PF40M-D", "IPC_D1201-B0007P10D1806C05", "Uniview", "IPC2124LR3-PF40M-D"),
        ("Bosch", "FLEXIDOME IP 5000i", "7.80.0128", "Bosch", "FLEXIDOME IP 5000i"),
        ("VIVOTEK", "IB9387-EHTV-A", "IB9387-VVTK-0103a", "Vivotek", "IB9387-EHTV-A"),
        ("Panasonic", "WV-S1131", "4.10", "i-PRO", "WV-S1131"),
        ("Sony", "SNC-EB630", "1.14.00", "Sony", "SNC-EB630"),
        ("Avigilon", "2.0C-H5A-BO1-IR", "4.10.0.44", "Avigilon", "2.0C-H5A-BO1-IR"),
        ("Pelco", "IMP321-1ERS", "2.12.0.8", "Pelco", "IMP321-1ERS"),
        ("MOBOTIX", "M73", "7.3.1.20", "Mobotix", "M73"),
        ("tp-link", "VIGI C340", "1.0.4 Build 210322 Rel.30233n", "TP-Link", "VIGI C340"),
    ],
)
def test_a_maker_that_names_itself(name: str, model: str, version: str, maker: str, own: str) -> None:
    found = of(onvif(name, model, version))
    assert (found.maker, found.brand, found.grade) == (maker, maker, "C2")
    assert found.model in (own, own.removeprefix("VIGI "))
    assert found.kind == "camera"


def test_device_information_as_key_and_value() -> None:
    found = of(
        (
            "onvif-deviceinfo",
            "Manufacturer: Bosch\nModel: DINION IP 6000\nFirmwareVersion: 6.50.0128\nSerialNumber: 0447",
        )
    )
    assert (found.maker, found.model, found.serial) == ("Bosch", "DINION IP 6000", "0447")
    found = of(("onvif-deviceinfo", '{"Manufacturer":"Axis","Model":"Q6135-LE","FirmwareVersion":"10.12.199"}'))
    assert (found.maker, found.model) == ("Axis", "Q6135-LE")


# -- rebrands --------------------------------------------------------------------------------------------------


def test_a_dahua_unit_under_another_name() -> None:
    found = of(
        dhip(DeviceClass="IPC", DeviceType="IP8M-2496E", Version="2.800.00AC004.0.R", SerialNo="AMC0000000000000A1"),
        onvif("Amcrest", "IP8M-2496E", "2.800.00AC004.0.R, Build Date 2021-11-01"),
    )
    assert (found.brand, found.maker, found.model, found.grade) == ("Amcrest", "Dahua", "IP8M-2496E", "C3")
    assert any(reason.startswith("rebrand:") for reason in found.reasons)
    assert "maker" not in found.contested


def test_the_shape_of_the_firmware_tells_the_maker_behind_a_brand() -> None:
    found = of(onvif("Lorex", "E891AB", "2.622.00LR000.10.R"))
    assert (found.brand, found.maker, found.grade) == ("Lorex", "Dahua", "C2")
    found = of(onvif("ANNKE", "C800", "V5.5.82 build 190909"))
    assert (found.brand, found.maker, found.grade) == ("Annke", "Hikvision", "C2")


def test_a_hikvision_unit_told_by_its_scopes_and_prefix() -> None:
    scopes = (
        "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/hardware/DFI6256TE "
        "onvif://www.onvif.org/name/DEMO onvif://www.onvif.org/MAC/68:6d:bc:00:00:01 onvif://www.onvif.org/location/city/hangzhou"
    )
    found = of(("onvif-scopes", scopes))
    assert (found.maker, found.model, found.grade) == ("Hikvision", "DFI6256TE", "C3")
    assert found.brand is None
    assert any("builds for other names" in reason for reason in found.reasons)


def test_an_oem_name_in_sadp() -> None:
    found = of(sadp("CMIP9342W", oem="LTS"))
    assert (found.brand, found.maker, found.model) == ("LTS", "Hikvision", "CMIP9342W")


def test_scopes_that_name_a_brand_give_no_maker() -> None:
    scopes = "onvif://www.onvif.org/type/Network_Video_Transmitter onvif://www.onvif.org/name/CP%20PLUS onvif://www.onvif.org/hardware/CP-UNC-TA21"
    found = of(("onvif-scopes", scopes))
    assert (found.brand, found.maker, found.grade, found.model) == ("CP Plus", None, None, "CP-UNC-TA21")
    assert any("maker open: CP Plus" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    "brand", ["Annke", "LTS", "HiWatch", "HiLook", "Amcrest", "Lorex", "Intelbras", "Honeywell", "EZVIZ"]
)
def test_a_name_alone_never_tells_the_maker(brand: str) -> None:
    found = of(onvif(brand, "X100", "1.0.0"))
    assert (found.brand, found.maker, found.grade) == (brand, None, None)


def test_a_recorder_of_bosch_made_by_dahua() -> None:
    found = of(
        dhip(
            DeviceClass="NVR",
            DeviceType="DIVAR AN 5000",
            Version="3.200.0000000.1.R",
            SerialNo="0000001",
            Vendor="Bosch",
        )
    )
    assert (found.brand, found.maker) == ("Bosch", "Dahua")
    assert "maker" not in found.contested  # a known relation, not a contradiction


def test_firmware_that_looks_like_hikvision_on_a_tp_link() -> None:
    found = of(onvif("TP-Link", "VIGI C300", "V1.0.4 build 210322"))
    assert found.maker == "TP-Link"
    assert not any(claim.value == "Hikvision" for claim in found.claims)


def test_scopes_that_say_the_maker_inside_a_type_and_the_kind_in_a_name() -> None:
    scope = "onvif://www.onvif.org/"
    found = of(("onvif-scopes", f"{scope}type/manufacturer/FOSCAM {scope}type/video_encoder {scope}hardware/C1"))
    assert (found.maker, found.model, found.kind) == ("Foscam", "C1", "camera")
    found = of(("onvif-scopes", f"{scope}name/IP-Camera {scope}hardware/IPC%20BO {scope}location/country/china"))
    assert (found.maker, found.kind) == (None, "camera")
    assert of(("onvif-scopes", f"{scope}name/Lobby {scope}hardware/A1001")).is_camera is None


def test_a_stream_tells_the_maker_under_another_name() -> None:
    found = of(("rtsp-sdp", "v=0\r\ns=Session streamed by \"MERCURY RTSP Server\"\r\n"
                "m=application/MERCURY 0 RTP/AVP smart/1/90000\r\n"))  # fmt: skip
    assert (found.brand, found.maker, found.kind) == ("Mercury", "TP-Link", "camera")
    found = of(("rtsp-sdp", "v=0\r\ns=H3C IPC Realtime stream\r\na=fmtp:105 DecoderTag=h3c-v3 RTCP=0\r\n"))
    assert found.maker == "Uniview"


def test_an_unknown_name_stays_with_an_open_maker() -> None:
    found = of(onvif("Steelcam", "SC-1", "1.2.3"))
    assert (found.brand, found.maker) == ("Steelcam", None)


# -- contradictions and grades -------------------------------------------------------------------------------------


def test_a_contradiction_is_kept() -> None:
    found = of(("rtsp-realm", "IP Camera(C1214)"), onvif("AXIS", "P3265-V", "10.12.1"))
    assert set(found.contested["maker"]) == {"Axis", "Hikvision"}
    assert found.maker == "Hikvision"  # the realm does not change with the badge
    assert found.grade == "C2"


def test_two_equal_hints_decide_nothing() -> None:
    found = of(("http-favicon-md5", "999357577"), ("http-favicon-md5", "2019488876"))
    assert found.maker is None
    assert set(found.contested["maker"]) == {"Dahua", "Hikvision"}


def test_two_headers_of_one_web_server_are_one_signal() -> None:
    assert of(("http-server-header", "App-webs/"), ("http-realm", "DVRNVRDVS")).grade == "C2"
    assert of(("http-server-header", "App-webs/"), ("rtsp-realm", "DVRNVRDVS")).grade == "C3"


def test_a_prefix_alone_is_circumstantial() -> None:
    found = of(("mac", "C056E3000001"))
    assert (found.maker, found.grade, found.kind, found.is_camera) == ("Hikvision", "C1", "unknown", None)
    assert found.mac == "c0:56:e3:00:00:01"


def test_a_prefix_of_a_company_that_builds_cameras_only_makes_a_camera() -> None:
    """Reolink sells nothing else; Hikvision and Dahua sell door controllers and switches with the same prefixes."""
    found = of(("mac", "EC:71:DB:00:00:01"))
    assert (found.maker, found.grade, found.kind) == ("Reolink", "C1", "camera")
    assert of(("mac", "3c:ef:8c:00:00:01")).is_camera is None
    assert of(("mac", "EC:71:DB:00:00:01"), ("http-title", "Access Point")).is_camera is False


def test_an_authenticated_read_is_c3_and_its_model_wins() -> None:
    read = [
        Claim("maker", "Axis", "C3", "driver:axis", "vapix", "e1"),
        Claim("model", "M1065-LW", "C3", "driver:axis", "vapix", "e1"),
    ]
    found = identify([Observation("http-title", "AXIS")], read)
    assert (found.maker, found.grade, found.model) == ("Axis", "C3", "M1065-LW")
    assert any("read by the axis driver" in reason for reason in found.reasons)


def test_versions_that_differ_are_contested_and_more_digits_are_not() -> None:
    found = of(onvif("AXIS", "P1", "9.80.1"), ("dhcp-vendor-class", "AXIS,Network Camera,P1,9.80.2"))
    assert found.firmware is not None
    assert found.contested["firmware"] == ("9.80.1", "9.80.2")
    found = of(onvif("AXIS", "P1", "9.80"), ("dhcp-vendor-class", "AXIS,Network Camera,P1,9.80.2"))
    assert "firmware" not in found.contested


def test_a_recorder_that_announces_itself_as_video_transmitter() -> None:
    scopes = "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/hardware/DS-7608NXI-I2"
    found = of(("onvif-scopes", scopes), sadp("DS-7608NXI-I2", channels=8))
    assert found.kind == "recorder"


def test_claims_keep_their_evidence() -> None:
    (claim, *_) = claims_of(Observation("http-server-header", "App-webs/", "e7"))
    assert (claim.field, claim.value, claim.evidence) == ("maker", "Hikvision", "e7")


def test_a_camera_described_over_upnp() -> None:
    found = of(
        ("ssdp", UPNP.format(type="Basic", maker="AXIS", model="AXIS P3364-LV", name="AXIS P3364-LV - B8A44F000001"))
    )
    assert (found.maker, found.model, found.kind) == ("Axis", "P3364-LV", "camera")
    found = of(("ssdp", UPNP.format(type="Basic", maker="Sony Corporation", model="SNC-EB630", name="Network Camera")))
    assert (found.maker, found.model, found.kind) == ("Sony", "SNC-EB630", "camera")


def test_a_badge_of_cameras_only_makes_a_camera_of_an_open_maker() -> None:
    found = of(("http-title", "ANNKE"))
    assert (found.brand, found.maker, found.is_camera) == ("Annke", None, True)
    assert of(("tls-subject", "CN=x,O=Intelbras,C=BR")).is_camera is None  # sells much else


def test_nothing_seen_is_nobody() -> None:
    assert identify([]) == Identity()
    assert fuse([]) == Identity()


# -- decoys --------------------------------------------------------------------------------------------------------

UPNP = (
    "<root><device><deviceType>urn:schemas-upnp-org:device:{type}:1</deviceType><manufacturer>{maker}</manufacturer>"
    "<modelName>{model}</modelName><friendlyName>{name}</friendlyName></device></root>"
)
DECOYS = [
    [("http-title", "Camera Rental Manager")],
    [("http-title", "IP Camera"), ("http-server-header", "nginx/1.18.0 (Ubuntu)")],
    [("http-title", "Camera Control"), ("http-body", "<html><title>Camera Control</title>csrfmiddlewaretoken</html>")],
    [("http-title", "HP LaserJet MFP M428fdw"), ("http-server-header", "HP HTTP Server; HP LaserJet")],
    [("http-title", "TL-SG108E"), ("mac", "50:c7:bf:00:00:01")],
    [("http-title", "Synology DiskStation - nas01")],
    [("rtsp-server", "GStreamer RTSP server")],
    [("rtsp-response", "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: LIVE555\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n")],
    [("http-server-header", "lighttpd/1.4.35"), ("http-server-header", "gSOAP/2.8")],
    [("ssdp", "HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n"
      "SERVER: MiniUPnPd/2.1\r\n\r\n")],
    [("ssdp", UPNP.format(type="MediaServer", maker="Sony Corporation", model="BRAVIA KD-55", name="TV"))],
    [("ssdp", UPNP.format(type="Basic", maker="TP-Link", model="Archer C7", name="Wireless Router"))],
    [("tplink-discovery",
      '{"result":{"device_type":"SMART.TAPOPLUG","device_model":"P100(EU)","mac":"50-C7-BF-00-00-02"}}')],
    [("snmp-sysdescr", "Cisco IOS Software, C2960"), ("snmp-sysobjectid", ".1.3.6.1.4.1.9.1.1208")],
    [("sip-server", "Yealink SIP-T46S 66.85.0.5")],
    [("http-realm", "TP-LINK Wireless N Router WR841N")],
    [("mdns-txt", "md=Chromecast")],
    [("onvif-scopes", "<d:Types>wsdp:Device wprt:PrintDeviceType</d:Types>")],
]  # fmt: skip


@pytest.mark.parametrize("rows", DECOYS, ids=lambda rows: rows[0][1][:24])
def test_a_decoy_is_no_camera(rows: list[tuple[str, str]]) -> None:
    assert not of(*rows).is_camera


@pytest.mark.parametrize("title", ["502 Bad Gateway", "504 Gateway Time-out", "404 Not Found", "401 Unauthorized"])
def test_an_error_page_says_nothing_of_the_thing(title: str) -> None:
    """A unit whose page fails is unknown: it is never put among the things that are no cameras."""
    assert of(("http-title", title)).is_camera is None


def test_a_known_thing_that_is_no_camera_is_said_to_be_none() -> None:
    found = of(("tplink-discovery", '{"result":{"device_type":"SMART.TAPOPLUG","device_model":"P100(EU)"}}'))
    assert (found.is_camera, found.kind, found.maker, found.model) == (False, "other", "TP-Link", "P100")
    found = of(("tplink-discovery", '{"result":{"device_type":"SMART.IPCAMERA","device_model":"C210"}}'))
    assert (found.is_camera, found.kind) == (True, "camera")


@pytest.mark.parametrize(
    "stack", ["LIVE555 Streaming Media v2014", "gSOAP/2.8", "lighttpd/1.4.35", "Boa/0.94.14rc21", "thttpd/2.25b"]
)
@pytest.mark.parametrize("seen_in", ["http-server-header", "rtsp-server", "ssdp-server"])
def test_a_stack_identifies_nothing(seen_in: str, stack: str) -> None:
    assert of((seen_in, stack)) == Identity()
