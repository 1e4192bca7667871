"""Nothing leaves for a site outside its hours; it waits, the others do not, and everything ends at once when it has to.

The clock is an argument: tests set it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doors import QUICK, door, silence
from lab_doors import QUICK as LAB_LIMITS
from lab_doors import UNHURRIED
from tiny_servers import TinyServer, page

from scanner.discovery import Sighting, sweep
from scanner.discovery.target_line import TargetLine
from scanner.errors import NoAnswer
from scanner.estate import Estate
from scanner.evidence import MemoryEvidence
from scanner.history import Store
from scanner.lab import Fleet
from scanner.logins import Logins
from scanner.model import Audit, Device, Organisation, ScopeRecord, Site, Target
from scanner.net import Door, Ledger
from scanner.pipeline import Assignment, Run
from scanner.scope import Scope

DAY, NIGHT = datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 1, 5, 20, tzinfo=UTC)  # a Monday


class Clock:
    """Shows what it was set to."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def estate(closed: str, *, others: str = "127.34.99.0/24") -> Estate:
    """Leeds is asked at night only; York is always open."""
    sites = (
        Site(name="Leeds", ranges=(closed,), hours=("19:00-06:00",), timezone="UTC"),
        Site(name="York", ranges=(others,)),
    )
    return Estate(Organisation(name="Example"), sites)


def waiting_until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Until something is so; fails when it does not come."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


