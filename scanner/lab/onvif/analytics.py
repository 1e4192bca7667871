"""ONVIF analytics: which rules and modules there are, which are configured, and how their switch stands.

Shape of a real device of the HB family: every analytics read answers although the capability flags are empty, the
copy in the profile is older than ``GetRules``, and the switch is a parameter whose name ends in ``Enable``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from lxml import etree

from scanner.lab.onvif.device_service import onvif_of

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.words import OnvifRule

TOKEN = "VideoAnalyticsToken"  # noqa: S105 # ONVIF's word for an identifier
_CELL_ENGINE = (
    '<tt:Parameters><tt:SimpleItem Name="Sensitivity" Value="80"/><tt:ElementItem Name="Layout"><tt:CellLayout '
    'Columns="22" Rows="18"><tt:Transformation><tt:Translate x="-1.0" y="-1.0"/><tt:Scale x="0.09" y="0.11"/>'
    "</tt:Transformation></tt:CellLayout></tt:ElementItem></tt:Parameters>"
)
_CELL_RULE = (
    '<tt:Parameters><tt:SimpleItem Name="MinCount" Value="5"/><tt:SimpleItem Name="AlarmOnDelay" Value="100"/>'
    '<tt:SimpleItem Name="AlarmOffDelay" Value="100"/><tt:SimpleItem Name="ActiveCells" Value="zwA="/></tt:Parameters>'
)


def _configured(device: LabDevice) -> list[OnvifRule]:
    def is_configured(rule: OnvifRule) -> bool:
        switch = device.switch(rule.feature)
        return switch is not None and switch.state in ("on", "off", "no-schedule", "not-loaded")

    return [rule for rule in onvif_of(device).rules if is_configured(rule)]


def _rule(device: LabDevice, rule: OnvifRule, tag: str) -> str:
    if rule.type == "tt:CellMotionDetector":
        return f'<{tag} Name="MyCellMotion" Type="tt:CellMotionDetector">{_CELL_RULE}</{tag}>'
    switch = device.switch(rule.feature)
    items = dict(rule.params)
    if rule.switch_item:
        items[rule.switch_item] = "true" if switch and switch.state in ("on", "no-schedule") else "false"
    if switch and switch.targets and "ClassFilter" in rule.params:
        items["ClassFilter"] = " ".join(target.capitalize() for target in switch.targets)
    inner = "".join(f"<tt:SimpleItem Name={quoteattr(key)} Value={quoteattr(value)}/>" for key, value in items.items())
    return (
        f"<{tag} Name={quoteattr(rule.name or rule.feature)} Type={quoteattr(rule.type)}>"
        f"<tt:Parameters>{inner}</tt:Parameters></{tag}>"
    )


def embedded_configuration(device: LabDevice, tag: str) -> str:
    """The analytics configuration as profiles carry it: an older copy that knows cell motion only."""
    engine = (
        f'<tt:AnalyticsModule Name="MyCellMotionModule" Type="tt:CellMotionEngine">{_CELL_ENGINE}</tt:AnalyticsModule>'
    )
    rules = "".join(
        _rule(device, rule, "tt:Rule")
        for rule in _configured(device)
        if rule.type == "tt:CellMotionDetector" or not onvif_of(device).analytics
    )
    return (
        f'<{tag} token="{TOKEN}"><tt:Name>VideoAnalytics</tt:Name><tt:UseCount>3</tt:UseCount>'
        f"<tt:AnalyticsEngineConfiguration>{engine}</tt:AnalyticsEngineConfiguration>"
        f"<tt:RuleEngineConfiguration>{rules}</tt:RuleEngineConfiguration></{tag}>"
    )


def _supported_rules(device: LabDevice, _: etree._Element) -> str:
    inner = ""
    for rule in (rule for rule in onvif_of(device).rules if not rule.engine):
        names = [*rule.params, *([rule.switch_item] if rule.switch_item else [])]
        items = "".join(
            f'<tt:SimpleItemDescription Name="{name}" Type="xs:{"boolean" if name == rule.switch_item else "string"}"/>'
            for name in names
        )
        messages = (
            '<tt:Messages IsProperty="true"><tt:Source><tt:SimpleItemDescription Name="Rule" Type="xs:string"/>'
            "</tt:Source>"
            f"<tt:ParentTopic>{rule.topic}</tt:ParentTopic></tt:Messages>"
            if rule.topic
            else ""
        )
        inner += f'<tt:RuleDescription Name="{rule.type}"><tt:Parameters>{items}</tt:Parameters>'
        inner += f"{messages}</tt:RuleDescription>"
    return (
        "<tan:GetSupportedRulesResponse><tan:SupportedRules><tt:RuleContentSchemaLocation>"
        "http://www.onvif.org/onvif/ver20/schema/</tt:RuleContentSchemaLocation>"
        f"{inner}</tan:SupportedRules></tan:GetSupportedRulesResponse>"
    )


def _rules(device: LabDevice, _: etree._Element) -> str:
    inner = "".join(_rule(device, rule, "tan:Rule") for rule in _configured(device) if not rule.engine)
    return f"<tan:GetRulesResponse>{inner}</tan:GetRulesResponse>"


def _supported_modules(device: LabDevice, _: etree._Element) -> str:
    names = ["tt:CellMotionEngine", *(rule.type for rule in onvif_of(device).rules if rule.module or rule.engine)]
    inner = "".join(
        f'<tt:AnalyticsModuleDescription Name="{name}"><tt:Parameters/></tt:AnalyticsModuleDescription>'
        for name in names
    )
    return (
        "<tan:GetSupportedAnalyticsModulesResponse><tan:SupportedAnalyticsModules>"
        "<tt:AnalyticsModuleContentSchemaLocation>http://www.onvif.org/onvif/ver20/schema/"
        f"</tt:AnalyticsModuleContentSchemaLocation>{inner}</tan:SupportedAnalyticsModules>"
        "</tan:GetSupportedAnalyticsModulesResponse>"
    )


def _modules(device: LabDevice, _: etree._Element) -> str:
    inner = '<tan:AnalyticsModule Name="MyCellMotionModule" Type="tt:CellMotionEngine">'
    inner += f"{_CELL_ENGINE}</tan:AnalyticsModule>"
    modules = [rule for rule in _configured(device) if rule.module or rule.engine]
    inner += "".join(_rule(device, rule, "tan:AnalyticsModule") for rule in modules)
    return f"<tan:GetAnalyticsModulesResponse>{inner}</tan:GetAnalyticsModulesResponse>"


def _supported_metadata(device: LabDevice, _: etree._Element) -> str:
    frame = onvif_of(device).sample_frame
    sample = (
        '<tan:AnalyticsModule Type="tt:CellMotionEngine"><tan:SampleFrame UtcTime="2026-01-01T00:00:00Z">'
        f'<tt:Object ObjectId="1"><tt:Appearance>{frame}</tt:Appearance></tt:Object></tan:SampleFrame>'
        "</tan:AnalyticsModule>"
        if frame
        else ""
    )
    return f"<tan:GetSupportedMetadataResponse>{sample}</tan:GetSupportedMetadataResponse>"


def _capabilities(_: LabDevice, __: etree._Element) -> str:
    return (
        '<tan:GetServiceCapabilitiesResponse><tan:Capabilities RuleSupport="true" AnalyticsModuleSupport="true" '
        'CellBasedSceneDescriptionSupported="true"/></tan:GetServiceCapabilitiesResponse>'
    )


OPERATIONS = {
    ("tan", "GetServiceCapabilities"): _capabilities,
    ("tan", "GetSupportedRules"): _supported_rules,
    ("tan", "GetRules"): _rules,
    ("tan", "GetSupportedAnalyticsModules"): _supported_modules,
    ("tan", "GetAnalyticsModules"): _modules,
    ("tan", "GetSupportedMetadata"): _supported_metadata,
}
