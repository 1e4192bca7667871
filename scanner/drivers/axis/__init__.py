"""Axis VAPIX: what a camera is, its applications, and how it is kept (analytics reference 6 and 9.3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from scanner.drivers.axis import parameters
from scanner.drivers.axis.actions import Bridge, read_bridge
from scanner.drivers.axis.applications import data_of
from scanner.drivers.axis.functions import COULD_HAVE, Functions
from scanner.drivers.axis.parameters import Parameters
from scanner.drivers.base import (
    NO_LIMIT,
    READS_ON,
    RETENTION,
    Asker,
    Reading,
    all_unseen,
    claim,
    known,
    nothing,
    part,
    unseen,
    web_doors,
)
from scanner.drivers.register import unknown
from scanner.errors import NoAnswer
from scanner.fingerprint import firmware
from scanner.model import Endpoint, Gap, Identity, Silence

if TYPE_CHECKING:
    from scanner.net import Link

DISKS = "/axis-cgi/disks/list.cgi?diskid=all"
_OPTIONAL: frozenset[Silence] = frozenset({"no-such-page", "forbidden", "malformed"})
_ACCOUNTS = ("account.count", "account.admin_count")
_DISK_KEYS = ("storage.encryption", *RETENTION)


class Axis:
    """The driver. Applications, scenarios and parameters are confirmed by recordings; sound and metadata are not."""

    name = "axis"
    title = "Axis VAPIX"
    verified = True
    needs = (
        "Axis: operator reads applications, scenarios and metadata; parameters of the network and the list of accounts "
        "need admin (docs/sources.md A9.3; unverified, as groups differ by firmware)."
    )

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Everything Axis built that has a web door."""
        return identity.maker == "Axis" and bool(web_doors(endpoints))

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """The parameters decide the login: every firmware has them and none gives them away."""
        del identity
        asker = Asker(link, self.name, web_doors(endpoints))
        values: Parameters | None = None
        evidence = ""
        try:
            reply = asker.get(parameters.PATH).require_ok()
            values, evidence = parameters.decode(reply.text()), reply.evidence
        except NoAnswer as silence:
            yield Gap("axis: parameters", silence.why, silence.detail)
            if silence.why not in READS_ON:
                yield from _nothing(silence.why)
                return
            yield from (unseen(key, silence.why) for keys, _ in parameters.READERS for key in keys)
        else:
            yield from part("axis: settings", lambda: _settings(asker, values, evidence))
        yield from part("axis: identity", lambda: _identity(asker, values, evidence))
        apis = None
        try:
            apis = _apis(asker)
        except NoAnswer as silence:
            if silence.why != "no-such-page":
                yield Gap("axis: interfaces", silence.why, silence.detail)
        bridge = read_bridge(asker, apis or ())
        yield from _broker(bridge)
        yield from part(
            "axis: functions",
            Functions(asker, apis, values, evidence, bridge).read,
            lambda why: unknown(COULD_HAVE, "axis", why),
        )
        yield from part(
            "axis: disks", lambda: _disks(asker), all_unseen(*_DISK_KEYS), quiet=frozenset({"no-such-page"})
        )
        yield from part("axis: accounts", lambda: _accounts(asker), lambda why: [unseen(key, why) for key in _ACCOUNTS])


def _nothing(why: Silence) -> Iterator[Reading]:
    """No page can be read: all functions and settings stay unknown, with the reason."""
    settings = (key for keys, _ in parameters.READERS for key in keys)
    others = (*_ACCOUNTS, "metadata.stream", "apps.running", *_DISK_KEYS, "upload.targets")
    return nothing("axis", why, COULD_HAVE, (*settings, *others))


def _settings(asker: Asker, values: Parameters | None, evidence: str) -> Iterator[Reading]:
    if values is None:
        return
    missing = set()
    for keys, read in parameters.READERS:
        found: dict[str, Any] = dict(read(values))
        yield from (known(key, found[key], evidence) for key in keys if key in found)
        missing |= set(keys) - found.keys()
    for path, keys, decode in parameters.REST:
        if set(keys) <= missing:
            for reading in part(f"axis: {path}", partial(_rest, asker, path, decode), quiet=_OPTIONAL):
                missing -= {getattr(reading, "key", "")}
                yield reading
    for key in sorted(missing):
        yield unseen(key, "no-such-page", "the firmware has no such parameter", evidence)


