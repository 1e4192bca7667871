"""Bosch through ONVIF: the engine of video analysis, tasks and their names, the fixed trio of accounts."""

from __future__ import annotations

import pytest
from doors import door
from replay import Replay, facts, rows, serving

from scanner.drivers import DeviceReadings, read_device
from scanner.drivers.onvif.words import feature_of_topic
from scanner.fingerprint import identify
from scanner.fingerprint.first_contact import observe
from scanner.lab import Fleet, load_personalities
from scanner.lab.words import Placement
from scanner.model import Endpoint, Feature
from scanner.net import Limits
from scanner.secret import Login, Secret

KNOWN = load_personalities()
SERVICES = "".join(
    f"<tds:Service><tds:Namespace>http://www.onvif.org/{name}/wsdl</tds:Namespace>"
    f"<tds:XAddr>http://192.0.2.1/onvif/{name[6:]}</tds:XAddr></tds:Service>"
    for name in ("ver10/media", "ver20/analytics", "ver10/events")
)
SOURCE = '<tt:VideoSourceConfiguration token="V"><tt:SourceToken>S</tt:SourceToken></tt:VideoSourceConfiguration>'


def read(name: str, base: str) -> tuple[DeviceReadings, list[str]]:
    """A lab device as the pipeline would read it, and what would have hurt it."""
    right = Login("auditor", Secret(Placement(personality="").password), "test")
    with Fleet([KNOWN[name]], base=base, fragile=False) as fleet:
        device = fleet.devices[0]
        endpoints = [Endpoint(device.address, port, "tcp", service) for service, port in device.ports.items()]
        with door(limits=Limits()).link(device.address) as link:
            contact = observe(link, endpoints)
        with door(limits=Limits()).link(device.address, login=right) as link:
            readings = read_device(link, identify(contact.observations), contact.endpoints)
        return readings, [str(harm) for harm in fleet.harm]


def replayed(
    mode: str, *, kind: str = "Intelligent Video Analytics", classes: str = ""
) -> dict[tuple[str, str], Feature]:
    """A unit with one armed task, the mode of its engine as given ('' for none)."""
    item = f'<tt:SimpleItem Name="Mode" Value="{mode}"/><tt:SimpleItem Name="AnalysisType" Value="{kind}"/>'
    task = '<tt:SimpleItem Name="Armed" Value="true"/>'
    if classes:
        task += f'<tt:SimpleItem Name="ClassFilter" Value="{classes}"/>'
    analytics = '<tt:VideoAnalyticsConfiguration token="A"/>'
    replay = Replay("127.101.61.1")
    for name, prefix, inner in (
        ("GetServices", "tds", SERVICES),
        ("GetDeviceInformation", "tds", "<tds:Manufacturer>Bosch</tds:Manufacturer><tds:Model>DINION</tds:Model>"),
        ("GetProfiles", "trt", f'<trt:Profiles token="P">{SOURCE}{analytics}</trt:Profiles>'),
        ("GetRules", "tan",
         f'<tan:Rule Name="Face at door" Type="tt:ObjectInField"><tt:Parameters>{task}</tt:Parameters></tan:Rule>'),
        ("GetAnalyticsModules", "tan",
         f'<tan:AnalyticsModule Name="Viproc" Type="tt:Viproc"><tt:Parameters>{item if mode else ""}</tt:Parameters>'
         "</tan:AnalyticsModule>"),
    ):  # fmt: skip
        replay.calls[name] = f"<{prefix}:{name}Response>{inner}</{prefix}:{name}Response>"
    with serving(replay):
        return rows(replay.read(None))


def test_tasks_and_the_engine() -> None:
    readings, harm = read("bosch-iva", "127.101.62.0")
    found = rows(readings)

    assert harm == []
    assert (found["smart-search", "1"].enabled, found["intrusion", "1"].enabled) == ("yes", "yes")
    assert found["people-counting", "1"].enabled == "no"
    assert "Viproc" in found["smart-search", "1"].vendor_name
    says = [proof.says for proof in found["smart-search", "1"].proofs]
    assert any("Mode = Profile 1, AnalysisType = Intelligent Video Analytics" in one for one in says)
    assert ("face-detection", "1") not in found  # a counter that somebody called "Face counter" finds no faces
    assert found["object-class", "1"].enabled == "no"  # the counter that tells persons apart is not armed


def test_the_trio_of_accounts_and_the_one_in_use() -> None:
    """``service``, ``user``, ``live`` are there on every unit; names end in the decoder."""
    readings, _ = read("bosch-iva", "127.101.63.0")

    assert facts(readings)["onvif.users"] == 3
    assert "live" not in repr(readings.facts)


@pytest.mark.parametrize(
    ("mode", "engine", "task"),
    [
        ("Profile 1", "yes", "yes"),
        ("Silent VCA", "yes", "yes"),  # the engine writes down what it sees; the task says itself that it is armed
        ("Scheduled", "yes", "yes"),
        ("Event Triggered", "yes", "yes"),
        ("Off", "no", "no"),
        ("", "yes", "yes"),
    ],
)
def test_the_mode_of_the_engine(mode: str, engine: str, task: str) -> None:
    """Off stops every task; all other modes leave an attached engine at work."""
    found = replayed(mode)

    assert found["smart-search", "1"].enabled == engine
    assert found["intrusion", "1"].enabled == task
    if mode == "Off":
        assert any("Mode = Off" in proof.says for proof in found["intrusion", "1"].proofs)


@pytest.mark.parametrize(("mode", "enabled"), [("Profile 1", "yes"), ("Off", "no")])
def test_classes_in_the_words_of_bosch(mode: str, enabled: str) -> None:
    assert replayed(mode, classes="Person Car Truck")["object-class", "1"].enabled == enabled


def test_firmware_without_an_analytics_service() -> None:
    """Its topics show which tasks there are, not that they run; its metadata says that the engine works."""
    readings, harm = read("bosch-topics", "127.101.64.0")
    found = rows(readings)

    assert harm == []
    assert (found["intrusion", "1"].supported, found["intrusion", "1"].enabled) == ("yes", "unknown")
    assert found["smart-search", "1"].enabled == "yes"
    assert found.get(("face-detection", "device")) is None or found["face-detection", "device"].supported == "unknown"
    assert ("face-detection", "1") not in found  # "Face_at_door" is what somebody called the task


@pytest.mark.parametrize(
    ("topic", "feature"),
    [
        ("IVA/ObjectInField/Detect_any_object", "intrusion"),
        ("IVA/ObjectInField/Face_queue_people", "intrusion"),
        ("IVA/Whatever/Face", None),
        ("RuleEngine/CountAggregation/Counter", "people-counting"),
        ("UserAlarm/IVA/HumanShapeDetect", "object-class"),
    ],
)
def test_the_name_of_a_task_is_no_word_of_ours(topic: str, feature: str | None) -> None:
    assert feature_of_topic(topic) == feature
