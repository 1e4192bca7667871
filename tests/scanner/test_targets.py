"""Targets: parsed strictly, expanded lazily, each address once."""

from __future__ import annotations

import io
import ipaddress
import time
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import targets
from scanner.addresses import AddressSet
from scanner.errors import TargetError
from scanner.scope import Scope


def addresses(*texts: str, exclude: str = "") -> list[str]:
    wanted = targets.parse_targets(texts)
    leave = targets.parse_excludes([exclude])
    found = [target.address for target in targets.expand(wanted, leave)]
    assert targets.count(wanted, leave) == len(found)
    return found


def test_kinds_of_targets() -> None:
    assert addresses("10.0.0.0/30") == ["10.0.0.1", "10.0.0.2"]
    assert addresses("10.0.0.0/31") == ["10.0.0.0", "10.0.0.1"]
    assert addresses("10.0.0.0/32", "10.0.0.9") == ["10.0.0.0", "10.0.0.9"]
    assert addresses("10.0.0.1-3") == addresses("10.0.0.1-10.0.0.3") == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert addresses("10.0.0.254-10.0.1.1") == ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]
    assert addresses("fd00::/126") == ["fd00::1", "fd00::2", "fd00::3"]


def test_each_address_once_and_exclusions() -> None:
    assert addresses("10.0.0.2", "10.0.0.0/29", "10.0.0.1-4") == [f"10.0.0.{n}" for n in (2, 1, 3, 4, 5, 6)]
    assert addresses("10.0.0.0/29", exclude="10.0.0.2,10.0.0.4-5") == ["10.0.0.1", "10.0.0.3", "10.0.0.6"]
    assert addresses("10.0.0.0/30", "10.0.0.0") == ["10.0.0.1", "10.0.0.2", "10.0.0.0"]


def test_a_slash_eight_is_not_materialised() -> None:
    wanted = targets.parse_targets(["10.0.0.0/8", "fd00::/64"])
    started = time.perf_counter()
    assert targets.count(wanted) == (1 << 24) - 2 + (1 << 64) - 1
    assert [target.address for target in islice(targets.expand(wanted), 2)] == ["10.0.0.1", "10.0.0.2"]
    assert time.perf_counter() - started < 1
    with pytest.raises(TargetError, match=r"expected at most 1,048,576 addresses, found 16,777,214: .* --max-targets"):
        targets.refuse_too_many((1 << 24) - 2)
    targets.refuse_too_many((1 << 24) - 2, 1 << 24)
    with pytest.raises(TargetError, match="no address is left"):
        targets.refuse_too_many(0)


def test_a_long_list_costs_no_square() -> None:
    wanted = targets._parse_lines("\n".join(f"10.{n >> 8 & 255}.{n & 255}.7" for n in range(60_000)), "f")
    started = time.perf_counter()
    assert targets.count(wanted) == 60_000
    assert time.perf_counter() - started < 5


small = st.integers(0, 40)
pieces = st.one_of(
    st.integers(26, 32).map(lambda prefix: f"10.0.0.0/{prefix}"),
    st.tuples(small, small).map(lambda pair: f"10.0.0.{min(pair)}-{max(pair)}"),
    small.map(lambda number: f"10.0.0.{number}"),
)


