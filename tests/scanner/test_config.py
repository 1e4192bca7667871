"""Settings: five places, the nearer one wins, and every mistake has its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.config import KEYS, expand_names, load, parse_ports
from scanner.errors import ConfigError


def test_precedence(tmp_path: Path) -> None:
    user, here, given = tmp_path / "user.toml", tmp_path / "camaudit.toml", tmp_path / "given.toml"
    user.write_text("rate = 1\nper_host = 1\ntimeout = 1\nhost_timeout = 1\nconcurrency = 1")
    here.write_text("per_host = 2\ntimeout = 2\nhost_timeout = 2\nconcurrency = 2")
    given.write_text("timeout = 3\nhost_timeout = 3\nconcurrency = 3")
    environ = {"CAMAUDIT_HOST_TIMEOUT": "4", "CAMAUDIT_CONCURRENCY": "4", "CAMAUDIT_OTHER": "x", "CAMAUDIT_PACE": ""}
    config = load({"concurrency": 5, "pace": None}, environ=environ, config=given, here=tmp_path, user=user)
    settings = config.settings
    assert (settings.rate, settings.per_host, settings.timeout) == (1, 2, 3)
    assert (settings.host_timeout, settings.concurrency, settings.pace) == (4, 5, "polite")
    assert str(config.where("rate")) == f"{user}:1"
    assert str(config.where("per_host")) == f"{here}:1"
    assert str(config.where("host_timeout")) == "CAMAUDIT_HOST_TIMEOUT"
    assert str(config.where("concurrency")) == "--concurrency"
    assert config.where("pace") is None


def test_paths_start_where_their_file_is(tmp_path: Path) -> None:
    (tmp_path / "camaudit.toml").write_text("output = 'out'\nlogins = '/etc/x'\n")
    settings = load(environ={"CAMAUDIT_ESTATE": "e.toml"}, here=tmp_path, user=tmp_path / "none").settings
    assert settings.output == str(tmp_path / "out")
    assert settings.logins == "/etc/x"
    assert settings.estate == "e.toml"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("ports = [80,\n70000]", 2, "expected an integer <= 65535, found 70000"),
        ("ports = [0]", 1, "expected an integer >= 1, found 0"),
        ("\nprots = [80]", 2, "unknown key 'prots'; expected one of: color, concurrency"),
        ("pace = 'insane'", 1, "expected one of: fast, normal, polite; found 'insane'"),
        ("rate = 0", 1, "expected a number > 0"),
        ("rate = nan", 1, "expected a number > 0"),
        ("rate = 'many'", 1, "found 'many'"),
        ("min_coverage = 101", 1, "expected a number <= 100"),
        ("fail_on = 'bad'", 1, "expected one of: critical, high, info, low, medium, never; found 'bad'"),
        ("concurrency = 0", 1, "expected an integer >= 1"),
        ("ports = [80, 443,\n80]", 2, "80 is in the list twice"),
        ("rate = 1\nrate = 2", 2, "duplicate key"),
    ],
)
def test_mistakes_in_a_settings_file(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(environ={}, config=path, here=tmp_path / "none", user=tmp_path / "none")
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(environ={}, config=tmp_path / "none.toml", here=tmp_path, user=tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("PORTS", "80,x", "expected an integer, found 'x'"),
        ("PORTS", "80,99999", "expected an integer <= 65535, found 99999"),
        ("COLOR", "maybe", "expected true or false, found 'maybe'"),
        ("RATE", "fast", "found 'fast'"),
        ("PACE", "10", "expected one of: fast, normal, polite; found '10'"),
    ],
)
def test_mistakes_in_the_environment(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(environ={f"CAMAUDIT_{name}": text}, here=tmp_path, user=tmp_path / "none")
    assert str(error.value).startswith(f"CAMAUDIT_{name}: ")
    assert message in str(error.value)


def test_the_environment_knows_every_key(tmp_path: Path) -> None:
    environ = {
        "CAMAUDIT_PORTS": "80, 443",
        "CAMAUDIT_FORMATS": "html,json",
        "CAMAUDIT_COLOR": "no",
        "CAMAUDIT_RATE": "2.5",
    }
    settings = load(environ=environ, here=tmp_path, user=tmp_path / "none").settings
    assert (settings.ports, settings.formats, settings.color, settings.rate) == (
        (80, 443),
        ("html", "json"),
        False,
        2.5,
    )
    assert {"pace", "fail_on", "waivers"} <= set(KEYS)


def test_ports() -> None:
    assert parse_ports("80,443, 8000-8002,80") == (80, 443, 8000, 8001, 8002)
    for text in ("", "0", "65536", "80-", "90-80", "a", "1-99999", "-1", "٣", "80;81", "100000000000"):
        with pytest.raises(ValueError, match=r"^[^\n]+$"):
            parse_ports(text)


def test_names() -> None:
    assert expand_names(["html, json", "csv", "json", ""]) == ("html", "json", "csv")
