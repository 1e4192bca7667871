"""Write scanner/fingerprint/oui.csv anew from a copy of the IEEE MA-L registry that a package ships: ``make oui``.

The registry is the one of PyPI ``aiooui`` (MIT; a table of 24-bit prefixes and names, built from the IEEE listing). A
prefix is taken when the name it is registered under is a spelling of a name in makers.yaml (company forms do not
count) or stands in REGISTERED_AS. Names in LEFT_OUT sell so much that is no camera that a prefix says nothing.
"""

from __future__ import annotations

import csv
import io
import struct
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from scanner.fingerprint.makers import fold, names

TABLE = Path(__file__).resolve().parents[1] / "scanner" / "fingerprint" / "oui.csv"
REGISTERED_AS = {
    "Hikvision": ("Hangzhou Hikrobot", "Hangzhou Hikstorage", "Prama Hikvision India Private Limited"),
    "EZVIZ": ("Hangzhou Ezviz Software", "Hangzhou EZVIZ Network"),
    "Imou": ("Hangzhou Huacheng Network Technology",),
    "Dahua": ("Zhejiang Dahua Technology", "ZHEJIANG DAHUA TECHNOLOGYCO.,LTD"),
    "Hanwha Vision": ("Hanwha Techwin Security Vietnam", "Hanwha Vision VietNam", "Samsung Techwin"),
    "Bosch": (
        "Bosch Security Systems, Inc.", "Bosch Security Systems BV", "Bosch Security Systems B.V.",
        "Bosch Sicherheitssysteme GmbH", "Bosch Building Automation GmbH", "Keenfinity",
        "IQSIGHT B.V.",  # registered to Bosch Security Systems B.V. in 2024
    ),
    "TP-Link": ("TP-LINK TECHNOLOGIES", "TP-Link Corporation Limited", "TP-Link Systems"),
    "D-Link": ("D-Link Middle East FZCO", "D-Link (Shanghai) Limited Corp."),
    "Sony": ("Sony Imaging Products & Solutions Inc.",),
    "March Networks": ("March Networks S.p.A.",),
    "LILIN": ("Merit Li-Lin Ent.",),
    "Siqura": ("Siqura B.V.", "TKH Security B.V."),  # the prefix of the one in 2024 is the other's now
    "Swann": ("Swann communications Pty Ltd",),
    "2N": ("2N TELEKOMUNIKACE a.s.",),
    "Vanderbilt": ("Vanderbilt International (SWE) AB",),
    "Honeywell": ("Honeywell Video Systems", "Honeywell Security (China) Co., Ltd."),
}  # fmt: skip
"""Registered names that are no spelling of a name in makers.yaml."""
NOT_THEIRS = frozenset(("ens, inc.", "ROBERT BOSCH GmbH", "Robert Bosch GmbH", "Panasonic Corporation", "SANTEC",
                        "GENETEC Corporation", "GRUNDIG AG", "Ecosense", "GVI SECURITY INC."))  # fmt: skip
"""Registered names that are spelled like a name of ours and belong to others, or to other trades of the same house."""
LEFT_OUT = frozenset((
    "Cisco", "Cisco Meraki", "Huawei", "ZTE", "Samsung", "Netgear", "Linksys", "Belkin", "Xiaomi", "Siemens", "Toshiba",
    "Zyxel", "Logitech", "Sercomm", "Hitron", "Hytera", "Google", "Sanyo", "JVC", "NetComm", "Honeywell", "Legrand",
    "Uniden", "Videotec", "Marshall", "Ajax", "Planex", "Eufy", "Optex", "Hunt", "Planet", "Riva", "ADI", "Hills",
    "Northern", "Defender", "Rhino", "Pearl", "ADT", "Zeus", "Storm", "Konig", "Notis", "Irbis",
))  # fmt: skip


def rows() -> Iterator[tuple[str, str, str]]:
    """(prefix "aa:bb:cc", canonical name, organisation as registered), by prefix."""
    more = {spelling: name for name, spellings in REGISTERED_AS.items() for spelling in spellings}
    folded = {fold(spelling): name for spelling, name in more.items()}
    for prefix, organisation in registry():
        own = folded.get(fold(organisation))
        found = names().find(organisation)
        if own:
            yield prefix, own, organisation
        elif found and found.name not in LEFT_OUT and organisation not in NOT_THEIRS:
            yield prefix, found.name, organisation


def registry() -> Iterator[tuple[str, str]]:
    """(prefix, organisation) of the whole registry. Layout of the file: see PyPI aiooui, ``aiooui/__init__.py``."""
    data = Path(str(metadata.distribution("aiooui").locate_file("aiooui/oui.data"))).read_bytes()
    magic, count = struct.unpack_from("<4sI", data)
    if magic != b"OUI1":
        raise SystemExit(f"expected a table of form OUI1, found {magic!r}: this release of aiooui is not known")
    keys = struct.unpack_from(f"<{count}I", data, 8)
    offsets = struct.unpack_from(f"<{count}I", data, 8 + 4 * count)
    start = 8 + 8 * count
    for key, offset in zip(keys, offsets, strict=True):
        name = data[start + offset : data.index(b"\n", start + offset)].decode()
        digits = f"{key:06x}"
        yield ":".join((digits[:2], digits[2:4], digits[4:])), name


def table() -> str:
    """The whole file as text."""
    version = metadata.version("aiooui")
    out = io.StringIO()
    out.write(
        f"# IEEE MA-L registry as shipped with PyPI aiooui {version} (MIT; listing of {LISTING[version]}): prefixes of "
        "makers and brands in makers.yaml.\n"
        "# A prefix tells who made the network interface; the third column is the name as registered. By `make oui`.\n"
    )
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("prefix", "name", "organisation"))
    writer.writerows(rows())
    return out.getvalue()


LISTING = {"0.1.11": "2026-09"}
"""Month of the release of the package by its version: its data carry no date of their own."""

if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"{TABLE.name}: {sum(1 for _ in rows()):,} prefixes\n")
