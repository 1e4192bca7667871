"""onvif-zeep, made fit for an audit: the only module that imports ``onvif`` and ``zeep``.

As shipped the package reads its WSDLs anew for each camera (0.2 s and 13 MiB each), subscribes to events while it
is constructed, follows the addresses a device names, deletes proxies from the environment, and changes the root
logger on import. ``AuditCamera`` shares parsed WSDLs, sends nothing by itself, and talks through the link alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree

from scanner.errors import CamauditError, CatalogueError
from scanner.net.replies import Reply

_root = logging.getLogger()
_before = (list(_root.handlers), _root.level)
import onvif  # noqa: E402 # between the two looks at the root logger
import zeep  # noqa: E402
import zeep.exceptions  # noqa: E402
import zeep.wsdl  # noqa: E402
from onvif.client import UsernameDigestTokenDtDiff  # noqa: E402

for _handler in [handler for handler in _root.handlers if handler not in _before[0]]:
    _root.removeHandler(_handler)
_root.setLevel(_before[1])
logging.getLogger("zeep").setLevel(logging.WARNING)  # at DEBUG zeep writes whole envelopes

SETTINGS = zeep.Settings(strict=False, xml_huge_tree=False, forbid_dtd=True, forbid_entities=True, raw_response=True)
_document: Any = zeep.wsdl.Document  # the stubs in its source ask for a class where it takes an object
_client: Any = zeep.Client
_token: Any = UsernameDigestTokenDtDiff
SOAP_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
CONTENT_TYPE = "application/soap+xml; charset=utf-8"

OTHER_NAMESPACES = {"media2": "http://www.onvif.org/ver20/media/wsdl"}
"""Services whose WSDL the package does not ship. Their envelopes are written by hand, and those of operations its
WSDLs do not know."""

Post: TypeAlias = Callable[[str, bytes, str], Reply]
"""(path, envelope, content type) -> reply: the way out, through the link."""


@cache
def wsdl_directory() -> Path:
    """Where onvif-zeep's WSDLs lie. They install beside site-packages of the Python the wheel was built with."""
    for file in metadata.files("onvif-zeep") or ():
        if file.name == "devicemgmt.wsdl":
            found = Path(str(file.locate())).resolve()
            if found.is_file():
                return found.parent
    raise CamauditError("onvif-zeep is installed without its WSDL files: install it again")


class _LocalFiles(zeep.Transport):
    """Reads WSDLs from their directory and nothing from anywhere else."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.session.adapters.clear()

    def load(self, url: str) -> bytes:
        path = Path(url.removeprefix("file://")).resolve()
        if not path.is_relative_to(wsdl_directory()):
            raise CamauditError(f"a WSDL names {url!r}, which is not among onvif-zeep's files")
        return path.read_bytes()


class WsdlShelf:
    """Parsed WSDLs, each read once a process and shared by all cameras. ``parsed`` counts the readings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: dict[str, Any] = {}
        self.parsed = 0

    def document(self, path: str) -> Any:
        """The ``zeep.wsdl.Document`` of a WSDL file."""
        with self._lock:
            if path not in self._documents:
                self._documents[path] = _document(path, _LocalFiles(), settings=SETTINGS)
                self.parsed += 1
            return self._documents[path]

    def clear(self) -> None:
        """Forget them; the next camera reads them anew."""
        with self._lock:
            self._documents.clear()


SHELF = WsdlShelf()


class _GuardedTransport(zeep.Transport):
    """Hands envelopes to the link. It has no way to a network or a file of its own."""

    def __init__(self, base: str, post: Post) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.session.adapters.clear()  # zeep mounts file://, by which a redirect reads local files
        self._base = base
        self._post = post
        self.problem: BaseException | None = None

    def post_xml(self, address: str, envelope: etree._Element, headers: Mapping[str, str]) -> Reply:
        """The reply as it is; zeep gives it back unread (``raw_response``)."""
        if not address.startswith(self._base + "/"):
            raise CatalogueError(f"SOAP to {address!r} instead of {self._base}")
        self.problem = None
        try:
            return self._post(address.removeprefix(self._base), as_bytes(envelope), headers["Content-Type"])
        except BaseException as problem:
            self.problem = problem  # the package wraps whatever is raised here; the caller takes it out again
            raise

    def get(self, address: str, params: Any, headers: Any) -> Any:  # noqa: ARG002
        """Closed: zeep sends by ``post_xml`` alone."""
        raise CatalogueError(f"SOAP by GET to {address!r}")

    def post(self, address: str, message: Any, headers: Any) -> Any:  # noqa: ARG002
        """Closed: zeep sends by ``post_xml`` alone."""
        raise CatalogueError(f"SOAP by another way to {address!r}")

    def load(self, url: str) -> Any:
        """Closed: nothing is loaded on a device's word."""
        raise CatalogueError(f"SOAP wants to load {url!r}")


