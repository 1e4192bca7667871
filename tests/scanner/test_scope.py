"""The authorisation: what it permits, and every way it can be wrong."""

from __future__ import annotations

import ipaddress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.scope import Scope

TODAY = date(2026, 11, 1)
PAPER = 'authorised_by = "J. Doe, CISO"\nreference = "TCK-1"\nvalid_until = 2026-12-31\n'


def scope_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scope.toml"
    path.write_text(text)
    return path


def test_loopback_needs_no_paper() -> None:
    scope = Scope.loopback()
    assert scope.permits("127.37.0.1")
    assert scope.permits("::1")
    assert not scope.permits("10.0.0.1")
    assert not scope.permits("128.0.0.1")
    assert Scope.from_flags(["127.37.0.0/16"]).permits("127.37.9.9")


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "::1", "8.8.8.8", "255.255.255.255", "0.0.0.0", "224.0.0.1", "ff02::1"]
)
def test_an_empty_allow_list_permits_nothing(address: str) -> None:
    assert not Scope().permits(address)
    assert Scope().why_not(address)


def test_a_scope_file(tmp_path: Path) -> None:
    text = PAPER + 'allow = ["10.20.0.0/16", "10.30.0.1-10.30.0.9", "192.0.2.7", "fd00::/64"]\ndeny = ["10.20.5.0/24"]'
    scope = Scope.from_file(scope_file(tmp_path, text), TODAY)
    for address, why in {
        "10.20.0.1": "", "10.30.0.9": "", "192.0.2.7": "", "fd00::5": "", "::ffff:10.20.0.1": "",
        "10.20.5.1": "is denied by the scope", "10.30.0.10": "is not in scope", "192.0.2.8": "is not in scope",
        "127.0.0.1": "is not in scope", "camera": "is no IP address", "": "is no IP address",
        "239.255.255.250": "is no address of a single device",
    }.items():  # fmt: skip
        assert scope.why_not(address) == why, address
        assert scope.permits(address) == (not why), address
    record = scope.record()
    assert record.authorised_by == "J. Doe, CISO"
    assert record.valid_until == date(2026, 12, 31)
    assert "10.20.0.0/16" in record.allow
    assert scope.notes == ()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (PAPER + 'allow = ["10.0.0.0/33"]', 4, "expected a CIDR such as 10.20.0.0/16, found '10.0.0.0/33'"),
        (PAPER + 'allow = [\n"10.0.0.1",\n"10.0.0.9-10.0.0.2"]', 6, "is reversed"),
        (PAPER + 'allow = ["10.0.0.1/24"]', 4, "write 10.0.0.0/24"),
        (PAPER + 'allow = ["camera.example"]', 4, "expected a"),
        (PAPER + 'allow = ["10.0.0.0/24"]\ndeny = ["10.0.0.0/16"]', 5, "deny covers everything"),
        (PAPER + 'allow = ["10.0.0.0/24"]\ndeny = ["10.0.0.0/25", "10.0.0.128/25"]', 5, "deny covers everything"),
        (PAPER + 'allow = ["10.0.0.0/24"]\ndenny = []', 5, "unknown key 'denny'; expected one of: allow"),
        (PAPER + "allow = [10]", 4, "expected text, found 10"),
        (PAPER + 'allow = ["224.0.0.0/4"]', 4, "224.0.0.0 is no address of a single device"),
        (PAPER + 'allow = ["0.0.0.0/0"]', 4, "0.0.0.0 is no address of a single device"),
        (PAPER + 'allow = ["64.0.0.0/2"]', 4, "holds private and public addresses"),
        (PAPER + 'allow = ["32.0.0.0/4"]', 4, "is too wide to name public addresses: expected /8 or narrower"),
        (PAPER + 'allow = ["192.0.0.0/8"]', 4, "holds private and public addresses: name them apart"),
        (PAPER + 'allow = ["10.0.0.0/24"]\nallow = []', 5, "duplicate key"),
        (PAPER, 1, "expected a key 'allow', found none"),
        ('allow = ["10.0.0.0/24"]\nreference = "R"', 1, "expected 'authorised_by' to say who authorised this"),
        ('allow = ["10.0.0.0/24"]\nauthorised_by = "A"\nreference = " "', 3, "expected 'reference'"),
        (PAPER.replace("2026-12-31", "2026-10-31"), 3, None),
        (PAPER.replace("2026-12-31", "'soon'") + "allow = []", 3, "expected a date (YYYY-MM-DD), found 'soon'"),
        ("", 1, "expected a key 'allow', found none"),
        ("allow = [", 1, "is not TOML"),
    ],
)
def test_mistakes_in_a_scope_file(tmp_path: Path, text: str, line: int, message: str | None) -> None:
    if message is None:
        text, message = (
            text + 'allow = ["10.0.0.0/24"]',
            "the authorisation ended on 2026-10-31 and today is 2026-11-01",
        )
    path = scope_file(tmp_path, text)
    with pytest.raises(ScopeError) as error:
        Scope.from_file(path, TODAY)
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_the_last_day_counts(tmp_path: Path) -> None:
    path = scope_file(tmp_path, PAPER + 'allow = ["10.0.0.1"]')
    assert Scope.from_file(path, date(2026, 12, 31)).permits("10.0.0.1")
    with pytest.raises(ScopeError):
        Scope.from_file(path, date(2027, 1, 1))


