"""Dahua CGI replies: ``key=value`` lines, how errors are encoded, the shapes of keys (docs/sources.md A4.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.drivers.base import MOST_CHANNELS, Asker
from scanner.drivers.markup import switch
from scanner.errors import NoAnswer

if TYPE_CHECKING:
    from scanner.net import Reply

CONFIG = "/cgi-bin/configManager.cgi?action=getConfig&name="
_SECRET = re.compile(r"password|passwd|username|community|readcommon|writecommon|secret|authkey", re.IGNORECASE)
_STEP = re.compile(r"\[(\d{1,4})\]")


class Missing(NoAnswer):
    """The device says in so many words that it has no such section or call; ``evidence`` is that reply."""

    def __init__(self, detail: str, evidence: str) -> None:
        self.evidence = evidence
        super().__init__("no-such-page", detail)


class Table:
    """The lines of one reply, without ``table.`` before them and without the secrets among them."""

    def __init__(self, lines: dict[str, str], evidence: str = "") -> None:
        self.lines = lines
        self.evidence = evidence

    def get(self, key: str, default: str = "") -> str:
        """The value of a key, trimmed."""
        return self.lines.get(key, default).strip()

    def switch(self, key: str) -> bool | None:
        """A true/false value."""
        return switch(self.lines.get(key))

    def under(self, prefix: str) -> Table:
        """All keys below a prefix, without it: ``under("VideoAnalyseRule[0][1]")`` has ``.Enable``."""
        return Table(
            {key[len(prefix) :]: value for key, value in self.lines.items() if key.startswith(prefix)}, self.evidence
        )

    def split(self, prefix: str = "", most: int = 4096) -> dict[int, Table]:
        """The lines after each index that follows a prefix, in one pass: ``[0].Enable`` becomes {0: ``.Enable``}."""
        found: dict[int, dict[str, str]] = {}
        for key, value in self.lines.items():
            if key.startswith(prefix) and (step := _STEP.match(key, len(prefix))):
                number = int(step[1])
                if number in found or len(found) < most:
                    found.setdefault(number, {})[key[step.end() :]] = value
        return {number: Table(found[number], self.evidence) for number in sorted(found)}

    def listed(self, prefix: str) -> list[str]:
        """A list written as ``X[0]=Human`` or as ``X.Human=true``; also ``X=Human`` alone."""
        found = []
        for key, value in self.lines.items():
            if not key.startswith(prefix):
                continue
            tail = key[len(prefix) :]
            if not tail or _STEP.fullmatch(tail):
                found.append(value.strip())
            elif tail.startswith(".") and switch(value) is True:
                found.append(tail[1:])
        return [word for word in dict.fromkeys(found) if word]


def parse(text: str, evidence: str = "") -> Table:
    """Lines split at the first ``=`` (values hold more of them). Lines that name a secret are dropped here."""
    lines: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        key = key.strip().removeprefix("table.")
        if equals and key and not _SECRET.search(key.rpartition(".")[2]):
            lines[key] = value
    return Table(lines, evidence)


def decode(reply: Reply) -> Table:
    """The table of a reply, or NoAnswer. The body is looked at before the status: errors travel under 200 as well.

    Newer recorders give the same 403 for "no right" and "no such section": that is ``forbidden``, never "absent".
    """
    text = reply.text()
    head = text.lstrip()[:200]
    if head.startswith("Error"):
        said = " ".join(head.split())
        if "Error -1 getting param" in said or "Not Implemented" in said or "Bad Request" in said:
            raise Missing(said[:80], reply.evidence)
        raise NoAnswer("malformed", said[:80])
    reply.require_ok()
    table = parse(text, reply.evidence)
    if not table.lines and text.strip() and text.strip() not in ("OK",):
        raise NoAnswer("malformed", "expected key=value lines, found something else")
    return table


def ask(asker: Asker, path: str) -> Table:
    """One call."""
    return decode(asker.get(path))


def section(asker: Asker, name: str) -> Table:
    """One section of the configuration, keys without its name: ``[0][1].Enable`` or ``.Enable``."""
    table = ask(asker, CONFIG + name)
    found = table.under(name)
    if table.lines and not found.lines:
        raise NoAnswer("malformed", f"expected lines of {name}, found lines of another section")
    return found


def about(table: Table, name: str) -> Table:
    """The same table when it speaks of ``name``, or of nothing; NoAnswer ``malformed`` for lines about other things."""
    if table.lines and not any(key.startswith(name) for key in table.lines):
        raise NoAnswer("malformed", f"expected lines of {name}, found others")
    return table


def channels_of(table: Table) -> Iterator[tuple[str, Table]]:
    """(channel id from "1", its lines) of a section, whether it is indexed or, on one picture, is not."""
    channels = table.split(most=MOST_CHANNELS)
    if not channels and table.lines:
        yield "1", table
    for number, lines in channels.items():
        yield str(number + 1), lines
