"""``Store``: an inventory in a SQLite file. Every save is on disk when the call returns; threads may share a store."""

from __future__ import annotations

import ipaddress
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import URL, Connection, Engine, Table, create_engine, delete, event, insert, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from scanner.errors import HistoryError, Place
from scanner.history import migrate, schema
from scanner.history.sharing import Shared
from scanner.model import Audit, Device, Evidence, Inventory

R = TypeVar("R")
_BUSY_MILLISECONDS = 10_000
_MOST_WAITING = 512
_AT_A_TIME = 64
_HEADER = b"SQLite format 3\0"


class Store:
    """The inventory of one audit: ``save_audit`` first, then devices, evidence and marks in any order.

    A file can hold several audits; ``save_audit`` chooses which one the other calls belong to, and a file that
    is opened continues the latest. Raises HistoryError, in one line, when the file cannot be used.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        """Not for callers: see ``create`` and ``open``."""
        self.path = path
        self._engine = engine
        self._lock = threading.RLock()
        self._audit: str | None = None
        self._waiting: list[Evidence] = []

    # -- opening ----------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path) -> Store:
        """A new, empty inventory at ``path``, readable by its owner only; raises when there is one already."""
        path = Path(path)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise HistoryError("is there already: an audit never overwrites another", Place(path)) from None
        except OSError as problem:
            raise HistoryError(f"cannot be made: {problem.strerror}", Place(path)) from None
        store = cls(path, _engine(path))
        with store._connection() as connection:
            migrate.make(connection)
        return store

    @classmethod
    def open(cls, path: Path) -> Store:
        """An inventory that is there; older ones are brought up to date, foreign and damaged ones are refused."""
        path = Path(path)
        try:
            with path.open("rb") as file:
                header = file.read(len(_HEADER))
        except OSError as problem:
            raise HistoryError(f"cannot be read: {problem.strerror}", Place(path)) from None
        if header != _HEADER:
            raise HistoryError("is no inventory of camaudit", Place(path))
        store = cls(path, _engine(path))
        try:
            with store._connection() as connection:
                _refuse_damaged(connection, path)
                migrate.bring_up_to_date(connection, path)
                newest = select(schema.audits.c.id).order_by(schema.audits.c.started_at.desc()).limit(1)
                store._audit = connection.execute(newest).scalar()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close the file; what was saved is in it, nothing beside it."""
        with self._lock:
            self.save_evidence(())
            self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- writing ----------------------------------------------------------------------------------

    def save_audit(self, audit: Audit) -> None:
        """Write or overwrite the record of the audit; what is saved after belongs to it."""
        row = {
            "id": audit.id,
            "started_at": _utc(audit.started_at),
            "finished_at": _utc(audit.finished_at) if audit.finished_at else None,
            "record": _json(audit),
        }
        with self._connection() as connection:
            _upsert(connection, schema.audits, [row])
            self._audit = audit.id

    def save_device(self, device: Device, *, done: str = "") -> None:
        """Write or overwrite one device, with the evidence that waits, in one transaction.

        ``done`` names a stage that is finished for its address with this: see ``mark_done``.
        """
        identity = device.identity
        row = {
            "audit": self.audit_id,
            "id": device.id,
            "site": device.site,
            "address": device.address,
            "kind": identity.kind,
            "maker": identity.maker,
            "model": identity.model,
            "firmware": identity.firmware.version if identity.firmware else None,
            "record": _json(device),
        }
        seen = [
            {
                "audit": self.audit_id,
                "device": device.id,
                "position": position,
                "seen_in": one.seen_in,
                "port": one.port,
                "raw": one.raw,
                "evidence": one.evidence,
            }
            for position, one in enumerate(device.observations)
        ]
        table = schema.observations
        with self._connection() as connection:
            self._write_waiting(connection)
            _upsert(connection, schema.devices, [row])
            if done:
                _upsert(connection, schema.done, [{"audit": self.audit_id, "stage": done, "address": device.address}])
            connection.execute(delete(table).where(table.c.audit == self.audit_id, table.c.device == device.id))
            if seen:
                connection.execute(insert(table), seen)

    def keep_evidence(self, one: Evidence) -> None:
        """Write evidence with the device it belongs to: it waits for the next ``save_device`` or ``close``.

        A transaction for each reply would cost more than the reply. What waits when the process is killed belongs to
        devices that are read again.
        """
        with self._lock:
            self._waiting.append(one)
            if len(self._waiting) >= _MOST_WAITING:
                self.save_evidence(())

    def save_evidence(self, batch: Iterable[Evidence] | Evidence) -> None:
        """Write evidence, one or many, and what waits, in one transaction."""
        with self._lock:
            self._waiting += [batch] if isinstance(batch, Evidence) else batch
            if self._waiting:
                with self._connection() as connection:
                    self._write_waiting(connection)

    def _write_waiting(self, connection: Connection) -> None:
        rows = [
            {
                "audit": self.audit_id,
                "id": one.id,
                "address": one.address,
                "seen_at": _utc(one.seen_at),
                "blob": one.blob,
                "record": _json(one),
            }
            for one in self._waiting
        ]
        if rows:
            _upsert(connection, schema.evidence, rows)
        self._waiting.clear()

    def save_sighting(self, address: str, record: str) -> None:
        """Remember what an address showed before it is read, with the evidence that waits; ``record`` as JSON."""
        with self._connection() as connection:
            self._write_waiting(connection)
            _upsert(connection, schema.sightings, [{"audit": self.audit_id, "address": address, "record": record}])

    def replace_done(self, stage: str, words: Iterable[str]) -> None:
        """Let the marks of a stage be exactly these: addresses, or whatever else the stage counts in."""
        table = schema.done
        rows = [{"audit": self.audit_id, "stage": stage, "address": word} for word in words]
        with self._connection() as connection:
            connection.execute(delete(table).where(table.c.audit == self.audit_id, table.c.stage == stage))
            if rows:
                connection.execute(insert(table), rows)

    def drop_devices(self, ids: Iterable[str]) -> None:
        """Forget devices, with what they showed."""
        with self._connection() as connection:
            for one in ids:
                for table, column in ((schema.observations, schema.observations.c.device),
                                      (schema.devices, schema.devices.c.id)):  # fmt: skip
                    connection.execute(delete(table).where(table.c.audit == self.audit_id, column == one))

    def mark_done(self, address: str, stage: str) -> None:
        """Remember that ``stage`` is finished for ``address``: an audit that goes on leaves it out."""
        with self._connection() as connection:
            _upsert(connection, schema.done, [{"audit": self.audit_id, "stage": stage, "address": address}])

    # -- reading ----------------------------------------------------------------------------------

    @property
    def audit_id(self) -> str:
        """The audit that devices, evidence and marks belong to."""
        if self._audit is None:
            raise HistoryError("holds no audit yet", Place(self.path))
        return self._audit

    def done(self, stage: str) -> set[str]:
        """The addresses for which ``stage`` is finished."""
        table = schema.done
        query = select(table.c.address).where(table.c.audit == self.audit_id, table.c.stage == stage)
        with self._connection() as connection:
            return set(connection.execute(query).scalars())

    def sightings(self) -> dict[str, str]:
        """What was saved by ``save_sighting``, by address."""
        table = schema.sightings
        query = select(table.c.address, table.c.record).where(table.c.audit == self.audit_id)
        with self._connection() as connection:
            return {row.address: row.record for row in connection.execute(query)}

    def audits(self) -> tuple[Audit, ...]:
        """Every audit of the file, oldest first."""
        with self._connection() as connection:
            rows = list(
                connection.execute(select(schema.audits.c.record).order_by(schema.audits.c.started_at)).scalars()
            )
        return tuple(self._read(row, Audit) for row in rows)

    def devices(self) -> tuple[Device, ...]:
        """All devices, by site and address."""
        return self._sorted(self._devices(Shared()))

    def _sorted(self, devices: Iterable[Device]) -> tuple[Device, ...]:
        return tuple(sorted(devices, key=lambda device: (device.site, _sortable(device.address), device.id)))

    def each_device(self) -> Iterator[Device]:
        """The devices one after the other, by id: thousands are never in memory together."""
        return (self._read(record, Device) for record in self._records(schema.devices))

    def _devices(self, shared: Shared) -> Iterator[Device]:
        return (shared.device(device) for device in self.each_device())

    def load(self) -> Inventory:
        """The whole inventory of the audit."""
        query = select(schema.audits.c.record).where(schema.audits.c.id == self.audit_id)
        with self._connection() as connection:
            audit = self._read(connection.execute(query).scalar_one(), Audit)
        shared = Shared()
        evidence = (shared.words(self._read(row, Evidence)) for row in self._records(schema.evidence))
        return Inventory(audit, self._sorted(self._devices(shared)), {one.id: one for one in evidence})

    def _records(self, table: Table) -> Iterator[str]:
        """The records of a table by id, some at a time."""
        audit, last = self.audit_id, ""
        while True:
            query = (
                select(table.c.id, table.c.record)
                .where(table.c.audit == audit, table.c.id > last)
                .order_by(table.c.id)
                .limit(_AT_A_TIME)
            )
            with self._connection() as connection:
                rows = [(one.id, one.record) for one in connection.execute(query)]
            for last, record in rows:  # noqa: B007  # the last one is where to go on
                yield record
            if len(rows) < _AT_A_TIME:
                return

    def _read(self, record: str, kind: type[R]) -> R:
        try:
            return msgspec.json.decode(record, type=kind)
        except msgspec.DecodeError as problem:
            raise HistoryError(
                f"holds a record this version cannot read ({kind.__name__}: {problem})", Place(self.path)
            ) from None

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """One transaction; the store has one connection, and one thread at a time uses it."""
        try:
            with self._lock, self._engine.begin() as connection:
                yield connection
        except DatabaseError as problem:
            reason = " ".join(str(problem.orig).split())
            raise HistoryError(f"cannot be read or written: {reason}", Place(self.path)) from None


def _refuse_damaged(connection: Connection, path: Path) -> None:
    said = connection.execute(text("PRAGMA quick_check(1)")).scalars().first()
    if said != "ok":
        raise HistoryError(f"is damaged: {' '.join(str(said).split())}", Place(path))


def _engine(path: Path) -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing; the power cut is the OS's
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return engine


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    keys = [column.name for column in table.primary_key]
    statement = sqlite.insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    if others:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=others)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, rows)


def _json(record: msgspec.Struct) -> str:
    return msgspec.json.encode(record).decode()


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _sortable(address: str) -> tuple[int, int, str]:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return (9, 0, address)
    return (parsed.version, int(parsed), address)
