"""A program that calls itself nmap and does what a test wants: dies half way, never ends, says odd things."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

VERSION = "Nmap version 7.93 ( https://nmap.org )"


def host(address: str, ports: str) -> str:
    """One ``<host>`` of nmap's XML."""
    return (
        f'<host><status state="up" reason="user-set"/><address addr="{address}" addrtype="ipv4"/>'
        f"<hostnames/><ports>{ports}</ports></host>"
    )


def port(number: int, state: str, reason: str = "") -> str:
    """One ``<port>`` of it."""
    return f'<port protocol="tcp" portid="{number}"><state state="{state}" reason="{reason}" reason_ttl="0"/></port>'


def put_first(monkeypatch: pytest.MonkeyPatch, folder: Path, body: str) -> None:
    """Put a program called nmap first on the path. ``body`` is Python; ``say(text)`` writes to stdout at once."""
    program = folder / "nmap"
    program.write_text(
        f"#!{sys.executable}\nimport sys, time, os\n"
        f'if "-V" in sys.argv:\n    print("{VERSION}")\n    sys.exit(0)\n'
        "def say(text):\n    sys.stdout.write(text)\n    sys.stdout.flush()\n" + body,
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