def _rest(asker: Asker, path: str, decode: Callable[[dict[str, Any]], parameters.Found]) -> Iterator[Reading]:
    """One page of the newer interface; a device without it has no answer and no gap."""
    reply = asker.get(path).require_ok()
    for key, value in decode(data_of(reply.json())):
        yield known(key, value, reply.evidence)


def _broker(bridge: Bridge) -> Iterator[Reading]:
    """The broker that events go to. Recipients of action rules are not read, so "none" is never said."""
    if bridge.active and bridge.host:
        yield known("upload.targets", (bridge.host,), bridge.evidence, "C2")
    else:
        yield unseen("upload.targets", bridge.lost or "no-reader", "recipients of action rules are not read")


def _disks(asker: Asker) -> Iterator[Reading]:
    reply = asker.get(DISKS).require_ok()
    found = dict(parameters.decode_disks(reply.xml()))
    yield from (known(key, value, reply.evidence) for key, value in found.items())
    if not found:
        yield from (unseen(key, "no-such-page", "no disk or card is in it", reply.evidence) for key in _DISK_KEYS)
    elif found.get("retention.limited") is False:
        yield unseen("retention.days", "undecided", NO_LIMIT, reply.evidence)


def _post(asker: Asker, path: str, method: str) -> tuple[dict[str, Any], str]:
    body = json.dumps({"apiVersion": "1.0", "method": method}).encode()
    reply = asker.post(path, body).require_ok()
    return data_of(reply.json()), reply.evidence


def _identity(asker: Asker, values: Parameters | None, evidence: str) -> Iterator[Reading]:
    """basicdeviceinfo, on firmware without it the parameters."""
    fields: dict[str, str] = {}
    try:
        data, proof = _post(asker, "/axis-cgi/basicdeviceinfo.cgi", "getAllProperties")
        properties = data.get("propertyList")
        if isinstance(properties, dict):
            fields = {str(key): str(value) for key, value in properties.items()}
    except NoAnswer:
        fields, proof = {}, evidence
    old = values.values if values else {}
    model = fields.get("ProdNbr") or old.get("Brand.ProdNbr")
    version = fields.get("Version") or old.get("Properties.Firmware.Version")
    built = firmware.parse_date(fields.get("BuildDate") or old.get("Properties.Firmware.BuildDate", ""))
    serial = fields.get("SerialNumber") or old.get("Properties.System.SerialNumber")
    if (fields.get("Brand") or old.get("Brand.Brand", "")).upper() == "AXIS":
        yield from claim("maker", "Axis", "axis", "http-body", proof)
        yield from claim("brand", "Axis", "axis", "http-body", proof)
    yield from claim("model", model, "axis", "http-body", proof)
    yield from claim("firmware", version, "axis", "http-body", proof)
    yield from claim("build_date", built.isoformat() if built else "", "axis", "http-body", proof)
    yield from claim("serial", serial, "axis", "http-body", proof)


def _apis(asker: Asker) -> frozenset[str]:
    data, _ = _post(asker, "/axis-cgi/apidiscovery.cgi", "getApiList")
    rows = data.get("apiList")
    return (
        frozenset(str(row.get("id")) for row in rows if isinstance(row, dict))
        if isinstance(rows, list)
        else frozenset()
    )


def _accounts(asker: Asker) -> Iterable[Reading]:
    reply = asker.get("/axis-cgi/pwdgrp.cgi?action=get").require_ok()
    found = dict(parameters.decode_accounts(reply.text(), asker.user))
    if "login.role" in found:
        yield known("login.role", found["login.role"], reply.evidence)
    for key in _ACCOUNTS:
        yield known(key, found[key], reply.evidence) if key in found else unseen(key, "malformed", "", reply.evidence)


DRIVER = Axis()
