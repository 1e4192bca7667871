"""Logins: references and never values, the most specific wins, nothing of a secret shows anywhere."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import sys
import traceback
from pathlib import Path

import msgspec
import pytest

from scanner.errors import ConfigError, Place
from scanner.logins import Login, Logins, Secret, read_reference, secrets_of

CANARY = "Canary-5f2b-Passw0rd"
posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


def logins_file(tmp_path: Path, text: str, mode: int = 0o600) -> Path:
    path = tmp_path / "logins.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.fixture(autouse=True)
def passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ONE", "TWO", "THREE", "FOUR", "FIVE"):
        monkeypatch.setenv(f"PW_{name}", f"{CANARY}-{name}")


def entry(password: str = "env:PW_ONE", user: str = "audit", **when: str) -> str:
    keys = {"user": user, "password": password, **when}
    return "[[login]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def test_the_most_specific_entry_wins(tmp_path: Path) -> None:
    text = (
        entry(user="any")
        + entry(user="maker", maker="Hikvision")
        + entry(user="site", site="Leeds")
        + entry(user="wide", range="10.0.0.0/8")
        + entry(user="narrow", range="10.20.0.0/16")
        + entry(user="both", site="Leeds", maker="Hikvision")
        + entry(user="one", range="10.20.0.9")
    )
    logins = Logins.from_file(logins_file(tmp_path, text))

    def user(address: str, site: str = "", maker: str = "") -> str:
        login = logins.for_device(address, site, maker)
        return login.user if login else ""

    assert user("192.168.0.1") == "any"
    assert user("192.168.0.1", maker="HIKVISION") == "maker"
    assert user("192.168.0.1", site="leeds") == "site"
    assert user("192.168.0.1", "Leeds", "Hikvision") == "both"
    assert user("10.1.0.1", "Leeds") == "wide"
    assert user("10.20.0.1") == "narrow"
    assert user("10.20.0.1", "Leeds", "Hikvision") == "both"
    assert user("10.20.0.9", "Leeds", "Hikvision") == "one"
    assert user("fd00::1") == "any"
    assert Logins.none().for_device("10.0.0.1") is None
    assert not Logins.none()


def test_no_login_for_a_device_that_no_entry_names(tmp_path: Path) -> None:
    logins = Logins.from_file(logins_file(tmp_path, entry(range="10.0.0.1-9") + entry(site="York")))
    assert logins.for_device("10.0.0.10", "Leeds") is None
    login = logins.for_device("10.0.0.9")
    assert login
    assert (login.name, login.allow_basic) == (f"{tmp_path / 'logins.toml'}:1", False)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (entry(CANARY), 3, "expected a reference (env:NAME, file:PATH"),
        (entry(f"pass:{CANARY}"), 3, "a password is never written into a file"),
        (entry("env:"), 3, "expected a reference"),
        (f"[[login]]\nuser = 'a'\npassword = ['{CANARY}']", 3, "expected text, found a list"),
        ("[[login]]\nuser = 'a'\npassword = 12345678", 3, "expected text, found an integer"),
        (f"[[login]]\nuser = 'a'\npasword = '{CANARY}'", 3, "unknown key 'pasword'; expected one of: allow_basic"),
        (f"password = '{CANARY}'", 1, "unknown key 'password'; expected one of: login"),
        (f"[[login]]\nuser = 'a'\npassword = '{CANARY}", 3, "is not TOML"),
        ("[[login]]\nuser = 'a'\nuser = 'b'", 3, "is not TOML: duplicate key"),
        ("[[login]]\nuser = 'a'", 1, "expected a key 'password', found none"),
        (entry(user=""), 2, "expected a user name"),
        (entry(range="10.0.0.9-1"), 4, "is reversed"),
        (entry(range="cam-1"), 4, "expected"),
        (entry("env:PW_NONE"), 3, "the environment variable PW_NONE is not set"),
        (entry("env:PW_EMPTY"), 3, "env: expected a password there, found nothing"),
        (entry("file:none.txt"), 3, "none.txt cannot be read: No such file or directory"),
        (entry("file:."), 3, "cannot be read: Is a directory"),
        (entry("keyring:service"), 3, "expected keyring:SERVICE/USER"),
        (entry("vault:secret/data/x"), 3, "expected vault:PATH#KEY"),
        (entry() + entry("env:PW_TWO"), 4, "for the same devices as the one on line 1"),
    ],
)
def test_mistakes_in_a_logins_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int, message: str
) -> None:
    monkeypatch.setenv("PW_EMPTY", "")
    path = logins_file(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        Logins.from_file(path)
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)
    assert CANARY not in "".join(traceback.format_exception(error.value))
    assert "\n" not in str(error.value)


def test_an_empty_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"expected at least one \[\[login\]\], found none"):
        Logins.from_file(logins_file(tmp_path, ""))
    with pytest.raises(ConfigError, match="No such file"):
        Logins.from_file(tmp_path / "none.toml")


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o666])
def test_files_that_others_can_read_are_refused(tmp_path: Path, mode: int) -> None:
    path = logins_file(tmp_path, entry(), mode)
    with pytest.raises(ConfigError) as error:
        Logins.from_file(path)
    assert str(error.value) == (
        f"{path}: expected mode 0600, found {mode:04o}: others can read it; run: chmod 600 {path}"
    )
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    secret.chmod(mode)
    path = logins_file(tmp_path, entry("file:secret"))
    with pytest.raises(ConfigError, match=rf"logins\.toml:3: expected mode 0600, found {mode:04o}"):
        Logins.from_file(path)


def test_references_to_files(tmp_path: Path) -> None:
    for name, text in {"plain": CANARY + "\n", "crlf": CANARY + "\r\n", "blank": f" {CANARY} \n"}.items():
        path = tmp_path / name
        path.write_bytes(text.encode())
        path.chmod(0o600)
    place = Place("logins.toml", 3)
    assert read_reference("file:plain", place, tmp_path).reveal() == CANARY
    assert read_reference(f"file:{tmp_path / 'crlf'}", place).reveal() == CANARY
    assert read_reference("file:blank", place, tmp_path).reveal() == f" {CANARY} "
    for name, data, message in (
        ("large", b"x" * 5000, "found more than 4096 bytes"),
        ("bytes", b"\xff\xfe", "expected a password in UTF-8"),
        ("empty", b"\n", "file: expected a password there, found nothing"),
    ):
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o600)
        with pytest.raises(ConfigError, match=message):
            read_reference(f"file:{name}", place, tmp_path)


@pytest.mark.parametrize(
    ("reference", "package", "extra"),
    [("keyring:cctv/audit", "keyring", "keyring"), ("vault:secret/x#key", "hvac", "vault"), ("age:x", "pyrage", "age")],
)
def test_an_optional_part_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, reference: str, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError) as error:
        read_reference(reference, Place("logins.toml", 3))
    assert str(error.value) == (
        f"logins.toml:3: {extra}: references need an optional part: pip install 'camaudit[{extra}]'"
    )


def test_one_login_for_all() -> None:
    logins = Logins.single("audit", Secret(CANARY))
    login = logins.for_device("10.0.0.1", "x", "y")
    assert login
    assert (login.user, login.password.reveal(), login.name) == ("audit", CANARY, "--user")
    assert [secret.reveal() for secret in secrets_of(logins)] == [CANARY]
    with pytest.raises(ConfigError):
        Logins.single("", Secret(CANARY))
    with pytest.raises(ConfigError):
        Logins.single("audit", Secret(""))


def test_a_secret_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    login = Login("audit", secret, "logins.toml:1")
    login.fingerprint(b"key")
    logins = Logins.single("audit", secret)
    for value in (secret, login, logins, [login], {"a": logins}):
        for text in (repr(value), str(value), f"{value}", f"{value!s:>20}" if value is secret else "", "%s" % (value,)):  # noqa: UP031
            assert CANARY not in text
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").debug("%s %r", login, secret)
    assert CANARY not in caplog.text
    for write in (pickle.dumps, msgspec.json.encode, json.dumps, copy.deepcopy):
        for value in (secret, login, logins):
            with pytest.raises(TypeError) as error:
                write(value)
            assert CANARY not in "".join(traceback.format_exception(error.value))
    assert not hasattr(secret, "__dict__")
    assert secret == Secret(CANARY)
    assert secret != Secret("other")
    assert secret != CANARY


def test_a_fingerprint_changes_with_the_login_and_the_key() -> None:
    marks = {
        Login(user, Secret(password)).fingerprint(key)
        for user, password, key in [
            ("a", "b", b"k"),
            ("a", "c", b"k"),
            ("ab", "", b"k"),
            ("a", "b", b"l"),
            ("", "ab", b"k"),
        ]
    }
    assert len(marks) == 5
    assert Login("a", Secret("b"), "x").fingerprint(b"k") == Login("a", Secret("b"), "y", True).fingerprint(b"k")
    assert all(CANARY not in mark for mark in marks)
