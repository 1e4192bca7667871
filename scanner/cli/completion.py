"""``camaudit completion SHELL``: the completion script of click for bash, zsh or fish."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of SHELL.

    For bash: camaudit completion bash > ~/.local/share/bash-completion/completions/camaudit
    """
    from scanner.cli import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    click.echo(kind(cli, {}, "camaudit", "_CAMAUDIT_COMPLETE").source())
