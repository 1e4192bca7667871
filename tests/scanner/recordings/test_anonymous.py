"""Making texts anonymous: the same value, the same stand-in, the same shape in every format; a second pass is idle."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote
from xml.sax.saxutils import escape

import pytest
from canaries import CANARIES, MARKS
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from recorded import is_maker

from scanner.errors import ConfigError
from scanner.recordings import Exchange, Recording
from scanner.recordings.anonymous import Anonymiser
from scanner.recordings.shape import Certificate, read_recording
from scanner.recordings.whole import anonymise

MOMENT = datetime(2026, 11, 23, tzinfo=UTC)


def recording(*bodies: str, model: str = "", **more: object) -> Recording:
    """A recording of these bodies, and what else an exchange may have."""
    exchanges = tuple(
        Exchange(protocol="http", port=80, method="GET", path="/", status=200, text=one) for one in bodies
    )
    concluded = {"identity": {"model": model}} if model else {}
    given: dict[str, object] = {"exchanges": exchanges, "concluded": concluded, **more}
    return Recording(tool="camaudit test", recorded_at=MOMENT, address="10.1.2.3", **given)  # type: ignore[arg-type]


def made(*bodies: str, **more: str) -> list[str]:
    """The bodies without what tells whose device it is."""
    return [one.text for one in anonymise(recording(*bodies, **more), is_maker).exchanges]


def test_one_value_has_one_stand_in_in_every_format() -> None:
    """In XML, JSON, key=value, a query, base64 and a realm."""
    serial = "QX7719AB0042"
    xml, row, value, query, realm = made(
        f"<a><serialNumber>{serial}</serialNumber></a>",
        f"root.Properties.System.SerialNumber={serial}\r\n",
        json.dumps({"serialNumber": serial, "note": f"unit {serial}"}),
        f"<a href='http://10.1.2.3/x?sn={serial}&b=1'/>",
        f'Digest realm="Login to {serial}", nonce="abc123def456"',
    )
    stand_in = etree.fromstring(xml)[0].text or ""

    assert stand_in != serial
    assert len(stand_in) == len(serial)
    assert [char.isdigit() for char in stand_in] == [char.isdigit() for char in serial]
    assert all(stand_in in other for other in (row, value, query, realm))
    assert serial not in "".join((xml, row, value, query, realm))
    assert "abc123" not in realm


def test_what_the_product_is_stays() -> None:
    """Model, versions, build dates, makers, masks, groups, default names and accounts, protocols, namespaces."""
    body = (
        '<DeviceInfo xmlns="http://www.hikvision.com/ver20/XMLSchema"><deviceName>DS-2CD2146G2-ISU</deviceName>'
        "<model>DS-2CD2146G2-ISU</model><serialNumber>DS-2CD2146G2-ISU20200304AAWRE12345678</serialNumber>"
        "<firmwareVersion>V5.7.3</firmwareVersion><firmwareReleasedDate>build 220112</firmwareReleasedDate>"
        "<softwareVersion>4.30.61.210</softwareVersion><subnetMask>255.255.255.0</subnetMask>"
        "<multicast>239.255.255.250</multicast><userName>admin</userName><name>Camera 01</name>"
        "<serverName>pool.ntp.org</serverName><running>4.30.61.210</running></DeviceInfo>"
    )
    (after,) = made(body, model="DS-2CD2146G2-ISU")

    kept = body.replace("20200304AAWRE12345678", "")
    assert re.sub(r"(?<=ISU)20000101XXXXX\w{8}", "", after).replace("[removed]", "admin") == kept


def test_macs_keep_their_maker_and_uuids_their_mac() -> None:
    (after,) = made(
        "<a><mac>44:19:b6:12:34:56</mac><physicalAddress>4419B6123456</physicalAddress>"
        "<b>urn:uuid:1419d68a-1dd2-11b2-a105-4419b6123456</b><c>AXIS-4419b6123456</c></a>"
    )

    assert "123456" not in after
    assert after.casefold().count("4419b6cafe01") == 3
    assert "44:19:b6:ca:fe:01" in after


def test_a_version_that_looks_like_an_address_stays_one() -> None:
    (after,) = made("Properties.Firmware.Version=9.80.3.12\r\nServer: Boa/0.94.14.1\r\nNetwork.IPAddress=9.80.3.11\r\n")

    assert "Version=9.80.3.12" in after
    assert "Boa/0.94.14.1" in after
    assert "9.80.3.11" not in after


def test_names_with_a_meaning_in_the_interface_are_replaced_in_their_field_alone() -> None:
    """Somebody called a rule Intrusion; the word of the interface stays."""
    body = '{"ruleName": "Region", "type": "Region", "eventType": "Region"}'
    (after,) = made(body)

    assert json.loads(after)["type"] == json.loads(after)["eventType"] == "Region"
    assert json.loads(after)["ruleName"] != "Region"


def test_certificates() -> None:
    """The maker's own names stay, a serial number and a name of the network go; a self-signed one stays so."""
    certificate = Certificate(
        subject="CN=kanarie-7.council.gov.uk,O=Council of Birds,L=Nest",
        issuer="CN=kanarie-7.council.gov.uk,O=Council of Birds,L=Nest",
    )
    vendor = Certificate(
        subject="2.5.4.5=QX7719AB0042,CN=axis-qx,O=Axis Communications AB",
        issuer="CN=Axis device ID CA,O=Axis Communications AB",
    )
    exchanges = tuple(Exchange(protocol="tls", port=443, tls=True, certificate=one) for one in (certificate, vendor))
    own, factory = (one.certificate for one in anonymise(recording(exchanges=exchanges), is_maker).exchanges)

    assert own is not None
    assert factory is not None
    assert own.subject == own.issuer
    assert not re.search("kanarie|Birds|Nest", own.subject)
    assert factory.issuer == "CN=Axis device ID CA,O=Axis Communications AB"
    assert "QX7719AB0042" not in factory.subject
    assert factory.subject.startswith("2.5.4.5=")


WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "Nd"), include_characters=" &<>\"'%._-"), min_size=6, max_size=24
)
FIELDS = st.sampled_from(sorted(CANARIES))


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(FIELDS, WORDS, min_size=1, max_size=5))
def test_bodies_stay_readable_and_a_second_pass_changes_nothing(values: dict[str, str]) -> None:
    """XML stays XML with the same elements, JSON keeps its keys, queries their parameters; counts stay as they are."""
    xml = "<r>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items()) + "</r>"
    value = json.dumps({"data": values})
    query = "a=1&" + "&".join(f"{name}={quote(text, safe='')}" for name, text in values.items())
    first = anonymise(recording(xml, value, query), is_maker)
    second = anonymise(first, is_maker)

    texts = [one.text for one in first.exchanges]
    assert [element.tag for element in etree.fromstring(texts[0])] == list(values)
    assert list(json.loads(texts[1])["data"]) == list(values)
    assert list(parse_qs(texts[2], keep_blank_values=True)) == list(parse_qs(query, keep_blank_values=True))
    assert [one.text for one in second.exchanges] == texts
    assert second.replaced == first.replaced


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Whatever a device sends can be made anonymous, and be written and read."""
    from scanner.recordings.shape import as_text

    text, coded = as_text(data)
    exchange = Exchange(protocol="sadp", port=37020, text=text, data=coded)
    after = anonymise(recording(exchanges=(exchange,)), is_maker)

    assert read_recording(after.to_json()) == after


@pytest.mark.parametrize("field", CANARIES)
def test_every_kind_is_counted(field: str) -> None:
    """A kind that is replaced is told, so that a person knows what to look for."""
    after = anonymise(recording(json.dumps({field: CANARIES[field]})), is_maker)

    assert sum(after.replaced.values()) >= 1
    assert CANARIES[field] not in after.exchanges[0].text
    assert not any(mark in after.exchanges[0].text for mark in MARKS)


def test_the_operators_password_is_nowhere() -> None:
    from scanner.secret import Secret

    raw = recording('{"a": "Xk-Door-9911"}', "<a>Xk-Door-9911</a>", "x=Xk-Door-9911")
    after = anonymise(raw, is_maker, [Secret("Xk-Door-9911")])

    assert "Door-9911" not in after.to_json().decode()
    assert after.replaced == {"IP address": 1, "secret": 3}


def test_lists_are_looked_into() -> None:
    anonymiser = Anonymiser(is_maker)
    anonymiser.learn(['{"userName": ["anna.huber", "admin"]}'])

    assert "anna" not in anonymiser.text('{"userName": ["anna.huber", "admin"]}')


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{}", "expected a recording made by camaudit record"),
        (b"nonsense", "expected a recording"),
        (b'{"format": "camaudit-recording", "version": 9}', "found version 9"),
        (b'{"format": "camaudit-recording", "version": 1, "extra": 1}', "expected a recording"),
    ],
)
def test_files_that_are_none(data: bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_recording(data)
