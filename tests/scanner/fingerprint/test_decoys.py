"""Near misses of the broad patterns: texts with words and models of video that are no cameras, and units that are."""

from __future__ import annotations

import pytest

from scanner.fingerprint import identify
from scanner.model import Observation

TITLES = """
Camera Rental Manager
IP Camera Shop
Buy IP Camera Online
The best network camera of the year
How to choose a Network Camera
Network Camera Tutorial
My Network Camera
Our Network Camera
Your IP Camera
Free IP Camera
Virtual IP Camera
Open Network Camera
Software Network Camera
City Network Camera Map
Traffic IP Camera London
Test IP Camera
Home IP Camera Project - GitHub
IP Camera Viewer for Android
IP Camera Simulator
Hikvision Event Interface
Vivotek users of the north
Reolink Network Camera review
Hikvision NVR installation guide
Dahua DVR price list
DVR repair and support
NVR vs DVR: which one to buy
Plex DVR
TiVo DVR
HDHomeRun DVR
Channels DVR
Kodi TV DVR
MythTV DVR
Enigma2 DVR
CCTV installers near you
CCTV shop - DVR and NVR
Live webcam of the beach
Webcams of the Alps
Camera
Webcam
Video
Live
IP Camera
Speed dating
Net Cameras Wholesale
Dome of the Rock
VMAX Fitness
XVR - training software
Intelligent Security Blog
DVIP lounge
NVRAM editor
2N Bank
Network Surveillance of Influenza
Camera Components Downloads
Web Application Manager
RPi Cam Control v6.2.15: mycam@raspberrypi
Raspberry Pi Camera
MJPG-Streamer Demo Pages
motionEye
Motion
Frigate
Blue Iris Login
ZoneMinder
Scrypted NVR
webcamXP 5
Yawcam
IP Webcam
Hikvision USA | Leader in security
Dahua DSS
HikCentral Professional
Digital Watchdog Spectrum
Buy Dome Camera
Choosing a Dome Camera
What is a Fisheye Camera
Kodak Box Camera
Edit Camera Settings
Klipper Cam Config
Что такое IP камера
Meilleure caméra réseau
Bästa nätverkskamera 2024
購買 網路攝影機
おすすめ ネットワークカメラ
Rejestrator cyfrowy
Enregistreur numérique
デジタルレコーダー
NVR管理平台
DVR管理平台
网络摄像机客户端
IPC-Web
IPC-Login
WebCam-Viewer
AXIS C3003-E Network Horn Speaker
AXIS A1001 Network Door Controller
""".strip().splitlines()

