"""One virtual device: who it is, what it accepts, what is true of it."""

from __future__ import annotations

import hashlib
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol
from urllib.parse import unquote
from uuid import NAMESPACE_URL, uuid5

import msgspec

from scanner.lab.certificates import Parts, server_context
from scanner.lab.gate import Gate, Verdict
from scanner.lab.journal import Journal
from scanner.lab.saying import Saying
from scanner.lab.wire import Answer, Request
from scanner.lab.words import (
    DATAGRAM_PORTS,
    FINDER_PORTS,
    SERVICE_PORTS,
    AttachedCamera,
    Certificate,
    DeviceTruth,
    Names,
    Personality,
    Placement,
    State,
    Switch,
)

_ON: frozenset[State] = frozenset({"on", "no-schedule"})
_SUPPORTED: frozenset[State] = frozenset({"on", "off", "no-schedule", "not-loaded", "supported-only"})
_DEFAULT_CERTIFICATE = Certificate(subject={"CN": "{address}"})


class Style(Protocol):
    """How one maker's devices speak HTTP. One object serves all devices of the style and keeps no state."""

    defaults: ClassVar[dict[str, Any]]  # hygiene settings this style serves: fact key -> value

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        """Answer what needs no login, or None."""

    def guards(self, device: LabDevice, request: Request) -> bool:
        """Say whether this path asks for a login."""

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        """Answer what a login opens; None is 404."""

    def reads_by_post(self, device: LabDevice, request: Request) -> bool:
        """Say whether this POST only reads."""

    def logs_in(self, device: LabDevice, request: Request) -> bool:
        """Say whether this login step is the way in, and one that gives no password away."""

    def denied(self, device: LabDevice, verdict: Verdict) -> Answer:
        """Body and status for a login that is missing, wrong or locked (challenges are added to a 401)."""


class Script(Protocol):
    """What a device says that answers as recorded. ``account`` is the user of its login, '' where none was used."""

    account: str

    def doors(self, ports: str) -> dict[str, int]:
        """Service -> port to listen on."""

    def certificate(self) -> ssl.SSLContext | None:
        """Its TLS side."""

    def reads(self, request: Request) -> bool:
        """Say whether this POST only reads."""

    def respond(self, device: LabDevice, request: Request) -> Answer:
        """Its answer over HTTP."""

    def rtsp(self, device: LabDevice, port: int, method: str, sequence: str) -> bytes:
        """Its reply over RTSP."""

    def banner(self, device: LabDevice, port: int) -> bytes:
        """What it says first."""

    def datagrams(self, device: LabDevice, protocol: str, asked: bytes) -> list[Saying]:
        """Its datagrams to an inquiry."""


