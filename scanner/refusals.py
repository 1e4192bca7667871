"""Which login was refused by which device, over all audits of this machine: a wrong password is sent once.

Kept in the user's state directory (``CAMAUDIT_STATE_DIR`` overrides it), readable by the owner only, as keyed
hashes: neither user nor password can be read from it. A changed login is another login.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from pathlib import Path

from scanner.errors import ConfigError, Place
from scanner.secret import Login

STATE_DIR = "CAMAUDIT_STATE_DIR"
_BUSY_SECONDS = 10.0


def state_dir() -> Path:
    """The directory for what camaudit remembers between audits; not created here."""
    named = os.environ.get(STATE_DIR)
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_state_dir("camaudit", appauthor=False))


def of_onvif(address: str) -> str:
    """What the ONVIF accounts of a device are remembered under, where its web accounts are others."""
    return f"{address} onvif"


class RefusalMemory:
    """Refused logins by address. Threads and processes may share it; ``remember`` returns when it is on disk."""

    def __init__(self, directory: Path | None = None) -> None:
        """Opens or makes the memory in ``directory`` (default: ``state_dir()``); raises ConfigError."""
        directory = state_dir() if directory is None else directory
        self._path = directory / "refused-logins.sqlite"
        self._lock = threading.Lock()
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._key = _key(directory / "refused-logins.key")
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            self._database = _opened(self._path)
        except OSError as problem:
            raise ConfigError(f"the state directory cannot be used: {problem.strerror}", Place(directory)) from None
        except sqlite3.Error as problem:
            raise ConfigError(f"the memory of refused logins cannot be used: {problem}", Place(self._path)) from None

    def refused(self, address: str, login: Login) -> bool:
        """True when this login was refused at this address before."""
        mark = login.fingerprint(self._key)
        with self._lock:
            query = "SELECT 1 FROM refused WHERE address = ? AND login = ?"
            return self._database.execute(query, (address, mark)).fetchone() is not None

    def remember(self, address: str, login: Login) -> None:
        """Keep that this login was refused at this address."""
        row = (address, login.fingerprint(self._key))
        with self._lock, self._database:
            self._database.execute("INSERT OR REPLACE INTO refused (address, login) VALUES (?, ?)", row)

    def forget(self, address: str) -> int:
        """Drop what is known about an address (its lock was lifted, its account mended); the number of entries."""
        both = (address, of_onvif(address))
        with self._lock, self._database:
            return self._database.execute("DELETE FROM refused WHERE address IN (?, ?)", both).rowcount

    def close(self) -> None:
        """Close the file; the memory cannot be asked after."""
        with self._lock:
            self._database.close()


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
    try:
        with database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS refused"
                " (address TEXT, login TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (address, login))"
            )
    except sqlite3.Error:
        database.close()
        raise
    return database


def _key(path: Path) -> bytes:
    """The random key of this machine, made once. Written whole before it gets its name: two starts race safely."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        except OSError:  # no hard links on this file system
            draft.replace(path)
        draft.unlink(missing_ok=True)
    return path.read_bytes()