ORDER = "Public: OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, SET_PARAMETER, GET_PARAMETER"
SCOPE = "onvif://www.onvif.org/"
ISAPI = '<DeviceInfo xmlns="http://www.hikvision.com/ver20/XMLSchema">'
OTHERS = [
    # words of video on things that are none
    ("http-realm", 'Basic realm="Webcam"'),
    ("http-realm", 'Basic realm="Motion"'),
    ("http-realm", 'Basic realm="MJPG-Streamer"'),
    ("http-realm", 'Digest realm="TiVo DVR", nonce="1"'),
    ("http-realm", 'Basic realm="WVC"'),
    ("http-realm", 'Basic realm="DIR-300"'),
    ("http-server-header", "MJPG-Streamer/0.2"),
    ("http-server-header", "IP Webcam Server 0.4"),
    ("http-server-header", "motionEye/0.42"),
    ("http-server-header", "GNU"),
    ("http-server-header", "vbox"),
    ("http-server-header", "VBrick"),
    ("http-server-header", "tc-httpd"),
    ("rtsp-server", "GStreamer RTSP server"),
    ("rtsp-server", "MediaMTX"),
    ("rtsp-server", "Rtsp Server"),
    ("rtsp-server", "AirTunes/366.0"),
    ("rtsp-sdp", "v=0\r\ns=Session streamed with GStreamer\r\na=tool:GStreamer\r\n"),
    ("http-set-cookie", "dvr=1; path=/"),
    ("http-body", "<title>RPi Cam Control v6.2.15: mycam</title>"),
    ("http-body", "<title>Web Application Manager</title><meta charset=utf-8>"),
    ("http-body", "<h1>Our traffic cameras</h1><p>Watch our live network cameras and DVR recordings</p>"),
    ("http-body", '<frameset rows="2000,10"><frame src="main.html"></frameset>'),
    # models that look like series of cameras
    ("snmp-sysdescr", "Arista Networks EOS DCS-7050QX-32"),
    ("snmp-sysdescr", "Cisco IOS Software, C2960 Software"),
    ("snmp-sysdescr", "AXIS 5400+ Network Print Server V6.00"),
    ("snmp-sysdescr", "AXIS C3003-E Network Horn Speaker"),
    ("snmp-sysdescr", "Hikvision DS-3E0326P"),
    ("snmp-sysdescr", "Sony VPL-FHZ75 projector"),
    ("snmp-sysdescr", "Panasonic PT-VZ570 projector"),
    ("snmp-sysdescr", "D-Link DGS-1210-28"),
    ("snmp-sysdescr", "TP-Link TL-SG3428"),
    ("http-title", "TL-WR841N"),
    ("http-title", "D-Link DIR-615"),
    ("http-title", "IC-R8600 receiver"),
    ("http-title", "SNC-4 hearing aid"),
    ("http-title", "WV-Golf Club"),
    ("http-title", "VB-NET forum"),
    ("sip-server", "Grandstream GXP2160 1.0.9.132"),
    ("sip-server", "TANDBERG/518 (TC6.0.1)"),
    ("ftp-banner", "220 AXIS StorPoint CD FTP"),
    ("telnet-banner", "raspberrypi login:"),
    ("dhcp-vendor-class", "AXIS,Network Speaker,C3003-E,1.80"),
    ("tls-subject", "CN=camera.example.com"),
    ("tls-subject", "CN=nvr.example.com,O=Example Ltd"),
    # what has a word or the shape of a camera's and is none
    ("http-realm", "Login to SWITCH1234567"),
    ("http-realm", "Login to 00408C123456"),
    ("http-realm", "Login to 20240115123456"),
    ("rtsp-server", "Fast Streaming Media Server 2.1"),
    ("rtsp-sdp", "v=0\ns=RTSP/RTP stream from VLC\n"),
    ("rtsp-sdp", "v=0\ns=IP Camera Simulator\n"),
    ("rtsp-sdp", "v=0\ns=Session streamed with GStreamer\na=x-dimensions:640,360\n"),
    ("rtsp-response", f"RTSP/1.0 200 OK\r\nServer: GStreamer RTSP server\r\n{ORDER}\r\n\r\n"),
    ("mdns-txt", "Brother._printer._tcp.local. sn=1ABCDEFPAB12345"),
    ("ssdp", "NOTIFY * HTTP/1.1\r\nLOCATION: http://192.0.2.7:49152/upnp/CameraDevDesc.xml\r\nNT: x\r\n\r\n"),
    ("ssdp", "NOTIFY * HTTP/1.1\r\nLOCATION: http://192.0.2.7/ipconf.xml\r\nNT: x\r\n\r\n"),
    ("onvif-scopes", f"{SCOPE}name/XProtect%20Video%20Server {SCOPE}hardware/Open%20Network%20Bridge"),
    ("onvif-scopes", f"{SCOPE}name/IP%20Camera%20Monitor%20Decoder {SCOPE}hardware/D1"),
    ("onvif-scopes", f"{SCOPE}name/Siemens%20IPC {SCOPE}hardware/IPC227E"),
    ("http-body", '<a href="/files/H264Codec.exe">codec</a> <a href="webcam_driver.exe">driver</a>'),
    ("http-body", '<object codebase="/plugins/h264Player.cab"></object>'),
    ("http-body", "Packet Storm: the control clsid:8D58D690-6B71-4EE8-85AD-006DB0287BF1 overflows"),
    ("http-body", "<title>MDM console</title><td>com.flocksafety.android.videorecording</td>"),
    ("http-body", "Aviosys IP Power 9258 View Log Copyright AVIOSYS"),
    ("http-body", '<img src="ui/images/abusLogo.png" alt="ABUS"> Secvest alarm panel'),
    ("http-body", '<div style="background:url(login-logo-bg.png)" id="loginwordpress">'),
    ("http-body", "onvif_port=8899\nmain_stream=rtsp://192.0.2.7/1\nsub_stream=rtsp://192.0.2.7/2\n"),
    ("http-body", '{"type":"missing camera","version":"1"}'),
    ("http-body", '{"model":"Orbi Router RBR50","deviceName":"Living Room Camera","firmware":"2.7"}'),
    ("http-body", '{"product":"GoPro HERO9 Black Camera","serial":"C3441"}'),
    ("http-body", '{"model":"OBS Virtual Camera","version":"30"}'),
    ("http-body", '{"device_name":"Logitech Rally Camera","fw_version":"1.2"}'),
    ("http-body", '{"cameras":[{"model":"Outdoor Camera","serial":"A1234"}],"version":"1"}'),
    ("http-body", '{"type":"Security Gateway","model":"USG-3P","version":"4.4.57"}'),
]