class LabDevice:
    """A device of the fleet. Made by the fleet; tests read ``address``, ``personality``, ``truth`` and ``port``."""

    def __init__(
        self,
        personality: Personality,
        placement: Placement,
        address: str,
        *,
        style: Style,
        ports: str,
        journal: Journal,
    ) -> None:
        self.personality = personality
        self.placement = placement
        self.address = address
        self.journal = journal
        self.reply_seconds = 0.0  # how long it thinks before an HTTP or RTSP answer
        self.style = style
        self.recorded: Script | None = personality.extra.get("recorded")  # what it says, where it is a recording
        if self.recorded is not None and self.recorded.account:
            self.placement = placement = msgspec.structs.replace(placement, user=self.recorded.account)
        self.ports = {name: SERVICE_PORTS[ports][name] for name in personality.services if name in SERVICE_PORTS[ports]}
        if self.recorded is not None:
            self.ports = self.recorded.doors(ports)
        self.datagram_ports = {name: DATAGRAM_PORTS[name] for name in personality.datagrams}
        self.finder_ports = {name: FINDER_PORTS[name] for name in personality.finders}
        mac = placement.mac or _mac(personality.oui, address)
        model = personality.model
        firmware = placement.firmware or personality.firmware
        self.names = Names(address, mac, model, firmware, name=placement.name or model)
        self.names.serial = placement.serial or self.names.fill(personality.serial)
        # stable, with the MAC as its tail, as on most real units
        self.uuid = f"{str(uuid5(NAMESPACE_URL, 'camaudit-lab:' + personality.id))[:24]}{mac.replace(':', '')}"
        self.names.words["uuid"] = self.uuid
        self.switches: tuple[Switch, ...] = personality.switches if placement.switches is None else placement.switches
        self.attached: tuple[AttachedCamera, ...] = (
            personality.attached if placement.attached is None else placement.attached
        )
        self.settings: dict[str, Any] = {**self.style.defaults, **personality.settings, **placement.settings}
        self.gate = Gate(
            user=placement.user,
            password=placement.password if placement.login != "refused" else placement.password + "-changed",
            lock=personality.lock,
            algorithms=personality.algorithms,
            takes_basic=personality.offers_basic,
            locked_from_start=personality.locked,
        )
        self.onvif_gate = self.gate
        if personality.onvif is not None and personality.onvif.own_accounts:
            self.onvif_gate = Gate(
                user="onvif-only",
                password="only-onvif-knows",  # noqa: S106  # of an invented device
                lock=personality.lock,
                algorithms=personality.algorithms,
            )
        self.realm = self.names.fill(personality.realm)
        self.truth = self._truth()

    # -- who --------------------------------------------------------------------------------------

    @property
    def mac(self) -> str:
        return self.names.mac

    @property
    def serial(self) -> str:
        return self.names.serial

    @property
    def firmware(self) -> str:
        return self.names.firmware

    @property
    def channels(self) -> tuple[str, ...]:
        """Channel numbers this device has switches for, at least "1"."""
        numbers = {switch.channel for switch in self.switches if switch.channel != "device"}
        return tuple(sorted(numbers | {"1"}, key=int))

    def fill(self, template: str) -> str:
        return self.names.fill(template)

    def now(self) -> datetime:
        """The device's own clock, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.personality.clock_offset_seconds)

    def port(self, service: str) -> int:
        """Port of a service, 0 where the device does not have it."""
        return self.ports.get(service, 0) or self.datagram_ports.get(service, 0)

    def url(self, path: str = "") -> str:
        """An http(s) URL of this device as it would announce it."""
        if "http" in self.ports:
            return f"http://{in_url(self.address)}:{self.ports['http']}{path}"
        return f"https://{in_url(self.address)}:{self.ports.get('https', 443)}{path}"

    def switch(self, feature: str, channel: str = "1") -> Switch | None:
        """The switch of a feature on a channel."""
        for switch in self.switches:
            if switch.feature == feature and switch.channel == channel:
                return switch
        return None

    def setting(self, key: str) -> Any:
        """Value of a hygiene setting, None where the style has none."""
        return self.settings.get(key)

    def context(self) -> ssl.SSLContext:
        """The TLS context; made at the first connection."""
        recorded = self.recorded.certificate() if self.recorded is not None else None
        if recorded is not None:
            return recorded
        certificate = self.personality.certificate or _DEFAULT_CERTIFICATE
        subject = self._parts(certificate.subject)
        issuer = self._parts(certificate.issuer) if certificate.issuer else subject
        return server_context(subject, issuer, legacy=certificate.legacy)

    def _parts(self, names: dict[str, str]) -> Parts:
        return tuple((key, self.fill(value)) for key, value in names.items())

    def attach(self, devices: dict[str, LabDevice], address_of: Callable[[str], str]) -> None:
        """Fill in attached cameras: from the fleet device they are, or the address of a host nobody stands on.

        ``devices`` maps hosts ("1.11") to devices.
        """
        filled = []
        for attached in self.attached:
            camera = attached
            if camera.address.count(".") == 1:
                camera = msgspec.structs.replace(camera, address=address_of(camera.address))
            other = devices.get(camera.device)
            if other is None:
                filled.append(camera)
                continue
            build = other.personality.build_date
            filled.append(
                msgspec.structs.replace(
                    camera,
                    address=other.address,
                    model=camera.model or other.personality.model,
                    firmware=camera.firmware or (f"{other.firmware} build {build:%y%m%d}" if build else other.firmware),
                    serial=camera.serial or other.serial,
                    mac=camera.mac or other.mac,
                    maker=camera.maker or other.personality.maker,
                    device=other.address,
                )
            )
        self.attached = tuple(filled)
        self.truth = self._truth()

    # -- what is so ----------------------------------------------------------------------------------

    def _truth(self) -> DeviceTruth:
        personality = self.personality
        placement = self.placement
        usable = personality.is_camera and self.setting("account.activated") is not False
        login = (placement.user, placement.password) if usable and placement.login != "none" else None
        login_works = login is not None and placement.login == "works" and not personality.locked
        on = [switch for switch in self.switches if switch.state in _ON]
        return DeviceTruth(
            address=self.address,
            is_camera=personality.is_camera,
            kind=personality.kind,
            brand=personality.brand or None,
            maker=personality.maker or None,
            model=personality.model,
            firmware=self.firmware,
            build_date=personality.build_date,
            serial=self.serial,
            mac=self.mac,
            features_on=_by_channel(on, with_targets=True),
            features_supported=_by_channel(s for s in self.switches if s.state in _SUPPORTED),
            features_armed=_by_channel(s for s in on if s.state == "on"),
            features_linked=_by_channel(s for s in on if s.linked),
            features_hidden=_by_channel(s for s in self.switches if s.state == "forbidden"),
            attached=self.attached,
            login=login,
            login_works=login_works,
            facts=self._facts(),
            personality=personality.id,
            site=placement.site,
            told=self._told(login_works),
        )

    def _told(self, login_works: bool) -> frozenset[str]:
        """Identity fields that can be learned; without a login that depends on the protocols the device answers."""
        personality = self.personality
        everything = frozenset({"maker", "brand", "model", "firmware", "serial", "mac", "kind"})
        if not personality.is_camera:
            return frozenset({"kind"})
        talkative = {"sadp", "dhip"} & set(personality.datagrams) or personality.style == "axis"
        onvif = personality.onvif
        if login_works or talkative or (onvif is not None and onvif.anonymous):
            return everything
        fields = {"maker", "brand", "kind"}
        if onvif is not None and any(personality.model in unquote(scope) for scope in map(self.fill, onvif.scopes)):
            fields.add("model")
        return frozenset(fields)

    def _facts(self) -> dict[str, Any]:
        personality = self.personality
        if not personality.is_camera:
            return {}
        facts: dict[str, Any] = {key: value for key, value in self.settings.items() if value is not None}
        facts["web.http"] = "http" in self.ports
        facts["web.https"] = "https" in self.ports
        facts["service.sdk"] = any(name.startswith("sdk-") for name in self.ports)
        facts["time.skew_seconds"] = personality.clock_offset_seconds
        if "https" in self.ports:
            certificate = personality.certificate or _DEFAULT_CERTIFICATE
            facts["tls.certificate.self_signed"] = certificate.issuer in (None, certificate.subject)
            facts["tls.legacy"] = certificate.legacy
        if personality.rtsp is not None:
            facts["stream.anonymous"] = personality.rtsp.anonymous
        if personality.onvif is not None:
            facts["onvif.anonymous"] = personality.onvif.anonymous
        for switch in self.switches:
            if switch.count is not None:
                facts["face-library.count"] = switch.count
        if personality.kind == "recorder":
            facts["recorder.attached"] = sum(1 for camera in self.attached if camera.enabled)
        return facts


def in_url(address: str) -> str:
    """As it stands in a URL: IPv6 in brackets, without the name of an interface."""
    return f"[{address.partition('%')[0]}]" if ":" in address else address


def _by_channel(switches: Iterable[Switch], *, with_targets: bool = False) -> dict[str, frozenset[str]]:
    channels: dict[str, set[str]] = defaultdict(set)
    for switch in switches:
        channels[switch.channel].add(switch.feature)
        if with_targets and switch.targets:
            channels[switch.channel].add("object-class")
    return {channel: frozenset(features) for channel, features in channels.items()}


def _mac(oui: str, address: str) -> str:
    tail = hashlib.sha256(address.encode()).hexdigest()[:6]
    return f"{oui}:{tail[:2]}:{tail[2:4]}:{tail[4:]}".lower()
