"""Brings an inventory file to the schema of this version; refuses one of another version, by name."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from scanner.errors import HistoryError, Place
from scanner.history.schema import HEAD

APPLICATION_ID = 0x43414D41  # "CAMA", so that no other program's SQLite file is taken for ours


def make(connection: Connection) -> None:
    """All tables, in an empty database."""
    connection.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
    _upgrade(connection)


def bring_up_to_date(connection: Connection, path: Path) -> None:
    """Run what is missing; raises HistoryError for a file that is not ours or of a newer version."""
    found = connection.execute(text("PRAGMA application_id")).scalar()
    if found != APPLICATION_ID or not inspect(connection).has_table("alembic_version"):
        raise HistoryError("is a database of another program, or was never finished", Place(path))
    versions = list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    if versions == [HEAD]:
        return
    found_version = ", ".join(versions) or "none"
    if len(versions) != 1 or versions[0] not in known_versions():
        raise HistoryError(
            f"expected an inventory of schema {HEAD} or older, found {found_version}: "
            "it was written by another version of camaudit",
            Place(path),
        )
    _upgrade(connection)


def known_versions() -> tuple[str, ...]:
    """Every schema this version can read, newest first."""
    from alembic.script import ScriptDirectory

    return tuple(script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions())


_SCRIPTS = Path(__file__).parent / "migrations"


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
