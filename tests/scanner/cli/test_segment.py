"""``--probe`` and ``--local``: from every place a setting may stand, and what a dry run says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.cli.scan import command
from scanner.errors import CamauditError, ConfigError, ScopeError


def dry_run(*words: str, env: dict[str, str] | None = None) -> str:
    result = CliRunner().invoke(command, [*words, "--dry-run"], env=env)
    if isinstance(result.exception, CamauditError):
        raise result.exception
    return result.stdout


def test_a_dry_run_says_what_would_be_asked() -> None:
    """Finders with their doubts, groups with their interfaces; neither when nobody asked for them."""
    said = dry_run("127.0.0.1", "--probe", "hanwha,tplink", "--probe", "tvt", "--local", "lo", "--local", "lo")
    assert "to each IPv4 address: hanwha (unverified), tplink, tvt (unverified, by multicast only)" in said
    assert "Multicast groups on lo: dhip, mdns, sadp, ssdp, tvt, ws-discovery; one question each, one repeat" in said

    plain = dry_run("127.0.0.1")
    assert "Finders" not in plain
    assert "Multicast" not in plain


def test_local_needs_no_name() -> None:
    """Without a value it means every interface whose network is in scope, and here that is loopback."""
    assert "Multicast groups on lo:" in dry_run("127.0.0.1", "--local")
    assert "Multicast groups on lo:" in dry_run("--local=all", "127.0.0.1")


def test_files_and_variables_may_name_them_too(tmp_path: Path) -> None:
    """A mistake is told with the place it stands in."""
    config = tmp_path / "camaudit.toml"
    config.write_text('probes = ["sony"]\nlocal = ["lo"]\n')
    said = dry_run("127.0.0.1", "-c", str(config))
    assert "sony (unverified)" in said
    assert "Multicast groups on lo" in said
    assert "dvrip" in dry_run("127.0.0.1", env={"CAMAUDIT_PROBES": "dvrip, sony"})

    config.write_text('pace = "fast"\nprobes = ["soni"]\n')
    with pytest.raises(ConfigError, match=r"camaudit\.toml:2: expected one of the finders: bosch, .*found 'soni'"):
        dry_run("127.0.0.1", "-c", str(config))
    with pytest.raises(ScopeError, match=r"CAMAUDIT_LOCAL: expected an interface of this machine \(.*\), found 'eth7'"):
        dry_run("127.0.0.1", env={"CAMAUDIT_LOCAL": "eth7"})


@pytest.mark.parametrize("word", ["10.0.0.0/24", "127.0.0.1", "fd00::1"])
def test_a_target_in_the_place_of_an_interface(word: str) -> None:
    """--local takes the word after it; the message says how to write it."""
    with pytest.raises(ConfigError, match=f"found '{word}': before a target write --local=all"):
        dry_run("--local", word)
