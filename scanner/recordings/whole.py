"""A whole recording made anonymous: every exchange, every certificate, and what was concluded. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from scanner.evidence.redaction import REMOVED, Revealing
from scanner.model import Endpoint
from scanner.recordings.anonymous import Anonymiser
from scanner.recordings.datagrams import measured, plain
from scanner.recordings.fields import Kind, kind_of
from scanner.recordings.shape import Certificate, Exchange, Recording, as_text
from scanner.recordings.texts import variants

_RUN = re.compile(rb"[\x20-\x7e]{4,}")
_NAMES = frozenset({"tls.certificate.subject"})
_KINDS: dict[str, Kind] = {"serial": "serial number", "name": "name", "address": "host name"}
_STAYS = frozenset({"feature", "channel", "state", "kind", "grade", "why", "column", "pattern", "seen_in", "read_by"})


def anonymise(
    recording: Recording,
    is_maker: Callable[[str], bool],
    secrets: Iterable[Revealing] = (),
    known: Iterable[tuple[Kind, str]] = (),
) -> Recording:
    """The recording without what tells whose device it is; ``known`` are values the operator gave (host, user).

    One that is anonymous already stays as it is: its stand-ins stand for themselves.
    """
    anonymiser = Anonymiser(is_maker, secrets)
    _learn(anonymiser, recording, known)
    address = anonymiser.own(recording.address)
    exchanges = tuple(_exchange(anonymiser, one, recording.address, address) for one in recording.exchanges)
    made = msgspec.structs.replace(
        recording,
        address=address,
        account=anonymiser.field("user", recording.account) or recording.account,
        endpoints=tuple(_endpoint(anonymiser, one) for one in recording.endpoints),
        exchanges=exchanges,
        concluded=_concluded(anonymiser, recording.concluded, ""),
        replaced={},
    )
    shown = made.to_json().decode() + "".join(
        plain(one.body()).decode("utf-8", "replace") for one in made.exchanges if one.data
    )
    counts = anonymiser.stand_ins.counts(lambda made: any(spelt in shown for spelt in variants(made)))
    counts["secret"] = counts.get("secret", 0) + made.to_json().count(REMOVED)
    return msgspec.structs.replace(made, replaced={kind: count for kind, count in sorted(counts.items()) if count})


def _learn(anonymiser: Anonymiser, recording: Recording, known: Iterable[tuple[Kind, str]]) -> None:
    concluded = recording.concluded
    identity = concluded.get("identity") or {}
    for one in (identity, *(concluded.get("attached") or ())):
        firmware = one.get("firmware") or {}
        anonymiser.product(one.get("model"), one.get("brand"), one.get("maker"))
        anonymiser.product(firmware.get("raw"), firmware.get("version"))
        anonymiser.note_mac(one.get("mac") or "")
    anonymiser.learn(_texts(recording))
    for exchange in recording.exchanges:
        if exchange.certificate is not None:
            anonymiser.learn_name(exchange.certificate.subject)
            anonymiser.learn_name(exchange.certificate.issuer)
    for one in (identity, *(concluded.get("attached") or ())):
        for field, kind in _KINDS.items():
            anonymiser.know(kind, str(one.get(field) or ""))
    for kind, value in (*known, ("user name", recording.account)):
        anonymiser.know(kind, value)


def _texts(recording: Recording) -> Iterator[str]:
    for one in recording.exchanges:
        yield one.body().decode("utf-8", "surrogateescape")
        yield from (f"{name}: {value}" for name, value in one.headers)
        yield one.path


def _exchange(anonymiser: Anonymiser, one: Exchange, own: str, stand_in: str) -> Exchange:
    body = plain(one.body())
    made = anonymiser.text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if made != body:
        made = measured(made)
    if one.data:
        made = plain(_packed(anonymiser, made, own, stand_in))
    text, data = as_text(made)
    return msgspec.structs.replace(
        one,
        path=anonymiser.text(one.path, fields=False) if one.path else "",
        asks=anonymiser.text(one.asks, fields=False),
        headers=tuple(_header(anonymiser, name, value) for name, value in one.headers),
        reason=anonymiser.text(one.reason, fields=False),
        detail=anonymiser.text(one.detail, fields=False),
        text=text,
        data=data,
        certificate=_certificate(anonymiser, one.certificate),
    )


def _header(anonymiser: Anonymiser, name: str, value: str) -> tuple[str, str]:
    line = anonymiser.text(f"{name}: {value}", fields=False)
    return name, line.partition(": ")[2]


def _packed(anonymiser: Anonymiser, data: bytes, own: str, stand_in: str) -> bytes:
    """Addresses as the bytes they are made of, in binary datagrams."""
    pairs = [(bytes.fromhex(mac), bytes.fromhex(made)) for mac, made in anonymiser.stand_ins.macs.items()]
    if ":" not in own and own != stand_in:
        packed = ipaddress.IPv4Address(own).packed, ipaddress.IPv4Address(stand_in).packed
        pairs += [packed, (packed[0][::-1], packed[1][::-1])]
    for real, made in pairs:
        data = data.replace(real, made)
    if b"<" in data or b"{" in data or b"=" in data:
        return data  # its text has fields
    return _RUN.sub(lambda m: anonymiser.run(m[0].decode("ascii")).encode("ascii"), data)


def _certificate(anonymiser: Anonymiser, one: Certificate | None) -> Certificate | None:
    if one is None:
        return None
    return msgspec.structs.replace(one, subject=anonymiser.name(one.subject), issuer=anonymiser.name(one.issuer))


def _endpoint(anonymiser: Anonymiser, one: Endpoint) -> Endpoint:
    address = anonymiser.text(one.address, fields=False)
    return msgspec.structs.replace(one, address=address, path=anonymiser.text(one.path, fields=False))


def _concluded(anonymiser: Anonymiser, value: Any, key: str) -> Any:
    """What was concluded, in the same words as the replies it was concluded from."""
    if isinstance(value, dict):
        if key in _NAMES and isinstance(value.get("value"), str):
            return {**value, "value": anonymiser.name(value["value"])}
        return {name: _concluded(anonymiser, inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_concluded(anonymiser, inner, key) for inner in value]
    if not isinstance(value, str) or key in _STAYS:
        return value
    kind = kind_of(key) if key in ("serial", "mac", "name") else None
    if kind is not None:
        field = anonymiser.field(key, value)
        if field is not None:
            return field
    return anonymiser.text(value, fields=False)
