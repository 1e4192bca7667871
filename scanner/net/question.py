"""One HTTP request as it is asked of a device, before the login is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Door: TypeAlias = tuple[int, bool]
"""Port, and whether TLS is spoken there."""

Key: TypeAlias = tuple[str, str, Door, bytes]


class Question(NamedTuple):
    """``path`` with its query, as the catalogue has it."""

    method: str
    path: str
    door: Door
    body: bytes = b""
    content_type: str = ""

    @property
    def key(self) -> Key:
        """What makes two questions the same one."""
        return self.method, self.path, self.door, self.body

    @property
    def headers(self) -> Mapping[str, str | bytes]:
        """The fields that belong to this question."""
        return {"Content-Type": self.content_type} if self.content_type else {}
