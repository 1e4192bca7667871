"""A capture from its first frame to the devices in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from scanner.discovery.importers.capture.datagrams import Datagrams
from scanner.discovery.importers.capture.doors import AWAITED, Doors
from scanner.discovery.importers.capture.files import Frame, frames
from scanner.discovery.importers.capture.hosts import Hosts
from scanner.discovery.importers.capture.packets import ACK, SYN, Neighbour, packet_of
from scanner.discovery.importers.capture.streams import Streams
from scanner.discovery.importers.capture.tally import Tally
from scanner.discovery.sighting import Sighting
from scanner.evidence import EvidenceSink


class Capture:
    """Reads one capture. ``tally`` counts what was read and what was not; it is complete after ``sightings``."""

    def __init__(self, evidence: EvidenceSink | None, file: str, written_at: datetime) -> None:
        """``file`` names it in the evidence; ``written_at`` is its time where its packets have none."""
        self.tally = Tally()
        self.hosts = Hosts(evidence, file, written_at)
        self.streams = Streams(Doors(self.hosts, self.tally).tune, self.tally, AWAITED)
        self._datagrams = Datagrams(self.hosts, self.tally)

    def sightings(self, file: BinaryIO) -> Iterator[tuple[Sighting, datetime]]:
        """Each address that said something, with the time of its last word. Nothing in the file raises.

        A capture with more addresses or text than is held may tell of one address twice.
        """
        for frame in frames(file, self.tally):
            self.take(frame)
            yield from self.hosts.ready()
        self.streams.close()
        self._datagrams.close()
        yield from self.hosts.all()

    def take(self, frame: Frame) -> None:
        """The next frame."""
        packet = packet_of(frame, self.tally)
        if packet is None:
            return
        if isinstance(packet, Neighbour):
            self.hosts.on_link(packet.mac, packet.address, packet.at)
            return
        if packet.transport == "udp":
            self._datagrams.take(packet)
        else:
            if packet.flags & (SYN | ACK) == SYN | ACK:
                self.hosts.of(packet.source, packet.at).opened(packet.source_port)
            self.streams.take(packet)
        if packet.mac is not None and not packet.routed:
            self.hosts.on_link(packet.mac, packet.source, packet.at)