def plain(texts: list[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        if "/" in text:
            found |= {str(host) for host in ipaddress.ip_network(text).hosts()}
        elif "-" in text:
            first, last = text.rsplit(".", 1)[1].split("-")
            found |= {f"10.0.0.{number}" for number in range(int(first), int(last) + 1)}
        else:
            found.add(text)
    return found


@settings(deadline=None)
@given(st.lists(pieces, max_size=6), st.lists(pieces.filter(lambda text: "/" not in text), max_size=3))
def test_expansion_agrees_with_ipaddress(asked: list[str], left_out: list[str]) -> None:
    found = addresses(*asked, exclude=",".join(left_out))
    assert len(found) == len(set(found))
    assert set(found) == plain(asked) - plain(left_out)


@pytest.mark.parametrize(
    "text",
    ["10.0.0.300", "10.0.0.1/40", "10.0.0.9-2", "--script=x", "-sV", "10.0.0.1 -oN x", "a;b", "", "http://10.0.0.1/"],
)
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(TargetError, match=r"^[^\n]+$"):
        targets.parse_target(text)


def test_files_and_stdin(tmp_path: Path) -> None:
    path = tmp_path / "targets.txt"
    path.write_text("# header\n10.0.0.1  10.0.0.5 # two\n\n10.0.0.8/30\r\n")
    assert [one.text for one in targets.read_file(path)] == ["10.0.0.1", "10.0.0.5", "10.0.0.8/30"]
    assert [one.text for one in targets.read_file("-", io.StringIO("10.0.0.1\ncam-1"))] == ["10.0.0.1", "cam-1"]
    assert [one.text for one in targets.parse_targets(["-", "::1"], io.StringIO("10.0.0.1"))] == ["10.0.0.1", "::1"]
    for text, message in {
        "": f"{path}: expected at least one",
        "# only\n": f"{path}: expected at least one",
        "10.0.0.1\n\n10.0.0.1/99\n": f"{path}:3: expected a CIDR",
        "10.0.0.9-10.0.0.1": f"{path}:1: the range 10.0.0.9-10.0.0.1 is reversed",
        "ok\n-oN x": f"{path}:2: expected",
    }.items():
        path.write_text(text)
        with pytest.raises(TargetError) as error:
            targets.read_file(path)
        assert str(error.value).startswith(message)
        assert "\n" not in str(error.value)
    with pytest.raises(TargetError, match=r"^<stdin>:2: "):
        targets.read_file("-", io.StringIO("10.0.0.1\n10.0.0.x"))
    with pytest.raises(TargetError, match="cannot be read"):
        targets.read_file(tmp_path / "none")


def test_names_are_resolved_once_checked_and_pinned() -> None:
    asked: list[str] = []

    def resolve(name: str) -> list[str]:
        asked.append(name)
        if name == "gone":
            raise OSError(-2, "Name or service not known")
        return {"cam": ["203.0.113.5", "10.0.0.5"], "web": ["203.0.113.5"]}[name]

    scope = Scope.from_flags(["10.0.0.0/24"], "A", "R")
    pinned = targets.pin(targets.parse_targets(["cam", "10.0.0.7"]), scope.why_not, resolve)
    assert [(one.address, one.label) for one in targets.expand(pinned)] == [("10.0.0.5", "cam"), ("10.0.0.7", "")]
    assert asked == ["cam"]
    with pytest.raises(TargetError, match=r"the host name web resolves to 203\.0\.113\.5, which is not in scope"):
        targets.pin(targets.parse_targets(["web"]), scope.why_not, resolve)
    with pytest.raises(TargetError, match="the host name gone cannot be resolved: Name or service not known"):
        targets.pin(targets.parse_targets(["gone"]), scope.why_not, resolve)
    with pytest.raises(TargetError, match="was not resolved"):
        targets.count(targets.parse_targets(["cam"]))


def test_the_resolver_of_this_machine() -> None:
    assert "127.0.0.1" in targets.resolve("localhost")


def test_targets_outside_the_scope() -> None:
    allowed = AddressSet.of(one.span for one in targets.parse_targets(["10.0.0.0/24"]) if one.span)
    denied = AddressSet.of(one.span for one in targets.parse_targets(["10.0.0.16/28"]) if one.span)
    scope = Scope.from_flags(["10.0.0.0/24"], "A", "R", deny=["10.0.0.16/28"])
    targets.check_in_scope(targets.parse_targets(["10.0.0.0/24"]), allowed - denied, denied, scope.why_not)
    for text, message in {
        "10.0.0.0/23": r"10\.0\.0\.0/23: 10\.0\.1\.0 is not in scope",
        "8.8.8.8": r"8\.8\.8\.8 is not in scope",
        "10.0.0.17": r"10\.0\.0\.17 is denied by the scope as a whole",
    }.items():
        with pytest.raises(TargetError, match=message):
            targets.check_in_scope(targets.parse_targets([text]), allowed - denied, denied, scope.why_not)


def test_excludes_are_addresses(tmp_path: Path) -> None:
    path = tmp_path / "not.txt"
    path.write_text("10.0.0.1\n10.0.0.4/30\n")
    assert targets.parse_excludes(["10.0.0.9, 10.0.0.10"], [path]).size == 7
    with pytest.raises(TargetError, match="found the name cam"):
        targets.parse_excludes(["cam"])
    with pytest.raises(TargetError):
        targets.parse_excludes(["10.0.0.0/99"])


def test_sites_of_addresses() -> None:
    wanted = [*targets.parse_targets(["10.0.0.1"]), targets.parse_target("10.0.0.2", None, "Leeds")]
    found = targets.expand(wanted, site_of=lambda address: f"site of {address}")
    assert [one.site for one in found] == ["site of 10.0.0.1", "Leeds"]
