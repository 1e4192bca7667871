"""Pages of a TVT unit as text, and a unit that has them (docs/sources.md A7.6)."""

from __future__ import annotations

from typing import Any

from lxml import etree
from replay import Replay, serving

from scanner.drivers import DeviceReadings
from scanner.drivers.tvt import INFORMATION

SPACE = 'version="2.0.0" xmlns="http://www.ipc.com/ver10"'
PERIMETER = "/GetSmartPerimeterConfig/1"
KINDS = "<objectFilter><car><switch>false</switch></car><person><switch>{person}</switch></person></objectFilter>"
OFF = "<item><channelId>1</channelId><switch>false</switch></item>"


def config(inner: str) -> str:
    """A reply."""
    return f'<?xml version="1.0" encoding="UTF-8"?><config {SPACE}>{inner}</config>'


def failure(code: int, words: str = "") -> tuple[int, str]:
    """A reply that says why there is none."""
    return 400, f'<?xml version="1.0"?><config status="failed" errorCode="{code}" errorDesc="{words}"/>'


def element(inner: str) -> Any:
    """A reply as the decoders take it."""
    return etree.fromstring(config(inner).encode())


def rule(name: str, switch: str, more: str = "") -> str:
    """The page of one function."""
    return config(f'<{name}><switch type="boolean">{switch}</switch>{more}</{name}>')


def information(**more: str) -> str:
    """``GetDeviceInfo`` of a camera, with other fields."""
    fields = {"model": "TD-9442S4", "deviceDescription": "IPCamera", "softwareVersion": "5.2.2", **more}
    return config(
        "<deviceInfo>" + "".join(f"<{k}><![CDATA[ {v} ]]></{k}>" for k, v in fields.items()) + "</deviceInfo>"
    )


def detail(**flags: bool) -> str:
    """``GetDeviceDetail`` with these flags."""
    smart = "".join(f'<{k} type="boolean">{str(v).lower()}</{k}>' for k, v in flags.items())
    return config(f"<detail><smart>{smart}</smart></detail>")


def read(address: str, pages: dict[str, Any], kind: str = "camera") -> tuple[DeviceReadings, list[str]]:
    """What the driver says of a unit with these pages, and what it asked for."""
    with serving(Replay(address, {INFORMATION: information(), **pages})) as replay:
        return replay.read("TVT", kind=kind), replay.asked
