"""A value of every kind that may not stay in a recording, written into replies in the format of each."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote
from xml.sax.saxutils import escape

import msgspec

from scanner.recordings import Exchange, Recording
from scanner.recordings.shape import as_text

CANARIES = {
    "serialNumber": "KN4477120066A",
    "subSerialNumber": "778812003419",
    "macAddress": "02:4b:41:4e:41:52",
    "ipAddress": "10.77.31.209",
    "ipv6Address": "2a02:4f8:77:31::d1",
    "deviceName": "Kanarie Müller & Söhne",
    "channelName": "Kanarie Hof 3",
    "userName": "kanarie.huber",
    "ssid": "Kanarie-WLAN-77",
    "location": "Kanariegasse 12",
    "city": "Kanariestadt",
    "hostName": "kanarie-nvr.intern.example-council.gov.uk",
    "email": "kanarie.alarm@council-of-birds.gov.uk",
    "p2pId": "KANARIEUID77ABCD1234",
    "deviceID": "8f14e45f-ceea-467f-a5d0-77cafe77beef",
    "accessToken": "kanarietoken77kanarietoken77kanarie",
    "activationCode": "KNRIE7",
    "password": "Kanarie-Passwort-1",
    "phoneNumber": "+49 170 7731209",
    "latitude": "52.377412",
    "longitude": "-13.771209",
    "publicKey": "S2FuYXJpZVB1YmxpY0tleUthbmFyaWVQdWJsaWNLZXk=",
    "plateNumber": "KAN-AR 77",
}  # fmt: skip
"""Field -> value. What of a value may not be found is in ``MARKS``."""

MARKS = (
    *CANARIES.values(), "kanarie", "council-of-birds", "024b414e4152", "414e4152", "Müller", "M\\u00fcller",
    "778812003419", "7731209", "377412", "10.77.31", "77:31::d1", "77cafe77beef", "KN4477120066A", "S2FuYXJpZ",
)  # fmt: skip
URL = f"http://{CANARIES['ipAddress']}:8899/hook?user={CANARIES['userName']}"
REALM = f"Login to {CANARIES['subSerialNumber']}"
BASIC = base64.b64encode(f"{CANARIES['userName']}:door 3".encode()).decode()


def seeded(raw: Recording) -> Recording:
    """The recording with every canary in every reply that has a format, in a realm, a path and an account."""
    return msgspec.structs.replace(raw, exchanges=tuple(_seeded(one) for one in raw.exchanges))


def _seeded(one: Exchange) -> Exchange:
    body = one.body().decode("utf-8", "surrogateescape")
    text, data = as_text(sown(body).encode("utf-8", "surrogateescape"))
    headers = one.headers
    if one.protocol == "http":
        headers = (
            *headers, ("X-Realm", f'Digest realm="{REALM}", nonce="kanarienonce77"'), ("X-Account", BASIC),
            ("Set-Cookie", "session=kanariecookie; path=/"), ("Content-Location", URL),
        )  # fmt: skip
    return msgspec.structs.replace(one, text=text, data=data, headers=headers)


def sown(body: str) -> str:
    """A body with the canaries in its own format; one of no format is left alone."""
    stripped = body.strip()
    if stripped.endswith(">") and (found := re.search(r"</[^<>/]+>\s*$", body)):
        elements = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in CANARIES.items())
        return body[: found.start()] + elements + f"<note>{escape(URL)}</note>" + body[found.start() :]
    if stripped.startswith("{") and stripped.endswith("}"):
        inner = json.dumps({"extra_data": {**CANARIES, "at": URL}})[1:-1]
        at = body.index("{") + 1
        return body[:at] + inner + ("" if re.match(r"\s*\}", body[at:]) else ", ") + body[at:]
    if re.match(r"[\w.\[\]-]+=", stripped):
        lines = "".join(f"root.Extra[0].{name}={value}\r\n" for name, value in CANARIES.items())
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in CANARIES.items())
        return body.rstrip("\r\n") + "\r\n" + lines + f"root.Call.Url=http://{CANARIES['ipAddress']}/x?{query}\r\n"
    return body


def left(recording: Recording) -> list[str]:
    """The marks that are still in it, with where; base64 is looked into."""
    places = [("file", recording.to_json().decode())]
    places += [
        (f"{number} {one.path}", one.body().decode("utf-8", "replace"))
        for number, one in enumerate(recording.exchanges, 1)
        if one.data
    ]
    places += [
        (f"base64 {found[:12]}", base64.b64decode(found[: len(found) // 4 * 4]).decode("utf-8", "replace"))
        for _, text in places[:1]
        for found in re.findall(r"[A-Za-z0-9+/]{16,}", text)
    ]
    return [
        f"{where}: {mark}: ...{text[max(0, at - 60) : at + 40]}..."
        for where, text in places
        for mark in MARKS
        if (at := text.casefold().find(mark.casefold())) >= 0
    ]
