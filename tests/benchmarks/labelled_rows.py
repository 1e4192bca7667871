"""Rows of known devices for measuring.

``banners/*.jsonl`` beside this file: texts that real devices sent, as quoted in public places, each with its source.
They were collected by people who had not read the patterns, and labelled by what the source says the device is;
serial numbers, addresses and names are invented. ``expert`` says what a person who knows all products could tell from
the texts alone, judged in the same way: a bare "Server: nginx" tells nobody anything. Patterns were written from
``read.jsonl``; ``unread.jsonl`` was collected afterwards and not read, but for one wrong answer (see the bench).

Copies of public corpora that lie on this machine are read too and never shipped. recog (BSD-2-Clause, Copyright
Rapid7): a directory with its ``xml/*.xml``, named by ``CAMAUDIT_RECOG`` or lying in ``../shared/corpora/recog``. Each
example is a row; the parameters of its fingerprint are its label.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lxml import etree

from scanner.fingerprint.makers import Name, names

HERE = Path(__file__).resolve()
RECOG_KINDS = {
    "html_title": "http-title", "http_servers": "http-server-header", "http_wwwauth": "http-realm",
    "http_cookies": "http-set-cookie", "favicons": "http-favicon-md5", "rtsp_servers": "rtsp-server",
    "x509_subjects": "tls-subject", "x509_issuers": "tls-issuer", "snmp_sysdescr": "snmp-sysdescr",
    "snmp_sysobjid": "snmp-sysobjectid", "ftp_banners": "ftp-banner", "telnet_banners": "telnet-banner",
    "ssh_banners": "ssh-banner", "sip_banners": "sip-server", "sip_user_agents": "sip-server",
    "dhcp_vendor_class": "dhcp-vendor-class", "mdns_device-info_txt": "mdns-txt",
}  # fmt: skip
"""Files of recog and the kind of text their examples are."""

VIDEO = frozenset({"IP Camera", "DVR", "NVR", "Video Encoder", "Web Cam", "Cloud Network Video Recorder"})
TELEVISION = re.compile(r"(?i)tivo|opentv|dreambox|dish|sling|roku|echostar|humax|enigma|\bADB\b")
"""Makers of television recorders, which recog calls DVR as well: not cameras."""
BROADCAST = re.compile(r"(?i)vbrick")
"""Encoders of television companies: the label tells nothing of a camera on them."""

LATER_NAMES = {"Samsung": "Hanwha Vision"}
"""Makers of cameras under an older name of the same house (docs/sources.md I7.1, I8)."""

Half = Literal["writing", "measuring"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one device showed. ``is_camera`` None: the label does not say; ``maker`` None: not a maker of ours."""

    source: str
    texts: tuple[tuple[str, str], ...]
    is_camera: bool | None
    maker: str | None
    label: str
    key: str  # what stays the same when the texts are made differently
    shows_camera: bool = True  # whether a person could tell from the texts what it is
    shows_maker: bool = True  # and who made it
    given: Half | None = None

    @property
    def half(self) -> Half:
        """The half of the corpus, given or by a hash of its key: patterns come from one half, measured is the other."""
        if self.given is not None:
            return self.given
        digest = hashlib.sha256(self.key.encode("utf-8", "surrogatepass")).digest()
        return "measuring" if digest[-1] & 1 else "writing"


def banner_samples() -> Iterator[Sample]:
    """Both files of ``banners/``, each a half of its own."""
    yield from _banners(HERE.parent / "banners" / "read.jsonl", "writing")
    yield from _banners(HERE.parent / "banners" / "unread.jsonl", "measuring")


def _banners(path: Path, half: Half) -> Iterator[Sample]:
    """Rows ``{source, what, is_camera, maker, brand, model, firmware, texts: [[kind, raw]], expert}``, one a line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        known = names().find(row["maker"]) if row["maker"] else None
        shown = row["expert"].split("+")
        texts = tuple((seen_in, raw) for seen_in, raw in row["texts"])
        yield Sample(
            source=row["source"],
            texts=texts,
            is_camera=row["is_camera"],
            maker=maker_label(known, row["is_camera"]) if known else row["maker"],  # a maker we lack is a miss
            label=" | ".join((row["what"], row["maker"] or "-", row["model"] or "-")),
            key="\n".join(raw for _, raw in texts),
            shows_camera="camera" in shown,
            shows_maker="maker" in shown,
            given=half,
        )


def recog_directory() -> Path | None:
    """Where a copy of recog lies; None when there is none."""
    places = [Path(os.environ["CAMAUDIT_RECOG"])] if os.environ.get("CAMAUDIT_RECOG") else []
    places.append(HERE.parents[2].parent / "shared" / "corpora" / "recog")
    return next((place for place in places if (place / "xml" / "html_title.xml").is_file()), None)


def recog_samples(directory: Path) -> Iterator[Sample]:
    """The examples of the kinds we read, in the order of the files."""
    for name, seen_in in RECOG_KINDS.items():
        for fingerprint in etree.parse(directory / "xml" / f"{name}.xml").iter("fingerprint"):
            said, text = parameters_of(fingerprint)
            for example in fingerprint.iter("example"):
                told = {**said, **{key: value for key, value in example.attrib.items() if value}}
                device = told.get("hw.device") or told.get("os.device") or ""
                vendor = told.get("hw.vendor") or told.get("os.vendor") or ""
                is_camera, maker = label_of(told, text)
                raw = _raw(example, directory / "xml" / name)
                yield Sample(
                    source=f"recog/{name}",
                    texts=((seen_in, raw),),
                    key=f"{seen_in}\n{raw}",
                    is_camera=is_camera,
                    maker=maker,
                    label=" | ".join((device or "-", vendor or "-", fingerprint.findtext("description") or "")),
                )


def parameters_of(fingerprint: etree._Element) -> tuple[dict[str, str], str]:
    """What a fingerprint of recog says, by name, and all its words."""
    said = {str(param.get("name")): param.get("value", "") for param in fingerprint.iter("param")}
    return said, " ".join(filter(None, (fingerprint.findtext("description"), *said.values())))


def label_of(said: dict[str, str], words: str) -> tuple[bool | None, str | None]:
    """Whether the parameters of a fingerprint of recog mean a camera, and its maker."""
    device = said.get("hw.device") or said.get("os.device") or ""
    vendor = said.get("hw.vendor") or said.get("os.vendor") or ""
    is_camera = _is_camera(device, words)
    return is_camera, maker_label(names().find(vendor) if vendor else None, is_camera)


def maker_label(known: Name | None, is_camera: bool | None) -> str | None:
    """The maker a label means; None where the name says nothing about who built the unit."""
    if known is None or known.brand_only:
        return None
    return LATER_NAMES.get(known.name, known.name) if is_camera else known.name


def _is_camera(device: str, text: str) -> bool | None:
    if not device or device in ("Device", "Network", "Appliance") or BROADCAST.search(text):
        return None
    if "digital disk recorder" in text:
        return True  # filed under storage
    return device in VIDEO and not TELEVISION.search(text)


def _raw(example: etree._Element, folder: Path) -> str:
    if example.get("_filename"):
        data = (folder / str(example.get("_filename"))).read_bytes()
    else:
        data = (example.text or "").strip().encode()
    if example.get("_encoding") == "base64":
        data = base64.b64decode(data)
    return data.decode("utf-8", "replace")
