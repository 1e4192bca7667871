"""The inventory on disk: what is saved is there, whatever happens to the process."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from scanner.errors import HistoryError
from scanner.history import Store, migrate, schema
from scanner.model import (
    Attached,
    Audit,
    Claim,
    Contested,
    Device,
    Endpoint,
    Evidence,
    Feature,
    Firmware,
    Gap,
    Identity,
    Inventory,
    Known,
    Observation,
    Proof,
    ScopeRecord,
    Unseen,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def audit(name: str = "a1", **more: object) -> Audit:
    record = {"id": name, "started_at": NOW, "tool": "camaudit 0", "scope": ScopeRecord(allow=("127.37.0.0/16",))}
    return Audit(**{**record, **more})  # type: ignore[arg-type]


def device(number: int = 1, **more: object) -> Device:
    record = {
        "id": f"d{number}",
        "site": "Hall",
        "address": f"127.37.0.{number}",
        "identity": Identity(
            brand="Acme", maker="Acme", model="C1", firmware=Firmware("1.2", "V1.2", date(2024, 1, 1)), kind="camera",
            grade="C3", reasons=("said so",), claims=(Claim("maker", "Acme", "C3", "p", "sadp", "e1"),),
            contested={"model": ("C1", "C2")},
        ),
        "endpoints": (Endpoint(f"127.37.0.{number}", 80, service="http"),),
        "features": (
            Feature("motion", "1", enabled="yes", proofs=(Proof("enabled", "e1", "on"),), why={"armed": "forbidden"}),
        ),
        "facts": {
            "web.https": Known(True, ("e1",)),
            "snmp.enabled": Unseen("no-login", "x"),
            "service.ftp": Contested((Known(True), Known(False))),
        },
        "attached": (Attached("1", name="‮ hostile \x07 ☃", address=None),),
        "gaps": (Gap("https", "tls-failed"),),
        "first_seen": NOW,
        "last_seen": NOW,
        "observations": (Observation("sadp", "<x/>", "e1", 37020), Observation("http-title", "Login")),
    }  # fmt: skip
    return Device(**{**record, **more})  # type: ignore[arg-type]


def evidence(number: int) -> Evidence:
    return Evidence(f"e{number}", "127.37.0.1", 80, "GET /", "200", NOW, "ab" * 32, 10, "<x/>")


def test_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite"
    with Store.create(path) as store:
        store.save_audit(audit())
        for number in (10, 9, 1):
            store.save_device(device(number))
        store.save_evidence([evidence(1), evidence(2)])
        store.save_evidence(evidence(3))
        store.save_evidence([])
        finished = audit(finished_at=NOW + timedelta(hours=1), notes=("note",))
        store.save_audit(finished)
        expected = Inventory(
            finished, (device(1), device(9), device(10)), {f"e{number}": evidence(number) for number in (1, 2, 3)}
        )
        assert store.load() == expected
    with Store.open(path) as store:
        assert store.load() == expected
        assert store.audits() == (finished,)
    assert [entry.name for entry in tmp_path.iterdir()] == ["audit.sqlite"]


def test_a_device_is_written_over(tmp_path: Path) -> None:
    with Store.create(tmp_path / "x") as store:
        store.save_audit(audit())
        store.save_device(device())
        later = device(identity=Identity(), observations=())
        store.save_device(later)
        assert store.devices() == (later,)
        store.save_device(device())
        rows = sqlite3.connect(tmp_path / "x")
        assert rows.execute("SELECT device, position, seen_in, raw FROM observations").fetchall() == [
            ("d1", 0, "sadp", "<x/>"), ("d1", 1, "http-title", "Login"),
        ]  # fmt: skip
        assert rows.execute("SELECT maker, firmware, kind FROM devices").fetchall() == [("Acme", "1.2", "camera")]
        rows.close()


def test_done_marks(tmp_path: Path) -> None:
    with Store.create(tmp_path / "x") as store:
        store.save_audit(audit())
        assert store.done("read") == set()
        for address in ("127.37.0.1", "127.37.0.2", "127.37.0.1"):
            store.mark_done(address, "read")
        store.mark_done("127.37.0.9", "sweep")
    with Store.open(tmp_path / "x") as store:
        assert store.done("read") == {"127.37.0.1", "127.37.0.2"}
        assert store.done("sweep") == {"127.37.0.9"}


def test_several_audits_in_one_file(tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=5))
    with Store.create(tmp_path / "x") as store:
        store.save_audit(audit("new", started_at=NOW.astimezone(zone)))
        store.save_device(device(1))
        store.save_audit(audit("old", started_at=NOW - timedelta(minutes=1)))
        store.save_device(device(2))
        store.mark_done("127.37.0.2", "read")
    with Store.open(tmp_path / "x") as store:
        assert store.audit_id == "new"
        assert [one.id for one in store.audits()] == ["old", "new"]
        assert store.devices() == (device(1),)
        assert store.done("read") == set()


def test_an_audit_comes_first(tmp_path: Path) -> None:
    with Store.create(tmp_path / "x") as store:
        for call in (lambda: store.save_device(device()), lambda: store.done("read"), store.load):
            with pytest.raises(HistoryError, match="x: holds no audit yet"):
                call()
    with Store.open(tmp_path / "x") as store, pytest.raises(HistoryError, match="holds no audit yet"):
        store.load()


def test_threads_share_a_store(tmp_path: Path) -> None:
    with Store.create(tmp_path / "x") as store:
        store.save_audit(audit())

        def work(number: int) -> None:
            store.save_device(device(number))
            store.save_evidence([evidence(number)])
            store.mark_done(f"127.37.0.{number}", "read")
            assert store.devices()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(1, 101)))
        inventory = store.load()
        assert len(inventory.devices) == len(inventory.evidence) == len(store.done("read")) == 100


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Store.create(tmp_path / "x") as store:
            store.save_audit(audit())
            modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert set(modes) == {"x", "x-wal", "x-shm"}


WRITER = """
import sys, itertools
from pathlib import Path
from tests_store import audit, device, evidence
from scanner.history import Store
store = Store.create(Path(sys.argv[1]))
store.save_audit(audit())
for number in itertools.count(1):
    address = f"127.37.{number // 250}.{number % 250}"
    store.save_device(device(number, address=address))
    store.save_evidence([evidence(number)])
    store.mark_done(address, "read")
    print(number, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_audit_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "tests_store.py").write_text(Path(__file__).read_text(encoding="utf-8"), encoding="utf-8")
    for attempt in range(3):
        path = tmp_path / f"{attempt}.sqlite"
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        assert process.stdout
        said = [process.stdout.readline() for _ in range(20)]
        time.sleep(0.02 * attempt)
        process.kill()
        said += process.stdout.readlines()
        process.stdout.close()
        process.wait(30)
        reported = int([line for line in said if line.endswith("\n")][-1])
        with Store.open(path) as store:
            inventory, done = store.load(), store.done("read")
            assert len(done) >= reported >= 20
            assert done <= {one.address for one in inventory.devices}
            assert all(one == device(int(one.id[1:]), address=one.address) for one in inventory.devices)
            store.save_device(device(100_000))


