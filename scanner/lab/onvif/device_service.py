"""Operations of the ONVIF device service and of events: who it is, its clock, its network, its topics."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from lxml import etree

from scanner.lab.onvif.namespaces import NAMESPACES

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.words import Onvif


def onvif_of(device: LabDevice) -> Onvif:
    onvif = device.personality.onvif
    if onvif is None:
        raise ValueError(f"{device.address} has no ONVIF")
    return onvif


def xaddr(device: LabDevice, path: str) -> str:
    onvif = onvif_of(device)
    port = device.ports.get("http-onvif") or device.ports.get("http") or device.ports.get("https")
    return f"http://{onvif.xaddr or device.address}:{port}{path}"


def _bool(value: object) -> str:
    return "true" if value else "false"


def _clock(moment: datetime) -> str:
    return (
        f"<tt:Time><tt:Hour>{moment.hour}</tt:Hour><tt:Minute>{moment.minute}</tt:Minute>"
        f"<tt:Second>{moment.second}</tt:Second></tt:Time><tt:Date><tt:Year>{moment.year}</tt:Year>"
        f"<tt:Month>{moment.month}</tt:Month><tt:Day>{moment.day}</tt:Day></tt:Date>"
    )


def _system_date(device: LabDevice, _: etree._Element) -> str:
    kind = "NTP" if device.setting("time.ntp") else "Manual"
    now = _clock(device.now())
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
        f"<tt:DateTimeType>{kind}</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>"
        f"<tt:TimeZone><tt:TZ>GMT0</tt:TZ></tt:TimeZone><tt:UTCDateTime>{now}</tt:UTCDateTime>"
        f"<tt:LocalDateTime>{now}</tt:LocalDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def _services(device: LabDevice, call: etree._Element) -> str:
    onvif = onvif_of(device)
    with_capabilities = (call.findtext("{*}IncludeCapability") or "").strip().lower() in ("true", "1")
    listed = [("tds", onvif.service_path), ("trt", "/onvif/media_service"), ("tev", "/onvif/event_service")]
    if onvif.media2:
        listed.append(("tr2", "/onvif/media2_service"))
    if onvif.analytics:
        listed.append(("tan", "/onvif/analytics_service"))
    inner = ""
    for prefix, path in listed:
        capabilities = ""
        if with_capabilities:
            flags = ' RuleSupport="true" AnalyticsModuleSupport="true"' if prefix == "tan" and onvif.flags else ""
            capabilities = f"<tds:Capabilities><{prefix}:Capabilities{flags}/></tds:Capabilities>"
        inner += (
            f"<tds:Service><tds:Namespace>{NAMESPACES[prefix]}</tds:Namespace>"
            f"<tds:XAddr>{xaddr(device, path)}</tds:XAddr>"
            f"{capabilities}<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
        )
    return f"<tds:GetServicesResponse>{inner}</tds:GetServicesResponse>"


def _capabilities(device: LabDevice, _: etree._Element) -> str:
    onvif = onvif_of(device)
    analytics = ""
    if onvif.analytics:
        analytics = (
            f"<tt:Analytics><tt:XAddr>{xaddr(device, '/onvif/analytics_service')}</tt:XAddr>"
            f"<tt:RuleSupport>{_bool(onvif.flags)}</tt:RuleSupport>"
            f"<tt:AnalyticsModuleSupport>{_bool(onvif.flags)}</tt:AnalyticsModuleSupport></tt:Analytics>"
        )
    return (
        f"<tds:GetCapabilitiesResponse><tds:Capabilities>{analytics}"
        f"<tt:Device><tt:XAddr>{xaddr(device, onvif.service_path)}</tt:XAddr><tt:Network>"
        "<tt:IPFilter>false</tt:IPFilter><tt:ZeroConfiguration>false</tt:ZeroConfiguration><tt:IPVersion6>false</tt:IPVersion6>"
        "<tt:DynDNS>false</tt:DynDNS></tt:Network><tt:System><tt:DiscoveryResolve>true</tt:DiscoveryResolve><tt:DiscoveryBye>true</tt:DiscoveryBye>"
        "<tt:RemoteDiscovery>false</tt:RemoteDiscovery><tt:SystemBackup>false</tt:SystemBackup>"
        "<tt:SystemLogging>false</tt:SystemLogging><tt:FirmwareUpgrade>false</tt:FirmwareUpgrade>"
        "<tt:SupportedVersions><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tt:SupportedVersions></tt:System></tt:Device>"
        f"<tt:Events><tt:XAddr>{xaddr(device, '/onvif/event_service')}</tt:XAddr>"
        "<tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport>"
        "<tt:WSPullPointSupport>true</tt:WSPullPointSupport>"
        "<tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport>"
        f"</tt:Events><tt:Media><tt:XAddr>{xaddr(device, '/onvif/media_service')}</tt:XAddr><tt:StreamingCapabilities>"
        "<tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP>"
        "</tt:StreamingCapabilities></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
    )


def _service_capabilities(_: LabDevice, __: etree._Element) -> str:
    return (
        "<tds:GetServiceCapabilitiesResponse><tds:Capabilities>"
        '<tds:Network IPFilter="false" ZeroConfiguration="false" IPVersion6="false" DynDNS="false" NTP="1"/>'
        '<tds:Security TLS1.0="false" TLS1.1="false" TLS1.2="true" UsernameToken="true" HttpDigest="true"/>'
        '<tds:System DiscoveryResolve="true" DiscoveryBye="true" SystemBackup="false" SystemLogging="false"/>'
        "</tds:Capabilities></tds:GetServiceCapabilitiesResponse>"
    )


def _information(device: LabDevice, _: etree._Element) -> str:
    onvif = onvif_of(device)
    fields = {
        "Manufacturer": onvif.manufacturer or device.personality.brand,
        "Model": onvif.model or device.personality.model,
        "FirmwareVersion": device.fill(onvif.firmware or "{firmware}"),
        "SerialNumber": device.fill(onvif.serial or "{serial}"),
        "HardwareId": onvif.hardware or device.personality.model,
    }
    inner = "".join(f"<tds:{name}>{escape(value)}</tds:{name}>" for name, value in fields.items())
    return f"<tds:GetDeviceInformationResponse>{inner}</tds:GetDeviceInformationResponse>"


def _scopes(device: LabDevice, _: etree._Element) -> str:
    inner = "".join(
        f"<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>{escape(device.fill(scope))}</tt:ScopeItem></tds:Scopes>"
        for scope in onvif_of(device).scopes
    )
    return f"<tds:GetScopesResponse>{inner}</tds:GetScopesResponse>"


def _interfaces(device: LabDevice, _: etree._Element) -> str:
    return (
        '<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0"><tt:Enabled>true</tt:Enabled>'
        f"<tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>{device.mac}</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info>"
        "<tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual>"
        f"<tt:Address>{device.address}</tt:Address><tt:PrefixLength>24</tt:PrefixLength></tt:Manual>"
        "<tt:DHCP>false</tt:DHCP></tt:Config></tt:IPv4></tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"
    )


def _protocols(device: LabDevice, _: etree._Element) -> str:
    inner = ""
    for name, service, usual in (("HTTP", "http", 80), ("HTTPS", "https", 443), ("RTSP", "rtsp", 554)):
        port = device.ports.get(service)
        inner += (
            f"<tds:NetworkProtocols><tt:Name>{name}</tt:Name><tt:Enabled>{_bool(port)}</tt:Enabled>"
            f"<tt:Port>{port or usual}</tt:Port></tds:NetworkProtocols>"
        )
    return f"<tds:GetNetworkProtocolsResponse>{inner}</tds:GetNetworkProtocolsResponse>"


def _ntp(device: LabDevice, _: etree._Element) -> str:
    server = "ntp.fernmoor.example" if device.setting("time.ntp") else "0.0.0.0"
    return (
        "<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>false</tt:FromDHCP><tt:NTPManual><tt:Type>DNS</tt:Type>"
        f"<tt:DNSname>{server}</tt:DNSname></tt:NTPManual></tds:NTPInformation></tds:GetNTPResponse>"
    )


def _users(device: LabDevice, _: etree._Element) -> str:
    users = onvif_of(device).users or (("admin", "Administrator"), (device.gate.user, "Operator"))
    inner = "".join(
        f"<tds:User><tt:Username>{escape(name)}</tt:Username><tt:UserLevel>{level}</tt:UserLevel></tds:User>"
        for name, level in users
    )
    return f"<tds:GetUsersResponse>{inner}</tds:GetUsersResponse>"


def _event_properties(device: LabDevice, _: etree._Element) -> str:
    tree: dict[str, dict[str, object]] = {}
    onvif = onvif_of(device)
    for topic in (*onvif.topics, *(rule.topic for rule in onvif.rules if rule.topic)):
        here: dict[str, object] = tree  # type: ignore[assignment]  # one shape at every depth
        for part in topic.removeprefix("tns1:").split("/"):
            here = here.setdefault(part, {})  # type: ignore[assignment]
    inner = "".join(_topic(f"tns1:{name}", below) for name, below in tree.items())
    return (
        "<tev:GetEventPropertiesResponse><tev:TopicNamespaceLocation>"
        "http://www.onvif.org/onvif/ver10/topics/topicns.xml</tev:TopicNamespaceLocation>"
        f"<wsnt:FixedTopicSet>true</wsnt:FixedTopicSet><wstop:TopicSet>{inner}</wstop:TopicSet>"
        "<wsnt:TopicExpressionDialect>http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
        "</wsnt:TopicExpressionDialect></tev:GetEventPropertiesResponse>"
    )


def _topic(name: str, below: dict[str, object]) -> str:
    if not below:
        source = '<tt:SimpleItemDescription Name="VideoSourceConfigurationToken" Type="tt:ReferenceToken"/>'
        data = '<tt:SimpleItemDescription Name="State" Type="xs:boolean"/>'
        return (
            f'<{name} wstop:topic="true"><tt:MessageDescription IsProperty="true"><tt:Source>{source}</tt:Source>'
            f"<tt:Data>{data}</tt:Data></tt:MessageDescription></{name}>"
        )
    inner = "".join(_topic(child, deeper) for child, deeper in below.items() if isinstance(deeper, dict))
    return f"<{name}>{inner}</{name}>"


def _hostname(device: LabDevice, _: etree._Element) -> str:
    name = device.fill(str(device.personality.extra.get("hostname", "ipc-{mac12}")))
    return (
        "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP>"
        f"<tt:Name>{name}</tt:Name></tds:HostnameInformation></tds:GetHostnameResponse>"
    )


def _endpoint(device: LabDevice, _: etree._Element) -> str:
    guid = f"<tds:GUID>urn:uuid:{device.uuid}</tds:GUID>"
    return f"<tds:GetEndpointReferenceResponse>{guid}</tds:GetEndpointReferenceResponse>"


def _wsdl(_: LabDevice, __: etree._Element) -> str:
    return "<tds:GetWsdlUrlResponse><tds:WsdlUrl>http://www.onvif.org/</tds:WsdlUrl></tds:GetWsdlUrlResponse>"


def _discovery_mode(device: LabDevice, _: etree._Element) -> str:
    mode = "Discoverable" if "ws-discovery" in device.datagram_ports else "NonDiscoverable"
    return f"<tds:GetDiscoveryModeResponse><tds:DiscoveryMode>{mode}</tds:DiscoveryMode></tds:GetDiscoveryModeResponse>"


def _dns(_: LabDevice, __: etree._Element) -> str:
    return (
        "<tds:GetDNSResponse><tds:DNSInformation><tt:FromDHCP>false</tt:FromDHCP><tt:DNSManual><tt:Type>IPv4</tt:Type>"
        "<tt:IPv4Address>192.0.2.53</tt:IPv4Address></tt:DNSManual></tds:DNSInformation></tds:GetDNSResponse>"
    )


def _event_capabilities(_: LabDevice, __: etree._Element) -> str:
    return (
        '<tev:GetServiceCapabilitiesResponse><tev:Capabilities WSPullPointSupport="true" MaxPullPoints="4"/>'
        "</tev:GetServiceCapabilitiesResponse>"
    )


OPERATIONS = {
    ("tds", "GetSystemDateAndTime"): _system_date,
    ("tds", "GetServices"): _services,
    ("tds", "GetCapabilities"): _capabilities,
    ("tds", "GetServiceCapabilities"): _service_capabilities,
    ("tds", "GetDeviceInformation"): _information,
    ("tds", "GetScopes"): _scopes,
    ("tds", "GetNetworkInterfaces"): _interfaces,
    ("tds", "GetNetworkProtocols"): _protocols,
    ("tds", "GetNTP"): _ntp,
    ("tds", "GetUsers"): _users,
    ("tds", "GetHostname"): _hostname,
    ("tds", "GetEndpointReference"): _endpoint,
    ("tds", "GetWsdlUrl"): _wsdl,
    ("tds", "GetDiscoveryMode"): _discovery_mode,
    ("tds", "GetDNS"): _dns,
    ("tev", "GetEventProperties"): _event_properties,
    ("tev", "GetServiceCapabilities"): _event_capabilities,
}
