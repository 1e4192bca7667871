"""Logging, set up before any library can: text or JSON lines to stderr or a file, without secrets."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scanner.config import Settings
from scanner.errors import ConfigError, Place
from scanner.logins import Logins, secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanner.secret import Secret


class WithoutSecrets(logging.Filter):
    """Takes the operator's secrets, and what looks like one, out of every record."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        from scanner.evidence import without_secrets

        text = record.getMessage()
        clean = without_secrets(text.encode("utf-8", "replace"), self._secrets).decode("utf-8", "replace")
        record.msg, record.args = clean, None
        return True


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure_logging(settings: Settings, logins: Logins) -> None:
    """Replace whatever is set up: zeep and urllib3 stay at WARNING, for zeep prints passwords at DEBUG."""
    try:
        handler = (
            logging.FileHandler(settings.log_file, encoding="utf-8") if settings.log_file else logging.StreamHandler()
        )
    except OSError as problem:
        place = Place(settings.log_file or "")
        raise ConfigError(f"the log cannot be written: {problem.strerror}", place) from None
    handler.setFormatter(
        JsonLines() if settings.log_format == "json" else logging.Formatter("%(levelname)s %(name)s: %(message)s")
    )
    handler.addFilter(WithoutSecrets(secrets_of(logins)))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for name in ("zeep", "urllib3", "onvif"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
