"""Vivotek: the analytics module of a camera, its functions and their rules (docs/sources.md A7.4). Experimental.

``getparam.cgi`` is there for viewers, operators and administrators; the list of modules is told to administrators only,
so that is the one asked, and other logins learn of no function. A module that is off does not tell its functions: they
are unknown then, and not absent. It is never started to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scanner.drivers.base import (
    READS_ON,
    Asker,
    Reading,
    all_unseen,
    claim,
    known,
    nothing,
    part,
    refusal_of,
    unseen,
    web_doors,
)
from scanner.drivers.register import Register, Row, unknown
from scanner.errors import NoAnswer
from scanner.fingerprint import firmware
from scanner.model import Endpoint, Gap, Identity

if TYPE_CHECKING:
    from scanner.net import Link

FUNCTIONS: dict[str, str] = {
    "CrowdDetection": "crowd",
    "LoiteringDetection": "loitering",
    "IntrusionDetection": "intrusion",
    "LineCrossingDetection": "line-crossing",
    "MissingObjectDetection": "object-removed",
    "UnattendedObjectDetection": "object-left",
    "FaceDetection": "face-detection",
    "RunningDetection": "running",
}
"""Words in ``/VCA/Functions``, which are the names of rules in ``/VCA/Config/RE`` -> features."""

COULD_HAVE: tuple[str, ...] = (*FUNCTIONS.values(), "object-class")
MODULES = "/cgi-bin/admin/getparam.cgi?vadp_module"
SETTINGS = "/cgi-bin/admin/getparam.cgi?network_http_authmode&upnpportforwarding_enable&upnppresentation_enable"
KEYS = ("web.auth", "upnp.enabled", "upnp.mapped")

_LINE = re.compile(r"^\s*([\w-]{1,80})\s*=\s*'?(.*?)'?\s*$")
MOST_MODULES = 64
MOST_NAMES = 256


class Module(NamedTuple):
    """One installed module, as its ``status`` and its ``enable`` have it; ``says`` is both in words."""

    name: str
    status: str
    enable: str

    @property
    def running(self) -> bool | None:
        """True and false as the device has it; None when it is to run and does not, or says no word we know."""
        if self.status == "on":
            return True
        return False if self.status == "off" and self.enable != "1" else None

    @property
    def says(self) -> str:
        return f"{self.name} status = {self.status}" + (f", enable = {self.enable}" if self.enable else "")


class Modules(NamedTuple):
    """The modules of a camera, and the reply that names them."""

    rows: tuple[Module, ...]
    evidence: str

    @property
    def vca(self) -> Module | None:
        """The maker's own analytics module."""
        return next((one for one in self.rows if one.name == "VCA"), None)


