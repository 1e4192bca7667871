"""The options commands share, in the same words everywhere, as decorators.

Values are only taken here; ``scanner.cli.inputs`` checks them all together. What click itself can refuse is
refused in one line, like every other mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scanner.config import PACES, SEVERITIES, parse_ports
from scanner.errors import ConfigError, Place

if TYPE_CHECKING:
    _Type = click.ParamType[Any]
    _Choice = click.Choice[str]
else:  # older releases of click have no type arguments
    _Type = click.ParamType
    _Choice = click.Choice

F = TypeVar("F", bound=Callable[..., Any])


def _flag(param: click.Parameter | None) -> Place | None:
    return Place(max(param.opts, key=len)) if param else None


class Number(_Type):
    """A whole number or a decimal one; its limits are those of ``scanner.config``."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | float:  # noqa: ARG002
        if isinstance(value, int | float):
            return value
        for kind in (int, float):
            try:
                return kind(value)
            except ValueError:
                continue
        raise ConfigError(f"expected a number, found {value!r}", _flag(param))


class Word(_Choice):
    """One of some words; anything else is refused in one line."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            raise ConfigError(f"expected one of: {', '.join(self.choices)}; found {value!r}", _flag(param)) from None


class Ports(_Type):
    """``80,443,8000-8010`` as a tuple of port numbers."""

    name = "ports"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:  # noqa: ARG002
        if isinstance(value, tuple):
            return value
        try:
            return parse_ports(value)
        except ValueError as problem:
            raise ConfigError(str(problem), _flag(param)) from None


NUMBER = Number()
PORTS = Ports()
FILE = click.Path(path_type=Path)


def _together(*decorators: Callable[[Any], Any]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


target_options = _together(
    click.argument("targets", nargs=-1),
    click.option(
        "-iL", "--targets-file", "targets_files", type=FILE, multiple=True, help="Read targets from a file; - is stdin."
    ),
    click.option("--exclude", multiple=True, metavar="LIST", help="Leave out addresses, CIDRs or ranges."),
    click.option(
        "--exclude-file", "exclude_files", type=FILE, multiple=True, help="Read what to leave out from a file."
    ),
    click.option("--max-targets", type=NUMBER, help="Most addresses in one audit (default 1,048,576)."),
)
"""TARGETS are addresses, CIDRs, ranges or host names; ``-`` reads them from stdin."""

scope_options = _together(
    click.option("--scope-file", type=FILE, help="The authorisation: allow, deny, authorised_by, reference (TOML)."),
    click.option("--authorised-by", metavar="NAME", help="Who authorised the audit of the targets."),
    click.option("--reference", metavar="REF", help="Where that is written: a ticket, a letter."),
)

estate_option = click.option("--estate", type=FILE, help="The organisation and its sites (TOML).")

login_options = _together(
    click.option("--logins", type=FILE, help="Logins by range, site or maker, as references (TOML, mode 0600)."),
    click.option("--user", metavar="NAME", help="One login for every device; the password is asked for."),
    click.option("--password-stdin", is_flag=True, help="Read the password of --user from stdin."),
    click.option("--allow-basic", is_flag=True, help="Let --user log in by Basic over clear HTTP too."),
)

pace_options = _together(
    click.option("-T", "--pace", type=Word(PACES), help="How fast: polite (default), normal or fast."),
    click.option("--rate", type=NUMBER, metavar="PPS", help="Packets a second in total."),
    click.option("--per-host", type=NUMBER, metavar="PPS", help="Packets a second to one device."),
    click.option("--timeout", type=NUMBER, metavar="SECONDS", help="Longest wait for one reply."),
    click.option("--host-timeout", type=NUMBER, metavar="SECONDS", help="Longest time for one device."),
    click.option(
        "--hours", multiple=True, metavar="SPAN",
        help="Ask only in these hours: 19:00-06:00, 'Mon-Fri 19:00-06:00' (repeatable). Sites may have their own too.",
    ),
    click.option("--concurrency", type=NUMBER, metavar="N", help="Devices read at the same time."),
)  # fmt: skip

port_options = _together(
    click.option("--ports", type=PORTS, metavar="LIST", help="TCP ports to try, such as 80,443,8000-8010."),
    click.option("--ports-by", type=Word(["connect", "nmap"]), help="Who finds open ports: camaudit itself or nmap."),
    click.option("--services", is_flag=True, default=None, help="Let nmap name the services of known cameras."),
)

LOCAL_EVERYWHERE = "all"
"""``--local`` without a name: every interface whose network is in scope."""

discovery_options = _together(
    click.option(
        "--probe", "probes", multiple=True, metavar="NAME",
        help="Ask by the finder of this maker too (repeatable): bosch*, dvrip, foscam*, hanwha*, ipro*, reolink*, "
        "sony*, tplink, tvt*, ubiquiti, vivotek*, xiongmai*. Those with * are unverified.",
    ),
    click.option(
        "--local", multiple=True, is_flag=False, flag_value=LOCAL_EVERYWHERE, metavar="[IFACE]",
        help="Ask multicast groups on this interface too (repeatable); without a name, or all: on every interface "
        "whose network is in scope.",
    ),
)  # fmt: skip

register_options = _together(
    click.option(
        "--register", type=FILE, multiple=True,
        help="Compare with this asset register or device list (CSV): what is missing, what is not registered.",
    ),
    click.option(
        "--column", "columns", multiple=True, metavar="FIELD=HEADER",
        help="Take address, mac, serial, brand, model, firmware, location, site, name or kind from this column of a "
        "register; usual English headers are found by themselves.",
    ),
)  # fmt: skip

rule_options = _together(
    click.option("--pack", "packs", multiple=True, metavar="NAME", help="Judge by this pack only (repeatable)."),
    click.option("--rule", "rules", multiple=True, metavar="ID", help="Judge by this rule only (repeatable)."),
    click.option("--tag", "tags", multiple=True, metavar="TAG", help="Judge by rules with this tag (repeatable)."),
    click.option("--waivers", type=FILE, help="Findings that somebody accepted (TOML)."),
)

verdict_options = _together(
    click.option("-s", "--severity", type=Word(SEVERITIES), help="Report findings of this severity and above."),
    click.option("--fail-on", type=Word([*SEVERITIES, "never"]), help="Exit 3 on findings of this severity and above."),
    click.option("--min-coverage", type=NUMBER, metavar="PERCENT", help="Exit 4 when less was evaluated."),
)

output_options = _together(
    click.option("-o", "--output", type=FILE, help="Directory to write to (judge, report: - is stdout)."),
    click.option("-f", "--format", "formats", multiple=True, metavar="LIST", help="Formats, such as html,json."),
)

log_options = _together(
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    click.option("-v", "--verbose", count=True, help="Say more; twice for everything."),
    click.option("--log-level", type=Word(["debug", "info", "warning", "error"]), help="The same by name."),
    click.option("--log-format", type=Word(["text", "json"]), help="Log lines as text or JSON."),
    click.option("--log-file", type=FILE, help="Write the log to a file."),
    click.option("--no-color", is_flag=True, help="No colour (NO_COLOR works too)."),
    click.option("--no-progress", is_flag=True, help="No progress bar."),
)

config_option = click.option("-c", "--config", type=FILE, help="Settings (TOML), over ./camaudit.toml.")

resume_option = click.option(
    "--resume", type=FILE, metavar="AUDIT", help="Go on with the audit in this directory where it stopped."
)

from_option = click.option(
    "--from", type=FILE, multiple=True, metavar="FILE",
    help="Audit the addresses of this file too, first and by the ports it knows to be open: any file that camaudit "
    "import reads. One outside the scope is refused; the rows of a register outside it are left out and counted.",
)  # fmt: skip

dry_run_option = click.option("--dry-run", is_flag=True, help="Check everything, say what would be done, send nothing.")

scan_options = _together(
    target_options, from_option, register_options, scope_options, estate_option, login_options, pace_options,
    port_options, discovery_options,
    rule_options, verdict_options, output_options, log_options, config_option, dry_run_option, resume_option,
)  # fmt: skip
"""All of them, for ``camaudit scan``."""
