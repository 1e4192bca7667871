"""The do-no-harm record: complete, chained, and without secrets."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from doors import CANARY, door
from tiny_servers import TinyServer, page, server_context

from scanner.errors import InputError
from scanner.net import Ledger


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_ledger_is_what_the_server_received(tmp_path: Path) -> None:
    """Connections, handshakes and requests, one line each, before they leave."""
    path = tmp_path / "ledger.jsonl"
    with TinyServer("127.31.10.1", page(b"x"), context=server_context()) as server:
        used = door(path)
        for _ in range(2):
            with used.link("127.31.10.1") as link:
                link.get("/", port=server.port, tls=True, vendor="first_contact")
                link.get("/favicon.ico", port=server.port, tls=True, vendor="first_contact")
        sent = [line for line in lines(path) if line["kind"] == "sent"]

        counted = Counter(str(line["protocol"]) for line in sent)
        assert counted == {"tcp": len(server.connections), "tls": len(server.handshakes), "http": len(server.requests)}
        asked = [f"{line['method']} {line['path']} HTTP/1.1" for line in sent if line["protocol"] == "http"]
        assert asked == server.lines
        assert [line["bytes"] for line in sent if line["protocol"] == "http"] == [
            len(request) for request in server.requests
        ]
    assert Ledger.verify(path) == []
    assert used.ledger.summary().ledger_head == lines(path)[-1]["hash"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_tampering_is_seen(tmp_path: Path) -> None:
    """A changed, missing, added or moved line breaks the chain."""
    path = tmp_path / "ledger"
    ledger = Ledger(path)
    for number in range(5):
        ledger.sent("127.31.10.2", 80, "tcp", "http", "GET", f"/{number}", 10)
    ledger.close()
    whole = path.read_bytes().splitlines(keepends=True)
    assert Ledger.verify(path) == []
    for damaged in (
        [whole[0], whole[1].replace(b"/1", b"/9"), *whole[2:]],
        [*whole[:2], *whole[3:]],
        [whole[1], whole[0], *whole[2:]],
        [*whole, whole[-1]],
        whole[1:],
        [*whole[:3], b"nonsense\n", *whole[3:]],
        [*whole[:-1], whole[-1][:-5]],
    ):
        path.write_bytes(b"".join(damaged))
        assert Ledger.verify(path) != []
    assert Ledger.verify(tmp_path / "none") != []


def test_threads_share_it(tmp_path: Path) -> None:
    """One chain from many threads."""
    ledger = Ledger(tmp_path / "ledger")
    with ThreadPoolExecutor(8) as pool:
        seqs = list(pool.map(lambda number: ledger.sent("127.31.10.2", number, "udp", "sadp", size=2), range(400)))

    assert sorted(seqs) == list(range(1, 401))
    assert Ledger.verify(tmp_path / "ledger") == []
    assert (ledger.summary().datagrams, ledger.summary().bytes_sent) == (400, 800)


def test_a_kill_loses_nothing_that_was_sent(tmp_path: Path) -> None:
    """Each line is through to the operating system when ``sent`` returns."""
    path = tmp_path / "ledger"
    program = (
        "import os, signal, pathlib\nfrom scanner.net import Ledger\n"
        f"ledger = Ledger(pathlib.Path({str(path)!r}))\n"
        "for number in range(50): ledger.sent('127.31.10.3', 80, 'tcp', 'http', 'GET', '/')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], check=False)

    assert run.returncode == -9
    assert len(lines(path)) == 50
    assert Ledger.verify(path) == []


def test_an_interrupted_audit_is_continued(tmp_path: Path) -> None:
    """The chain and the counts go on; a torn last line is cut off, anything else is refused."""
    path = tmp_path / "ledger"
    first = Ledger(path)
    first.sent("127.31.10.2", 80, "tcp", "tcp", "CONNECT")
    first.close()
    with path.open("ab") as file:
        file.write(b'{"seq":2,"at"')
    second = Ledger(path)
    assert second.sent("127.31.10.2", 80, "tcp", "http", "GET", "/", 7) == 2
    assert (second.summary().connections, second.summary().requests, second.summary().ledger_lines) == (1, 1, 2)
    second.close()
    assert Ledger.verify(path) == []

    path.write_text("something else\n")
    with pytest.raises(InputError, match="1: expected a ledger"):
        Ledger(path)


def test_no_secret_gets_in(tmp_path: Path) -> None:
    """Even a path made wrongly loses its secret."""
    path = tmp_path / "ledger"
    ledger = Ledger(path)
    ledger.refused_by_door(
        "127.31.10.2", 80, "http", "GET", f"/x?user=a&password={CANARY}&b=1", f"rtsp://a:{CANARY}@h/"
    )
    ledger.close()

    assert CANARY not in path.read_text()
    assert "b=1" in path.read_text()


def test_it_must_be_writable(tmp_path: Path) -> None:
    """One clear line."""
    with pytest.raises(InputError, match="ledger cannot be written"):
        Ledger(tmp_path / "no" / "ledger")
    assert list(tmp_path.iterdir()) == []
