r"""nmap's service fingerprints: the replies it could not name, as the device sent them.

``SF-Port80-TCP:V=7.95%I=7%...%r(GetRequest,1C4,"HTTP/1\.1\x20200\x20OK\r\n...")``: the name of the probe, the length of
the whole reply in hexadecimal, and its first 900 bytes, escaped (docs/sources.md S3.1, ``service_scan.cc``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_CHARACTERS = 65_536

_REPLY = re.compile(r'%r\((\w{1,60}),[0-9A-Fa-f]{1,8},"((?:[^"\\]|\\.)*)"\)', re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_CONTROL = {"0": "\0", "r": "\r", "n": "\n", "t": "\t"}


def replies(fingerprint: str) -> Iterator[tuple[str, bytes]]:
    """(probe, bytes of the reply) of each reply."""
    for probe, escaped in _REPLY.findall(fingerprint[:MOST_CHARACTERS].replace("\nSF:", "")):
        yield probe, _ESCAPE.sub(_plain, escaped).encode("latin-1", "replace")


def _plain(found: re.Match[str]) -> str:
    word = found[1]
    return chr(int(word[1:], 16)) if len(word) == 3 else _CONTROL.get(word, word)
