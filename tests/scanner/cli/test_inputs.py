"""Everything an operator states, checked together: one line a mistake, and nothing is sent."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from scanner.cli.inputs import ScanInputs, build_inputs
from scanner.cli.options import scan_options
from scanner.errors import CamauditError, ConfigError, ScopeError, TargetError

TODAY = date(2026, 11, 1)
PAPER = 'authorised_by = "A"\nreference = "R"\nvalid_until = 2026-12-31\n'
NAMES = {"cam": ["10.0.0.5"], "web": ["203.0.113.5"], "far": ["10.9.0.1"], "local": ["127.37.3.1"]}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the machine reach a test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def inputs(*arguments: str, stdin: str = "", environ: dict[str, str] | None = None) -> ScanInputs:
    """``build_inputs`` through click, as a command uses it."""
    asked: list[str] = []
    built: list[ScanInputs] = []

    def resolve(name: str) -> Sequence[str]:
        assert name not in asked, "a name is looked up once"
        asked.append(name)
        if name not in NAMES:
            raise OSError(-2, "Name or service not known")
        return NAMES[name]

    @click.command()
    @scan_options
    def scan(**given: Any) -> None:
        built.append(
            build_inputs(
                given, today=TODAY, stdin=io.StringIO(stdin), resolve=resolve, environ=environ or {},
                known_formats=("html", "json"),
            )
        )  # fmt: skip

    result = CliRunner().invoke(scan, arguments, standalone_mode=False)
    if result.exception:
        raise result.exception
    return built[0]


def addresses(found: ScanInputs) -> list[str]:
    return [target.address for target in found.targets()]


def write(tmp_path: Path, name: str, text: str, mode: int = 0o600) -> str:
    path = tmp_path / name
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_loopback_needs_nothing() -> None:
    found = inputs("127.37.0.0/29", "--exclude", "127.37.0.2")
    assert (
        addresses(found) == addresses(found) == ["127.37.0.1", "127.37.0.3", "127.37.0.4", "127.37.0.5", "127.37.0.6"]
    )
    assert found.count == 5
    assert found.scope.permits("127.37.0.1")
    assert not found.scope.permits("127.37.0.2")
    assert found.settings.pace == "polite"
    assert not found.logins


def test_everything_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "x")
    scope = write(tmp_path, "scope.toml", PAPER + 'allow = ["10.0.0.0/24", "192.0.2.1"]\ndeny = ["10.0.0.2"]')
    estate = write(tmp_path, "estate.toml", "[[site]]\nname = 'Hall'\nranges = ['10.0.0.0/28']")
    logins = write(tmp_path, "logins.toml", "[[login]]\nuser = 'a'\npassword = 'env:PW'")
    more = write(tmp_path, "more.txt", "192.0.2.1\ncam\n")
    found = inputs(
        "10.0.0.0/29", "-iL", more, "--scope-file", scope, "--estate", estate, "--logins", logins, "-T", "fast",
        "--ports", "80,8000-8001", "-f", "html,json", "-o", "out", "--fail-on", "high", "-vv", "--no-color",
        "--dry-run", "--exclude", "10.0.0.3",
    )  # fmt: skip
    assert addresses(found) == ["10.0.0.1", "10.0.0.4", "10.0.0.5", "10.0.0.6", "192.0.2.1"]
    assert [target.site for target in found.targets()] == ["Hall"] * 4 + [""]
    assert found.count == 5
    assert found.scope.why_not("10.0.0.3") == found.scope.why_not("10.0.0.2") == "is denied by the scope"
    assert found.scope.record().authorised_by == "A"
    assert found.settings.ports == (80, 8000, 8001)
    assert found.settings.formats == ("html", "json")
    assert (found.settings.log_level, found.settings.color, found.settings.pace) == ("debug", False, "fast")
    assert found.output == Path("out")
    assert found.dry_run
    assert found.logins.for_device("10.0.0.1")


def test_the_sites_are_the_targets_when_none_is_given(tmp_path: Path) -> None:
    estate = write(
        tmp_path, "e.toml", "[[site]]\nname='A'\nranges=['127.37.1.0/30']\n[[site]]\nname='B'\nranges=['127.37.2.1']"
    )
    found = inputs("--estate", estate)
    assert [(one.address, one.site) for one in found.targets()] == [
        ("127.37.1.1", "A"), ("127.37.1.2", "A"), ("127.37.2.1", "B"),
    ]  # fmt: skip


def test_flags_authorise_private_addresses_and_names() -> None:
    found = inputs("cam", "10.9.0.0/30", "local", "--authorised-by", "A", "--reference", "R")
    assert addresses(found) == ["10.0.0.5", "10.9.0.1", "10.9.0.2", "127.37.3.1"]
    assert [one.label for one in found.targets()] == ["cam", "", "", "local"]
    assert found.scope.permits("10.0.0.5")
    assert not found.scope.permits("10.0.0.6")
    assert addresses(inputs("local")) == ["127.37.3.1"]


def test_stdin() -> None:
    assert addresses(inputs("-", stdin="127.37.0.1\n127.37.0.9 # x\n")) == ["127.37.0.1", "127.37.0.9"]
    assert addresses(inputs("-iL", "-", stdin="127.37.0.1")) == ["127.37.0.1"]
    found = inputs("127.37.0.1", "--user", "audit", "--password-stdin", stdin="se cret \r\nrest")
    login = found.logins.for_device("127.37.0.1")
    assert login
    assert (login.user, login.password.reveal()) == ("audit", "se cret ")


def test_settings_name_files_too(tmp_path: Path) -> None:
    write(tmp_path, "scope.toml", PAPER + 'allow = ["10.0.0.0/24"]')
    write(tmp_path, "camaudit.toml", "scope_file = 'scope.toml'\nrate = 5\n")
    found = inputs("10.0.0.1", "--rate", "7", environ={"CAMAUDIT_TIMEOUT": "2", "NO_COLOR": "1"})
    assert (found.settings.rate, found.settings.timeout, found.settings.color) == (7, 2, False)
    assert found.scope.permits("10.0.0.1")


FILES = {
    "targets.txt": "127.37.0.1\n\n10.0.0.0/33\n",
    "reversed.txt": "127.37.0.9-127.37.0.1\n",
    "private.txt": "127.37.0.1\n10.0.0.0/24\n",
    "public.txt": "10.0.0.1\n203.0.113.5\n",
    "outside.txt": "10.0.0.1\n10.1.0.1\n",
    "names.txt": "cam\nweb\n",
    "empty.txt": "",
    "scope.toml": PAPER + 'allow = ["10.0.0.0/24"]\ndeny = ["10.0.0.0/28"]',
    "expired.toml": PAPER.replace("2026-12-31", "2026-10-31") + 'allow = ["10.0.0.0/24"]',
    "covered.toml": PAPER + 'allow = ["10.0.0.0/24"]\ndeny = ["10.0.0.0/8"]',
    "nothing.toml": PAPER + "allow = []",
    "misspelt.toml": PAPER + 'allow = ["10.0.0.0/24"]\nalow = []',
    "twice.toml": 'allow = ["10.0.0.0/24"]\nallow = ["10.0.0.0/24"]',
    "estate.toml": "[[site]]\nname = 'A'\nkind = 'x'",
    "bare.toml": "[organisation]\nname = 'A'",
    "literal.toml": "[[login]]\nuser = 'a'\npassword = 'hunter2-canary'",
    "noenv.toml": "[[login]]\nuser = 'a'\npassword = 'env:NOT_THERE_AT_ALL'",
    "nofile.toml": "[[login]]\nuser = 'a'\npassword = 'file:not-there'",
    "settings.toml": "\nports = [80, 70000]",
    "format.toml": "formats = ['docx']",
}


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ("10.0.0.0/33", TargetError, "expected a CIDR"),
        ("127.37.0.9-1", TargetError, "the range 127.37.0.9-1 is reversed"),
        ("", TargetError, "expected something to audit"),
        ("-iL targets.txt", TargetError, "targets.txt:3: expected a CIDR"),
        ("-iL reversed.txt", TargetError, "reversed.txt:1: the range"),
        ("-iL empty.txt", TargetError, "empty.txt: expected at least one"),
        ("-iL none.txt", TargetError, "none.txt: cannot be read: No such file or directory"),
        ("-iL private.txt", ScopeError, "private.txt:2: 10.0.0.0 is not loopback: give a scope file"),
        ("10.0.0.1 --authorised-by A", ScopeError, "10.0.0.1 is not loopback"),
        ("-iL public.txt --authorised-by A --reference R", ScopeError, "public.txt:2: 203.0.113.5 is a public address"),
        ("-iL outside.txt --scope-file scope.toml", TargetError, "outside.txt:1: 10.0.0.1 is denied by the scope"),
        ("10.0.0.0/23 --scope-file scope.toml", TargetError, "10.0.0.0/23: 10.0.1.0 is not in scope"),
        ("203.0.113.5 --scope-file scope.toml", TargetError, "203.0.113.5 is not in scope"),
        ("127.0.0.1 --scope-file scope.toml", TargetError, "127.0.0.1 is not in scope"),
        (
            "-iL names.txt --authorised-by A --reference R", TargetError,
            "names.txt:2: the host name web resolves to 203.0.113.5, which is a public",
        ),
        ("web", TargetError, "the host name web resolves to 203.0.113.5, which is a public address"),
        ("far --scope-file scope.toml", TargetError, "the host name far resolves to 10.9.0.1, which is not in scope"),
        ("cam", TargetError, "the host name cam resolves to 10.0.0.5, which is not loopback: give a scope file"),
        ("gone", TargetError, "the host name gone cannot be resolved: Name or service not known"),
        ("10.0.0.99 --scope-file expired.toml", ScopeError, "expired.toml:3: the authorisation ended on 2026-10-31"),
        ("10.0.0.99 --scope-file covered.toml", ScopeError, "covered.toml:5: deny covers everything"),
        ("10.0.0.99 --scope-file nothing.toml", ScopeError, "nothing.toml: the scope permits no address"),
        ("10.0.0.99 --scope-file misspelt.toml", ScopeError, "misspelt.toml:5: unknown key 'alow'"),
        ("10.0.0.99 --scope-file twice.toml", ScopeError, "twice.toml:2: is not TOML: duplicate key"),
        ("10.0.0.99 --scope-file scope.toml --authorised-by A", ScopeError, "expected --scope-file or --authorised-by"),
        ("127.37.0.1 --exclude 127.37.0.0/24", TargetError, "no address is left to audit"),
        ("127.37.0.1 --exclude cam", TargetError, "found the name cam"),
        ("127.37.0.1 --exclude-file targets.txt", TargetError, "targets.txt:3: expected a CIDR"),
        ("127.0.0.0/8", TargetError, "expected at most 1,048,576 addresses, found 16,777,214"),
        ("127.37.0.1 --estate estate.toml", ConfigError, "estate.toml:3: unknown key 'kind'"),
        ("--estate bare.toml", TargetError, "expected something to audit"),
        ("127.37.0.1 --logins literal.toml", ConfigError, "literal.toml:3: expected a reference"),
        ("127.37.0.1 --logins noenv.toml", ConfigError, "noenv.toml:3: the environment variable NOT_THERE_AT_ALL"),
        ("127.37.0.1 --logins nofile.toml", ConfigError, "nofile.toml:3: "),
        (
            "127.37.0.1 --logins noenv.toml --user x --password-stdin", ConfigError,
            "expected --logins or --user, found both",
        ),
        ("127.37.0.1 --password-stdin", ConfigError, "belong to --user NAME"),
        ("127.37.0.1 --user x", ConfigError, "give it by --password-stdin"),
        ("127.37.0.1 --user x --password-stdin", ConfigError, "expected a password for --user, found nothing"),
        ("- --user x --password-stdin", ConfigError, "expected one thing to be read from stdin"),
        ("- -iL -", ConfigError, "expected one thing to be read from stdin"),
        (
            "127.37.0.1 --config settings.toml", ConfigError,
            "settings.toml:2: expected an integer <= 65535, found 70000",
        ),
        (
            "127.37.0.1 --config format.toml", ConfigError,
            "format.toml:1: expected one of the formats: html, json; found 'docx'",
        ),
        ("127.37.0.1 --config none.toml", ConfigError, "none.toml: cannot be read"),
        ("127.37.0.1 --ports 80,70000", ConfigError, "--ports: expected ports from 1 to 65535, found 70000"),
        ("127.37.0.1 --ports 0", ConfigError, "--ports: expected ports from 1 to 65535, found 0"),
        ("127.37.0.1 --rate fast", ConfigError, "--rate: expected a number, found 'fast'"),
        ("127.37.0.1 --rate -5", ConfigError, "--rate: expected a number > 0"),
        ("127.37.0.1 --concurrency 1.5", ConfigError, "--concurrency: expected an integer"),
        ("127.37.0.1 --pace insane", ConfigError, "--pace: expected one of: polite, normal, fast; found 'insane'"),
        ("127.37.0.1 -f docx", ConfigError, "--format: expected one of the formats: html, json; found 'docx'"),
        ("127.37.0.1 -q -v", ConfigError, "expected --quiet or --verbose, found both"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, arguments: str, kind: type[CamauditError], message: str) -> None:
    for name, text in FILES.items():
        write(tmp_path, name, text)
    with pytest.raises(CamauditError) as error:
        inputs(*arguments.split())
    assert type(error.value) is kind
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_large_audit_can_be_allowed() -> None:
    assert inputs("127.0.0.0/8", "--max-targets", "20000000").count == (1 << 24) - 2


def test_a_password_can_be_asked_for() -> None:
    given = {"targets": ("127.37.0.1",), "user": "audit"}
    found = build_inputs(given, today=TODAY, stdin=io.StringIO(), ask_password=lambda: "typed", environ={})
    login = found.logins.for_device("127.37.0.1")
    assert login
    assert login.password.reveal() == "typed"
    assert "typed" not in repr(found)
