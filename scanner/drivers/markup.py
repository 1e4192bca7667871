"""Reading device XML by local names: makers disagree on namespaces, prefixes and versions of the same element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}


def local(node: _Element) -> str:
    """Local name of an element; '' for comments."""
    return str(node.tag).rpartition("}")[2].rpartition(":")[2] if isinstance(node.tag, str) else ""


def children(node: _Element, *names: str) -> Iterator[_Element]:
    """Direct children of these local names (all of them without names)."""
    for child in node:
        if isinstance(child.tag, str) and (not names or local(child) in names):
            yield child


def child(node: _Element | None, *path: str) -> _Element | None:
    """The first element down a path of local names."""
    for name in path:
        if node is None:
            return None
        node = next(children(node, name), None)
    return node


def every(node: _Element, *names: str) -> Iterator[_Element]:
    """The element itself and all below it of these local names."""
    for found in node.iter():
        if isinstance(found.tag, str) and local(found) in names:
            yield found


def text(node: _Element | None, *path: str) -> str:
    """Text of the first element down a path, trimmed; '' where there is none."""
    found = child(node, *path)
    return " ".join((found.text or "").split()) if found is not None else ""


def attribute(node: _Element, name: str) -> str:
    """An attribute by its local name; '' where there is none."""
    for key, value in node.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value).strip()
    return ""


def switch(value: str | None) -> bool | None:
    """A switch as devices write it: true, 1, yes, on; None for anything else."""
    word = (value or "").strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def switch_at(node: _Element | None, *path: str) -> bool | None:
    """The switch down a path."""
    return switch(text(node, *path))


def words(value: str) -> tuple[str, ...]:
    """A comma list as makers write it."""
    return tuple(word.strip() for word in value.split(",") if word.strip())
