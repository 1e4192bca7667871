"""The house: where things may stand, who may import whom, and what is registered by being there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from needs import ROOT

ROOMS = ("scanner", "rules", "reports")
TOP_LEVEL = {
    "pyproject.toml", "scanner", "rules", "reports", "tests", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md",
    "Makefile", "docs",
}  # fmt: skip


def sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def test_imports_point_one_way() -> None:
    """Data walks from the scanner to the rules to the reports, and the lab shares no wire code with the scanner."""
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr


def test_the_top_level_is_as_agreed() -> None:
    """Nothing but the agreed files and folders is tracked at the top, dotfiles apart."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")

    found = {line.split("/")[0] for line in listed.stdout.splitlines() if not line.startswith(".")}

    assert found <= TOP_LEVEL


NETWORK_MODULES = {
    "socket",
    "ssl",
    "requests",
    "urllib3",
    "urllib.request",
    "http.client",
    "zeep",
    "onvif",
    "nmap",
    "smtplib",
    "ftplib",
    "telnetlib",
}
NETWORK_CALLS = {"open_connection", "create_connection", "create_datagram_endpoint", "start_server", "sock_connect"}
MAY_TALK = ("scanner/net/", "scanner/lab/")
# Each of these asks a library for something that sends nothing: a version, an XML reader, a name look-up, a free port.
EXCEPTIONS = {
    ("scanner/discovery/nmap_stream.py", "nmap"),
    ("scanner/targets.py", "socket"),
    ("scanner/logins.py", "requests"),  # the type of the errors hvac raises; it talks to the operator's own vault
    ("scanner/cli/doctor.py", "socket"),
    ("scanner/cli/doctor.py", "nmap"),
    ("scanner/cli/doctor.py", "ssl"),
}


def test_only_the_door_opens_sockets() -> None:
    """No module outside scanner/net (and the lab) imports a network library or calls a connecting function."""
    offenders = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sources()
        if not str(path.relative_to(ROOT)).startswith(MAY_TALK)
        for line, name in _network_use(path)
        if (str(path.relative_to(ROOT)), name) not in EXCEPTIONS
    ]

    assert offenders == []


def _network_use(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if _is_network(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and _is_network(node.module):
            yield node.lineno, node.module
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in NETWORK_CALLS:
            yield node.lineno, node.func.attr


def _is_network(module: str) -> bool:
    return module in NETWORK_MODULES or module.split(".")[0] in NETWORK_MODULES


def test_rules_and_reports_read_no_clock() -> None:
    """The date is an argument: an old audit is judged the same way for ever."""
    clock = re.compile(r"\b(datetime|date)\.(now|today|utcnow)\(|\btime\.time\(")
    offenders = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.relative_to(ROOT).parts[0] in ("rules", "reports") and clock.search(path.read_text(encoding="utf-8"))
    ]

    assert offenders == []


@pytest.mark.parametrize(
    ("folder", "registry"),
    [
        ("scanner/drivers", "scanner.drivers:load_drivers"),
        ("reports", "reports:load_reports"),
    ],
)
def test_being_there_is_being_registered(folder: str, registry: str) -> None:
    """Each member of a folder that says DRIVER or REPORT is found by the loader, and nothing else is."""
    import importlib

    word = {"scanner/drivers": "DRIVER", "reports": "REPORT"}[folder]
    there = set()
    for path in sorted((ROOT / folder).iterdir()):
        source = path / "__init__.py" if path.is_dir() else path
        if (
            source.suffix == ".py"
            and source.is_file()
            and re.search(rf"^{word}\b", source.read_text(encoding="utf-8"), re.M)
        ):
            there.add(path.stem)
    module, _, function = registry.partition(":")

    found = getattr(importlib.import_module(module), function)()

    assert there
    assert {name.rpartition(".")[2] for name in found} == there


def test_every_command_has_its_line_of_help() -> None:
    """The folder of commands, the help text and the table in the README agree."""
    from scanner.cli import HELP

    modules = {
        path.stem
        for path in (ROOT / "scanner" / "cli").glob("[a-z]*.py")
        if re.search(r"^(def command|command\b)", path.read_text(encoding="utf-8"), re.M)
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert {name.removesuffix("_") for name in modules} == set(HELP)
    assert [name for name in HELP if f"camaudit {name}" not in readme] == []


def test_the_project_speaks_of_itself_alone() -> None:
    """No path of a machine and no silent skip of checks in the sources."""
    words = re.compile(r"/work/|/root/|/home/\w+/")
    offenders = [
        str(path.relative_to(ROOT))
        for room in (*ROOMS, "tests", "docs")
        for path in sorted((ROOT / room).rglob("*"))
        if path.suffix in {".py", ".yaml", ".md", ".toml", ".j2"} and path.name != Path(__file__).name
        and words.search(path.read_text(encoding="utf-8"))
    ]  # fmt: skip

    assert offenders == []
