"""nmap as the port engine finds what our own connects find, within the same bounds."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import nmap as python_nmap
import pytest
from lab_doors import lab_door, swept
from needs import nmap

from scanner.discovery import Progress
from scanner.discovery.nmap_ports import permitted, port_arguments, service_names
from scanner.lab import Fleet
from scanner.net import PACES
from scanner.scope import Scope

KINDS = ["hikvision-acusense-new", "axis-aoa", "decoy-router"]


def test_both_engines_find_the_same_doors(tmp_path: Path) -> None:
    """Same endpoints but for the word of who found them; every port is in the ledger; nothing is harmed."""
    nmap()
    ledger = tmp_path / "ledger.jsonl"
    with Fleet(KINDS, base="127.38.11.0") as fleet:
        own = asyncio.run(swept(lab_door(), fleet.truth))
        by_nmap = asyncio.run(swept(lab_door(ledger), [*fleet.truth, "127.38.11.99"], ports_by="nmap"))

        def doors(seen: dict[str, object]) -> set[tuple[str, int, str, str]]:
            return {
                (one.address, one.port, one.service, one.path)
                for sighting in seen.values()
                for one in sighting.endpoints  # type: ignore[attr-defined]
            }

        assert doors(by_nmap) == doors(own)  # type: ignore[arg-type]
        assert {one.found_by for sighting in by_nmap.values() for one in sighting.endpoints} >= {"nmap", "sadp"}
        assert fleet.harm == []
    asked = {
        (line["address"], line["port"])
        for line in map(json.loads, ledger.read_text().splitlines())
        if line["kind"] == "sent" and line["protocol"] == "nmap"
    }
    assert {
        (one.address, one.port) for sighting in by_nmap.values() for one in sighting.endpoints if one.found_by == "nmap"
    } <= asked


def test_addresses_out_of_scope_never_reach_a_command_line(tmp_path: Path) -> None:
    """The scope is asked for each address, and text that is no address is refused."""
    ledger = tmp_path / "ledger.jsonl"
    door = lab_door(ledger, scope=Scope.from_flags(["127.38.12.1"], authorised_by="A. Auditor", reference="T-1"))

    assert permitted(door, ["127.38.12.1", "127.38.12.2"], (80, 443)) == ["127.38.12.1"]
    for hostile in ("127.38.12.1 --script=x", "-iL/etc/passwd", "localhost", ""):
        with pytest.raises(ValueError, match="IP"):
            permitted(door, [hostile], (80,))
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [(line["kind"], line["address"], line["port"]) for line in lines] == [
        ("sent", "127.38.12.1", 80), ("sent", "127.38.12.1", 443), ("refused-by-door", "127.38.12.2", 0),
    ]  # fmt: skip


def test_the_options_keep_to_the_pace() -> None:
    """No name look-ups, no scripts, no version probes, the rate of the pace, space between connections to one host."""
    words = port_arguments(lab_door(pace=PACES["polite"]), 4).split()

    assert words[:3] == ["-n", "-Pn", "-sT"]
    assert words[words.index("--max-rate") + 1] == "1000"
    assert words[words.index("--scan-delay") + 1] == "25ms"
    assert not {"-sV", "-sC", "-A", "-O"} & set(words)
    assert "-6" in port_arguments(lab_door(), 6).split()


def test_without_nmap_camaudit_looks_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without nmap gets the same devices and a note for the report."""
    monkeypatch.setenv("PATH", "")
    looked = [
        path
        for path in ("/usr/bin/nmap", "/usr/local/bin/nmap", "/sw/bin/nmap", "/opt/local/bin/nmap")
        if Path(path).exists()
    ]
    if looked:  # python-nmap also looks in fixed places
        monkeypatch.setattr(python_nmap.PortScanner.__init__, "__defaults__", (("no-nmap-here",),))
    progress = Progress()
    with Fleet(["axis-aoa"], base="127.38.13.0") as fleet:
        seen = asyncio.run(swept(lab_door(), fleet.truth, ports_by="nmap", progress=progress))

        assert set(seen) == set(fleet.truth)
    assert progress.notes == ["nmap is not installed: camaudit looked for open ports itself"]


def test_service_names_of_a_known_camera() -> None:
    """-sV names what says its name; an address out of scope is not asked."""
    nmap()
    with Fleet(
        ["decoy-switch"], base="127.38.14.0"
    ) as fleet:  # its SSH banner comes at once, other probes take half a minute
        (address,) = fleet.truth

        named = service_names(lab_door(), address, (2222, 2223))

        assert named[2222].startswith("ssh")
        assert 2223 not in named
    scope = Scope.from_flags(["127.38.14.200"], authorised_by="A. Auditor", reference="T-1")
    assert service_names(lab_door(scope=scope), "127.38.14.1", (8080,)) == {}
