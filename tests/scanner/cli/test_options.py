"""The shared options: in the words everybody knows, and no way to write a password on a command line."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import click
from click.testing import CliRunner

from scanner.cli.options import log_options, scan_options, verdict_options


@click.command()
@scan_options
def scan(**_given: Any) -> None:
    pass


def flags(command: click.Command) -> set[str]:
    return {name for param in command.params if isinstance(param, click.Option) for name in param.opts}


def test_the_words() -> None:
    assert {
        "-iL", "--targets-file", "--exclude", "--exclude-file", "--scope-file", "--authorised-by", "--reference",
        "--logins", "--user", "--password-stdin", "--estate", "-o", "--output", "-f", "--format", "-T", "--pace",
        "--rate", "--per-host", "--timeout", "--host-timeout", "--concurrency", "--ports", "--ports-by", "--services",
        "--rule", "--pack", "--tag", "-s", "--severity", "--fail-on", "--min-coverage", "-q", "-v", "--log-level",
        "--log-format", "--log-file", "--no-color", "--no-progress", "--dry-run", "-c", "--config", "--waivers",
    } <= flags(scan)  # fmt: skip


def test_no_flag_takes_a_password() -> None:
    takes = {
        name for param in scan.params if isinstance(param, click.Option) and not param.is_flag for name in param.opts
    }
    assert not {name for name in takes if "pass" in name or "secret" in name or name == "-p"}


def test_groups_go_together() -> None:
    @click.command()
    @verdict_options
    @log_options
    def judge(**given: Any) -> None:
        click.echo(f"{given['severity']} {given['verbose']} {given['fail_on']}")

    assert CliRunner().invoke(judge, ["-s", "high", "-vv"]).output == "high 2 None\n"
    assert "Traceback" not in CliRunner().invoke(scan, ["--help"]).output


def test_options_load_fast() -> None:
    heavy = {"sqlalchemy", "requests", "zeep", "onvif", "jinja2", "lxml"}
    code = f"import sys, scanner.cli.options; print(*sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
