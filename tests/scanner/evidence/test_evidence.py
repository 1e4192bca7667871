"""Evidence: redacted before it is written, named by its content, readable by its owner only."""

from __future__ import annotations

import hashlib
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import InputError
from scanner.evidence import EvidenceStore, MemoryEvidence, without_secrets
from scanner.secret import Secret

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WORD = "Kanarie-7f3q"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Digest username=a, response={WORD}\r\nX: 1",
        f"Set-Cookie: sid={WORD}; path=/",
        f"<password>{WORD}</password>",
        f'<ns:adminPassword opt="1,2">{WORD}</ns:adminPassword>',
        f"<verificationCode>{WORD}</verificationCode>",
        f"<salt>{WORD}</salt><ROCommunity>{WORD}</ROCommunity>",
        f'<user name="a" password="{WORD}"/>',
        f'<tt:SimpleItem Name="Password" Value="{WORD}"/>',
        f'{{"a":1,"Password":"{WORD}\\"x","b":2}}',
        f'{{"secret" : "{WORD}"}}',
        f"table.RemoteDevice.uuid:x.Password={WORD}\r\ntable.a=1",
        f"root.Network.SMTP.Pass={WORD}\nroot.x=1",
        f"GET /x?user=a&pwd={WORD}&b=1",
        f"rtsp://admin:{WORD}@10.0.0.1/s",
        f'<w:Security a="b"><w:UsernameToken><w:Password>{WORD}</w:Password></w:UsernameToken></w:Security>',
        f"<Security><Nonce>{WORD}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{WORD}\n-----END RSA PRIVATE KEY-----",
        f"<snmp><community>\n {WORD}</community></snmp>",
        f"passwd={WORD}",
        f'<password type="string" maxLen="32">\n <![CDATA[a<b>{WORD}]]></password>',
        f"<userName><![CDATA[{WORD}",
        f"<httpPost><URL><![CDATA[/API?key={WORD}]]></URL></httpPost>",
        f"<httpPostV2><url>\n<domain>a</domain><path> /hook/{WORD}</path></url></httpPostV2>",
    ],
)
def test_secrets_are_removed(text: str) -> None:
    """Each place where devices hand out secrets."""
    clean = without_secrets(text.encode())

    assert WORD.encode() not in clean
    assert b"[removed]" in clean


@pytest.mark.parametrize(
    "text",
    [
        "<PasswordResetAbility>true</PasswordResetAbility>", "<MaxPasswordLength>16</MaxPasswordLength>", "<password/>",
        '{"defaultPassword":true}', "table.UserGlobal.PasswordLimit=8", "<UsernameToken/>", "root.RootPwdSet=yes",
        'WWW-Authenticate: Digest realm="Login to 3C06520", nonce="n", qop="auth"', "http://10.0.0.1:80/onvif/device",
        '<ns:Security TLS1.0="true" UsernameToken="true"/>', "<lockStatus>lock</lockStatus>", "bypass=1",
        "<compass>n</compass>",
    ],
)  # fmt: skip
def test_facts_about_secrets_stay(text: str) -> None:
    """What the rules need to know is not a secret."""
    assert without_secrets(text.encode()) == text.encode()


def test_known_secrets_are_removed_anywhere() -> None:
    """The operator's own passwords, also where no rule expects them."""
    assert without_secrets(f"<x>{WORD}</x>".encode(), [Secret(WORD), Secret("x")]) == b"<x>[removed]</x>"


@given(st.binary(max_size=500))
def test_redaction_takes_any_bytes(data: bytes) -> None:
    """No input raises, and cleaning twice changes nothing more."""
    clean = without_secrets(data)
    assert without_secrets(clean) == clean


def test_redaction_is_quick_on_hostile_text() -> None:
    """No pattern goes astray on a megabyte of almost-matches."""
    import time

    for piece in (
        b"password",
        b"<password ",
        b"<password> <![CDATA[",
        b'"pass',
        b"a://b:",
        b"set-cookie:",
        b"aaaa.",
        b"<Security ",
        b"name='pwd' ",
    ):
        begun = time.monotonic()
        without_secrets(piece * (200_000 // len(piece)))
        assert time.monotonic() - begun < 5, piece


def test_blobs_are_named_by_their_content(tmp_path: Path) -> None:
    """Under two hex digits, owner only, once for equal replies."""
    store = EvidenceStore(tmp_path / "evidence")
    first = store.keep("127.31.11.1", 80, "GET /", "200", b"<password>x</password>hello", AT)
    second = store.keep("127.31.11.2", 80, "GET /", "200", b"<password>y</password>hello", AT)

    record = store.find(first)
    assert record is not None
    assert first != second
    file = tmp_path / "evidence" / record.blob[:2] / record.blob
    assert hashlib.sha256(file.read_bytes()).hexdigest() == record.blob
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == stat.S_IMODE((tmp_path / "evidence").stat().st_mode) == 0o700
    assert sum(path.is_file() for path in (tmp_path / "evidence").rglob("*")) == 1
    assert store.read(first) == b"<password>[removed]</password>hello"
    assert record.size == len(store.read(first))
    with pytest.raises(KeyError):
        store.blob("../../etc/passwd")


def test_excerpts_are_printable() -> None:
    """No control byte, no turned text; at most 240 characters."""
    kept = MemoryEvidence()
    record = kept.find(
        kept.keep("127.31.11.1", 1, "x", "y", b"\x00\x1b]8;;x\x07HTTP \xe2\x80\xaeabc\r\n" + b"z" * 1000, AT)
    )

    assert record is not None
    assert record.excerpt.isprintable()
    assert len(record.excerpt) == 240
    assert "HTTP abc" in record.excerpt


def test_records_can_go_elsewhere(tmp_path: Path) -> None:
    """For audits of thousands of devices: each record to a database, none held."""
    got = []
    store = EvidenceStore(tmp_path, on_kept=got.append, hold=False)
    identifier = store.keep("127.31.11.1", 80, "GET /", "200", b"a", AT)

    assert [record.id for record in got] == [identifier]
    assert store.find(identifier) is None
    assert store.blob(got[0].blob) == b"a"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """One clear line."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="evidence cannot be kept"):
        EvidenceStore(tmp_path / "file" / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