UNITS = [
    ("http-title", "ELMO Network Camera", "camera"),
    ("http-title", "Acme Network Camera - Login", "camera"),
    ("http-title", "HD IP Camera", "camera"),
    ("http-title", "Speed Dome", "camera"),
    ("http-title", "Net Camera Login", "camera"),
    ("http-title", "DVR Web Viewer", "recorder"),
    ("http-title", "AHD DVR", "recorder"),
    ("http-title", "XVR LOGIN", "recorder"),
    ("http-title", "CMS Web Viewer", "recorder"),
    ("http-title", "VMax Web Viewer", "recorder"),
    ("http-title", "DVIP", "recorder"),
    ("http-title", "NetCamXL", "camera"),
    ("http-title", "IP Video Intercom", "intercom"),
    ("http-title", "Network Camera with Pan Tilt", "camera"),
    ("snmp-sysdescr", "Axis P3265-V", "camera"),
    ("snmp-sysdescr", "Hikvision DS-2CD2032-I", "camera"),
    ("http-title", "SNC-RZ30 home", "camera"),
    ("http-title", "QNAP VioStor NVR", "recorder"),
    ("http-title", "2N® IP Force", "intercom"),
    ("http-title", "Network Camera Server VB150", "camera"),
    ("http-title", "Netzwerkkamera", "camera"),
    ("http-title", "3M Network IR Bullet Camera", "camera"),
    ("http-title", "高清网络摄像机登录", "camera"),
    ("http-title", "DVR遠程管理系統", "recorder"),
    ("http-title", "Видеорегистратор", "recorder"),
    ("http-realm", 'Basic realm="Network Camera"', "camera"),
    ("http-realm", 'Basic realm="WVC80N"', "camera"),
    ("http-server-header", "dcs-lig-httpd", "camera"),
    ("http-server-header", "alphapd/2.1.8", "camera"),
    ("http-server-header", "GNU rsp/1.0", "recorder"),
    ("http-server-header", "IQhttpd/1.0", "camera"),
    ("http-set-cookie", "dvr_camcnt=4; path=/", "recorder"),
    ("rtsp-server", "Rtsp Server/3.0", "camera"),
    ("rtsp-sdp", 'v=0\r\ns=Session streamed by "TP-LINK RTSP Server"\r\n', "camera"),
    ("snmp-sysdescr", "Acme IP Camera 2.1", "camera"),
    ("ftp-banner", "220 DCS-5300 FTP server ready.", "camera"),
]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_that_only_speaks_of_cameras(title: str) -> None:
    assert identify([Observation("http-title", title)]).is_camera is not True


@pytest.mark.parametrize(("seen_in", "raw"), OTHERS)
def test_a_near_miss_is_no_camera(seen_in: str, raw: str) -> None:
    assert identify([Observation(seen_in, raw)]).is_camera is not True


