"""nmap as the port engine finds what our own connects find, within the same bounds, and never decides alone."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections import Counter
from pathlib import Path

import fake_nmap
import nmap as python_nmap
import pytest
from complaining_router import swept_past
from lab_doors import lab_door, swept
from needs import namespaces, nmap

from scanner.discovery import DEFAULT_PORTS, Progress
from scanner.discovery.nmap_ports import port_words, service_names, states_of
from scanner.discovery.nmap_stream import NmapFailed, find_nmap, hosts
from scanner.lab import Fleet
from scanner.net import PACES
from scanner.scope import Scope

KINDS = ["hikvision-acusense-new", "axis-aoa", "dahua-face", "onvif-faces", "decoy-router", "decoy-switch"]
POLITE = {"total": 1000.0, "neighbourhood": 250.0, "host": 40.0, "host_requests": 2.0}


def doors(seen: dict[str, object]) -> set[tuple[str, int, str, str]]:
    return {
        (one.address, one.port, one.service, one.path)
        for sighting in seen.values()
        for one in sighting.endpoints  # type: ignore[attr-defined]
    }


def test_both_engines_find_the_same_doors(tmp_path: Path) -> None:
    """Cameras, decoys and addresses where nobody is: same endpoints but for who found them; every port is in the
    ledger; nothing is harmed."""
    nmap()
    ledger = tmp_path / "ledger.jsonl"
    with Fleet(KINDS, base="127.34.11.0") as fleet:
        nobody = [f"127.34.11.{number}" for number in range(100, 150)]
        own = asyncio.run(swept(lab_door(), [*fleet.truth, *nobody]))
        by_nmap = asyncio.run(swept(lab_door(ledger), [*fleet.truth, *nobody], ports_by="nmap"))

        assert set(own) == set(fleet.truth)
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


@pytest.mark.namespace
@pytest.mark.parametrize("ports_by", ["connect", "nmap"])
def test_a_dark_address_gets_twelve_packets_from_either_engine(ports_by: str) -> None:
    """Counted by the router behind us, for each address; and the caps of the pace hold with both at work."""
    namespaces()
    nmap()
    ran = swept_past(["10.1.1.0/26", "10.1.2.0/27"], POLITE, DEFAULT_PORTS, ports_by)

    asked = [Counter(door.partition(" ")[0] for door in doors) for doors in ran["doors"].values()]
    assert asked == [{"udp": 8, "tcp": 4}] * (62 + 30)
    # On a machine too busy to hang up within a second a kernel sends a SYN again.
    assert sum(ran["per_host"].values()) <= 12 * (62 + 30) * 1.02
    assert ran["quiet"] == {"dark": 62 + 30}
    networks = list(ran["times"].values())
    # The burst, and the moment a packet takes to the router.
    assert all(most_in_a_second(times) <= POLITE["neighbourhood"] * 1.1 for times in networks)
    assert most_in_a_second([moment for times in networks for moment in times]) <= POLITE["total"] * 1.1


def most_in_a_second(times: list[float]) -> int:
    ordered = sorted(times)
    return max(sum(first <= moment < first + 1.0 for moment in ordered) for first in ordered)


def test_addresses_that_may_not_be_asked_never_reach_a_command_line(tmp_path: Path) -> None:
    """The scope is asked for each address, and text that is no address is refused."""
    ledger = tmp_path / "ledger.jsonl"
    door = lab_door(ledger, scope=Scope.from_flags(["127.34.12.1"], authorised_by="A. Auditor", reference="T-1"))

    with door.lend(["127.34.12.1", "127.34.12.2"], (80, 443), "nmap") as loan:
        assert loan.addresses == ("127.34.12.1",)
    for hostile in ("127.34.12.1 --script=x", "-iL/etc/passwd", "localhost", ""):
        with pytest.raises(ValueError, match="IP"), door.lend([hostile], (80,), "nmap"):
            pass
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [(line["kind"], line["address"], line["port"]) for line in lines] == [
        ("refused-by-door", "127.34.12.2", 0), ("sent", "127.34.12.1", 80), ("sent", "127.34.12.1", 443),
    ]  # fmt: skip


def test_nobody_else_connects_while_nmap_does() -> None:
    """One connection a device: a reader waits until nmap has finished with that address, and nmap leaves out a device
    that is being read."""
    door = lab_door()
    with door.lend(["127.34.12.3", "127.34.12.4"], (80,), "nmap") as loan:
        reader = threading.Thread(target=lambda: door.link("127.34.12.3").close())
        reader.start()
        reader.join(0.3)
        assert reader.is_alive()
        loan.done("127.34.12.3")
        reader.join(2)
        assert not reader.is_alive()
    with door.link("127.34.12.3"), door.lend(["127.34.12.3", "127.34.12.4"], (80,), "nmap") as loan:
        assert loan.addresses == ("127.34.12.4",)


def test_the_options_keep_to_the_pace() -> None:
    """No name look-ups, no scripts, no version probes, half the rate of a /24, space between connects to one host."""
    with lab_door(pace=PACES["polite"]).lend(["127.34.12.5"], (80,), "nmap") as loan:
        words = port_words(loan, 4, (80, 443), 0)
        assert "-6" in port_words(loan, 6, (80,), 1)

    assert words[:3] == ["-n", "-Pn", "-sT"]
    assert words[words.index("--max-rate") + 1] == "125"
    assert words[words.index("--scan-delay") + 1] == "25ms"
    assert words[words.index("--max-retries") + 1] == "0"
    assert not {"-sV", "-sC", "-A", "-O"} & set(words)


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
    with Fleet(["axis-aoa"], base="127.34.13.0") as fleet:
        seen = asyncio.run(swept(lab_door(), fleet.truth, ports_by="nmap", progress=progress))

        assert set(seen) == set(fleet.truth)
    assert progress.notes == ["nmap is not installed: camaudit looked for open ports itself"]


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (
            "say('<nmaprun>'); print('no route to anywhere', file=sys.stderr); sys.exit(2)",
            "nmap ended with 2: no route",
        ),
        ("say('this is no XML')", "nmap gave no XML"),
        ("say('<nmaprun><host/>')", "python-nmap could not read a host"),
        ("os.kill(os.getpid(), 9)", "nmap ended with -9"),
    ],
)
def test_where_nmap_fails_camaudit_looks_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, note: str
) -> None:
    """The same doors as without nmap, one note, no traceback."""
    progress = Progress()
    with Fleet(["axis-aoa", "hikvision-acusense-new"], base="127.34.14.0") as fleet:
        own = asyncio.run(swept(lab_door(), fleet.truth))
        fake_nmap.put_first(monkeypatch, tmp_path, body)
        seen = asyncio.run(swept(lab_door(), [*fleet.truth, "127.34.14.99"], ports_by="nmap", progress=progress))

        assert doors(seen) == doors(own)  # type: ignore[arg-type]
        assert fleet.harm == []
    assert len(set(progress.notes)) == 1
    assert note in progress.notes[0]
    assert progress.notes[0].endswith("camaudit looked for open ports itself where nmap had not")


def test_hosts_arrive_while_nmap_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first host is there long before nmap ends; nmap is ended when nobody wants more."""
    first = fake_nmap.host("127.34.15.1", fake_nmap.port(80, "open", "syn-ack"))
    fake_nmap.put_first(monkeypatch, tmp_path, f"say('<nmaprun>' + {first!r}); time.sleep(60)")
    begun = time.monotonic()

    address, entry = next(hosts(find_nmap(), ["127.34.15.1"], lambda: False))

    assert time.monotonic() - begun < 5
    assert (address, states_of(entry)) == ("127.34.15.1", {80: "open"})


