"""``camaudit fingerprint``: identity from banners someone else collected. No network."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from scanner.errors import InputError, Place
from scanner.facts import SEEN_IN
from scanner.model import Claim, Identity, Observation

MAX_LINE = 8 * 1024 * 1024


class _Row(msgspec.Struct, frozen=True):
    device: Any
    seen_in: str
    raw: str


@click.command("fingerprint", short_help="Identify devices from banners someone else collected (JSONL).")
@click.argument("file", metavar="FILE.jsonl")
def command(file: str) -> None:
    """Identify devices from banners someone else collected.

    Reads rows {"device": any, "seen_in": KIND, "raw": "..."} from FILE.jsonl ('-' is standard input) and prints one
    JSON row a device, in the order in which devices first appear: {device, is_camera, kind, brand, maker, model,
    firmware, grade, reasons}. is_camera is null when it cannot be told.

    KIND says where the text was seen: http-server-header, http-title, rtsp-realm, onvif-scopes, sadp, dhdiscover,
    mac and so on; an unknown one is refused with the whole list.
    """
    from scanner.fingerprint import claims_of, fuse

    encoder = msgspec.json.Encoder(order="deterministic")
    devices: dict[bytes, list[Sequence[Claim]]] = {}  # a device by its JSON; what short rows say is shared between them
    for device, observation in _observations(file):
        claims = claims_of(observation)
        devices.setdefault(encoder.encode(device), []).extend((claims,) if claims else ())
    out = sys.stdout.buffer
    for device, told in devices.items():
        identity = fuse(claim for claims in told for claim in claims)
        out.write(msgspec.json.encode(_row(msgspec.Raw(device), identity)) + b"\n")
    out.flush()


def _row(device: msgspec.Raw, identity: Identity) -> dict[str, Any]:
    return {
        "device": device,
        "is_camera": identity.is_camera,
        "kind": identity.kind,
        "brand": identity.brand,
        "maker": identity.maker,
        "model": identity.model,
        "firmware": identity.firmware.version if identity.firmware else None,
        "grade": identity.grade,
        "reasons": identity.reasons,
    }


def _observations(file: str) -> Iterator[tuple[Any, Observation]]:
    """The rows of a file; raises InputError with file:line for the first that cannot be used."""
    if file == "-":
        yield from _rows(sys.stdin.buffer, "<stdin>")
        return
    try:
        with Path(file).open("rb") as stream:
            yield from _rows(stream, file)
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror or problem}", Place(file)) from None


def _rows(stream: BinaryIO, name: str) -> Iterator[tuple[Any, Observation]]:
    decoder = msgspec.json.Decoder(_Row)
    known = frozenset(SEEN_IN)
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        place = Place(name, number)
        if len(line) > MAX_LINE:
            raise InputError(f"expected lines of at most {MAX_LINE:,} bytes, found a longer one", place)
        if not line.strip():
            continue
        try:
            row = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise InputError(
                f'expected {{"device": any, "seen_in": KIND, "raw": "..."}}, found: {problem}', place
            ) from None
        if row.seen_in not in known:
            raise InputError(f"expected seen_in to be one of {', '.join(SEEN_IN)}; found {row.seen_in!r}", place)
        yield row.device, Observation(row.seen_in, row.raw)