@pytest.mark.parametrize(
    ("seen_in", "raw"),
    [
        ("rtsp-response", f"RTSP/1.0 200 OK\r\nServer: Ingenic Rtsp Server\r\n{ORDER}\r\nDate: Fri, Jul 14 2023\r\n"),
        ("rtsp-response", f"RTSP/1.0 200 OK\r\n{ORDER}\r\nDate: Fri, 14 Jul 2023 10:00:00 GMT\r\n\r\n"),
        ("onvif-scopes", f"{SCOPE}name/Lobby {SCOPE}hardware/IPG-8150 {SCOPE}location/Hong%20Kong "
                         f"{SCOPE}type/NetworkVideoTransmitter"),
        ("onvif-scopes", f"{SCOPE}name/Security {SCOPE}hardware/X1 {SCOPE}type/Network_Video_Transmitter"),
        ("mdns-txt", "Brother._printer._tcp.local. sn=1ABCDEFPAB12345"),
    ],
)  # fmt: skip
def test_a_near_miss_names_no_maker(seen_in: str, raw: str) -> None:
    found = identify([Observation(seen_in, raw)])
    assert (found.maker, found.brand) == (None, None)


@pytest.mark.parametrize("title", ["502 bad-gateway", "Gateway Error", "Invalid Gateway", "Default Gateway not set"])
def test_an_error_page_denies_no_camera(title: str) -> None:
    assert identify([Observation("http-title", title)]).is_camera is None
    assert identify([Observation("http-title", "NETWORK CAMERA"), Observation("http-title", title)]).is_camera is True


@pytest.mark.parametrize(("seen_in", "raw", "kind"), UNITS)
def test_a_unit_is_told(seen_in: str, raw: str, kind: str) -> None:
    found = identify([Observation(seen_in, raw)])

    assert found.is_camera is True
    assert found.kind == kind


def test_a_server_of_cameras_beside_the_realm_of_a_router_makes_no_camera() -> None:
    rows = [Observation("http-server-header", "alphapd/2.1.8"), Observation("http-realm", 'Basic realm="DIR-300"')]

    assert identify(rows).is_camera is not True


@pytest.mark.parametrize("seen_in", ["http-title", "snmp-sysdescr"])
@pytest.mark.parametrize(
    "text",
    [
        "Hanwha Device Manager", "Wisenet SSM", "VIVOTEK VAST 2", "GeoVision GV-VMS", "IDIS Solution Suite",
        "Hikvision Device Network SDK", "Foscam VMS", "Reolink Client", "Reolink Chime", "Hikvision alarm panel AX PRO",
        "Milesight LoRaWAN Gateway", "AXIS Camera Station", "Dahua switch",
    ],
)  # fmt: skip
def test_what_else_a_maker_of_cameras_sells(seen_in: str, text: str) -> None:
    assert identify([Observation(seen_in, text)]).is_camera is not True


@pytest.mark.parametrize(
    ("seen_in", "text", "maker"),
    [
        ("ssdp-server", "Linux/3.8.8, UPnP/1.0, ZheJiang Dahua Technology CO.,LTD. Upnp SDK", "Dahua"),
        ("http-title", "Foscam IPCam Client", "Foscam"),
        ("http-title", "Hikvision Web Client", "Hikvision"),
        ("http-title", "VIVOTEK FD8134 - Network Camera", "Vivotek"),
    ],
)
def test_and_what_is_a_camera_beside_such_words(seen_in: str, text: str, maker: str) -> None:
    found = identify([Observation(seen_in, text)])

    assert (found.maker, found.is_camera) == (maker, True)


LOGIN_PAGE = ("http-body", '<script>window.location.href = "/doc/page/login.asp?_" + (new Date()).getTime()</script>')