def test_files_that_are_no_inventory(tmp_path: Path) -> None:
    cases = {"none": "cannot be read: No such file or directory", "dir": "cannot be read: Is a directory"}
    (tmp_path / "dir").mkdir()
    for name, data, message in (
        ("empty", b"", "is no inventory of camaudit"),
        ("text", b"hello" * 100, "is no inventory of camaudit"),
        ("cut", b"SQLite format 3\0" + b"x" * 5000, "cannot be read or written: file is not a database"),
    ):
        (tmp_path / name).write_bytes(data)
        cases[name] = message
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE audits (id)")
    other.commit()
    other.close()
    cases["other"] = "is a database of another program, or was never finished"
    for name, message in cases.items():
        with pytest.raises(HistoryError) as error:
            Store.open(tmp_path / name)
        assert str(error.value) == f"{tmp_path / name}: {message}"


def test_a_damaged_inventory(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with Store.create(path) as store:
        store.save_audit(audit())
        for number in range(1, 100):
            store.save_device(device(number))
    data = bytearray(path.read_bytes())
    data[8192:40960] = os.urandom(40960 - 8192)
    path.write_bytes(data)
    with (
        pytest.raises(HistoryError, match=r"^[^\n]*x: (is damaged|cannot be read or written): [^\n]+$"),
        Store.open(path) as damaged,
    ):
        damaged.load()


def test_an_inventory_of_another_version_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x"
    Store.create(path).close()
    rows = sqlite3.connect(path)
    rows.execute("UPDATE alembic_version SET version_num = '9999'")
    rows.commit()
    rows.close()
    with pytest.raises(HistoryError) as error:
        Store.open(path)
    assert str(error.value) == (
        f"{path}: expected an inventory of schema {schema.HEAD} or older, found 9999: "
        "it was written by another version of camaudit"
    )


def test_a_record_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with Store.create(path) as store:
        store.save_audit(audit())
        store.save_device(device())
    rows = sqlite3.connect(path)
    rows.execute("""UPDATE devices SET record = '{"id": "d1", "new": 1}'""")
    rows.commit()
    rows.close()
    with (
        Store.open(path) as store,
        pytest.raises(HistoryError, match=r"^[^\n]*holds a record this version cannot read \(Device"),
    ):
        store.load()


def test_an_audit_never_overwrites_another(tmp_path: Path) -> None:
    Store.create(tmp_path / "x").close()
    with pytest.raises(HistoryError, match="is there already"):
        Store.create(tmp_path / "x")
    with pytest.raises(HistoryError, match="cannot be made: No such file or directory"):
        Store.create(tmp_path / "none" / "x")
    with Store.create(tmp_path / "odd ?name#1 %20.sqlite") as store:
        store.save_audit(audit())
    assert (tmp_path / "odd ?name#1 %20.sqlite").stat().st_size > 0


def test_the_migrations_make_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "x"
    Store.create(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    engine.dispose()
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert scripts.get_heads() == [schema.HEAD]
    assert schema.HEAD in migrate.known_versions()


def test_sqlalchemy_is_loaded_when_a_store_is_asked_for() -> None:
    code = (
        "import sys, scanner.history; print('sqlalchemy' in sys.modules);"
        "scanner.history.Store; print('sqlalchemy' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "True"]


def test_what_devices_have_in_common_is_read_once(tmp_path: Path) -> None:
    """Equal silence is one record in memory; what points to a reply of a device, or differs at all, is its own."""

    def unasked(number: int, channel: str = "1") -> Device:
        features = (
            Feature("loitering", channel, why={"enabled": "no-login"}, read_by="axis"),
            Feature("motion", "1", enabled="yes", proofs=(Proof("enabled", f"e{number}", "x"),)),
        )
        facts = {"time.ntp": Unseen("no-login"), "audio.enabled": Unseen("no-login", "", (f"e{number}",))}
        return device(number, features=features, facts=facts)

    saved = (unasked(1), unasked(2), unasked(3, "2"))
    with Store.create(tmp_path / "i.sqlite") as store:
        store.save_audit(audit())
        for one in saved:
            store.save_device(one)
        first, second, third = store.devices()

    assert (first, second, third) == saved
    assert first.features[0] is second.features[0]
    assert first.facts["time.ntp"] is second.facts["time.ntp"]
    assert first.features[0] is not third.features[0]
