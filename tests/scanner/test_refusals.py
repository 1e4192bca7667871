"""The memory of refused logins: over runs, over processes, without a secret in it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scanner.errors import ConfigError
from scanner.logins import Login, RefusalMemory, Secret
from scanner.refusals import of_onvif, state_dir

CANARY = "Canary-77aa-Passw0rd"


def test_a_refusal_is_remembered_until_the_login_changes(state_dir: Path) -> None:
    memory = RefusalMemory()
    login = Login("audit", Secret(CANARY))
    assert not memory.refused("127.37.0.1", login)
    memory.remember("127.37.0.1", login)
    memory.remember("127.37.0.1", login)
    memory.close()
    again = RefusalMemory()
    assert again.refused("127.37.0.1", Login("audit", Secret(CANARY), "elsewhere"))
    assert not again.refused("127.37.0.2", login)
    assert not again.refused("127.37.0.1", Login("audit", Secret("another")))
    assert again.forget("127.37.0.1") == 1
    assert not again.refused("127.37.0.1", login)
    again.close()
    for path in state_dir.iterdir():
        assert CANARY.encode() not in path.read_bytes()
        assert b"audit" not in path.read_bytes().replace(b"camaudit", b"")


def test_onvif_accounts_are_remembered_apart_and_forgotten_together(tmp_path: Path) -> None:
    """A login that the web pages take may be none of the ONVIF accounts."""
    account = Login("auditor", Secret("x"))
    memory = RefusalMemory(tmp_path)
    memory.remember(of_onvif("127.37.0.9"), account)

    assert not memory.refused("127.37.0.9", account)
    assert memory.refused(of_onvif("127.37.0.9"), account)
    assert memory.forget("127.37.0.9") == 1
    assert not memory.refused(of_onvif("127.37.0.9"), account)
    memory.close()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    memory = RefusalMemory(tmp_path / "deep" / "state")
    memory.remember("127.37.0.1", Login("audit", Secret(CANARY)))
    memory.close()
    for path in (tmp_path / "deep" / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((tmp_path / "deep" / "state").stat().st_mode) == 0o700


def test_threads_share_it(tmp_path: Path) -> None:
    memory = RefusalMemory(tmp_path)
    login = Login("audit", Secret(CANARY))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: memory.remember(f"127.37.1.{number}", login), range(50)))
        assert all(pool.map(lambda number: memory.refused(f"127.37.1.{number}", login), range(50)))
    memory.close()


def test_processes_share_it_and_its_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from scanner.logins import *\n"
        f"m = RefusalMemory(Path(sys.argv[1])); m.remember(sys.argv[2], Login('audit', Secret({CANARY!r}))); m.close()"
    )
    addresses = [f"127.37.2.{number}" for number in range(4)]
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), address]) for address in addresses]
    assert [process.wait(60) for process in started] == [0] * 4
    memory = RefusalMemory(tmp_path)
    assert all(memory.refused(address, Login("audit", Secret(CANARY))) for address in addresses)
    memory.close()
    assert not list(tmp_path.glob("*.key.*"))


def test_a_directory_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"^.*file: the state directory cannot be used: [^\n]+$"):
        RefusalMemory(tmp_path / "file")
    (tmp_path / "refused-logins.sqlite").write_bytes(b"no database, but long enough to be read as one" * 100)
    with pytest.raises(ConfigError, match=r"refused-logins.sqlite: the memory of refused logins cannot be used"):
        RefusalMemory(tmp_path)


def test_the_environment_names_the_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAMAUDIT_STATE_DIR", str(tmp_path / "x"))
    assert state_dir() == tmp_path / "x"
    monkeypatch.delenv("CAMAUDIT_STATE_DIR")
    assert state_dir().name
