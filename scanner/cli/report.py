"""``camaudit report AUDIT``: the documents of a stored audit again; no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scanner.cli.options import config_option, output_options, rule_options
from scanner.cli.stored import audit_argument, date_option, judged_again, write


@click.command("report")
@audit_argument
@output_options
@rule_options
@date_option
@config_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(audit: Path, **given: Any) -> int:
    """Write the reports of AUDIT: the directory of an audit, or its inventory.sqlite.

    Formats are html, json and csv, all of them unless -f says otherwise. They are written beside the inventory unless
    -o names another directory; -o - prints one file on stdout.
    """
    stored = judged_again(audit, given)
    beside = audit if audit.is_dir() else audit.parent
    for path in write(stored.view(), given["output"] or beside, stored.settings.formats):
        if not given["quiet"]:
            click.echo(str(path))
    return 0
