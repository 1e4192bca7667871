"""ISAPI: who the device is and how it is kept (accounts, protocols, clock, cloud)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from scanner.lab.leaks import leak
from scanner.lab.styles._isapi.words import flag, leaves, refused, root
from scanner.lab.wire import Answer, Request

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice


def device_info(device: LabDevice) -> Answer:
    personality = device.personality
    extra = personality.extra
    recorder = personality.kind == "recorder"
    build = f"build {personality.build_date:%y%m%d}" if personality.build_date else ""
    fields: dict[str, Any] = {"deviceName": escape(device.names.name), "deviceID": device.uuid}
    if not recorder:
        fields |= {
            "deviceDescription": "IPCamera",
            "deviceLocation": "hangzhou",
            "systemContact": extra.get("contact", "Hikvision.China"),
        }
    fields |= {
        "model": personality.model,
        "serialNumber": device.serial,
        "macAddress": device.mac,
        "firmwareVersion": device.firmware,
        "firmwareReleasedDate": build,
        "encoderVersion": "V7.3",
        "encoderReleasedDate": "build 240516",
        "hardwareVersion": "0x0",
        "deviceType": "NVR" if recorder else "IPCamera",
        "telecontrolID": 255 if recorder else 88,
    }
    if not extra.get("old"):
        fields |= {
            "manufacturer": extra.get("manufacturer", "hikvision"),
            "subSerialNumber": device.serial[-9:],
            "OEMCode": extra.get("oem_code", 1),
        }
    return root(device, "DeviceInfo", leaves(**fields))


def _switch(tag: str, key: str) -> Any:
    """A page with a single ``enabled`` of one fact; not there where the fact is not set."""

    def page(device: LabDevice, request: Request) -> Answer:
        value = device.setting(key)
        return refused(device, request.path) if value is None else root(device, tag, leaves(enabled=bool(value)))

    return page


def _user_check(device: LabDevice, _: Request) -> Answer:
    inner = leaves(
        statusValue=200,
        statusString="OK",
        isDefaultPassword=bool(device.setting("account.default_password")),
        isRiskPassword=False,
        isActivated=bool(device.setting("account.activated")),
    )
    return root(device, "userCheck", inner)


def _users(device: LabDevice, _: Request) -> Answer:
    admins = int(device.setting("account.admin_count") or 1)
    total = max(int(device.setting("account.count") or 2), admins)
    names = ["admin", device.gate.user, "operator", "guard", "backup", "spare"]
    inner = ""
    for number in range(total):
        name = names[number] if number < len(names) else f"user{number}"
        level = "Administrator" if number < admins else "Operator" if number == admins else "Viewer"
        inner += f"<User>{leaves(id=number + 1, userName=name, userLevel=level)}</User>"
    return root(device, "UserList", inner)


def _admin_accesses(device: LabDevice, _: Request) -> Answer:
    inner = ""
    listed = (
        ("HTTP", "http", 80),
        ("HTTPS", "https", 443),
        ("DEV_MANAGE", "sdk-hikvision", 8000),
        ("RTSP", "rtsp", 554),
    )
    for number, (name, service, usual) in enumerate(listed, 1):
        more = leaves(redirectToHttps=False) if name == "HTTPS" else ""
        tls = leaves(TLS1_1Enable=_legacy(device), TLS1_2Enable=True) if name == "HTTPS" else ""
        head = leaves(id=number, enabled=service in device.ports, protocol=name)
        port = leaves(portNo=device.ports.get(service, usual))
        inner += f"<AdminAccessProtocol>{head}{more}{port}{tls}</AdminAccessProtocol>"
    return root(device, "AdminAccessProtocolList", inner)


def _legacy(device: LabDevice) -> bool:
    return device.personality.certificate is not None and device.personality.certificate.legacy


def _web_certificate(device: LabDevice, _: Request) -> Answer:
    return root(device, "WebCertificate", leaves(CertificateType=device.setting("web.auth") or "digest"))


def _lock(device: LabDevice, request: Request) -> Answer:
    if device.setting("login.lock.enabled") is None:
        return refused(device, request.path)
    inner = leaves(
        enabled=bool(device.setting("login.lock.enabled")),
        maxIllegalLoginTimes=device.personality.lock.attempts,
        maxIllegalLoginLockTime=device.personality.lock.seconds,
    )
    return root(device, "IllegalLoginLock", inner)


def _onvif_users(device: LabDevice, request: Request) -> Answer:
    count = device.setting("onvif.users")
    if count is None:
        return refused(device, request.path)
    inner = "".join(
        f"<User>{leaves(id=n, userName=f'onvif{n}', userType='administrator')}</User>" for n in range(1, int(count) + 1)
    )
    return root(device, "UserList", inner)


def _integrate(device: LabDevice, request: Request) -> Answer:
    value = device.setting("onvif.enabled")
    if value is None:
        return refused(device, request.path)
    onvif = f"<ONVIF>{leaves(enable=bool(value), certificateType='digest')}</ONVIF>"
    return root(device, "Integrate", f"{onvif}<ISAPI>{leaves(enable=True, certificateType='digest')}</ISAPI>")


def _cloud(device: LabDevice, request: Request) -> Answer:
    value = device.setting("cloud.p2p")
    if value is None:
        return refused(device, request.path)
    inner = leaves(enabled=bool(value), registerStatus=bool(value)) + (
        f"<serverAddress>{leaves(addressingFormatType='hostname', hostName='litedev.hik-connect.com')}</serverAddress>"
    )
    return root(device, "EZVIZ", inner + leaves(verificationCode=leak("code")))


def _snmp(device: LabDevice, request: Request) -> Answer:
    enabled, old = device.setting("snmp.enabled"), device.setting("snmp.v1v2")
    if enabled is None:
        return refused(device, request.path)
    advanced = leaves(enabled=bool(enabled) and not old)
    older = leaves(enabled=bool(old), readCommunity=leak("read"))
    inner = f"<SNMPv2c>{older}</SNMPv2c><SNMPAdvanced>{advanced}</SNMPAdvanced>"
    return root(device, "SNMP", inner + leaves(listenPort=161))


def _time(device: LabDevice, _: Request) -> Answer:
    mode = "NTP" if device.setting("time.ntp") else "manual"
    local = f"{device.now():%Y-%m-%dT%H:%M:%S}+00:00"
    return root(device, "Time", leaves(timeMode=mode, localTime=local, timeZone="CST-0:00:00"))


def _ntp_servers(device: LabDevice, _: Request) -> Answer:
    server = leaves(
        id=1, addressingFormatType="hostname", hostName="ntp.fernmoor.example", portNo=123, synchronizeInterval=60
    )
    return root(device, "NTPServerList", f"<NTPServer>{server}</NTPServer>")


def _hosts(device: LabDevice, _: Request) -> Answer:
    targets = list(device.setting("upload.targets") or [])
    inner = ""
    for number, host in enumerate(targets or ["0.0.0.0"], 1):  # an unused slot
        kind = "ipaddress" if host[0].isdigit() else "hostname"
        place = leaves(ipAddress=host) if kind == "ipaddress" else leaves(hostName=host)
        inner += (
            f"<HttpHostNotification>{leaves(id=number, url='/events', protocolType='HTTP', parameterFormatType='XML')}"
            f"{leaves(addressingFormatType=kind)}{place}{leaves(portNo=80, password=leak('upload'))}"
            f"{leaves(httpAuthenticationMethod='none')}"
            "</HttpHostNotification>"
        )
    return root(device, "HttpHostNotificationList", inner)


def _stream(device: LabDevice, request: Request) -> Answer:
    sound = device.setting("audio.enabled")
    audio = f"<Audio>{leaves(enabled=bool(sound), audioInputChannelID=1)}</Audio>" if sound is not None else ""
    security = leaves(enabled=True, certificateType=device.setting("web.auth") or "digest")
    transport = f"<Transport><Security>{security}</Security></Transport>"
    number = request.path.rpartition("/")[2]
    inner = leaves(id=number, channelName=escape(device.names.name), enabled=True)
    return root(device, "StreamingChannel", f"{inner}{transport}{audio}")


def _log_server(device: LabDevice, request: Request) -> Answer:
    value = device.setting("log.remote")
    if value is None:
        return refused(device, request.path)
    return root(
        device, "LogServer", leaves(enabled=bool(value), addressingFormatType="ipaddress", ipAddress="192.0.2.10")
    )


def _ip_filter(device: LabDevice, request: Request) -> Answer:
    value = device.setting("ip_filter.enabled")
    if value is None:
        return refused(device, request.path)
    return root(device, "IPFilter", leaves(enabled=bool(value), permissionType="allow"))


PAGES: dict[str, Any] = {
    "Security/userCheck": _user_check,
    "Security/users": _users,
    "Security/adminAccesses": _admin_accesses,
    "Security/webCertificate": _web_certificate,
    "Security/illegalLoginLock": _lock,
    "Security/ONVIF/users": _onvif_users,
    "Security/videoEncryption": _switch("VideoEncryption", "stream.encryption"),
    "Security/UserPermission/anonymouslogin": _switch("AnonymousLogin", "login.anonymous"),
    "System/Network/Integrate": _integrate,
    "System/Network/telnetd": _switch("Telnetd", "service.telnet"),
    "System/Network/ssh": _switch("SSH", "service.ssh"),
    "System/Network/UPnP": _switch("UPnP", "upnp.enabled"),
    "System/Network/EZVIZ": _cloud,
    "System/Network/SNMP": _snmp,
    "System/Network/ipFilter": _ip_filter,
    "System/time": _time,
    "System/time/ntpServers": _ntp_servers,
    "System/logServer": _log_server,
    "Event/notification/httpHosts": _hosts,
    "Streaming/channels/101": _stream,
    "Streaming/channels/1": _stream,
}


def activation(device: LabDevice) -> str:
    return f"<ActivateStatus><Activated>{flag(device.setting('account.activated'))}</Activated></ActivateStatus>"