def test_ports_that_nmap_does_not_list_one_by_one_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of many ports alike nmap gives ranges; closed ones are a sign of life, prohibited ones are none."""
    said = (
        '<extraports state="closed" count="3"><extrareasons reason="resets" count="3" proto="tcp" ports="1-2,9"/>'
        '</extraports><extraports state="filtered" count="1"><extrareasons reason="host-unreaches" count="1" '
        'proto="tcp" ports="7"/></extraports>'
    )
    whole = fake_nmap.host("127.34.15.2", said + fake_nmap.port(80, "open", "syn-ack"))
    fake_nmap.put_first(monkeypatch, tmp_path, f"say('<nmaprun>' + {whole!r} + '</nmaprun>')")

    ((_, entry),) = hosts(find_nmap(), ["127.34.15.2"], lambda: False)

    assert states_of(entry) == {80: "open", 1: "refused", 2: "refused", 9: "refused", 7: "unreachable"}


def test_what_is_no_address_for_python_nmap_is_a_failure_of_nmap(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Never an exception of a library."""
    fake_nmap.put_first(monkeypatch, tmp_path, "say('<nmaprun><host><ports><port/></ports></host></nmaprun>')")
    with pytest.raises(NmapFailed, match="python-nmap"):
        list(hosts(find_nmap(), [], lambda: False))


def test_stop_ends_nmap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Within seconds, the program too, and nothing is asked after it."""
    mark = tmp_path / "pid"
    fake_nmap.put_first(monkeypatch, tmp_path, f"open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    door, progress = lab_door(), Progress()

    def stop() -> None:
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.05)
        door.stop()

    stopper = threading.Thread(target=stop)
    stopper.start()
    begun = time.monotonic()
    asyncio.run(swept(door, ["127.34.16.1", "127.34.16.2"], ports_by="nmap", progress=progress))
    stopper.join()

    assert time.monotonic() - begun < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
    assert door.ledger.summary().connections == 2 * 4  # those nmap had been given
    assert progress.notes == []


def test_service_names_of_a_known_camera() -> None:
    """-sV names what says its name; an address out of scope is not asked."""
    nmap()
    with Fleet(
        ["decoy-switch"], base="127.34.17.0"
    ) as fleet:  # its SSH banner comes at once, other probes take half a minute
        (address,) = fleet.truth

        named = service_names(lab_door(), address, (2222, 2223))

        assert named[2222].startswith("ssh")
        assert 2223 not in named
    scope = Scope.from_flags(["127.34.17.200"], authorised_by="A. Auditor", reference="T-1")
    assert service_names(lab_door(scope=scope), "127.34.17.1", (8080,)) == {}
