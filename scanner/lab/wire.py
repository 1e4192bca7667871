"""HTTP as the virtual devices see it: a request and an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote

Asked: TypeAlias = Callable[[], None]
"""Called once a request has come in on a connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``target`` is as sent; ``path`` is decoded, without the query; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    port: int
    tls: bool

    @property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @property
    def shown(self) -> str:
        """The target without the token of a session."""
        return re.sub(r"([?&]token=)[^&]+", r"\1[removed]", self.target)

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)

    def first(self, name: str) -> str:
        """First value of a query parameter, '' where it is absent."""
        return self.query.get(name, [""])[0]

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, {} where it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. ``headers`` come after the device's own; ``reason`` '': the usual words for the status."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = field(default=())
    reason: str = ""


def text(body: str, *, status: int = 200, kind: str = "text/plain") -> Answer:
    return Answer(status, body.encode(), kind)


def page(body: str, *, status: int = 200) -> Answer:
    return Answer(status, body.encode(), "text/html")


def xml(body: str, *, status: int = 200) -> Answer:
    return Answer(status, b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.encode(), "application/xml")


def as_json(value: object, *, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), "application/json")