class Vivotek:
    """The driver. The maker's manuals and one published client agree; no reply of this interface is recorded."""

    name = "vivotek"
    title = "Vivotek CGI"
    verified = False
    needs = (
        "Vivotek: the list of modules and the settings are asked below /admin/, identity below /viewer/ as well, so an "
        "administrator reads all and a viewer the identity only (docs/sources.md A7.4; unverified)."
    )

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Everything Vivotek built that has a web door."""
        return identity.maker == "Vivotek" and bool(web_doors(endpoints))

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """The list of modules decides the login; a login without the right to it still reads who the camera is."""
        del identity
        asker = Asker(link, self.name, web_doors(endpoints))
        try:
            reply = asker.get(MODULES).require_ok()
            modules = Modules(decode_modules(decode_parameters(reply.text())), reply.evidence)
        except NoAnswer as silence:
            yield Gap("vivotek: modules", silence.why, silence.detail)
            yield from nothing(self.name, silence.why, COULD_HAVE, ("apps.running", *KEYS))
            if silence.why in READS_ON and refusal_of(link) is None:
                yield from part("vivotek: identity", lambda: _identity(asker, "viewer"))
            return
        yield from part("vivotek: identity", lambda: _identity(asker, "admin"))
        yield from part("vivotek: settings", lambda: _settings(asker), all_unseen(*KEYS))
        if all(one.running is not None for one in modules.rows):
            yield known("apps.running", tuple(one.name for one in modules.rows if one.running), modules.evidence)
        else:
            yield unseen("apps.running", "undecided", "a module is to run and does not", modules.evidence)
        yield from part(
            "vivotek: functions",
            lambda: Functions(asker, modules).read(),
            lambda why: unknown(COULD_HAVE, "vivotek", why),
        )


def decode_parameters(text: str) -> dict[str, str]:
    """``getparam.cgi``: lines ``name='value'``."""
    found = (_LINE.match(line) for line in text.splitlines()[:5000])
    return {line[1]: line[2] for line in found if line}


def decode_modules(parameters: dict[str, str]) -> tuple[Module, ...]:
    """``vadp_module_number`` and a name and a status of each; NoAnswer ``malformed`` when one of them is missing."""
    count = parameters.get("vadp_module_number", "")
    if not re.fullmatch(r"[0-9]{1,3}", count) or int(count) > MOST_MODULES:
        raise NoAnswer("malformed", "the reply has no number of modules")
    rows = []
    for number in range(int(count)):
        name, status, enable = (
            parameters.get(f"vadp_module_i{number}_{field}", "").strip()[:80] for field in ("name", "status", "enable")
        )
        if not name:
            raise NoAnswer("malformed", f"module {number} of {count} has no name")
        rows.append(Module(name, status, enable))
    return tuple(rows)


def _settings(asker: Asker) -> Iterator[Reading]:
    """``network_http_authmode`` (basic, digest), and the two switches of UPnP as 0 and 1."""
    reply = asker.get(SETTINGS).require_ok()
    values = decode_parameters(reply.text())
    found: dict[str, Any] = {}
    if values.get("network_http_authmode") in ("basic", "digest"):
        found["web.auth"] = values["network_http_authmode"]
    shown, mapped = (
        {"0": False, "1": True}.get(values.get(f"upnp{name}_enable", "")) for name in ("presentation", "portforwarding")
    )
    if mapped is not None:
        found["upnp.mapped"] = mapped
    if shown is not None and mapped is not None:
        found["upnp.enabled"] = shown or mapped
    for key in KEYS:
        if key in found:
            yield known(key, found[key], reply.evidence)
        else:
            yield unseen(key, "no-such-page", "the firmware has no such parameter", reply.evidence)


def _identity(asker: Asker, level: str) -> Iterator[Reading]:
    """``system_info_*``: model, firmware, serial number (which is the Ethernet address)."""
    reply = asker.get(f"/cgi-bin/{level}/getparam.cgi?system_info").require_ok()
    values, proof = decode_parameters(reply.text()), reply.evidence
    version = values.get("system_info_firmwareversion", "")
    if "-VVTK-" in version:
        yield from claim("maker", "Vivotek", "vivotek", "http-body", proof)
    model = values.get("system_info_extendedmodelname") or values.get("system_info_modelname")
    yield from claim("model", model, "vivotek", "http-body", proof)
    yield from claim("firmware", version, "vivotek", "http-body", proof)
    built = firmware.parse("Vivotek", version)
    if built is not None and built.build_date is not None:
        yield from claim("build_date", built.build_date.isoformat(), "vivotek", "http-body", proof)
    yield from claim("serial", values.get("system_info_serialnumber"), "vivotek", "http-body", proof)


def decode_functions(value: Any) -> frozenset[str]:
    """``/VCA/Functions``: a list of texts; a function is there when its name is part of one."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise NoAnswer("malformed", "VCA/Functions is no list of names")
    texts = value[:MOST_NAMES]
    return frozenset(name for name in FUNCTIONS if any(name in text for text in texts))


def decode_rules(value: Any) -> dict[str, int]:
    """``/VCA/Config/RE``: how many rules each function has; NoAnswer ``malformed`` when it is no configuration."""
    if not isinstance(value, dict):
        raise NoAnswer("malformed", "VCA/Config/RE is no object")
    counts = {}
    for name in FUNCTIONS:
        rules = value.get(name)
        if rules is not None and not isinstance(rules, dict):
            raise NoAnswer("malformed", f"VCA/Config/RE: {name} is no object")
        counts[name] = len(rules or {})
    return counts


