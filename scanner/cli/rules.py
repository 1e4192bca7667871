"""``camaudit rules``: what is judged, why, and whether the rules themselves hold. Fits 80 columns.

Rules may come from anybody: their text is printed as text, never as markup, and without control characters.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.errors import CamauditError, ConfigError

if TYPE_CHECKING:
    from rules import Pack, Rule

WIDTH = 80
FOLDER = click.Path(path_type=Path)

pack_dir_option = click.option(
    "--pack-dir", "pack_dirs", type=FOLDER, multiple=True, help="Packs of your own: a pack, or a folder of packs."
)


@click.group("rules")
def command() -> None:
    """What is judged and why; and whether the rules themselves hold."""


@command.command("list")
@click.option("--pack", "names", multiple=True, metavar="NAME", help="Only this pack; can be repeated.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@pack_dir_option
def list_rules(names: tuple[str, ...], form: str, pack_dirs: tuple[Path, ...]) -> None:
    """List the rules, pack by pack, as they read today."""
    from rules import load_packs

    packs = load_packs(names or None, pack_dirs)
    today = _today()
    if form == "json":
        click.echo(json.dumps([_pack_row(pack, today) for pack in packs], indent=2, ensure_ascii=False))
    else:
        _print_tables(packs, today)


@command.command("show", short_help="Show one rule, with its reasons and its sources.")
@click.argument("rule_id")
@pack_dir_option
def show(rule_id: str, pack_dirs: tuple[Path, ...]) -> None:
    """Show one rule: what it asks, why, what to do, what a person must decide, and where it comes from."""
    from rules import load_packs

    packs = load_packs(None, pack_dirs)
    found = next(((pack, rule) for pack in packs for rule in pack.rules if rule.id == rule_id.upper()), None)
    if found is None:
        import difflib

        close = difflib.get_close_matches(rule_id.upper(), [rule.id for pack in packs for rule in pack.rules], n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "'camaudit rules list' names them all"
        raise ConfigError(f"unknown rule {rule_id!r}; {hint}")
    for line in _rule_lines(*found, _today()):
        click.echo(line)


@command.command("lint", short_help="Read packs strictly; say everything that is wrong.")
@click.argument("path", required=False, type=FOLDER)
def lint(path: Path | None) -> None:
    """Read packs strictly, those shipped or those at PATH, and say everything that is wrong with them.

    Exit code 2 when anything is. A pack whose law was last checked too long ago is named and is no error.
    """
    packs = _packs_at(path)
    today = _today()
    for pack in packs:
        if pack.is_stale(today):
            click.echo(f"{_plain(pack.id)}: law checked on {pack.law_checked_on}: check it again", err=True)
    _echo_pack_counts(packs, lambda pack: f"{len(pack.rules):>3} rules  {_data_count(pack)} data lists")
    click.echo(f"{sum(len(pack.rules) for pack in packs)} rules in {len(packs)} packs, no problem found")


@command.command("test", short_help="Run the examples of every rule.")
@click.argument("path", required=False, type=FOLDER)
def test(path: Path | None) -> None:
    """Run the examples of every rule, those shipped or those at PATH. Exit code 2 when one gives another verdict."""
    from rules import run_examples

    packs = _packs_at(path)
    results = {pack.id: run_examples(pack) for pack in packs}
    _echo_pack_counts(packs, lambda pack: f"{len(pack.rules):>3} rules  {len(results[pack.id]):>4} examples")
    wrong = [result for of_pack in results.values() for result in of_pack if not result.is_right]
    total = sum(map(len, results.values()))
    if wrong:
        for result in wrong:
            click.echo(_plain(str(result)), err=True)
        raise CamauditError(f"{len(wrong)} of {total} examples gave another verdict than they state")
    click.echo(f"{total} examples, all as stated")


def _data_count(pack: Pack) -> int:
    return len(pack.data) + len(pack.advisories) + len(pack.support)


def _today() -> date:
    return datetime.now(UTC).date()


def _packs_at(path: Path | None) -> tuple[Pack, ...]:
    from rules import load_packs, pack_folders, read_packs

    return load_packs() if path is None else read_packs(pack_folders(path), [path / "data", path.parent / "data"])


def _echo_pack_counts(packs: Sequence[Pack], counts: Callable[[Pack], str]) -> None:
    for pack in packs:
        click.echo(f"{_plain(pack.id):<16} {_plain(pack.version):<10} {counts(pack)}")


def _plain(text: str) -> str:
    """Without control characters: a rule of somebody else must not steer the terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


# -- list -------------------------------------------------------------------------------------------