class AuditCamera(onvif.ONVIFCamera):
    """One SOAP port of one device. Construction sends nothing; every address is ``base`` plus a path."""

    def __init__(self, base: str, post: Post) -> None:
        # ONVIFCamera.__init__ is left out: it deletes proxies from os.environ and connects.
        self._base = base
        self.transport = _GuardedTransport(base, post)
        self.wsdl_dir = str(wsdl_directory())
        self.services: dict[str, Any] = {}
        self.services_lock = threading.RLock()
        self.xaddrs: dict[str, str] = {}
        self.update_xaddrs()

    def update_xaddrs(self) -> None:
        """As shipped it calls GetCapabilities and subscribes to events; here the caller names each path."""
        self.dt_diff: timedelta | None = None

    def get_definition(self, name: str, portType: str | None = None) -> tuple[str, str, str]:  # noqa: ARG002, N803
        """Address, WSDL file and binding of a service, the address always on this device."""
        service = onvif.SERVICES[name]
        binding = f"{{{service['ns']}}}{service['binding']}"
        return (
            self.xaddrs.get(name, f"{self._base}/onvif/device_service"),
            f"{self.wsdl_dir}/{service['wsdl']}",
            binding,
        )

    def create_onvif_service(self, name: str, from_template: bool = True, portType: str | None = None) -> Any:  # noqa: ARG002, N803
        """An ``onvif.ONVIFService`` on a shared document; made once for each binding and path.

        ``portType`` is the name of another binding of the same WSDL, such as ``RuleEngineBinding``.
        """
        xaddr, wsdl, binding = self.get_definition(name)
        if portType:
            binding = binding.rpartition("}")[0] + "}" + portType
        key = f"{binding} {xaddr}"
        if key not in self.services:
            client = _client(SHELF.document(wsdl), transport=self.transport, settings=SETTINGS)
            self.services[key] = onvif.ONVIFService(xaddr, "", "", wsdl, zeep_client=client, binding_name=binding)
        return self.services[key]

    def call(
        self, service: str, operation: str, path: str, params: dict[str, Any], token: tuple[str, str, timedelta] | None
    ) -> Reply:
        """One operation; ``token`` is user, password and the device's clock minus ours."""
        binding = self._binding_of(service, operation)
        if binding is None:
            return self._by_hand(service, operation, path, params, token)
        self.xaddrs[service] = self._base + path
        with self.services_lock:
            ready = self.create_onvif_service(service, portType=binding)
            self.transport.problem = None
            ready.zeep_client.wsse = username_token(*token) if token else None
            try:
                reply: Reply = getattr(ready, operation)(params)
            except onvif.ONVIFError as problem:
                if self.transport.problem is not None:
                    raise self.transport.problem from None
                raise CatalogueError(f"SOAP {service} {operation} cannot be written: {_root_of(problem)}") from problem
            finally:
                ready.zeep_client.wsse = None
        return reply

    def _binding_of(self, service: str, operation: str) -> str | None:
        """The binding that has an operation; None where the package's WSDLs (of 2018) do not know it."""
        if service not in onvif.SERVICES:
            return None
        _, wsdl, usual = self.get_definition(service)
        bindings = SHELF.document(wsdl).bindings
        for name in (usual, *bindings):
            if name in bindings and operation in bindings[name].all():
                return str(name).rpartition("}")[2]
        return None

    def _by_hand(
        self, service: str, operation: str, path: str, params: dict[str, Any], token: tuple[str, str, timedelta] | None
    ) -> Reply:
        if service not in OTHER_NAMESPACES and service not in onvif.SERVICES:
            raise CatalogueError(f"there is no namespace for the service {service!r}")
        namespace = OTHER_NAMESPACES.get(service) or onvif.SERVICES[service]["ns"]
        envelope = hand_written(namespace, operation, params)
        if token is not None:
            envelope, _ = username_token(*token).apply(envelope, {})
        action = f'{CONTENT_TYPE}; action="{namespace}/{operation}"'
        reply: Reply = self.transport.post_xml(self._base + path, envelope, {"Content-Type": action})
        return reply


def username_token(user: str, password: str, offset: timedelta) -> Any:
    """A WS-Security UsernameToken with digest, made on the device's clock. One use each."""
    created = datetime.now(UTC).replace(tzinfo=None)  # given, so that the package does not call utcnow()
    return _token(user, password, dt_diff=offset, use_digest=True, created=created, zulu_timestamp=True)


def hand_written(namespace: str, operation: str, params: dict[str, Any]) -> etree._Element:
    """An envelope with one operation; params become child elements in order, lists repeat, True is ``true``."""
    envelope = etree.Element(f"{{{SOAP_ENVELOPE}}}Envelope", nsmap={"s": SOAP_ENVELOPE, "o": namespace})
    body = etree.SubElement(envelope, f"{{{SOAP_ENVELOPE}}}Body")
    _fill(etree.SubElement(body, f"{{{namespace}}}{operation}"), namespace, params)
    return envelope


def _fill(parent: etree._Element, namespace: str, params: dict[str, Any]) -> None:
    for name, value in params.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            child = etree.SubElement(parent, f"{{{namespace}}}{name}")
            if isinstance(one, dict):
                _fill(child, namespace, one)
            elif one is not None:
                child.text = str(one).lower() if isinstance(one, bool) else str(one)


def as_bytes(envelope: etree._Element) -> bytes:
    """An envelope as it goes out. A body without an operation ends the SOAP server of some cameras."""
    body = envelope.find("{*}Body")
    if body is None or len(body) != 1:
        raise CatalogueError("a SOAP envelope needs one operation in its body")
    data: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return data


def _root_of(problem: BaseException) -> str:
    inner = problem.__context__
    return type(inner).__name__ if inner is not None else type(problem).__name__
