"""Pace, one connection a device over both engines, and leaving a device alone; counted on the receiving side."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from doors import QUICK, SHORT, door, silence
from tiny_servers import TinyServer, hang_up, in_turn, page

from scanner.errors import NoAnswer
from scanner.net import PACES, Limits, Pace
from scanner.net.pacing import Pacer, neighbourhood_of


def pacer(**more: float) -> Pacer:
    rates = {"total": 1e6, "neighbourhood": 1e6, "host": 1e6, "host_requests": 1e6, **more}
    return Pacer(Pace("test", **rates), threading.Event())


def seconds_for(count: int, paced: Pacer, addresses: list[str], *, request: bool = False) -> float:
    begun = time.monotonic()
    for number in range(count):
        paced.wait(addresses[number % len(addresses)], request=request)
    return time.monotonic() - begun


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


def test_hosts_at_rest_are_forgotten() -> None:
    """A /16 of dark addresses leaves no trace in memory."""
    paced = pacer()
    for number in range(45_000):
        paced._take(str(number), 1e6, 1.0)

    assert len(paced._queues) <= 20_001


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
                for _ in range(3):
                    link.get("/", port=server.port, vendor="first_contact")

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
