"""Network captures (pcap, pcapng): who is there and what they are, from what devices said while somebody listened.

Nothing is sent. What travels encrypted stays unseen: with TLS 1.3 even the certificate.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scanner.discovery.importers import Imported, Importer, ImportOptions
from scanner.discovery.importers.capture.files import is_capture
from scanner.discovery.importers.capture.reading import Capture
from scanner.errors import InputError, Place


def recognises(head: bytes, filename: str) -> bool:
    """By the first bytes alone: captures have any name."""
    del filename
    return is_capture(head)


def read(path: Path, options: ImportOptions) -> Iterator[Imported]:
    """Each address that said something, with the time of its last word.

    A capture with more addresses or text than is held may tell of one address twice. InputError when the file cannot
    be read or holds no packet.
    """
    capture = Capture(options.evidence, path.name, options.written_at)
    try:
        with path.open("rb") as file:
            for sighting, seen_at in capture.sightings(file):
                yield Imported(sighting, seen_at=seen_at, place=path.name)
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror or problem}", Place(path)) from None
    if not capture.tally.packets:
        raise InputError("expected a capture with packets, found none that can be read", Place(path))
    for sentence in capture.tally.sentences():
        options.told(f"{path.name}: {sentence}")


IMPORTER = Importer(name="pcap", title="network capture", recognises=recognises, read=read)
