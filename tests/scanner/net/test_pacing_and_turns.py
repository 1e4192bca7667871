"""Pace, one connection a device over both engines, and leaving a device alone; counted on the receiving side."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from doors import QUICK, SHORT, door, silence
from tiny_servers import TinyServer, hang_up, in_turn, page

from scanner.errors import NoAnswer
from scanner.net import PACES, Limits, Pace
from scanner.net.pacing import BURST_SECONDS, Pacer, neighbourhood_of


def pacer(**more: float) -> Pacer:
    rates = {"total": 1e6, "neighbourhood": 1e6, "host": 1e6, "host_requests": 1e6, **more}
    return Pacer(Pace("test", **rates), threading.Event())


def seconds_for(count: int, paced: Pacer, addresses: list[str], *, request: bool = False) -> float:
    begun = time.monotonic()
    for number in range(count):
        paced.wait(addresses[number % len(addresses)], request=request)
    return time.monotonic() - begun


_TIMESTAMP = 35  # SO_TIMESTAMPNS of Linux: when the kernel got a datagram, however late we read it


class Receiver:
    """A UDP server that knows when each datagram came."""

    def __init__(self, address: str) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._sock.bind((address, 0))
        self._sock.setblocking(False)
        self.where = self._sock.getsockname()

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def came(self) -> list[tuple[float, str]]:
        """(moment, text) of all that came."""
        found = []
        while True:
            try:
                data, extras, _, _ = self._sock.recvmsg(64, 64)
            except BlockingIOError:
                return found
            seconds, nanoseconds = struct.unpack("@qq", extras[0][2][:16])
            found.append((seconds + nanoseconds / 1e9, data.decode()))


def test_presets_grow() -> None:
    """Polite is 1,000 packets a second in total, 40 packets and 2 requests a second to a host."""
    polite, normal, fast = (PACES[name] for name in ("polite", "normal", "fast"))

    assert (polite.total, polite.host, polite.host_requests) == (1000, 40, 2)
    assert polite.total < normal.total < fast.total
    assert "1,000 packets/s" in polite.describe()


@pytest.mark.parametrize(
    ("rates", "addresses", "request_"),
    [
        ({"total": 200.0}, ["127.31.5.1", "127.31.6.1", "127.31.7.1"], False),
        ({"neighbourhood": 200.0}, ["127.31.5.1", "127.31.5.2"], False),
        ({"host": 200.0}, ["127.31.5.1"], False),
        ({"host_requests": 200.0}, ["127.31.5.1"], True),
    ],
)
def test_each_rate_holds(rates: dict[str, float], addresses: list[str], request_: bool) -> None:
    """100 packets at 200 a second take half a second, whatever the level."""
    assert 0.42 <= seconds_for(100, pacer(**rates), addresses, request=request_) <= 0.8


def test_threads_and_coroutines_stand_in_one_queue() -> None:
    """Both engines together keep the rate."""
    paced = pacer(total=200.0)

    async def half() -> None:
        await asyncio.gather(*(paced.pause(f"127.31.5.{number}") for number in range(50)))

    begun = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(seconds_for, 50, paced, ["127.31.6.1"])
        asyncio.run(half())
        other.result()
    assert time.monotonic() - begun >= 0.42


def most_in_a_second(moments: Iterable[float]) -> int:
    ordered = sorted(moments)
    return max(bisect_left(ordered, first + 1.0) - number for number, first in enumerate(ordered))


def allowed(rate: float) -> float:
    """What may leave in a second: the rate, and what leaves at once after a rest."""
    return rate + max(1.0, rate * BURST_SECONDS)


@pytest.mark.skipif(sys.platform != "linux", reason="needs the time stamps of Linux")
@pytest.mark.parametrize("last", ["total", "neighbourhood", "host"])
def test_no_cap_is_exceeded_in_any_second_under_heavy_concurrency(last: str) -> None:
    """Threads and coroutines mixed, 3 networks of 4 hosts; the server's kernel says when each datagram came. ``last``
    is the level that binds; another second of quiet lets credit pile up, if there were any."""
    rates = {"total": 300.0, "neighbourhood": 300.0, "host": 300.0} | {last: {"host": 20.0}.get(last, 90.0)}
    paced = Pacer(Pace("test", **rates, host_requests=1e6), threading.Event())
    hosts = [f"127.34.{network}.{number}" for network in (1, 2, 3) for number in (1, 2, 3, 4)]
    end = time.monotonic() + 3.0
    with Receiver("127.34.30.1") as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

        def sends(host: str) -> None:
            while time.monotonic() < end:
                paced.wait(host)
                sender.sendto(host.encode(), server.where)

        async def asks(host: str) -> None:
            while time.monotonic() < end:
                await paced.pause(host)
                sender.sendto(host.encode(), server.where)
                if host.endswith(".1"):
                    await asyncio.sleep(0.7)

        async def crowd() -> None:
            await asyncio.gather(*(asks(host) for host in hosts for _ in range(12)))

        threads = [threading.Thread(target=sends, args=(host,)) for host in hosts * 2]
        for thread in threads:
            thread.start()
        asyncio.run(crowd())
        for thread in threads:
            thread.join()
        came = server.came()

    # A sender that was put to sleep between its slot and its send makes two of a second: one in a hundred at most.
    late = 1.01
    by_host: dict[str, list[float]] = {}
    for moment, host in came:
        by_host.setdefault(host, []).append(moment)
    by_network: dict[str, list[float]] = {}
    for host, moments in by_host.items():
        by_network.setdefault(neighbourhood_of(host), []).extend(moments)
    assert set(by_host) == set(hosts)
    assert most_in_a_second(moment for moment, _ in came) <= allowed(rates["total"]) * late
    assert all(most_in_a_second(moments) <= allowed(rates["neighbourhood"]) * late for moments in by_network.values())
    assert all(most_in_a_second(moments) <= allowed(rates["host"]) * late for moments in by_host.values())
    bound = {"total": 90.0, "neighbourhood": 270.0, "host": 240.0}[last]
    assert len(came) >= 0.85 * 3.0 * bound  # and the caps are used


def test_packets_that_a_crowd_held_up_do_not_leave_together_afterwards() -> None:
    """Sixty want to speak to one host, three hundred to others; the three hundred leave after a second."""
    paced = pacer(total=300.0, host=40.0)
    begun = time.monotonic()
    left: list[float] = []

    async def ask(host: str, seconds: float) -> None:
        while time.monotonic() < begun + seconds:
            await paced.pause(host)
            if host == "127.34.9.9":
                left.append(time.monotonic())

    async def everybody() -> None:
        others = [ask(f"127.34.{network}.{number}", 1.0) for network in range(5) for number in range(1, 60)]
        await asyncio.gather(*others, *(ask("127.34.9.9", 2.5) for _ in range(60)))

    asyncio.run(everybody())

    assert most_in_a_second(left) <= allowed(40.0)


def test_a_wait_that_is_given_up_leaves_its_place() -> None:
    """A coroutine that is cancelled, or a sweep that ends, holds nobody up."""
    paced = pacer(host=1.0)
    paced.wait("127.31.5.1")
    given_up = [paced.slots("127.31.5.1") for _ in range(5)]
    assert all(0.9 < next(waits) < 6 for waits in given_up)
    assert next(paced.slots("127.31.5.1")) > 5.5
    for waits in given_up:
        waits.close()
    assert next(paced.slots("127.31.5.1")) < 1.1


def test_a_loan_is_taken_from_our_own_rate() -> None:
    """What nmap may send we do not; afterwards it is ours again. However many borrow, something is left."""
    paced = pacer(total=200.0, neighbourhood=200.0)
    with paced.lend(["127.31.5.1"], 1e9) as rate:
        assert rate == 100.0
        assert 0.9 <= seconds_for(100, paced, ["127.31.6.1"]) <= 1.3
        with paced.lend(["127.31.5.1", "127.31.6.1"], 10.0) as more:
            assert more == 10.0
    assert 0.42 <= seconds_for(100, paced, ["127.31.6.1"]) <= 0.8


def test_a_slow_host_does_not_hold_up_the_others() -> None:
    """A host with a full queue keeps its slots in the future to itself."""
    paced = pacer(host_requests=1.0, total=1000.0)
    crowd = [threading.Thread(target=paced.wait, args=("127.31.5.1",), kwargs={"request": True}) for _ in range(3)]
    for one in crowd:
        one.start()
    assert seconds_for(20, paced, ["127.31.5.2"]) < 0.3
    for one in crowd:
        one.join()


def test_requests_are_spaced_as_the_device_sees_them() -> None:
    """Counted at the server: no more than the pace says in any second."""
    with TinyServer("127.31.5.10", page()) as server:
        pace = Pace("five", total=1000, neighbourhood=1000, host=1000, host_requests=5)
        with door(pace=pace).link("127.31.5.10") as link:
            for _ in range(7):
                link.get("/", port=server.port, vendor="first_contact")
        for first in server.times:
            assert sum(first <= moment < first + 1.0 for moment in server.times) <= 6


def test_slow_replies_double_the_spacing_and_quick_ones_halve_it() -> None:
    """Back off when a device labours; recover when it does not."""
    paced = pacer()
    for _ in range(5):
        paced.replied("127.31.5.1", 0.1)
    assert paced.stretch("127.31.5.1") == 1.0
    for expected in (2.0, 4.0):
        paced.replied("127.31.5.1", 1.5)
        assert paced.stretch("127.31.5.1") == expected
    paced.struggling("127.31.5.1")
    assert paced.stretch("127.31.5.1") == 8.0
    for _ in range(3):
        paced.replied("127.31.5.1", 0.1)
    assert (paced.stretch("127.31.5.1"), paced.stretch("127.31.5.2")) == (1.0, 1.0)


def test_a_host_that_labours_gets_fewer_packets_too() -> None:
    """Connects as well as requests; connects and pages are not compared with each other."""
    paced = pacer(host=100.0)
    for _ in range(3):
        paced.replied("127.31.5.1", 0.01, "connect")
        paced.replied("127.31.5.1", 0.9)
    assert paced.stretch("127.31.5.1") == 1.0
    paced.replied("127.31.5.1", 0.9, "connect")
    paced.replied("127.31.5.1", 4.0)
    assert paced.stretch("127.31.5.1") == 4.0
    assert seconds_for(10, paced, ["127.31.5.1"]) >= 0.3


def test_a_page_that_is_always_slow_becomes_usual() -> None:
    """Else one slow page among quick ones would slow down a device for the whole audit."""
    paced = pacer()
    paced.replied("127.31.5.1", 0.1)
    for _ in range(30):
        paced.replied("127.31.5.1", 0.6)
    assert paced.stretch("127.31.5.1") == 1.0


def test_our_own_waiting_is_no_slowness_of_a_device() -> None:
    """Two requests a second and an answer at once: the time in our own line does not count."""
    with TinyServer("127.34.31.1", page()) as server:
        used = door(pace=Pace("slow", 1_000, 1_000, 1_000, 1.5))
        with used.link("127.34.31.1") as link:
            for _ in range(4):
                link.get("/", port=server.port, vendor="first_contact")
        assert used._guard.pacer.stretch("127.34.31.1") == 1.0


def test_slow_connects_are_felt() -> None:
    """The knock feeds the pace: an answer to it is a round trip."""
    with TinyServer("127.34.31.2", page()) as server:
        used = door()
        assert asyncio.run(used.connect_test("127.34.31.2", server.port)) == "open"
        assert used._guard.pacer._tempers["127.34.31.2"].has_answered
        assert asyncio.run(used.connect_test("127.34.31.3", server.port)) == "refused"
        assert used._guard.pacer._tempers["127.34.31.3"].has_answered


# -- the network ------------------------------------------------------------------------------------------


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def complaining(paced: Pacer, clock: Hand, seconds: float, a_second: float, network: str = "10.1.1") -> None:
    for number in range(round(seconds * a_second)):
        clock.now += 1 / a_second
        paced.complained(f"{network}.{number % 250 + 1}", "host unreachable", "10.0.0.1")


def test_a_burst_of_complaints_halves_the_rate_of_a_network_and_it_recovers_step_by_step() -> None:
    """Once a second, down to an eighth; back by a sixteenth a second; the other networks keep theirs."""
    clock = Hand()
    paced = Pacer(PACES["polite"], threading.Event(), clock)
    complaining(paced, clock, 10, 2)  # a router that limits its ICMP: everyday life
    assert paced.share("10.1.1.0/24") == 1.0
    complaining(paced, clock, 0.5, 40)
    assert paced.share("10.1.1.0/24") == 0.5
    complaining(paced, clock, 1.1, 40)
    assert paced.share("10.1.1.0/24") == pytest.approx(0.25, abs=0.01)
    complaining(paced, clock, 5, 40)
    assert paced.share("10.1.1.0/24") == pytest.approx(0.125, abs=0.01)
    assert (paced.share("10.1.2.0/24"), paced.share()) == (1.0, 1.0)
    clock.now += 1 + 4
    assert paced.share("10.1.1.0/24") == pytest.approx(0.125 + 4 / 16, abs=0.07)
    clock.now += 20
    assert paced.share("10.1.1.0/24") == 1.0
    assert paced.notes() == (
        "The network answered with “host unreachable” in 10.1.1.0/24 (said by 10.0.0.1); "
        "slowed down to 31 packets/s at the lowest.",
    )


def test_trouble_in_several_networks_slows_down_everything() -> None:
    """Three /24 within ten seconds: whatever it is, it is nearer to us."""
    clock = Hand()
    paced = Pacer(PACES["polite"], threading.Event(), clock)
    for network in ("10.1.1", "10.1.2"):
        complaining(paced, clock, 0.4, 40, network)
    assert paced.share() == 1.0
    complaining(paced, clock, 0.4, 40, "10.1.3")
    assert paced.share() == 0.5
    for _ in range(20):
        for network in ("10.1.4", "10.1.5", "10.1.6"):
            complaining(paced, clock, 0.4, 40, network)
    assert paced.share() == pytest.approx(0.25, abs=0.1)
    assert any("in all networks" in note for note in paced.notes())


def test_devices_that_answered_and_fall_silent_together_slow_their_network_down() -> None:
    """Three within ten seconds. Silence of who never answered says nothing, nor one device that falls silent often."""
    clock = Hand()
    paced = Pacer(PACES["polite"], threading.Event(), clock)
    for number in range(1, 100):
        paced.fell_silent(f"10.1.1.{number}")
    for number in (1, 2, 3, 4):
        paced.replied(f"10.1.1.{number}", 0.01, "connect")
    for _ in range(5):
        paced.fell_silent("10.1.1.1")
    paced.fell_silent("10.1.1.2")
    clock.now += 11
    paced.fell_silent("10.1.1.3")
    assert paced.share("10.1.1.0/24") == 1.0
    paced.fell_silent("10.1.1.1")
    paced.fell_silent("10.1.1.4")
    assert paced.share("10.1.1.0/24") == 0.5
    assert "fall silent" in paced.notes()[0]


def test_a_slowed_network_keeps_to_its_share_and_the_notes_are_bounded() -> None:
    """Half the cap: twice the time. Of a thousand networks twenty are named."""
    paced = pacer(neighbourhood=200.0)
    for number in range(8):
        paced.complained(f"127.31.5.{number}", "administratively prohibited")
    assert 0.8 <= seconds_for(100, paced, ["127.31.5.1", "127.31.5.2"]) <= 1.4
    assert 0.42 <= seconds_for(100, paced, ["127.31.6.1"]) <= 0.8
    for network in range(1000):
        for number in range(8):
            paced.complained(f"10.{network >> 8}.{network & 255}.{number}", "host unreachable")
    notes = paced.notes()
    assert len(notes) == 21
    assert notes[-1].endswith("more networks were slowed down for such reasons.")


def test_hosts_at_rest_are_forgotten() -> None:
    """A /16 of dark addresses leaves no trace in memory."""
    paced = pacer()
    for number in range(45_000):
        paced.wait(f"127.31.{number >> 8}.{number & 255}")

    assert len(paced._lines) <= 20_003


def test_neighbourhoods() -> None:
    """/24 and /64."""
    assert neighbourhood_of("10.1.2.3") == "10.1.2.0/24"
    assert neighbourhood_of("fe80::1:2") == "fe80::/64"


def test_one_connection_a_device_over_both_engines() -> None:
    """Links wait for each other and connect tests wait for links; a device never sees two at once."""
    with TinyServer("127.31.5.20", page()) as server:
        used = door()

        def read() -> None:
            with used.link("127.31.5.20") as link:
                for path in ("/", "/favicon.ico", "/liveview"):
                    link.get(path, port=server.port, vendor="first_contact")

        async def tests() -> list[str]:
            return [await used.connect_test("127.31.5.20", server.port) for _ in range(10)]

        with ThreadPoolExecutor(4) as pool:
            readers = [pool.submit(read) for _ in range(4)]
            assert asyncio.run(tests()) == ["open"] * 10
            for reader in readers:
                reader.result()
        assert used.ledger.summary().connections == 14
        deadline = time.monotonic() + 2
        while len(server.connections) < 14 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(server.connections) == 14
        assert len(server.requests) == 12


def test_a_link_excludes_a_connect_test() -> None:
    """While a link is open no other connection to that device is opened; to others it is."""
    with TinyServer("127.31.5.21", page()) as server, TinyServer("127.31.5.22", page()) as other:
        used = door()

        async def wait_a_moment() -> str:
            assert await used.connect_test("127.31.5.22", other.port) == "open"
            async with asyncio.timeout(0.2):
                return await used.connect_test("127.31.5.21", server.port)

        with used.link("127.31.5.21"):
            with pytest.raises(TimeoutError):
                asyncio.run(wait_a_moment())
            assert server.connections == []
        assert asyncio.run(wait_a_moment()) == "open"


@pytest.mark.parametrize("behaviour", [hang_up, lambda *_: time.sleep(0.3)])
def test_the_breaker_leaves_a_device_alone_after_three_failures(behaviour: object) -> None:
    """Three in a row, then not one packet more; the ledger says so."""
    limits = Limits(idle_seconds=0.2, exchange_seconds=0.2)
    with TinyServer("127.31.5.30", behaviour) as server:  # type: ignore[arg-type]
        used = door(limits=limits)
        words = []
        for _ in range(5):
            with used.link("127.31.5.30") as link, pytest.raises(NoAnswer) as problem:
                link.get("/", port=server.port, vendor="first_contact")
            words.append(problem.value.why)

        assert words[3:] == ["left-alone"] * 2
        assert len(server.connections) == 3
        assert list(used.left_alone) == ["127.31.5.30"]
        with pytest.raises(NoAnswer, match="left-alone"):
            asyncio.run(used.connect_test("127.31.5.30", server.port))


def test_an_answer_between_resets_the_breaker() -> None:
    """Only failures in a row count; pages that do not exist are answers."""
    with TinyServer("127.31.5.31", in_turn(*[hang_up, hang_up, page(b"", "404 Not Found")] * 3, page())) as server:
        used = door()
        for _ in range(9):
            with used.link("127.31.5.31") as link:
                word = silence(lambda link=link: link.get("/", port=server.port, vendor="first_contact"))
                assert word in {"", "closed-early"}
        assert used.left_alone == {}


def test_stop_frees_everybody_who_waits() -> None:
    """In pacing, in the line for a device, and before the next request."""
    used = door(pace=Pace("slow", 0.1, 0.1, 0.1, 0.1), limits=SHORT)
    with TinyServer("127.31.5.40", page()) as server, ThreadPoolExecutor(4) as pool:

        def read() -> str:
            try:
                with used.link("127.31.5.40") as link:
                    link.get("/", port=server.port, vendor="first_contact")
                    link.get("/", port=server.port, vendor="first_contact")
            except NoAnswer as problem:
                return problem.why
            return "read"

        async def test() -> str:
            try:
                await used.connect_test("127.31.5.41", server.port)
                await used.connect_test("127.31.5.41", server.port)
            except NoAnswer as problem:
                return problem.why
            return "tested"

        waiting = [pool.submit(read) for _ in range(3)]
        waiting.append(pool.submit(lambda: asyncio.run(test())))
        time.sleep(0.2)
        begun = time.monotonic()
        used.stop()
        assert {one.result(timeout=5) for one in waiting} == {"interrupted"}
        assert time.monotonic() - begun < 3


def test_out_of_scope_is_refused_before_a_packet() -> None:
    """The scope is asked at each connect, each datagram and each connect test, and the refusal is recorded."""
    used = door(pace=QUICK)

    async def both() -> None:
        with pytest.raises(NoAnswer, match="out-of-scope"):
            await used.connect_test("10.0.0.1", 80)
        async with used.datagrams("sadp") as channel:
            for address in ("10.0.0.1", "camera.example", "255.255.255.255", "127.0.0.1%lo"):
                with pytest.raises(NoAnswer, match="out-of-scope"):
                    await channel.send(address)

    asyncio.run(both())
    with used.link("10.0.0.1") as link, pytest.raises(NoAnswer, match="out-of-scope"):
        link.get("/", port=80, vendor="first_contact")
    summary = used.ledger.summary()
    assert (summary.connections, summary.datagrams) == (0, 0)
    assert summary.refused_by_door >= 3
