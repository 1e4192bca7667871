"""What a device says of itself on a page of fields: JSON, XML or ``key=value`` with a maker, a model, a version.

Makers name these fields much alike, so one reader stands for the pages of those who have no pattern of their own
(docs/sources.md V4). It reads a page about one unit; a list of several is software that knows cameras, and none itself.
"""

from __future__ import annotations

import re

from scanner.fingerprint import naming, spoken
from scanner.fingerprint.fields import any_fields
from scanner.fingerprint.makers import Name, names
from scanner.fingerprint.saw import Saw
from scanner.model import CAMERA_KINDS

_PAGE = re.compile(r"(?i)<(?:html|head|body|script)\b|<!doctype html")
_PLAIN = re.compile(r"[^a-z0-9]")
_IN_FRONT = re.compile(r"^(?:var|root|device|dev|system|sys|product|prod|hw|camera|cam|info|general|[gs]){1,3}")
_MAKER = ("manufacturer", "vendor", "brand", "company", "make", "vendorname", "companyname", "brandname", "oem")
_MODEL = (
    "model", "modelname", "modelnumber", "modelno", "modelid", "modelcode", "productname", "product", "devicemodel",
    "devicename", "devname", "devicetype", "devtype", "producttype", "productid", "productcode", "variant", "type",
    "oid",
)  # fmt: skip
"""Field names without their separators, the most telling first."""
_VERSION = (
    "firmwareversion", "firmware", "fwversion", "fwver", "swversion", "softwareversion", "swver", "versioninfo",
    "version",
)  # fmt: skip
_SERIAL = ("serialnumber", "serialno", "serialnum", "serial", "sn")
_MAC = ("macaddress", "mac", "hwaddr", "ethmac")
_KNOWN = frozenset((*_MAKER, *_MODEL, *_VERSION, *_SERIAL, *_MAC))
_KINDS = {
    "ipc": "camera", "ipcam": "camera", "ipcamera": "camera", "ipdome": "camera", "networkcamera": "camera",
    "ptzcamera": "camera", "nvr": "recorder", "dvr": "recorder", "xvr": "recorder", "hvr": "recorder",
}  # fmt: skip
"""Whole values of a type that say what it is; others are read as words."""
_PICTURE = re.compile(
    r"(?im)(?:^|; ?)(?:var )?[\w.\[\]]{0,40}?(brightness|contrast|saturation|hue|sharpness|exposure|flip|mirror|fps|"
    r"framerate|bitrate|gop|h26[45]|mpeg4|mjpeg|rtsp|osd|snapshot|resolution|ircut|irled|infrared|daynight|backlight|"
    r"whitebalance|ptz|motion)\w{0,20} {0,2}="
)
"""Names of settings in a list of ``key=value``. JSON is left out: software that takes in cameras writes such, too."""
_CALLED_CAMERA = re.compile(
    r"(?i)^(?:smart |mini ){0,2}(?:home|indoor|outdoor|wi-?fi|wireless|ip|network|bullet|dome|turret|ptz|battery) "
    r"cam(?:era)?$"
)
"""What nameless units call themselves: "Smart Home Camera". Phones, photo cameras and "unknown camera" are none."""
_CAMERA_CHIP = re.compile(r"(?i)(?<![a-z0-9])(?:hi35\d\d|gk7\d{3}|ssc3(?:25|33|35|37|38)|xm5[1-8]0)(?![0-9])")
"""Chips that are in cameras and recorders only, where a model belongs (chips.yaml)."""
_SETTINGS = 5
_LONGEST = 16_384
_LEAST = 2


def read(saw: Saw, text: str) -> None:
    """Brand, model, kind, version, serial number and Ethernet address; nothing where no known name or series is met,
    but that a list of settings of pictures is a camera's."""
    text = text[:_LONGEST]
    if _PAGE.search(text):
        return
    if "{" not in text and len({word.lower() for word in _PICTURE.findall(text)}) >= _SETTINGS:
        saw.say("kind", "camera", "C1", "described")
    found: dict[str, str] = {}
    for key, value in any_fields(text).items():
        found.setdefault(_plain(key), value)
    described = [key for key in (*_MODEL, *_VERSION, *_SERIAL, *_MAC, *_MAKER) if key in found]
    if len(described) < _LEAST and not {"productname", "modelname", "model"} & found.keys():
        return
    named = next((name for key in _MAKER if key in found and (name := _maker(found, found[key]))), None)
    unit = _unit(found, named)
    if unit is None and any(_CAMERA_CHIP.search(found.get(key, "")) for key in _MODEL):
        saw.say("kind", "camera", "C1", "described")
    called = next((key for key in _MODEL if _CALLED_CAMERA.search(found.get(key, "")[:100])), None)
    alone = text.count("{") <= 1 and "[" not in text
    if unit is None and called and alone and found.keys() & {*_VERSION, *_SERIAL, *_MAC} and not _is_list(text, called):
        saw.say("kind", "camera", "C1", "described")
    if unit is None or _is_list(text, unit[0]):
        return
    _, named, model, kind = unit
    if named is not None:
        saw.say("brand", named.name, "C2", "described")
    saw.model(model, "described", "C2" if named else "C1")
    saw.say("kind", kind, "C1", "described")
    version = next((found[key] for key in _VERSION if key in found), "")
    saw.firmware(version, "described", named)
    saw.serial(next((found[key] for key in _SERIAL if key in found), ""), "described")
    saw.mac(next((found[key] for key in _MAC if key in found), ""), "described")


def _maker(found: dict[str, str], said: str) -> Name | None:
    """The name in a field for makers; one that is an ordinary word as well needs a model of its own beside it."""
    name = names().find(said)
    if name is None or names().is_distinct(said):
        return name
    models = (names().split(found.get(key, ""))[1] for key in _MODEL)
    return name if any(model and naming.series_of(name.name, model) for model in models) else None


def _unit(found: dict[str, str], named: Name | None) -> tuple[str, Name | None, str, str] | None:
    """(field, name, model, kind) of the field that tells most; None where nothing says that this is a camera.

    A name that stands on other things as well needs a series of cameras or a word of video beside it.
    """
    says = next((kind for key in _MODEL if (kind := _kind(found.get(key, "")))), "")
    for key in _MODEL:
        value = found.get(key, "")
        own, rest = names().split(value)
        model = rest if own else value
        name = named or own
        maker = name.name if name else naming.distinctive_maker(model)
        series = naming.series_of(maker, model) if maker else None
        if series is not None:
            return (key, name, model, series.kind) if series.kind in CAMERA_KINDS or name is not None else None
        if own is not None and (not own.wide or says) and not own.word:
            return key, own, rest, says
    if named is not None and (not named.wide or says):
        key = next((key for key in _MODEL if any(sign.isdigit() for sign in found.get(key, ""))), "model")
        return key, named, found.get(key, ""), says
    return None


def _kind(value: str) -> str:
    if _CAMERA_CHIP.search(value):
        return "camera"
    return _KINDS.get(_PLAIN.sub("", value.lower()), "") or spoken.video(value[:100])


def _plain(key: str) -> str:
    last = _PLAIN.sub("", key.rpartition(".")[2].lower())
    bare = last if last in _KNOWN else _IN_FRONT.sub("", last)
    return bare if bare in _KNOWN else last


def _is_list(text: str, key: str) -> bool:
    """Whether the field stands there several times: a page about several units."""
    loose = "[ _.-]?".join(map(re.escape, key))
    return len(re.findall(rf"(?i)(?<![a-z]){loose}[\"']?\s{{0,4}}(?:[:=]|>[^<]{{1,200}}</)", text)) > 1