def test_oddities_are_said(tmp_path: Path) -> None:
    text = 'authorised_by = "A"\nreference = "R"\n'
    text += 'allow = ["10.0.0.0/16",\n"10.0.1.0/24",\n"10.1.0.1"]\ndeny = ["10.1.0.1", "172.16.0.1"]'
    path = scope_file(tmp_path, text)
    assert Scope.from_file(path, TODAY).notes == (
        f"{path}: no valid_until, so the authorisation has no end",
        f"{path}:4: 10.0.1.0/24 is allowed by an earlier entry already",
        f"{path}:5: 10.1.0.1 is denied as a whole",
        f"{path}:6: 172.16.0.1 is denied and was never allowed",
    )
    empty = Scope.from_file(scope_file(tmp_path, "allow = []"), TODAY)
    assert not empty.permitted
    assert "allow is empty" in empty.notes[0]


def test_flags() -> None:
    with pytest.raises(ScopeError, match=r"10\.0\.0\.0 is not loopback: give a scope file, or --authorised-by NAME"):
        Scope.from_flags(["10.0.0.0/24"])
    with pytest.raises(ScopeError, match="is not loopback"):
        Scope.from_flags(["10.0.0.0/24"], "A", "  ")
    with pytest.raises(ScopeError, match=r"203\.0\.113\.0 is a public address: it needs a scope file"):
        Scope.from_flags(["203.0.113.0/24"], "A", "R")
    with pytest.raises(ScopeError, match="no address of a single device"):
        Scope.from_flags(["239.255.255.250"], "A", "R")
    scope = Scope.from_flags(["10.0.0.0/24"], "A", "R", deny=["10.0.0.7"])
    assert scope.permits("10.0.0.1")
    assert not scope.permits("10.0.0.7")
    assert not scope.permits("10.0.1.1")


def test_public_addresses_are_named_or_not_permitted() -> None:
    network = ipaddress.IPv4Network("203.0.113.0/24")
    unnamed = Scope(allow=(network,), authorised_by="A", reference="R")
    assert unnamed.why_not("203.0.113.1") == "is a public address that no scope file names"
    assert Scope(allow=(network,), authorised_by="A", reference="R", named_public=(network,)).permits("203.0.113.1")
    with pytest.raises(ScopeError):
        Scope(allow=(network,))


networks = st.lists(
    st.tuples(st.integers(0, 255), st.integers(22, 32)).map(
        lambda pair: ipaddress.IPv4Network(f"10.0.{pair[0]}.0/{pair[1]}", strict=False)
    ),
    max_size=5,
)


@settings(deadline=None)
@given(networks, networks, st.integers(0, 65535))
def test_permits_agrees_with_ipaddress(
    allow: list[ipaddress.IPv4Network], deny: list[ipaddress.IPv4Network], host: int
) -> None:
    scope = Scope(allow=tuple(allow), deny=tuple(deny), authorised_by="A", reference="R")
    for address in [
        ipaddress.IPv4Address("10.0.0.0") + host,
        *(edge for network in allow + deny for edge in (network[0], network[-1], network[-1] + 1)),
    ]:
        expected = any(address in one for one in allow) and not any(address in one for one in deny)
        assert scope.permits(str(address)) == expected
