"""Reading Axis' AI functions into the register."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from scanner.drivers.axis.actions import Actions, Bridge, read_actions
from scanner.drivers.axis.applications import (
    ONLY_BY_APPLICATION,
    OWN,
    App,
    Scenario,
    decode_audio,
    decode_list,
    decode_producers,
    decode_profiles,
    decode_scenario_types,
    decode_scenarios,
    error_of,
)
from scanner.drivers.axis.applications import SCENARIOS as SCENARIO_TYPES
from scanner.drivers.axis.parameters import Parameters
from scanner.drivers.base import Asker, Reading, known, unseen
from scanner.drivers.register import DEVICE, Register, Row
from scanner.errors import NoAnswer
from scanner.model import Gap, Silence

COULD_HAVE: tuple[str, ...] = (
    *dict.fromkeys(
        (*ONLY_BY_APPLICATION, "object-class", "smart-search", "motion", "tamper", "face-detection",
         "face-attributes.age", "face-attributes.gender", "auto-tracking", "audio-detection", "audio-classification",
         "person-attributes", "custom-ai")
    ),
)  # fmt: skip
_AUDIO = {
    "adaptiveaudiodetection": "audio-detection",
    "classification": "audio-classification",
    "aggressiondetection": "audio-classification",
    "directionofarrival": "audio-classification",
}


class Functions:
    """Applications first: what is not running is off. ``apis`` are the ids of apidiscovery, None when not read."""

    def __init__(
        self,
        asker: Asker,
        apis: frozenset[str] | None,
        parameters: Parameters | None,
        evidence: str,
        bridge: Bridge | None = None,
    ) -> None:
        self.asker = asker
        self.apis = apis
        self.parameters = parameters
        self.parameters_evidence = evidence
        self.register = Register("axis")
        self.gaps: list[Gap] = []
        self.bridge = bridge or Bridge()
        self._actions: Actions | None = None

    @property
    def actions(self) -> Actions:
        """What happens on events; asked when the first application turns out to have any."""
        if self._actions is None:
            self._actions = read_actions(self.asker, self.bridge)
        return self._actions

    def read(self) -> Iterator[Reading]:
        """Facts on the way, then the rows of all features and the gaps."""
        lost = None
        try:
            reply = self.asker.get("/axis-cgi/applications/list.cgi").require_ok()
            apps = decode_list(reply.xml())
        except NoAnswer as silence:
            lost = silence.why
            self.gaps.append(Gap("axis: applications", silence.why, silence.detail))
            yield unseen("apps.running", silence.why)
        else:
            yield known("apps.running", tuple(app.title for app in apps if app.running), reply.evidence)
            for app in apps:
                self._application(app, reply.evidence)
            self._not_installed(apps, reply.evidence)
        yield from self._metadata()
        self._audio()
        self._tracking()
        self._properties()
        for feature in COULD_HAVE:
            if not self.register.has(feature):
                self.register.row(feature, DEVICE, verified=False).hush_all(lost or "no-reader")
        yield from self.register.features()
        yield from self.gaps

    def _call(self, path: str, method: str) -> tuple[Any, str]:
        body = json.dumps({"apiVersion": "1.0", "method": method, "params": {}}).encode()
        reply = self.asker.post(path, body).require_ok()
        value = reply.json()
        if error_of(value):
            raise NoAnswer("no-such-page", error_of(value))
        return value, reply.evidence

    def _lost(self, name: str, silence: NoAnswer) -> Silence:
        self.gaps.append(Gap(f"axis: {name}", silence.why, silence.detail))
        return silence.why

    # -- applications ----------------------------------------------------------------------------------------

    def _application(self, app: App, evidence: str) -> None:
        if app.running and app.key == "objectanalytics":
            self._object_analytics(app, evidence)
        elif app.running and app.key in OWN:
            self._guard(app, evidence)
        else:
            channel = "1" if app.key in OWN else DEVICE  # an application of others works on the unit, not on a picture
            for feature in app.features:
                row = self._row(feature, channel, app, evidence)
                row.say("enabled", app.running, evidence, f"{app.name}: Status = {app.status}")

    def _row(self, feature: str, channel: str, app: App, evidence: str) -> Row:
        """A row of an installed application: supported, and licensed as far as the device can tell."""
        row = self.register.row(feature, channel, app.title, verified=feature != "custom-ai")
        row.say("supported", True, evidence, f"{app.name} {app.version} is installed")
        if app.licensed is None:
            row.hush("licensed", "no-reader")
        else:
            row.say("licensed", app.licensed, evidence, f"{app.name}: License = {app.licence}")
        return row

    def _object_analytics(self, app: App, evidence: str) -> None:
        path = "/local/objectanalytics/control.cgi"
        try:
            value, proof = self._call(path, "getConfiguration")
        except NoAnswer as silence:
            why = self._lost("object analytics", silence)
            for feature in app.features:
                self._row(feature, "1", app, evidence).hush("enabled", why)
            return
        scenarios = decode_scenarios(value)
        channels = list(dict.fromkeys(scenario.channel for scenario in scenarios)) or ["1"]
        for channel in channels:
            own = [scenario for scenario in scenarios if scenario.channel == channel]
            for feature in (*self._possible(path), "object-class"):
                row = self._row(feature, channel, app, evidence)
                if feature == "object-class":
                    fitting = [scenario for scenario in own if scenario.classes]
                else:
                    fitting = [scenario for scenario in own if scenario.feature == feature]
                on = any(scenario.active for scenario in fitting)
                kinds = ", ".join(dict.fromkeys(scenario.type for scenario in fitting)) or "none"
                active = "" if on or not fitting else ", isActive = false"
                row.say("enabled", on, proof, f"{app.name} Running, scenarios {kinds}{active}")
                self.actions.judge(row, app.key, _scenario_events(channel, fitting))
            for scenario in own:
                if not self.register.has(scenario.feature, channel):
                    row = self._row(scenario.feature, channel, app, evidence)
                    row.verified = False
                    row.say("enabled", scenario.active, proof, f"scenario of type {scenario.type}")
                    self.actions.judge(row, app.key, _scenario_events(channel, [scenario]))

    def _possible(self, path: str) -> tuple[str, ...]:
        """Features of the scenario types this version can have; its usual four when it does not say."""
        try:
            value, _ = self._call(path, "getConfigurationCapabilities")
        except NoAnswer:
            return tuple(SCENARIO_TYPES.values())
        known_types = {name.lower() for name in decode_scenario_types(value)} & set(SCENARIO_TYPES)
        return tuple(SCENARIO_TYPES[name] for name in SCENARIO_TYPES if name in known_types or not known_types)

    def _guard(self, app: App, evidence: str) -> None:
        name = "vmd" if app.key.startswith("vmd") else app.key
        try:
            value, proof = self._call(f"/local/{name}/control.cgi", "getConfiguration")
        except NoAnswer as silence:
            why = self._lost(app.name, silence)
            for feature in app.features:
                self._row(feature, "1", app, evidence).hush("enabled", why)
            return
        for channel, profiles in decode_profiles(value).items():
            for feature in app.features:
                row = self._row(feature, channel, app, evidence)
                row.say("enabled", profiles > 0, proof, f"{app.name} Running, {profiles} active profiles")
                self.actions.judge(row, app.key, _profile_events(channel))

    def _not_installed(self, apps: list[App], evidence: str) -> None:
        """What only an application could do is not there, unless one that nobody knows is installed."""
        if any("custom-ai" in app.features for app in apps):
            return
        for feature in ONLY_BY_APPLICATION:
            if not self.register.has(feature):
                row = self.register.row(feature, DEVICE)
                row.say("supported", False, evidence, "no application for it is installed")

    # -- other switches ----------------------------------------------------------------------------------------

    def _has_api(self, name: str) -> bool:
        return self.apis is not None and name in self.apis

    def _metadata(self) -> Iterator[Reading]:
        """A producer that is on: what it sees leaves in the stream for every client that asks."""
        if not self._has_api("analytics-metadata-config"):
            yield unseen("metadata.stream", "no-such-page" if self.apis is not None else "no-reader")
            return
        try:
            value, evidence = self._call("/axis-cgi/analyticsmetadataconfig.cgi", "listProducers")
        except NoAnswer as silence:
            yield unseen("metadata.stream", self._lost("scene metadata", silence))
            self.register.row("smart-search", "1").hush_all(silence.why)
            return
        channels = decode_producers(value)
        yield known("metadata.stream", any(channels.values()), evidence)
        for channel, enabled in channels.items():
            row = self.register.row("smart-search", channel, "scene metadata", verified=False)
            row.say("supported", True, evidence, "listProducers names a producer")
            row.say("enabled", enabled, evidence, f"videochannels[].enabled = {str(enabled).lower()}")

    def _audio(self) -> None:
        if not self._has_api("audio-analytics"):
            return
        try:
            value, evidence = self._call("/axis-cgi/audioanalytics.cgi", "getPluginsSettings")
        except NoAnswer as silence:
            why = self._lost("audio analytics", silence)
            for feature in dict.fromkeys(_AUDIO.values()):
                self.register.row(feature, "1").hush_all(why)
            return
        for name, enabled in decode_audio(value).items():
            row = self.register.row(_AUDIO.get(name.lower(), "audio-classification"), "1", name, verified=False)
            row.say("supported", True, evidence, f"plug-in {name} is there")
            row.say("enabled", enabled, evidence, f"{name}: enabled = {str(enabled).lower()}")

    def _tracking(self) -> None:
        """Only cameras that move can follow."""
        if self.parameters is None or self.parameters.switch("Properties.PTZ.PTZ") is not True:
            return
        if self.parameters.switch("Properties.PTZ.DigitalPTZ") is True:
            return
        try:
            value, evidence = self._call("/axis-cgi/ptz-autotracking/viewer.cgi", "getAutotrackingState")
        except NoAnswer:
            return
        data = value.get("data") if isinstance(value, dict) else None
        enabled = data.get("enabled") if isinstance(data, dict) else None
        if isinstance(enabled, bool):
            row = self.register.row("auto-tracking", "1", "PTZ autotracking", verified=False)
            row.say("supported", True, evidence, "autotracking can be read")
            row.say("enabled", enabled, evidence, f"data.enabled = {str(enabled).lower()}")

    def _properties(self) -> None:
        """Abilities the firmware declares; their switch is not among the parameters."""
        if self.parameters is None:
            return
        for feature, key in (("motion", "Properties.Motion.Motion"), ("tamper", "Properties.Tampering.Tampering")):
            value = self.parameters.switch(key)
            if value is None:
                continue
            row = self.register.row(feature, "1", key.rpartition(".")[2])
            if value or not row.yes.get("supported"):
                row.say("supported", value, self.parameters_evidence, f"{key} = {'yes' if value else 'no'}")


def _scenario_events(channel: str, scenarios: list[Scenario]) -> Callable[[str], bool]:
    """Events of these scenarios: ``Device1Scenario3``, or ``Device1ScenarioANY`` for all of the device."""
    wanted = {f"Device{channel}Scenario{name}".lower() for name in (*(one.id for one in scenarios), "ANY")}
    return lambda event: bool(scenarios) and event.lower() in wanted


def _profile_events(channel: str) -> Callable[[str], bool]:
    """Events of the profiles of one camera: ``Camera1Profile2``, ``Camera1ProfileANY``."""
    return lambda event: event.lower().startswith(f"camera{channel}profile")
