"""The command line: one module a command, imported when it is used.

Everything a command needs is built here or in its module and passed down; the clock is read here only.
A ``CamauditError`` is printed as one line and ends with exit code 2; Ctrl-C with 130.
"""

from __future__ import annotations

import errno
import importlib
import keyword
import os
import pkgutil
import sys
from typing import NoReturn

import click

from scanner.errors import CamauditError, InputProblems, PackError

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_FINDINGS = 3
EXIT_INCOMPLETE = 4
EXIT_INTERRUPTED = 130

HELP = {
    "completion": "Print the shell completion script.",
    "demo": "Audit a virtual fleet on loopback, end to end: no camera, no root, no set-up.",
    "doctor": "Say what this machine can do, and what is reduced.",
    "features": "Show the AI functions of an audit: what each does, where, in which state.",
    "fingerprint": "Identify devices from banners someone else collected (JSONL).",
    "import": "Audit from files that others made: scans, captures, registers, tables; no network.",
    "judge": "Judge a stored inventory by the rules installed now; no network.",
    "lab": "Run the virtual fleet by itself.",
    "record": "Record what one device answers, made anonymous: for a bug report, and for the lab to serve.",
    "report": "Write the reports of a stored audit.",
    "rules": "List, show, lint and test the rules.",
    "scan": "Discover, identify, read, judge and report the cameras of a network you may audit.",
    "show": "Show one device of an audit: who it is, which signs say so, the replies.",
}
"""One line a command, so that ``--help`` imports none of them; a test holds it against the folder."""


def commands() -> list[str]:
    """Names of all commands: the modules of this package that define one."""
    there = {module.name for module in pkgutil.iter_modules(__path__)}
    return sorted(name for name in HELP if module_of(name) in there)


def module_of(name: str) -> str:
    """The module of a command; ``import`` is no name Python allows, so its module is ``import_``."""
    return f"{name}_" if keyword.iskeyword(name) else name


class ReaderGoneError(Exception):
    """Whoever read our stdout has enough: ``camaudit rules list | head -1``."""


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return commands()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # the same
        if cmd_name not in HELP:
            return None
        command: click.Command = importlib.import_module(f"scanner.cli.{module_of(cmd_name)}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # click would end with 1, which says that we failed
            raise ReaderGoneError from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, HELP[name]) for name in self.list_commands(ctx)])


def version() -> str:
    """The installed version of camaudit."""
    from importlib import metadata

    return metadata.version("camaudit")


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"camaudit {version()}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 our own error, 2 usage or configuration, 3 findings at or above --fail-on, "
    "4 incomplete, 130 interrupted with the state saved.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
def cli() -> None:
    """Compliance and audit scanner for deployed CCTV and IP cameras.

    Read-only, in scope, slow enough for fragile devices. What could not be seen is
    reported as unknown, never as a pass.
    """


def main() -> NoReturn:
    """Entry point of the ``camaudit`` command."""
    if sys.stdout is None:  # ``>&-``: there is nobody to tell
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # lives as long as we do
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # not in click 8.1
            error.show()
        else:
            click.echo(f"camaudit: {_in_one_line(error)}", err=True)
        sys.exit(EXIT_USAGE)
    except (PackError, InputProblems) as error:
        for problem in error.problems:
            click.echo(f"camaudit: {problem}", err=True)
        sys.exit(EXIT_USAGE)
    except CamauditError as error:
        click.echo(f"camaudit: {error}", err=True)
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except (ReaderGoneError, BrokenPipeError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # what is left goes nowhere
        sys.exit(0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            _report_bug(error)
        else:
            click.echo(f"camaudit: {error.filename or 'the output'}: cannot be written: {error.strerror}", err=True)
        sys.exit(EXIT_ERROR)
    except Exception as error:  # noqa: BLE001  # the last resort: a user never sees a traceback
        _report_bug(error)
        sys.exit(EXIT_ERROR)
    sys.exit(code if isinstance(code, int) else 0)


def _in_one_line(error: click.ClickException) -> str:
    """What click says, and where the help is, without a usage line in front."""
    text = " ".join(error.format_message().split())
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    return text + (f" (see {ctx.command_path} --help)" if ctx else "")


def _report_bug(error: Exception) -> None:
    import tempfile
    import traceback
    from pathlib import Path

    handle, name = tempfile.mkstemp(prefix="camaudit-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    click.echo(f"camaudit: a bug of ours, sorry ({type(error).__name__}). Details are in {Path(name)}", err=True)
