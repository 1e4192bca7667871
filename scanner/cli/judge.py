"""``camaudit judge AUDIT``: an old inventory against the rules that are installed now; no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from scanner.cli import EXIT_INCOMPLETE
from scanner.cli.options import config_option, output_options, rule_options, verdict_options
from scanner.cli.stored import STDOUT, audit_argument, date_option, judged_again, write
from scanner.errors import ConfigError


@click.command("judge")
@audit_argument
@rule_options
@date_option
@verdict_options
@output_options
@config_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--no-color", is_flag=True, help="No colour (NO_COLOR works too).")
def command(audit: Path, **given: Any) -> int:
    """Judge AUDIT, the directory of an audit or its inventory.sqlite, by the rules that are installed now.

    Prints a summary; -o writes the reports into a directory too, -o - prints one instead of the summary. Exit code 3
    when a finding is at or above --fail-on, 4 when coverage is under --min-coverage or the audit was interrupted.
    """
    from scanner.cli.audit import exit_code

    output: Path | None = given["output"]
    if output is None and given["formats"]:
        raise ConfigError("expected -o with -f: a directory for the reports, or - for stdout")
    stored = judged_again(audit, given)
    if output is not None:
        for path in write(stored.view(), output, stored.settings.formats):
            click.echo(f"wrote {path}", err=True)
    record = stored.inventory.audit
    if not given["quiet"] and output != STDOUT:
        from scanner.cli.summary import print_summary
        from scanner.cli.terminal import Stdout

        console = Stdout(no_color=not stored.settings.color)
        print_summary(console, record, stored.inventory.devices, stored.findings)
    # The run itself is long over: that it was interrupted means that it is incomplete.
    finished = msgspec.structs.replace(record, interrupted=False)
    code = exit_code(finished, stored.findings, stored.settings.fail_on, stored.settings.min_coverage)
    return code or (EXIT_INCOMPLETE if record.interrupted else 0)
