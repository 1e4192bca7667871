"""What a capture held and what could not be read of it, counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Counts of one capture. Nothing is dropped without being counted here."""

    packets: int = 0
    cut_short: int = 0  # the capture's snap length ended the packet before its end
    torn: int = 0  # the file ends inside a packet or block
    damaged: int = 0  # blocks and lengths that make no sense
    other_links: int = 0  # packets of a link type that is not read
    unreadable: int = 0  # no packet of IP or ARP that could be read
    fragments: int = 0  # IP fragments are not put together
    answers: int = 0  # whole answers of servers that were read
    segments_out_of_order: int = 0
    segments_given_up: int = 0  # missing or refused pieces of a stream
    streams_dropped: int = 0  # ended early to keep memory bounded
    answers_dropped: int = 0  # answers that broke a limit or could not be read
    tls_hidden: int = 0  # TLS 1.3: the certificate travels encrypted

    def sentences(self) -> tuple[str, ...]:
        """What a reader of the import has to know, one sentence each."""
        said = (
            (self.torn, "the file ends inside a packet: what came before was read"),
            (
                self.damaged,
                "{} damaged blocks or records: what lies behind such a record of a pcap file cannot be found",
            ),
            (self.cut_short, "{} packets were cut short by the snap length of the capture"),
            (self.fragments, "{} IP fragments were skipped"),
            (self.other_links, "{} packets of a link type that is not read were skipped"),
            (self.unreadable, "{} packets could not be read"),
            (self.segments_given_up, "{} pieces of TCP streams are missing or were given up"),
            (self.streams_dropped, "{} TCP streams were ended early to keep memory bounded"),
            (self.answers_dropped, "{} answers broke a limit or could not be read"),
            (
                self.tls_hidden,
                "{} TLS 1.3 handshakes: their certificates travel encrypted and cannot be seen in a capture",
            ),
        )
        return tuple(sentence.format(f"{count:,}") for count, sentence in said if count)
