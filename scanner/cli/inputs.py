"""Everything an operator states about an audit, checked together before anything is sent.

``build_inputs`` turns the options of ``scanner.cli.options`` into ``ScanInputs``. Each mistake is one
``CamauditError``: one line, with file and line where there is a file. Host names are looked up last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from scanner import targets
from scanner.addresses import AddressSet, networks_of
from scanner.cli.opening_hours import hours_lines, timetable_of
from scanner.cli.segment import local_interfaces, refuse_unknown_probes
from scanner.config import KEYS, Config, Settings, expand_names, load
from scanner.errors import ConfigError, Place, ScopeError, TargetError
from scanner.estate import Estate, Timetable
from scanner.logins import Logins, Secret
from scanner.model import Target
from scanner.scope import Scope
from scanner.targets import Wanted

if TYPE_CHECKING:
    from scanner.model import RegisterRow
    from scanner.net import Interface


@dataclass(frozen=True, kw_only=True)
class ScanInputs:
    """What a scan needs, all of it checked. ``targets()`` begins anew at each call and is lazy.

    ``count`` is the number of addresses it yields; ``notes`` are sentences for the operator and the report. ``local``
    are the interfaces on which multicast groups are asked. ``register`` are the rows to hold against what is seen.
    """

    scope: Scope
    targets: Callable[[], Iterator[Target]]
    count: int
    logins: Logins
    estate: Estate
    config: Config
    wanted: tuple[Wanted, ...] = ()
    output: Path | None = None
    waivers: Path | None = None
    dry_run: bool = False
    register: tuple[RegisterRow, ...] = ()
    register_files: tuple[str, ...] = ()
    local: tuple[Interface, ...] = ()
    notes: tuple[str, ...] = ()
    timetable: Timetable = field(default_factory=Timetable)

    @property
    def settings(self) -> Settings:
        return self.config.settings


def build_inputs(
    given: Mapping[str, Any],
    *,
    today: date,
    stdin: TextIO,
    resolve: targets.Resolve = targets.resolve,
    ask_password: Callable[[], str] | None = None,
    environ: Mapping[str, str] | None = None,
    known_formats: Collection[str] = (),
    wanted: list[targets.Wanted] | None = None,
) -> ScanInputs:
    """``given`` holds the parameters of ``options.scan_options`` by name; those that are missing were not given.

    ``ask_password`` prompts on a terminal, None where there is none. ``known_formats`` empty: not checked. ``wanted``
    are the targets of an audit that goes on; None: they are in ``given``.
    """
    environ = os.environ if environ is None else environ
    config = build_config(given, environ=environ, known_formats=known_formats)
    settings = config.settings
    refuse_unknown_probes(config)
    estate = Estate.from_file(Path(settings.estate)) if settings.estate else Estate()
    timetable = timetable_of(config, estate, today)
    _refuse_two_readers_of_stdin(given)
    register, told = _register(given, goes_on=wanted is not None)
    wanted = _wanted(given, estate, settings, stdin, told) if wanted is None else wanted
    exclude = targets.parse_excludes(given.get("exclude") or (), given.get("exclude_files") or (), stdin)
    logins = _logins(given, settings, stdin, ask_password)
    _refuse_logins_for_nobody(logins, estate)
    asked = len(wanted)
    scope, wanted = _authorised(given, settings, wanted, exclude, today, resolve)
    if asked > len(wanted):
        told.append(f"{asked - len(wanted):,} addresses of registers are outside the scope and were left out.")
    local = local_interfaces(config, scope)
    exclude = exclude | AddressSet.of_networks(scope.deny)
    count = targets.count(wanted, exclude)
    targets.refuse_too_many(count, settings.max_targets)

    def expand() -> Iterator[Target]:
        return targets.expand(wanted, exclude, lambda address: estate.site_of(address).name)

    return ScanInputs(
        scope=scope,
        targets=expand,
        count=count,
        logins=logins,
        estate=estate,
        config=config,
        wanted=tuple(wanted),
        output=Path(settings.output) if settings.output else None,
        waivers=Path(settings.waivers) if settings.waivers else None,
        dry_run=bool(given.get("dry_run")),
        local=local,
        register=register,
        register_files=tuple(path.name for path in given.get("register") or ()),
        notes=(*scope.notes, *told, *hours_lines(timetable)),
        timetable=timetable,
    )


def build_config(
    given: Mapping[str, Any], *, environ: Mapping[str, str] | None = None, known_formats: Collection[str] = ()
) -> Config:
    """The settings of a command that has some of the shared options; raises ConfigError."""
    environ = os.environ if environ is None else environ
    flags = {key: given[key] for key in KEYS if given.get(key) is not None}
    for key in ("packs", "rules", "tags", "formats", "probes", "local"):
        flags[key] = expand_names(flags.get(key, ()))
    flags |= {"color": False} if given.get("no_color") or environ.get("NO_COLOR") else {}
    flags |= {"progress": False} if given.get("no_progress") else {}
    if "log_level" not in flags and (given.get("quiet") or given.get("verbose")):
        if given.get("quiet") and given.get("verbose"):
            raise ConfigError("expected --quiet or --verbose, found both")
        flags["log_level"] = "error" if given.get("quiet") else "info" if given["verbose"] == 1 else "debug"
    config = load(flags, environ=environ, config=given.get("config"))
    for name in config.settings.formats:
        if known_formats and name not in known_formats:
            raise ConfigError(
                f"expected one of the formats: {', '.join(sorted(known_formats))}; found {name!r}",
                config.where("formats"),
            )
    return config


def _refuse_two_readers_of_stdin(given: Mapping[str, Any]) -> None:
    files = [str(path) for key in ("targets_files", "exclude_files") for path in given.get(key) or ()]
    readers = [text for text in (*(given.get("targets") or ()), *files) if text == "-"]
    if len(readers) + bool(given.get("password_stdin")) > 1:
        raise ConfigError("expected one thing to be read from stdin, found more (-, --password-stdin)")


def _register(given: Mapping[str, Any], *, goes_on: bool) -> tuple[tuple[RegisterRow, ...], list[str]]:
    """The rows of ``--register``, and what is to be told of them."""
    told: list[str] = []
    paths, columns = given.get("register") or (), given.get("columns") or ()
    if columns and not paths and not given.get("from") and not goes_on:
        raise ConfigError("--column belongs to --register FILE or --from FILE, and neither was given")
    if not paths:
        return (), told
    from scanner.cli.registers import parse_columns, read_registers

    return read_registers(paths, parse_columns(columns), told.append), told


def _wanted(
    given: Mapping[str, Any], estate: Estate, settings: Settings, stdin: TextIO, told: list[str]
) -> list[targets.Wanted]:
    wanted = []
    if given.get("from"):
        from scanner.cli.registers import parse_columns, targets_of

        wanted = targets_of(given["from"], parse_columns(given.get("columns") or ()), told.append)
    wanted += targets.parse_targets(given.get("targets") or (), stdin)
    for path in given.get("targets_files") or ():
        wanted += targets.read_file(path, stdin)
    if not wanted:
        place = Place(settings.estate)
        wanted = [targets.parse_target(text, place, site.name) for site in estate.sites for text in site.ranges]
    if not wanted:
        raise TargetError(
            "expected something to audit: addresses, CIDRs, ranges, -iL FILE, --from FILE, or --estate with ranges"
        )
    return wanted


def _logins(
    given: Mapping[str, Any], settings: Settings, stdin: TextIO, ask_password: Callable[[], str] | None
) -> Logins:
    user, from_stdin = given.get("user"), given.get("password_stdin")
    if (from_stdin or given.get("allow_basic")) and not user:
        raise ConfigError("--password-stdin and --allow-basic belong to --user NAME, which was not given")
    if not user:
        return Logins.from_file(Path(settings.logins)) if settings.logins else Logins.none()
    if given.get("logins"):
        raise ConfigError("expected --logins or --user, found both")
    if from_stdin:
        password = stdin.readline(4096).rstrip("\r\n")
    elif ask_password:
        password = ask_password()
    else:
        raise ConfigError("the password of --user cannot be asked for here: give it by --password-stdin")
    if not password:
        raise ConfigError("expected a password for --user, found nothing")
    return Logins.single(user, Secret(password), allow_basic=bool(given.get("allow_basic")))


def _refuse_logins_for_nobody(logins: Logins, estate: Estate) -> None:
    """A mistyped site or maker would leave its cameras unread without a word."""
    sites = {site.name.casefold() for site in estate.sites}
    for entry in logins.entries:
        if entry.site and entry.site not in sites:
            known = ", ".join(site.name for site in estate.sites) or "none: there is no --estate with sites"
            raise ConfigError(f"expected a site of the estate ({known}), found {entry.site!r}", Place(entry.login.name))
        if entry.maker:
            from scanner.fingerprint.makers import names

            found = names().find(entry.maker)
            if found is None or found.name.casefold() != entry.maker:
                hint = f": write {found.name!r}" if found else ""
                raise ConfigError(
                    f"expected a maker as the reports name it, found {entry.maker!r}{hint}", Place(entry.login.name)
                )


def _authorised(
    given: Mapping[str, Any],
    settings: Settings,
    wanted: list[targets.Wanted],
    exclude: AddressSet,
    today: date,
    resolve: targets.Resolve,
) -> tuple[Scope, list[targets.Wanted]]:
    """The scope, with the exclusions denied, and the targets with their names looked up."""
    by, reference = given.get("authorised_by") or "", given.get("reference") or ""
    denied = tuple(network for span in exclude.spans() for network in networks_of(span))
    if settings.scope_file:
        if by or reference:
            raise ScopeError("expected --scope-file or --authorised-by with --reference, found both")
        scope = Scope.from_file(Path(settings.scope_file), today)
        if not scope.permitted:
            raise ScopeError("the scope permits no address, so nothing may be audited", scope.place)
        wanted = [one for one in wanted if not (one.optional and scope.why_not(one.text))]
        targets.check_in_scope(wanted, scope.permitted, AddressSet.of_networks(scope.deny) | exclude, scope.why_not)
        scope = replace(scope, deny=scope.deny + denied)
        return scope, targets.pin(wanted, scope.why_not, resolve)

    def why_not(address: str) -> str:
        try:
            return Scope.from_flags([address], by, reference, exclude.spans()).why_not(address)
        except ScopeError as problem:
            return problem.message.removeprefix(f"{address} ")

    _from_flags(wanted, by, reference, exclude)
    wanted = targets.pin(wanted, why_not, resolve)
    scope = _from_flags(wanted, by, reference, exclude)
    if bool(by) != bool(reference):
        raise ScopeError("expected --authorised-by and --reference together, found one of them")
    return scope, wanted


def _from_flags(wanted: list[targets.Wanted], by: str, reference: str, exclude: AddressSet) -> Scope:
    """The scope of all targets; a mistake is pinned to the target that makes it."""
    try:
        return Scope.from_flags([one.span for one in wanted if one.span], by, reference, exclude.spans())
    except ScopeError as problem:
        for one in wanted:
            try:
                Scope.from_flags([one.span] if one.span else [], by, reference, exclude.spans())
            except ScopeError as cause:
                raise ScopeError(cause.message, one.place) from None
        raise problem from None