class Functions:
    """The register of one camera: its own module on channel 1, modules of others for the unit."""

    def __init__(self, asker: Asker, modules: Modules) -> None:
        self.asker = asker
        self.modules = modules
        self.register = Register("vivotek")

    def read(self) -> Iterator[Reading]:
        """Functions of the maker's module, and what else is installed."""
        others = [one for one in self.modules.rows if one.name != "VCA"]
        vca = self.modules.vca
        if vca is None:
            self._absent()
        elif vca.running is None:
            yield Gap("vivotek: functions of VCA", "undecided", f"{vca.says}: its functions are not told")
            for feature in FUNCTIONS.values():
                self._row(feature, "VCA").hush_all("undecided")
            self._people().hush("enabled", "undecided")
        elif vca.running:
            yield from self._running(vca)
        else:
            self._stopped(vca)
        for module in others:
            self._other(module)
        if any(one.running is not False for one in others):  # one of them may do what the maker's own does not
            for row in self.register.rows():
                if row.feature != "custom-ai" and "yes" not in (row.answer("supported"), row.answer("enabled")):
                    row.hush("supported", "no-reader")
                    row.hush("enabled", "no-reader")
        yield from self.register.features()

    def _row(self, feature: str, name: str = "") -> Row:
        return self.register.row(feature, "1", name, verified=False)

    def _absent(self) -> None:
        """Plain motion detection may tell people apart without the module: nobody says how that is read."""
        for feature in FUNCTIONS.values():
            self._row(feature).say("supported", False, self.modules.evidence, "vadp_module: no module VCA is installed")
        self._row("object-class").hush_all("no-reader")

    def _stopped(self, vca: Module) -> None:
        """Which functions it has cannot be asked while it is off; that none of them runs is sure."""
        for feature in FUNCTIONS.values():
            row = self._row(feature, "VCA")
            row.hush("supported", "no-reader")
            row.say("enabled", False, self.modules.evidence, f"vadp_module: {vca.says}")
        self._people().hush("enabled", "no-reader")

    def _people(self) -> Row:
        """The module finds people before it judges what they do."""
        row = self._row("object-class", "VCA")
        row.say("supported", True, self.modules.evidence, "vadp_module: VCA is installed; it tells people apart")
        return row

    def _running(self, vca: Module) -> Iterator[Reading]:
        """A function runs where it has a rule. People are told from other things as long as the module runs."""
        row = self._people()
        row.say("enabled", True, self.modules.evidence, f"vadp_module: {vca.says}")
        try:
            reply = self.asker.get("/VCA/Functions").require_ok()
            functions, proof = decode_functions(reply.json()), reply.evidence
        except NoAnswer as silence:
            yield Gap("vivotek: functions of VCA", silence.why, silence.detail)
            for name, feature in FUNCTIONS.items():
                self._row(feature, name).hush_all(silence.why)
            return
        counts, lost, rules = self._rules()
        if lost is not None:
            yield Gap("vivotek: rules of VCA", lost.why, lost.detail)
        for name, feature in FUNCTIONS.items():
            row = self._row(feature, name)
            has = name in functions
            row.say("supported", has, proof, f"VCA/Functions names {'' if has else 'no '}{name}")
            if has and lost is not None:
                row.hush("enabled", lost.why)
            elif has:
                row.say("enabled", counts[name] > 0, rules, f"VCA runs, Config/RE has {counts[name]} rules of {name}")

    def _rules(self) -> tuple[dict[str, int], NoAnswer | None, str]:
        try:
            reply = self.asker.get("/VCA/Config/RE").require_ok()
            return decode_rules(reply.json()), None, reply.evidence
        except NoAnswer as silence:
            return {}, silence, ""

    def _other(self, module: Module) -> None:
        """A module of somebody else: what it does nobody has described."""
        row = self.register.row("custom-ai", "device", module.name, verified=False)
        row.say("supported", True, self.modules.evidence, f"vadp_module: {module.name} is installed")
        if module.running is None:
            row.hush("enabled", "undecided")
        else:
            row.say(
                "enabled",
                module.running,
                self.modules.evidence,
                f"vadp_module: {module.says}",
            )


DRIVER = Vivotek()
