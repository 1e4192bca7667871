"""The parts of a report about the audit itself: who allowed it, what was sent, how it was done, and where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reports.view.words import clean, counted, day, instant, listed
from scanner.model import Audit


@dataclass(frozen=True, slots=True)
class Term:
    """One line of a summary list."""

    term: str
    text: str


@dataclass(frozen=True, slots=True)
class Harm:
    """The do-no-harm record in words."""

    sentence: str
    terms: tuple[Term, ...]
    closed_after: tuple[str, ...]
    calm: bool  # nothing to look into


METHOD: tuple[str, ...] = (
    "Each address in the authorised scope was asked, one small exchange at a time, whether a camera is there. "
    "No password was guessed and no setting was changed: only requests from a fixed list of reads were sent.",
    "What a device showed before any login tells its maker, its brand and its firmware. The maker is who built it, "
    "the brand is the name on it. Each identity has a grade: C3 when two independent signals of the device agree or it "
    "was read after a login, C2 for one thing the device says of itself, C1 for circumstantial signs.",
    "Where a login was given, the settings of each channel were read: which AI functions it supports, which are "
    "licensed, switched on, on a schedule, and linked to an action. Sizes of face and plate lists are counted; their "
    "contents are never read.",
    "Rules with a date compare those facts with law, guidance and good practice. A rule that needs a fact nobody saw "
    "answers unknown. Proof weaker than the rule asks for leads to review, not to fail.",
    "Each reply that counts is kept with its time and its SHA-256 hash, secrets removed.",
)

METHOD_OF_FILES: tuple[str, ...] = (
    "Nothing was sent. What others had seen was read from their files: scans, captures, tables of addresses. Only a "
    "device's own words are taken for its words; what a tool concluded from them is circumstantial (C1).",
    "What a register of the organisation states is kept apart. Where a device showed nothing of itself it is "
    "circumstantial too: it leads to review, never to fail. Settings and AI functions are not in such files.",
)

LIMITS: tuple[str, ...] = (
    "This report is technical evidence and no legal advice. Whether a use of a camera is lawful, necessary and "
    "proportionate is for a person to decide; the findings say which questions are open.",
    "It shows one moment. A function that was off then may be on now.",
    "It sees what devices say of themselves. A server that analyses their pictures elsewhere, a cloud service, and "
    "cameras on networks outside the scope are out of its sight.",
    "It cannot see what is in the picture, where a camera looks, who watches, how long recordings are kept outside the "
    "device, or whether signs and assessments exist. Those come from the organisation, where it stated them.",
    "Entries marked as unconfirmed were read in a way that no recording of a real device has confirmed yet.",
    "Certificates are looked at and not trusted: most cameras sign their own. A machine between the auditor and a "
    "device could have answered in its place.",
    "Hardware addresses are compared with a register of May 2024 and never decide by themselves. A maker is told by "
    "the signs of the device, never by a list of who builds for whom: a rebrand without such signs stays unrecognised.",
    "Packs, lists of makers and the law behind them have the dates below; later changes are not in them.",
    "A device switched off, asleep or behind a firewall during the audit was not seen.",
)


def audit_terms(audit: Audit, on: date) -> tuple[Term, ...]:
    """The summary list at the head of a report."""
    scope = audit.scope
    pairs = (
        ("Organisation", clean(audit.organisation.name)),
        ("Jurisdiction, as stated", clean(audit.organisation.jurisdiction)),
        ("Kind of body, as stated", listed(clean(body) for body in audit.organisation.bodies)),
        ("Authorised by", clean(scope.authorised_by)),
        ("Reference", clean(scope.reference)),
        ("Authorisation valid until", day(scope.valid_until)),
        ("Addresses allowed", listed(clean(net, 60) for net in scope.allow)),
        ("Addresses left out", listed(clean(net, 60) for net in scope.deny)),
        ("Started", instant(audit.started_at)),
        ("Finished", instant(audit.finished_at) or "not finished"),
        ("Made from", "; ".join(clean(text, 300) for text in audit.sources)),
        ("Judged as of", day(on)),
        ("Tool", clean(audit.tool)),
        ("Audit", clean(audit.id)),
    )
    return tuple(Term(term, text) for term, text in pairs if text)


def method_of(audit: Audit) -> tuple[str, ...]:
    """How it was done: by asking the network, or out of files."""
    return METHOD_OF_FILES + METHOD[1:2] + METHOD[3:] if audit.sources else METHOD


def harm_of(audit: Audit) -> Harm:
    """What was sent, whether every open door stayed open, and where the ledger ends."""
    harm = audit.harm
    if audit.sources:
        return Harm("Nothing was sent: this audit was made from files.", (), (), calm=True)
    calm = not harm.closed_after
    after = (
        "Every door that was open before was open after."
        if calm
        else f"{counted(len(harm.closed_after), 'door')} open before did not answer after: look at these devices."
    )
    sentence = (
        f"{counted(harm.datagrams, 'datagram')}, {counted(harm.connections, 'connection')} and "
        f"{counted(harm.requests, 'request')} were sent, all of them reads. {after}"
    )
    protocols = ", ".join(f"{clean(name, 30)} {count:,}" for name, count in sorted(harm.by_protocol.items()))
    pairs = (
        ("Bytes sent", f"{harm.bytes_sent:,}"),
        ("By protocol", protocols),
        ("Pace", clean(harm.pace)),
        ("Logins rejected", f"{harm.logins_rejected:,}; a rejected login was not tried again on that device"),
        ("Stopped by our own door", f"{harm.refused_by_door:,}; attempts outside the scope or the list of reads"),
        ("Ledger", f"{counted(harm.ledger_lines, 'line')}, last hash {harm.ledger_head}" if harm.ledger_head else ""),
    )
    return Harm(
        sentence=sentence,
        terms=tuple(Term(term, text) for term, text in pairs if text),
        closed_after=tuple(clean(door, 60) for door in harm.closed_after),
        calm=calm,
    )


def notes_of(audit: Audit) -> Sequence[str]:
    """Reductions of this run, the interruption first."""
    notes = [clean(note, 400) for note in audit.notes]
    if audit.interrupted:
        notes.insert(0, "The audit was stopped before its end: what follows is what had been seen by then.")
    elif audit.finished_at is None:
        notes.insert(0, "The audit has no recorded end: what follows is what had been stored.")
    return tuple(notes)