def _print_tables(packs: Sequence[Pack], today: date) -> None:
    from rich.table import Table
    from rich.text import Text

    from scanner.cli.terminal import Stdout

    console = Stdout(width=None if sys.stdout.isatty() else WIDTH)
    for pack in packs:
        title = Text(_plain(f"{pack.id} {pack.version}: {pack.title} (law checked on {pack.law_checked_on})"))
        table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False, width=78)
        for name in ("rule", "severity", "needs"):
            table.add_column(name, no_wrap=True)
        table.add_column("title", ratio=1)
        for rule in pack.rules:
            now = rule.on(today)
            note = " (advisory)" if rule.advisory else ""
            cells = (now.id, now.severity, now.confidence_needed, _plain(now.title) + note)
            table.add_row(*(Text(cell) for cell in cells))
        console.print(table, width=78, crop=False)  # a narrower terminal wraps; no word is cut off
        console.print()


def _pack_row(pack: Pack, today: date) -> dict[str, Any]:
    return {
        "id": pack.id,
        "title": pack.title,
        "jurisdiction": pack.jurisdiction,
        "version": pack.version,
        "law_checked_on": pack.law_checked_on.isoformat(),
        "sha256": pack.sha256,
        "rules": [_rule_row(pack, rule, today) for rule in pack.rules],
    }


def _rule_row(pack: Pack, rule: Rule, today: date) -> dict[str, Any]:
    now = rule.on(today)
    return {
        "id": now.id,
        "title": now.title,
        "severity": now.severity,
        "confidence_needed": now.confidence_needed,
        "advisory": now.advisory,
        "in_force": pack.in_force(today) and now.in_force(today),
        "tags": now.tags,
        "references": [
            {"id": one.id, "section": one.section, "url": one.url, "verified": one.verified} for one in now.references
        ],
    }


# -- show -------------------------------------------------------------------------------------------


def _rule_lines(pack: Pack, rule: Rule, today: date) -> Iterator[str]:
    from rules import asked_facts
    from rules.wording import lines_of

    now = rule.on(today)
    yield f"{rule.id}  {_plain(now.title)}"
    yield ""
    in_force = "in force" if pack.in_force(today) and rule.in_force(today) else "not in force today"
    advisory = ", advisory: no duty stands behind it" if rule.advisory else ""
    yield from _field("severity", f"{now.severity}, {in_force}{advisory}")
    yield from _field("pack", f"{pack.id} {pack.version}, law checked on {pack.law_checked_on}")
    yield from _field(
        "in force", f"{rule.valid_from or pack.valid_from or 'always'} to {rule.valid_to or pack.valid_to or 'open'}"
    )
    yield from _field("needs", _needs(now.confidence_needed))
    if rule.applies_to is not None:
        yield from _block("applies to", lines_of(rule.applies_to))
    yield from _block("wrong when" if rule.wants == "detect" else "right when", lines_of(rule.condition))
    for change in rule.changes:
        if change.since is not None:
            yield from _field(f"from {change.since}", "; ".join(_changed(change)))
        if change.when is not None:
            yield from _block(f"{'; '.join(_changed(change))}, when", lines_of(change.when))
    yield from _field("why", now.rationale)
    yield from _field("remedy", now.remediation)
    yield from _field("for a person", rule.cannot_decide)
    for one in rule.references:
        read = f"read on {one.checked_on}" if one.verified else "not verified at its source"
        yield from _field("reference", f"{one.id}, {one.section}: {one.title} ({read})")
        yield f"{'':<15}{_plain(one.url)}"
    asked = asked_facts(rule)
    if any(key.startswith("flaws.") for key in asked):
        makers = ", ".join(f"{one.maker} {len(one.advisories)} ({one.checked_on})" for one in pack.advisories)
        yield from _field("data", f"advisories by maker, and the day they were looked for: {makers}")
    if "firmware.support_ends" in asked:
        makers = ", ".join(f"{one.maker} {len(one.rows)} ({one.checked_on})" for one in pack.support)
        yield from _field("data", f"support dates by maker, and the day they were looked for: {makers}")
    yield from _field("examples", f"{len(rule.examples)}, in {rule.place}")


def _needs(confidence: str) -> str:
    return {
        "C1": "C1: a circumstantial sign is enough for a fail",
        "C2": "C2: the device says so itself; less is for review",
        "C3": "C3: two independent signs or a read after a login; less is for review",
        "review-only": "review-only: a person decides, always",
    }[confidence]


def _changed(change: Any) -> Iterator[str]:
    for name in ("severity", "confidence_needed", "title"):
        if getattr(change, name) is not None:
            yield f"{name.replace('_', ' ')}: {getattr(change, name)}"


def _field(name: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        _plain(" ".join(text.split())),
        WIDTH,
        initial_indent=f"{name:<15}",
        subsequent_indent=" " * 15,
        break_on_hyphens=False,
    )


def _block(name: str, lines: Iterator[str]) -> Iterator[str]:
    yield from textwrap.wrap(_plain(name), WIDTH)
    for line in lines:
        depth = len(line) - len(line.lstrip())
        yield from textwrap.wrap(
            _plain(line.strip()),
            WIDTH,
            initial_indent=" " * (4 + depth),
            subsequent_indent=" " * (8 + depth),
            break_on_hyphens=False,
        )