@pytest.mark.parametrize(
    ("rows", "maker"),
    [
        ([("http-server-header", "nginx/1.18.0 (Ubuntu)"), LOGIN_PAGE], "Hikvision"),
        ([("http-server-header", "Microsoft-IIS/10.0"), LOGIN_PAGE], "Hikvision"),
        ([("http-server-header", "Apache/2.4.38 (Debian)"), ("http-realm", "AXIS_ACCC8E112233")], "Axis"),
        ([("http-title", "AXIS"), ("ssh-banner", "SSH-2.0-OpenSSH_7.4p1 Debian-10+deb9u7")], "Axis"),
        ([("http-title", "Reolink"), ("ssdp-server", "Linux/3.10.0 UPnP/1.0 MiniUPnPd/1.8")], "Reolink"),
        ([("http-server-header", "App-webs/"), ("tls-issuer", "C=US,O=Fortinet,CN=FGT60E")], "Hikvision"),
        ([LOGIN_PAGE, ("sip-server", "Linphone/3.6.1 (eXosip2/4.1.0)")], "Hikvision"),
        ([("http-title", "QNAP VioStor NVR"), ("tls-subject", "CN=QNAP NAS,O=QNAP Systems Inc.")], "QNAP"),
        ([("http-title", "Cisco IP Camera"), ("tls-subject", "CN=x,O=Cisco Systems Inc")], "Cisco"),
        ([("http-title", "Provision-ISR"), ("rtsp-server", "Rtsp Server/2.0")], "Provision-ISR"),
        ([("http-title", "Live view / Printer Room - AXIS 211 Network Camera version 4.11")], "Axis"),
    ],
)  # fmt: skip
def test_software_and_rooms_deny_no_camera(rows: list[tuple[str, str]], maker: str) -> None:
    """What a web server, an authority or a SIP library says of itself does not take a unit out of the audit."""
    found = identify([Observation(*row) for row in rows])
    assert (found.is_camera, found.maker) == (True, maker)


def test_pages_that_others_copied_stay_with_the_name() -> None:
    """Tiandy units show pages of Hikvision's form (docs/sources.md A7.7)."""
    device = ("onvif-deviceinfo", "Manufacturer: Tiandy\nModel: TC-C32QN\nFirmwareVersion: 1.0")
    assert identify([Observation(*device), Observation(*LOGIN_PAGE)]).maker == "Tiandy"


def test_a_badge_gives_way_to_a_sign_of_its_known_builder() -> None:
    badge = Observation("onvif-deviceinfo", "Manufacturer: Provision-ISR\nModel: I4-390IPE\nFirmwareVersion: 5.1.4.0")
    assert identify([badge]).maker == "Provision-ISR"
    found = identify([badge, Observation("http-server-header", "Cross Web Server")])
    assert (found.brand, found.maker) == ("Provision-ISR", "TVT")


@pytest.mark.parametrize(
    ("seen_in", "raw", "kind"),
    [
        ("isapi-deviceinfo", f"{ISAPI}<model>DS-QAZ1307G1-BE</model></DeviceInfo>", "other"),
        ("isapi-deviceinfo", f"{ISAPI}<model>DS-A81016S</model></DeviceInfo>", "other"),
        ("http-body", '{"data":{"propertyList":{"Brand":"AXIS","ProdNbr":"XC1311","Version":"11.1"}}}', "other"),
        ("http-body", '{"propertyList":{"Brand":"AXIS","ProdNbr":"A4612","Version":"11.1"}}', "access-control"),
        ("snmp-sysdescr", "Hanwha Techwin SPN-10080P", "other"),
        ("snmp-sysdescr", "Bosch Security Systems AMC2", "unknown"),
        ("tls-subject", "CN=AC41,O=Verkada Inc", "unknown"),
        ("http-title", "DIGA Digital Video Recorder", "other"),
    ],
)  # fmt: skip
def test_what_else_comes_from_makers_of_cameras(seen_in: str, raw: str, kind: str) -> None:
    assert identify([Observation(seen_in, raw)]).kind == kind


def test_a_face_terminal_that_streams_is_access_control() -> None:
    scope = "onvif://www.onvif.org/"
    rows = [
        ("rtsp-realm", "IP Camera(E4567)"),
        ("onvif-deviceinfo", "Manufacturer: HIKVISION\nModel: DS-K1T341AMF\nFirmwareVersion: V3.2.30"),
        ("onvif-scopes", f"{scope}type/video_encoder {scope}hardware/DS-K1T341AMF"),
    ]
    assert identify([Observation(*row) for row in rows]).kind == "access-control"
