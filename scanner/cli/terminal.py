"""The stdout of a command that prints tables."""

from __future__ import annotations

from typing import Any

from rich.console import Console


class Stdout(Console):
    """A rich console that leaves it to ``main`` what a closed pipe means; rich would end with exit code 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, **options)

    def on_broken_pipe(self) -> None:
        """Called by rich while it handles a BrokenPipeError."""
        raise BrokenPipeError
