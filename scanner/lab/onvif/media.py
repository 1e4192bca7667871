"""ONVIF media (ver10) and media2 (ver20): sources, profiles, and which profile carries analytics and metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from scanner.lab.onvif.analytics import embedded_configuration
from scanner.lab.onvif.device_service import onvif_of

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice

_BOUNDS = '<tt:Bounds x="0" y="0" width="2688" height="1520"/>'


def _sources(_: LabDevice, __: etree._Element) -> str:
    return (
        '<trt:GetVideoSourcesResponse><trt:VideoSources token="VideoSource_1"><tt:Framerate>25</tt:Framerate>'
        "<tt:Resolution><tt:Width>2688</tt:Width><tt:Height>1520</tt:Height></tt:Resolution></trt:VideoSources>"
        "</trt:GetVideoSourcesResponse>"
    )


def _audio_sources(device: LabDevice, _: etree._Element) -> str:
    sources = ""
    if device.setting("audio.enabled") is not None:
        sources = '<trt:AudioSources token="AudioSource_1"><tt:Channels>1</tt:Channels></trt:AudioSources>'
    return f"<trt:GetAudioSourcesResponse>{sources}</trt:GetAudioSourcesResponse>"


def _source_configuration(tag: str) -> str:
    return (
        f'<{tag} token="VideoSourceConfig_1"><tt:Name>VideoSourceConfig</tt:Name><tt:UseCount>2</tt:UseCount>'
        f"<tt:SourceToken>VideoSource_1</tt:SourceToken>{_BOUNDS}</{tag}>"
    )


def _encoder_configuration(tag: str) -> str:
    return (
        f'<{tag} token="VideoEncoder_1"><tt:Name>VideoEncoder</tt:Name><tt:UseCount>1</tt:UseCount>'
        "<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>2688</tt:Width><tt:Height>1520</tt:Height></tt:Resolution>"
        f"<tt:Quality>4</tt:Quality><tt:SessionTimeout>PT60S</tt:SessionTimeout></{tag}>"
    )


def _metadata_configuration(device: LabDevice, tag: str) -> str:
    metadata = onvif_of(device).metadata
    flag = "" if metadata is None else f"<tt:Analytics>{'true' if metadata else 'false'}</tt:Analytics>"
    return (
        f'<{tag} token="Metadata_1"><tt:Name>Metadata</tt:Name><tt:UseCount>2</tt:UseCount>{flag}'
        "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address>"
        "<tt:Port>0</tt:Port><tt:TTL>5</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
        f"<tt:SessionTimeout>PT60S</tt:SessionTimeout></{tag}>"
    )


def _profiles(device: LabDevice, _: etree._Element) -> str:
    inner = ""
    for number in ("1", "2"):
        inner += (
            f'<trt:Profiles token="Profile_{number}" fixed="true"><tt:Name>profile{number}</tt:Name>'
            f"{_source_configuration('tt:VideoSourceConfiguration')}{_encoder_configuration('tt:VideoEncoderConfiguration')}"
            f"{_embedded(device, 'tt:VideoAnalyticsConfiguration')}"
            f"{_metadata_configuration(device, 'tt:MetadataConfiguration')}</trt:Profiles>"
        )
    return f"<trt:GetProfilesResponse>{inner}</trt:GetProfilesResponse>"


def _embedded(device: LabDevice, tag: str) -> str:
    onvif = onvif_of(device)
    return embedded_configuration(device, tag) if onvif.attached and (onvif.analytics or onvif.rules) else ""


def _profiles2(device: LabDevice, _: etree._Element) -> str:
    inner = ""
    for number in ("1", "2"):
        inner += (
            f'<tr2:Profiles token="Profile_{number}" fixed="true"><tr2:Name>profile{number}</tr2:Name>'
            f"<tr2:Configurations>{_source_configuration('tr2:VideoSource')}{_encoder_configuration('tr2:VideoEncoder')}"
            f"{_embedded(device, 'tr2:Analytics')}{_metadata_configuration(device, 'tr2:Metadata')}"
            "</tr2:Configurations></tr2:Profiles>"
        )
    return f"<tr2:GetProfilesResponse>{inner}</tr2:GetProfilesResponse>"


def _capabilities2(device: LabDevice, _: etree._Element) -> str:
    onvif = onvif_of(device)
    extra = " Metadata Analytics" if onvif.analytics and onvif.flags else ""
    return (
        '<tr2:GetServiceCapabilitiesResponse><tr2:Capabilities><tr2:ProfileCapabilities MaximumNumberOfProfiles="4" '
        f'ConfigurationsSupported="VideoSource VideoEncoder AudioSource AudioEncoder{extra}"/></tr2:Capabilities>'
        "</tr2:GetServiceCapabilitiesResponse>"
    )


def _listed(prefix: str, operation: str, inner: str) -> str:
    return f"<{prefix}:{operation}Response>{inner}</{prefix}:{operation}Response>"


def _metadata1(device: LabDevice, _: etree._Element) -> str:
    return _listed("trt", "GetMetadataConfigurations", _metadata_configuration(device, "trt:Configurations"))


def _metadata2(device: LabDevice, _: etree._Element) -> str:
    return _listed("tr2", "GetMetadataConfigurations", _metadata_configuration(device, "tr2:Configurations"))


def _analytics1(device: LabDevice, _: etree._Element) -> str:
    inner = embedded_configuration(device, "trt:Configurations") if onvif_of(device).analytics else ""
    return _listed("trt", "GetVideoAnalyticsConfigurations", inner)


def _analytics2(device: LabDevice, _: etree._Element) -> str:
    inner = embedded_configuration(device, "tr2:Configurations") if onvif_of(device).analytics else ""
    return _listed("tr2", "GetAnalyticsConfigurations", inner)


def _source1(_: LabDevice, __: etree._Element) -> str:
    return _listed("trt", "GetVideoSourceConfigurations", _source_configuration("trt:Configurations"))


def _source2(_: LabDevice, __: etree._Element) -> str:
    return _listed("tr2", "GetVideoSourceConfigurations", _source_configuration("tr2:Configurations"))


def _encoder1(_: LabDevice, __: etree._Element) -> str:
    return _listed("trt", "GetVideoEncoderConfigurations", _encoder_configuration("trt:Configurations"))


def _capabilities1(_: LabDevice, __: etree._Element) -> str:
    return _listed("trt", "GetServiceCapabilities", '<trt:Capabilities SnapshotUri="true"/>')


OPERATIONS = {
    ("trt", "GetVideoSources"): _sources,
    ("trt", "GetAudioSources"): _audio_sources,
    ("trt", "GetProfiles"): _profiles,
    ("trt", "GetServiceCapabilities"): _capabilities1,
    ("trt", "GetMetadataConfigurations"): _metadata1,
    ("trt", "GetVideoAnalyticsConfigurations"): _analytics1,
    ("trt", "GetVideoSourceConfigurations"): _source1,
    ("trt", "GetVideoEncoderConfigurations"): _encoder1,
    ("tr2", "GetProfiles"): _profiles2,
    ("tr2", "GetServiceCapabilities"): _capabilities2,
    ("tr2", "GetMetadataConfigurations"): _metadata2,
    ("tr2", "GetAnalyticsConfigurations"): _analytics2,
    ("tr2", "GetVideoSourceConfigurations"): _source2,
}
