"""References that need an optional part, against the real part: skipped where it is not installed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scanner.errors import ConfigError, Place
from scanner.logins import read_reference

CANARY = "Canary-91cd-Passw0rd"
PLACE = Place("logins.toml", 3)


def test_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyrage = pytest.importorskip("pyrage", reason="the extra 'age' is not installed")
    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    (tmp_path / "secret.age").write_bytes(pyrage.encrypt(f"{CANARY}\n".encode(), [identity.to_public()]))
    for name, one in (("key", identity), ("wrong", other)):
        (tmp_path / name).write_text(f"# created\n{one}\n")
        (tmp_path / name).chmod(0o600)
    with pytest.raises(ConfigError, match="age: references need CAMAUDIT_AGE_IDENTITY"):
        read_reference("age:secret.age", PLACE, tmp_path)
    monkeypatch.setenv("CAMAUDIT_AGE_IDENTITY", str(tmp_path / "key"))
    assert read_reference("age:secret.age", PLACE, tmp_path).reveal() == CANARY
    with pytest.raises(ConfigError, match="cannot be read"):
        read_reference("age:none.age", PLACE, tmp_path)
    with pytest.raises(ConfigError, match="key cannot be opened with this identity"):
        read_reference("age:key", PLACE, tmp_path)
    monkeypatch.setenv("CAMAUDIT_AGE_IDENTITY", str(tmp_path / "wrong"))
    with pytest.raises(ConfigError, match=r"secret\.age cannot be opened with this identity"):
        read_reference("age:secret.age", PLACE, tmp_path)
    (tmp_path / "key").chmod(0o644)
    monkeypatch.setenv("CAMAUDIT_AGE_IDENTITY", str(tmp_path / "key"))
    with pytest.raises(ConfigError, match="expected mode 0600, found 0644"):
        read_reference("age:secret.age", PLACE, tmp_path)


def test_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = pytest.importorskip("keyring", reason="the extra 'keyring' is not installed")
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def get_password(self, service: str, username: str) -> str | None:
            return CANARY if (service, username) == ("cctv/leeds", "audit") else None

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

    before = keyring.get_keyring()
    try:
        keyring.set_keyring(Memory())
        assert read_reference("keyring:cctv/leeds/audit", PLACE).reveal() == CANARY
        with pytest.raises(ConfigError, match="the keyring has no password for other of cctv"):
            read_reference("keyring:cctv/other", PLACE)
        from keyring.backends.fail import Keyring

        keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
        with pytest.raises(
            ConfigError, match=r"^logins\.toml:3: the keyring of this machine cannot be read \(NoKeyring"
        ):
            read_reference("keyring:cctv/audit", PLACE)
    finally:
        keyring.set_keyring(before)


class Vault(BaseHTTPRequestHandler):
    """Answers as a key-value engine does, version 1 under ``kv1/`` and version 2 under ``kv2/data/``."""

    def do_GET(self) -> None:
        data = {"password": CANARY}
        answers = {"/v1/kv1/cctv": {"data": data}, "/v1/kv2/data/cctv": {"data": {"data": data, "metadata": {}}}}
        status = 200 if self.path in answers else 403 if "denied" in self.path else 404
        body = json.dumps(answers.get(self.path, {"errors": ["no"]} if status == 403 else {"errors": []})).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.37.8.1", 0), Vault)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("VAULT_ADDR", f"http://127.37.8.1:{server.server_address[1]}")
    monkeypatch.setenv("VAULT_TOKEN", "t")
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("vault")
def test_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("hvac", reason="the extra 'vault' is not installed")
    assert read_reference("vault:kv1/cctv#password", PLACE).reveal() == CANARY
    assert read_reference("vault:kv2/data/cctv#password", PLACE).reveal() == CANARY
    for reference, message in {
        "vault:kv1/cctv#user": "the vault has no key user at kv1/cctv",
        "vault:kv1/none#password": "the vault has no key password at kv1/none",
        "vault:denied#password": r"the vault did not give denied \(Forbidden\)",
    }.items():
        with pytest.raises(ConfigError, match=message):
            read_reference(reference, PLACE)
    monkeypatch.setenv("VAULT_ADDR", "http://127.37.8.1:9")
    with pytest.raises(ConfigError, match=r"^logins\.toml:3: the vault did not give kv1/cctv \([A-Za-z]*Error\)$"):
        read_reference("vault:kv1/cctv#password", PLACE)
    monkeypatch.delenv("VAULT_ADDR")
    with pytest.raises(ConfigError, match="vault: references need VAULT_ADDR"):
        read_reference("vault:kv1/cctv#password", PLACE)
