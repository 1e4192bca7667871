"""Packs and data lists from their YAML, strictly: every problem of every file at once, each with its file:line.

A pack is a folder: ``pack.yaml`` (the header, with the sources its rules cite) and any number of other ``.yaml``
files, each with a list ``rules``. Being there is being registered. A data list is one file ``data/<id>.yaml``;
``data/advisories`` and ``data/support`` go to the packs whose rules ask for flaws and for the end of support.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from rules.advisories.book import FLAW_KEYS, SUPPORT_KEY
from rules.advisories.model import AdvisoryFile, SupportFile
from rules.advisories.reader import read_advisories, read_support
from rules.fields import Field, Trouble, read_fields, rows_of
from rules.model import DataList, ListRow, Milestone, Pack, Rule, fact_keys
from rules.rule_reader import RuleReader, Source
from scanner.errors import ConfigError, PackError, Place
from scanner.facts import JURISDICTIONS
from scanner.strictfile import Located, read_yaml

HERE = Path(__file__).parent
HEADER = "pack.yaml"

_PACK = {
    "id": Field(str), "title": Field(str), "jurisdiction": Field(str), "version": Field(str),
    "law_checked_on": Field(date), "valid_from": Field(date, False), "valid_to": Field(date, False),
    "expires": Field(date, False), "note": Field(str, False), "data": Field(tuple[str, ...], False),
    "milestones": Field(tuple[Milestone, ...], False), "sources": Field(dict[str, Source]),
}  # fmt: skip
_LIST = {"id": Field(str), "title": Field(str), "checked_on": Field(date), "note": Field(str), "rows": Field(Any)}
_ROW = {
    "entity": Field(str), "makers": Field(tuple[str, ...]), "from": Field(date), "to": Field(date, False),
    "source": Field(str), "verified": Field(bool), "note": Field(str, False),
}  # fmt: skip
PACK_JURISDICTIONS = ("any", "uk", *JURISDICTIONS)


def load_packs(names: Sequence[str] | None = None, extra_dirs: Iterable[Path] = ()) -> tuple[Pack, ...]:
    """The shipped packs and those in ``extra_dirs`` (a pack, or a folder of packs), by id; ``names`` selects some.

    Lists of ``<extra_dir>/data`` are there beside the shipped ones. Raises PackError with every problem.
    """
    extra = [Path(path) for path in extra_dirs]
    folders = [*pack_folders(HERE / "packs"), *(folder for path in extra for folder in pack_folders(path))]
    if names is not None:
        known = sorted(folder.name for folder in folders)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise PackError(
                [ConfigError(f"unknown pack {name!r}; expected one of: {', '.join(known)}") for name in unknown]
            )
        folders = [folder for folder in folders if folder.name in names]
    return read_packs(folders, [path / "data" for path in extra])


def pack_folders(path: Path) -> list[Path]:
    """The folders of packs at a path: itself, or those below it. Raises PackError when there are none."""
    if (path / HEADER).is_file():
        return [path]
    found = sorted(header.parent for header in path.glob(f"*/{HEADER}"))
    if not found:
        raise PackError(
            [ConfigError(f"expected a folder with a {HEADER}, or of such folders; found none", Place(path))]
        )
    return found


def read_packs(folders: Iterable[Path], data_dirs: Iterable[Path] = ()) -> tuple[Pack, ...]:
    """The packs of these folders, sorted by id, with the shipped data lists and those of ``data_dirs``."""
    trouble = Trouble()
    known = _Data([HERE / "data", *data_dirs], trouble)
    packs: list[Pack] = []
    first: dict[str, str] = {}
    for folder in folders:
        pack = _read_pack(folder, known, first, trouble)
        if pack is not None:
            packs.append(pack)
    if trouble.problems:
        raise PackError(trouble.problems)
    return tuple(sorted(packs, key=lambda pack: pack.id))


# -- data lists -------------------------------------------------------------------------------------


class _Data:
    """The data of some folders: the lists at once, advisories and support dates when a rule asks for them."""

    def __init__(self, folders: Sequence[Path], trouble: Trouble) -> None:
        self._folders = folders
        self._trouble = trouble
        self.lists = _read_lists(folders, trouble)

    @cached_property
    def advisories(self) -> tuple[AdvisoryFile, ...]:
        return read_advisories(self._folders, self._trouble)

    @cached_property
    def support(self) -> tuple[SupportFile, ...]:
        return read_support(self._folders, self._trouble)


def _read_lists(folders: Iterable[Path], trouble: Trouble) -> dict[str, DataList]:
    lists: dict[str, DataList] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            with trouble.caught():
                located = read_yaml(path)
                found = _read_list(located, path, trouble)
                if found is None:
                    continue
                if found.id in lists:
                    trouble.add(located, ("id",), f"the data list '{found.id}' is there twice")
                lists[found.id] = found
    return lists


def _read_list(located: Located, path: Path, trouble: Trouble) -> DataList | None:
    before = len(trouble.problems)
    fields = read_fields(located, (), _LIST, trouble)
    if fields.get("id", path.stem) != path.stem:
        trouble.add(located, ("id",), f"expected the id of the list to be its file name, {path.stem!r}")
    rows = []
    for number in range(rows_of(located, (), "rows", trouble)):
        row = read_fields(located, ("rows", number), _ROW, trouble)
        if not row.get("makers", ("",)):
            trouble.add(located, ("rows", number, "makers"), "expected at least one maker, found none")
        if "from" in row and "to" in row and row["to"] < row["from"]:
            trouble.add(located, ("rows", number, "to"), f"to {row['to']} is before from {row['from']}")
        rows.append({("since" if name == "from" else name): value for name, value in row.items()})
    if len(trouble.problems) > before:
        return None
    return DataList(**{**fields, "rows": tuple(ListRow(**row) for row in rows)})


# -- packs ------------------------------------------------------------------------------------------


def _read_pack(folder: Path, known: _Data, first: dict[str, str], trouble: Trouble) -> Pack | None:
    """One folder; ``first`` maps each rule id met so far to its place. None when something is wrong."""
    before = len(trouble.problems)
    lists = known.lists
    header: dict[str, Any] = {}
    with trouble.caught():
        located = read_yaml(folder / HEADER)
        header = _read_header(located, folder, lists, trouble)
    if not header:
        return None
    used = {name: lists[name] for name in header.get("data", ()) if name in lists}
    reader = RuleReader(header["id"], header.get("sources", {}), used, trouble)
    rules: list[Rule] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name != HEADER:
            with trouble.caught():
                rules += _read_rules(read_yaml(path), reader, first, trouble)
    if not rules and len(trouble.problems) == before:
        trouble.add(located, (), "expected at least one rule in the other .yaml files of the pack, found none")
    for name in header.get("sources", {}):
        if name not in reader.cited and len(trouble.problems) == before:
            trouble.add(located, ("sources", name), f"no rule cites the source '{name}'")
    for name in used:
        if name not in reader.asked and len(trouble.problems) == before:
            trouble.add(located, ("data",), f"no rule asks the data list '{name}'")
    asked = {key for rule in rules for key in asked_facts(rule)}
    advisories = known.advisories if asked.intersection(FLAW_KEYS) else ()
    support = known.support if SUPPORT_KEY in asked else ()
    if len(trouble.problems) > before:
        return None
    fields = {name: value for name, value in header.items() if name not in ("sources", "data")}
    return Pack(
        **fields,
        rules=tuple(sorted(rules, key=lambda rule: rule.id)),
        data=tuple(used.values()),
        advisories=advisories,
        support=support,
        sha256=_digest(folder, (*used.values(), *advisories, *support)),
        place=str(folder / HEADER),
    )


def _read_header(located: Located, folder: Path, lists: dict[str, DataList], trouble: Trouble) -> dict[str, Any]:
    header = read_fields(located, (), _PACK, trouble)
    if header.get("id", folder.name) != folder.name:
        trouble.add(located, ("id",), f"expected the id of the pack to be its folder name, {folder.name!r}")
    if (where := header.get("jurisdiction")) is not None and where not in PACK_JURISDICTIONS:
        trouble.add(located, ("jurisdiction",), f"expected one of: {', '.join(PACK_JURISDICTIONS)}; found {where!r}")
    if "valid_from" in header and "valid_to" in header and header["valid_to"] < header["valid_from"]:
        trouble.add(
            located, ("valid_to",), f"valid_to {header['valid_to']} is before valid_from {header['valid_from']}"
        )
    for number, name in enumerate(header.get("data", ())):
        if name not in lists:
            expected = ", ".join(sorted(lists))
            trouble.add(located, ("data", number), f"unknown data list '{name}'; expected one of: {expected}")
    header.setdefault("id", folder.name)
    return header


def _read_rules(located: Located, reader: RuleReader, first: dict[str, str], trouble: Trouble) -> list[Rule]:
    value = located.value
    for key in value if isinstance(value, dict) else ():
        if key != "rules":
            trouble.add(located, (key,), f"unknown key '{key}'; expected one of: rules")
    found: list[Rule] = []
    for number in range(rows_of(located, (), "rules", trouble)):
        at = ("rules", number)
        rule_id = value["rules"][number].get("id") if isinstance(value["rules"][number], dict) else None
        if isinstance(rule_id, str):
            place = str(located.place(*at, "id"))
            if first.setdefault(rule_id, place) != place:
                trouble.add(located, (*at, "id"), f"the rule id '{rule_id}' is there twice, first at {first[rule_id]}")
        rule = reader.read(located, at)
        if rule is not None:
            found.append(rule)
    return found


def _digest(folder: Path, data: Iterable[DataList | AdvisoryFile | SupportFile]) -> str:
    """Over the names and bytes of the pack's files and the data it asks."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_bytes()
        digest.update(f"{path.name} {len(text)}\n".encode())
        digest.update(text)
    for one in data:
        digest.update(msgspec.json.encode(one))
    return digest.hexdigest()


def asked_facts(rule: Rule) -> tuple[str, ...]:
    """The fact keys a rule asks for, each once, those of ``applies_to`` first."""
    conditions = [rule.condition, *(change.when for change in rule.changes if change.when)]
    if rule.applies_to is not None:
        conditions.insert(0, rule.applies_to)
    return tuple(dict.fromkeys(key for condition in conditions for key in fact_keys(condition)))
