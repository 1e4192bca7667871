"""``camaudit import``: an audit made of files, by the same rules; and registers held against a network."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from audits import camaudit

from scanner.history import Store
from scanner.model import Inventory

NMAP = (
    '<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap" start="1795075200" version="7.95">\n'
    '<host starttime="1795075201" endtime="1795075230"><status state="up" reason="arp-response" reason_ttl="0"/>\n'
    '<address addr="10.20.0.11" addrtype="ipv4"/><address addr="44:19:B6:00:00:11" addrtype="mac"/>\n'
    '<ports><port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="64"/>'
    '<service name="http" method="probed" conf="10"/><script id="http-server-header" output="App-webs/">'
    "<elem>App-webs/</elem></script></port></ports></host>\n"
    '<host><status state="up" reason="arp-response" reason_ttl="0"/><address addr="10.20.0.12" addrtype="ipv4"/>\n'
    '<ports><port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="64"/></port></ports>\n'
    "</host></nmaprun>\n"
)
REGISTER = (
    "Name,IP Address,Make,Model,Serial Number,Site\n"
    "Gate,10.20.0.11,Hikvision,DS-2CD2042WD-I,,Town hall\n"
    'Hall,10.20.0.50,Dahua,IPC-HDW2431T,6J0A2B3PAG00001,"=HYPERLINK(""http://x"")"\n'
    "Store,,Hikvision,DS-7608NI,C99999999,Town hall\n"
)
ESTATE = (
    '[organisation]\nname = "Fernmoor"\njurisdiction = "us"\nbodies = ["us-federal-agency"]\n'
    '[[site]]\nname = "Town hall"\ntype = "office"\nranges = ["10.20.0.0/24"]\n'
)


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hosts.xml").write_text(NMAP)
    Path("assets.csv").write_text(REGISTER)
    Path("estate.toml").write_text(ESTATE)
    Path("neigh.txt").write_text("10.20.0.12 dev eth0 lladdr 00:40:8c:00:00:12 STALE\n")
    Path("switch.txt").write_text("  20    0040.8c00.0012    DYNAMIC     Gi1/0/12\n")
    os.utime("neigh.txt", (1795000000, 1795000000))


def imported(*words: str) -> tuple[Inventory, dict[str, Any], str]:
    """Import into ``out``: its inventory, its document, and what was said."""
    run = camaudit("import", *words, "-o", "out")
    assert run.returncode == 0, run.stderr
    with Store.open(Path("out/inventory.sqlite")) as store:
        inventory = store.load()
    return inventory, json.loads(Path("out/audit.json").read_text()), run.stdout


def test_an_audit_of_files_names_devices_and_says_that_nothing_was_sent() -> None:
    inventory, document, said = imported("hosts.xml", "neigh.txt", "switch.txt", "--estate", "estate.toml")

    first, second = inventory.devices
    assert (first.address, first.site, first.identity.maker) == ("10.20.0.11", "Town hall", "Hikvision")
    assert (second.address, second.identity.maker, second.identity.grade) == ("10.20.0.12", "Axis", "C1")
    assert first.last_seen.timestamp() == 1795075230
    assert second.first_seen.timestamp() == 1795000000
    assert {gap.why for gap in first.gaps} == {"not-asked"}
    requests = {inventory.evidence[text.evidence].request for text in second.observations}
    assert requests == {"neigh.txt:1"}
    blob = inventory.evidence[first.observations[0].evidence].blob
    assert Path("out/evidence", blob[:2], blob).read_bytes().startswith(b'<host starttime="1795075201"')

    audit = document["audit"]
    assert audit["register"] is None
    assert [source.partition(":")[0] for source in audit["sources"]] == ["hosts.xml", "neigh.txt", "switch.txt"]
    assert audit["harm"]["datagrams"] == audit["harm"]["connections"] == 0
    assert audit["notes"] == [
        "neigh.txt gives no time for some or all rows: they have the time the file was written.",
        "switch.txt gives no time for some or all rows: they have the time the file was written.",
    ]
    assert not Path("out/ledger.jsonl").exists()
    why = {one["why"] for row in document["findings"] for one in row["because"] if "why" in one}
    assert "not-asked" in why
    page = Path("out/report.html").read_text()
    assert "Nothing was sent: this audit was made from files." in page
    assert 'id="assets"' not in page
    assert "not asked" not in said


def test_a_pass_is_never_made_of_what_a_file_does_not_say() -> None:
    _, document, _ = imported("hosts.xml", "--estate", "estate.toml")
    settings = [row for row in document["findings"] if row["pack"] == "baseline" and row["verdict"] == "pass"]

    assert settings == []


def test_one_unit_at_two_addresses_is_one_device() -> None:
    """A table that names one card at an IPv4 and an IPv6 address; a register may name either of them."""
    Path("neigh.txt").write_text(
        "10.20.0.12 dev eth0 lladdr 00:40:8c:00:00:12 STALE\nfd00::12 dev eth0 lladdr 00:40:8c:00:00:12 STALE\n"
        "10.20.0.13 dev eth0 lladdr 02:00:5e:00:00:13 STALE\nfd00::13 dev eth0 lladdr 02:00:5e:00:00:13 STALE\n"
    )
    Path("assets.csv").write_text("Name,IP Address,Make\nYard,fd00::13,Bosch\n")
    inventory, _, _ = imported("hosts.xml", "neigh.txt", "assets.csv")

    addresses = {device.address: device for device in inventory.devices}
    assert addresses.keys() == {"10.20.0.11", "10.20.0.12", "10.20.0.13"}
    assert addresses["10.20.0.12"].also_at == ("fd00::12",)
    assert {one.port for one in addresses["10.20.0.12"].endpoints} == {22}
    assert (addresses["10.20.0.13"].also_at, addresses["10.20.0.13"].identity.maker) == (("fd00::13",), "Bosch")


def test_a_register_among_the_files_is_held_against_them_and_judged_for_review() -> None:
    inventory, document, said = imported("hosts.xml", "assets.csv", "--estate", "estate.toml")
    result = inventory.audit.register
    assert result is not None

    assert [(one.row.name, one.by, one.why) for one in result.rows] == [
        ("Gate", "address", ""), ("Hall", "", "not-asked"), ("Store", "", "no-address"),
    ]  # fmt: skip
    stated = {device.address: device for device in inventory.devices if device.address != "10.20.0.11"}
    assert {device.identity.grade for device in stated.values() if device.identity.maker} == {"C1"}
    assert stated["10.20.0.50"].identity.maker == "Dahua"
    assert (stated[""].identity.maker, stated[""].site) == ("Hikvision", "Town hall")
    gate = next(device for device in inventory.devices if device.address == "10.20.0.11")
    assert not any(claim.seen_in == "register" for claim in gate.identity.claims)
    supply = {
        (row["device"], row["verdict"]) for row in document["findings"] if row["pack"] == "us-supply"
    }  # fmt: skip
    assert (stated["10.20.0.50"].id, "review") in supply
    assert (stated["10.20.0.50"].id, "fail") not in supply
    assert document["audit"]["coverage"][0]["answered"] == 2
    assert "Asset register" in said
    page = Path("out/report.html").read_text()
    assert "Registered, not seen" in page
    assert "Nobody asked its address" in page
    assert "=HYPERLINK(&#34;http://x&#34;)" in page


def test_a_register_that_is_compared_makes_no_device() -> None:
    inventory, _, _ = imported("hosts.xml", "--register", "assets.csv")
    result = inventory.audit.register
    assert result is not None

    assert [device.address for device in inventory.devices] == ["10.20.0.11", "10.20.0.12"]
    assert result.files == ("assets.csv",)
    assert [bool(one.device) for one in result.rows] == [True, False, False]
    assert result.unclear == 1


def test_a_register_supports_a_device_that_showed_no_maker() -> None:
    Path("assets.csv").write_text("Name,IP,Make,Model\nHall,10.20.0.12,Axis,P3265-V\n")
    inventory, _, _ = imported("hosts.xml", "assets.csv")

    hall = next(device for device in inventory.devices if device.address == "10.20.0.12")
    assert (hall.identity.maker, hall.identity.model, hall.identity.grade) == ("Axis", "P3265-V", "C1")
    assert [door.port for door in hall.endpoints] == [22]
    assert len(inventory.devices) == 2


def test_a_device_known_by_its_ethernet_address_alone() -> None:
    inventory, document, _ = imported("switch.txt")

    [device] = inventory.devices
    assert (device.address, device.identity.maker) == ("00:40:8c:00:00:12", "Axis")
    assert document["devices"][0]["mac"] == "00:40:8c:00:00:12"


def test_columns_by_name() -> None:
    Path("odd.csv").write_text("Gerät;Netz;Hersteller\nTor;10.20.0.77;Dahua\n")
    inventory, _, _ = imported("odd.csv", "--column", "address=Netz", "--column", "brand=Hersteller")

    [device] = inventory.devices
    assert (device.address, device.identity.maker) == ("10.20.0.77", "Dahua")


def test_an_import_can_be_judged_again() -> None:
    imported("hosts.xml")
    run = camaudit("judge", "out", "--date", "2027-01-01")
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("import", "Missing argument 'FILE...'"),
        ("import none.xml", "none.xml: cannot be read: No such file or directory"),
        ("import letter.txt", "letter.txt: expected a file of a known format, found another"),
        ("import hosts.xml --as nmapxml", "expected one of the formats"),
        ("import hosts.xml --as masscan", "hosts.xml:1: expected a JSON object"),
        ("import hosts.xml --column address=IP", "--column belongs to a register, and no FILE is one"),
        ("import assets.csv --column addr=IP", "--column: expected FIELD=HEADER with one of the fields address"),
        ("import assets.csv --column name=Nombre", "assets.csv:1: expected a column 'Nombre', found 'Name'"),
        ("import assets.csv --register hosts.xml", "hosts.xml: expected headers with an IP address"),
        ("import broken.csv", "broken.csv:3: expected an IP address, found '10.20.0.999'"),
        ("import hosts.xml broken.csv", "broken.csv:3: expected an IP address, found '10.20.0.999'"),
        ("import hosts.xml -f tiff", "expected one of the formats"),
        ("import hosts.xml --pack nobody", "unknown pack 'nobody'"),
        ("scan 127.37.0.1 --register broken.csv", "broken.csv:3: expected an IP address, found '10.20.0.999'"),
        ("scan --from broken.csv", "broken.csv:3: expected an IP address, found '10.20.0.999'"),
        ("scan --from hosts.xml", "hosts.xml:4: 10.20.0.11 "),
        ("scan --from hosts.xml --scope-file scope.toml", "hosts.xml:4: 10.20.0.11 is not in scope"),
        ("scan --from assets.csv --scope-file scope.toml --dry-run", "no address is left to audit"),
        ("scan 127.37.0.1 --column address=IP", "--column belongs to --register FILE or --from FILE"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_leaves_nothing_behind(words: str, sentence: str) -> None:
    Path("letter.txt").write_text("Dear Sir or Madam\n")
    Path("broken.csv").write_text("Name,IP\nA,10.20.0.1\nB,10.20.0.999\n")
    Path("scope.toml").write_text('allow = ["10.9.0.0/24"]\nauthorised_by = "A"\nreference = "R"\n')

    run = camaudit(*words.split(), *(() if words == "import" else ("-o", "out")))

    assert (run.returncode, run.stdout) == (2, ""), run.stderr
    assert sentence in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert not Path("out").exists()


def test_every_mistake_of_every_file_is_told_at_once() -> None:
    Path("a.csv").write_text("Name,IP\nA,x y\nB,10.20.0.999\n")
    Path("b.txt").write_text(
        "10.20.0.11 dev eth0 lladdr banana STALE\n10.20.0.12 dev eth0 lladdr 00:40:8c:00:00:12 S\n"
    )

    run = camaudit("import", "a.csv", "hosts.xml", "b.txt", "-o", "out")

    assert run.returncode == 2
    assert [line.split(" ")[1] for line in run.stderr.splitlines()] == ["a.csv:2:", "a.csv:3:", "b.txt:1:"]
    assert not Path("out").exists()