@contextmanager
def in_thread(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Something that goes on beside the test and has to end by itself."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    yield thread
    thread.join(30)
    assert not thread.is_alive()
    assert problems == []


def test_a_closed_site_gets_nothing_from_any_engine() -> None:
    """Request, connect test, datagram and a loan to nmap; an open site beside it gets them. Then the hours come."""
    clock = Clock(DAY)
    with TinyServer("127.34.21.1", page()) as server, TinyServer("127.34.22.1", page()) as other:
        used = door(timetable=estate("127.34.21.0/24").timetable(), now=clock)

        def ask(address: str, port: int) -> list[str]:
            async def by_loop() -> list[str]:
                words = []
                async with used.datagrams("sadp") as channel:
                    for wait in (used.connect_test(address, port), channel.send(address)):
                        try:
                            await wait
                        except NoAnswer as problem:
                            words.append(problem.why)
                return words

            with used.link(address) as link:
                words = [silence(lambda: link.get("/", port=port, vendor="first_contact"))]
            with used.lend([address], (port,), "nmap") as loan:
                return [*words, *asyncio.run(by_loop()), *loan.addresses]

        assert ask("127.34.21.1", server.port) == ["out-of-hours"] * 3
        assert (server.connections, used.ledger.summary().connections) == ([], 0)
        assert ask("127.34.22.1", other.port) == ["", "127.34.22.1"]
        clock.moment = NIGHT
        assert ask("127.34.21.1", server.port) == ["", "127.34.21.1"]


def test_a_read_is_cut_after_the_exchange_under_way() -> None:
    """The answer that was asked for in time is taken; the next question is not asked, and the sentence says why."""
    clock = Clock(NIGHT)

    def slow(*given: object) -> None:
        time.sleep(0.3)
        page()(*given)  # type: ignore[arg-type]

    with TinyServer("127.34.21.2", slow) as server:
        used = door(timetable=estate("127.34.21.0/24").timetable(), now=clock)
        with used.link("127.34.21.2") as link:
            closing = threading.Timer(0.1, lambda: setattr(clock, "moment", DAY))
            closing.start()
            assert link.get("/", port=server.port, vendor="first_contact").status == 200
            with pytest.raises(NoAnswer, match="the hours of site Leeds begin at 19:00") as problem:
                link.get("/favicon.ico", port=server.port, vendor="first_contact")
            closing.join()
        assert problem.value.why == "out-of-hours"
        assert len(server.requests) == 1


def test_hours_that_end_while_a_packet_waits_for_its_slot_hold_it_back() -> None:
    """The pace and the hours together."""
    clock = Clock(NIGHT)
    slow = type(QUICK)("slow", 1_000, 1_000, 2, 1_000)
    with TinyServer("127.34.21.3", page()) as server:
        used = door(timetable=estate("127.34.21.0/24").timetable(), now=clock, pace=slow)
        with used.link("127.34.21.3") as link:
            link.get("/", port=server.port, vendor="first_contact")
            closing = threading.Timer(0.2, lambda: setattr(clock, "moment", DAY))
            closing.start()
            word = silence(lambda: link.get("/favicon.ico", port=server.port, vendor="first_contact"))
            closing.join()
        assert (word, len(server.requests)) == ("out-of-hours", 1)


# -- the order of targets ---------------------------------------------------------------------------------


def drawn(line: TargetLine, most: int = 10_000) -> list[str]:
    found = []
    for _ in range(most):
        target = line.draw()
        if target is None and line.ended:
            break
        if target is not None:
            found.append(target.address)
    return found


def targets(*addresses: str) -> Iterable[Target]:
    return (Target(address) for address in addresses)


def test_open_sites_come_first_and_closed_ones_are_parked() -> None:
    """Nobody is lost, nobody comes twice, and a /16 that waits is one run of neighbours."""
    clock, said = Clock(DAY), []
    opening = door(timetable=estate("10.1.0.0/16", others="10.2.0.0/24").timetable(), now=clock).opening
    closed = [f"10.1.{number >> 8}.{number & 255}" for number in range(1 << 16)]
    line = TargetLine(targets(*closed, "10.2.0.1", "10.3.0.1"), opening, said.append)

    assert drawn(line, 300) == ["10.2.0.1", "10.3.0.1"]
    assert not line.ended
    assert said == ["waiting for the hours of site Leeds until 19:00"]
    assert len(line._parked["Leeds"].texts()) == 1
    clock.moment = NIGHT
    first = drawn(line, 1000)
    clock.moment = DAY
    assert drawn(line, 5) == []
    line.put_back(Target("10.1.0.7", label="camera.example", ports=(8080,)))
    clock.moment = NIGHT
    assert first + drawn(line, 70_000) == [*closed, "10.1.0.7"]
    assert line.ended
    assert said[-1] == ""


def test_a_target_of_which_more_is_known_keeps_it() -> None:
    """The name it was given by and its ports, parked or not."""
    clock = Clock(DAY)
    opening = door(timetable=estate("10.1.0.0/16").timetable(), now=clock).opening
    named = Target("10.1.0.5", label="camera.example", ports=(8080,))
    line = TargetLine([named], opening)

    assert line.draw() is None
    clock.moment = NIGHT
    assert line.draw() == named


# -- sweep ------------------------------------------------------------------------------------------------


def lab_door(clock: Clock, closed: str, ledger: Path | None = None) -> Door:
    return Door(
        Scope.loopback(),
        pace=UNHURRIED,
        ledger=Ledger(ledger),
        evidence=MemoryEvidence(),
        now=clock,
        limits=LAB_LIMITS,
        timetable=estate(closed).timetable(),
    )


def sweeping(used: Door, addresses: Iterable[str], seen: list[Sighting], said: list[str], by: str) -> None:
    asyncio.run(
        sweep(
            used,
            (Target(address) for address in addresses),
            on_sighting=seen.append,
            on_waiting=said.append,
            window_seconds=0.8,
            repeat_seconds=0.4,
            ports_by=by,
        )
    )
    time.sleep(0.1)  # the fleet sees the last connection close before it is stopped


KINDS = ["axis-aoa", "hikvision-acusense-new", "onvif-generic", "dahua-face"]


@pytest.mark.parametrize("by", ["connect", "nmap"])
def test_a_sweep_waits_for_a_closed_site_and_asks_the_others_meanwhile(by: str) -> None:
    """The closed half first in the list: the open half is found at once, the closed one when its hours come."""
    clock, seen, said = Clock(DAY), [], []
    with Fleet(KINDS, base="127.34.23.0" if by == "nmap" else "127.34.24.0") as fleet:
        first, second, *open_ones = fleet.truth
        closed = {first, second}
        used = lab_door(clock, f"{first}-{second}")
        with in_thread(lambda: sweeping(used, fleet.truth, seen, said, by)) as thread:
            waiting_until(lambda: {one.address for one in seen} == set(open_ones))
            waiting_until(lambda: bool(said))
            time.sleep(0.3)
            assert thread.is_alive()
            assert closed.isdisjoint(one.address for one in fleet.received)
            clock.moment = NIGHT
        assert {one.address for one in seen} == set(fleet.truth)
        assert said == ["waiting for the hours of site Leeds until 19:00", ""]
        assert fleet.harm == []


@pytest.mark.parametrize("by", ["connect", "nmap"])
def test_a_sweep_that_is_cut_off_by_the_end_of_the_hours_goes_on_where_it_was(by: str) -> None:
    """Closed while addresses are on their way: not a packet until the site opens again; everybody is found once."""
    clock, seen, said = Clock(NIGHT), [], []
    with Fleet(KINDS, base="127.34.25.0" if by == "nmap" else "127.34.26.0") as fleet:
        used = lab_door(clock, "127.34.25.0/24" if by == "nmap" else "127.34.26.0/24")
        with in_thread(lambda: sweeping(used, fleet.truth, seen, said, by)):
            waiting_until(lambda: bool(fleet.received))
            clock.moment = DAY
            waiting_until(lambda: bool(said))
            before = len(fleet.received)
            time.sleep(0.5)
            assert len(fleet.received) == before
            clock.moment = NIGHT
        assert sorted(one.address for one in seen) == sorted(fleet.truth)
        assert fleet.harm == []
    whole = {one.address: {each.port for each in one.endpoints if each.transport == "tcp"} for one in seen}
    assert all(len(ports) >= 2 for ports in whole.values())


def test_stop_ends_the_waiting_at_once() -> None:
    """Nothing was sent, and nobody waits for 19:00."""
    used = lab_door(Clock(DAY), "127.34.27.0/24")
    said: list[str] = []
    with in_thread(lambda: sweeping(used, ["127.34.27.1", "127.34.27.2"], [], said, "connect")):
        waiting_until(lambda: bool(said))
        begun = time.monotonic()
        used.stop()
    assert time.monotonic() - begun < 2
    summary = used.ledger.summary()
    assert (summary.datagrams, summary.connections) == (0, 0)


# -- a whole audit -------------------------------------------------------------------------------------------


class Watch:
    """Sees how far an audit is."""

    def __init__(self) -> None:
        self.devices: list[Device] = []
        self.said: list[str] = []

    def phase(self, name: str, total: int | None) -> None: ...
    def advance(self, count: int = 1) -> None: ...

    def found(self, device: Device) -> None:
        self.devices.append(device)

    def waiting(self, text: str) -> None:
        self.said.append(text)


@contextmanager
def audit(folder: Path, fleet: Fleet, clock: Clock, closed: str) -> Iterator[tuple[Run, Watch, Store]]:
    used = lab_door(clock, closed)
    addresses = list(fleet.truth)
    with Store.create(folder / "inventory.sqlite") as store:
        watch = Watch()
        assignment = Assignment(
            audit=Audit(id="a-1", started_at=clock(), tool="test", scope=ScopeRecord(allow=("127.0.0.0/8",))),
            targets=lambda: (Target(address) for address in addresses),
            count=len(addresses),
            estate=estate(closed),
            logins=Logins.none(),
            ports=(8080, 8443, 8554),
            protocols=("sadp", "ssdp", "ws-discovery"),
            window_seconds=0.8,
            workers=4,
        )
        yield Run(assignment, used, store, watch, clock), watch, store


def test_a_device_whose_hours_end_while_it_is_read_is_read_anew_when_they_come_again(tmp_path: Path) -> None:
    """It is stored once, whole; nothing was sent to it meanwhile; the device of the other site was read long before."""
    clock = Clock(NIGHT)
    with Fleet(["axis-aoa", "onvif-generic"], base="127.34.28.0") as fleet:
        night, day = fleet.truth
        with audit(tmp_path, fleet, clock, night) as (run, watch, store):
            with in_thread(run.execute):
                waiting_until(lambda: any(one.address == night and one.protocol == "http" for one in fleet.received))
                clock.moment = DAY
                waiting_until(lambda: [one.address for one in watch.devices] == [day] and bool(watch.said))
                before = [one for one in fleet.received if one.address == night]
                time.sleep(0.5)
                assert [one for one in fleet.received if one.address == night] == before
                clock.moment = NIGHT
            inventory = store.load()
        assert [one.address for one in watch.devices] == [day, night]
        assert sorted(one.address for one in inventory.devices) == sorted([day, night])
        assert not any(gap.why == "out-of-hours" for one in inventory.devices for gap in one.gaps)
        assert inventory.audit.harm.closed_after == ()
        assert "waiting for the hours of site Leeds until 19:00" in watch.said
        assert fleet.harm == []


def test_an_audit_that_waits_for_hours_ends_with_stop(tmp_path: Path) -> None:
    """In order: what was open is read and kept, what was closed is told as not asked."""
    clock = Clock(DAY)
    with Fleet(["axis-aoa", "onvif-generic"], base="127.34.29.0") as fleet:
        night, day = fleet.truth
        with audit(tmp_path, fleet, clock, night) as (run, watch, store):
            with in_thread(run.execute):
                waiting_until(lambda: bool(watch.devices) and bool(watch.said))
                begun = time.monotonic()
                run.stop()
            assert time.monotonic() - begun < 5
            inventory = store.load()
        assert inventory.audit.interrupted
        assert [one.address for one in inventory.devices] == [day]
        assert {row.site: row.not_asked for row in inventory.audit.coverage}["Leeds"] == 1
        assert night not in {one.address for one in fleet.received}
