"""Files people write: YAML 1.2, duplicate keys refused, every mistake with its line."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import ConfigError, ScopeError
from scanner.strictfile import convert, parse_json, parse_toml, parse_yaml, read_json, read_toml, read_yaml


def test_yaml_follows_the_1_2_core_schema() -> None:
    text = "[no, on, yes, off, 1:30, 2024-01-01, 0554, 0x1f, 0o17, 1.5, ~, null, true, .inf, '5', \"no\", 1_000, 010]"
    assert parse_yaml(text, "f").value == [
        "no", "on", "yes", "off", "1:30", "2024-01-01", 554, 31, 15, 1.5, None, None, True, float("inf"), "5", "no",
        "1_000", 10,
    ]  # fmt: skip


def test_yaml_keys_are_text() -> None:
    assert parse_yaml("no: 1\n12: 2\ntrue: 3", "f").value == {"no": 1, "12": 2, "true": 3}


def test_yaml_knows_its_lines() -> None:
    located = parse_yaml("a:\n  - b: 1\n    c: [1,\n      2]\n\nd: 3\n", "f")
    assert [located.line("a"), located.line("a", 0, "b"), located.line("a", 0, "c", 1), located.line("d")] == [
        1,
        2,
        4,
        6,
    ]
    assert located.line("a", 0, "not there") == 2
    assert str(located.place("d")) == "f:6"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "f:3: duplicate key 'a', first on line 1"),
        ("- {a: 1,\n   a: 2}", "f:2: duplicate key 'a', first on line 1"),
        ("a: &x 1\nb: *x", "f:1: anchors and aliases"),
        ("a: b\nc: *x", "f:2: anchors and aliases"),
        ("*x : 1", "f:1: anchors and aliases"),
        ("a: !!python/object:os.system 1", "f:1: tags (!) are not allowed"),
        ("a: ! 1", "f:1: tags (!) are not allowed"),
        ("", "f: expected a YAML document, found an empty file"),
        ("# nothing\n", "f: expected a YAML document, found an empty file"),
        ("a: 1\n---\nb: 1", "f:2: expected one YAML document, found a second one"),
        ("a: [1,\n  2", "f:2: is not YAML"),
        ("a: 1\nb: \x00", "f:2: expected printable text, found character U+0000"),
        ("? [a]\n: 1", "f:1: expected a key that is text, found a list or mapping"),
        ("~: 1", "f:1: expected a key that is text, found nothing"),
        ("- " * 200, "f:1: expected at most 64 levels"),
        ("a: " + "9" * 5000, "f:1: expected a number of usual size"),
    ],
)
def test_yaml_refuses(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_yaml(text, "f")
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


TOML = '''# comment
name = "x" # [no table]
a.b.c = 1
text = """
[also no table]
k = 3 """
list = [
  1, # ] no end
  "a]", [2,
  3], {q = 1, "w.x" = 'd'},
]
[table]
day = 2024-01-01
moment = 1979-05-27 07:32:00
[[rows]]
n = 1
[rows.sub]
k = 1
[[rows.deep]]
j = 1
[[rows]]
n = 2
 [[ rows . deep ]]
  j = 2
["q.r".'z']
k = """a""""
'''


def paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, one in below for path in paths(one, (*at, key)))]


def test_toml_knows_the_line_of_every_entry() -> None:
    located = parse_toml(TOML, "f")
    assert set(paths(located.value)) == set(located.lines)
    for keys, line in {
        ("name",): 2, ("a", "b", "c"): 3, ("text",): 4, ("list", 0): 8, ("list", 2, 1): 10, ("list", 3, "w.x"): 10,
        ("table", "moment"): 14, ("rows", 0, "sub", "k"): 18, ("rows", 1, "deep", 0, "j"): 24, ("q.r", "z", "k"): 26,
    }.items():  # fmt: skip
        assert located.line(*keys) == line, keys


scalars = st.one_of(
    st.integers(-5, 5), st.booleans(), st.text(st.characters(codec="utf-8"), max_size=8), st.floats(0, 9)
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.'\"# é", max_size=4), inner, max_size=3),
)


def as_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {as_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ", # ]}\n".join(map(as_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    return (
        '"' + "".join(f"\\U{ord(char):08x}" if char in '"\\' or not char.isprintable() else char for char in text) + '"'
    )


@settings(deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), trees, max_size=4))
def test_toml_lines_cover_any_document(document: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {as_toml(value)}" for key, value in document.items())
    assert tomllib.loads(text) == document
    located = parse_toml(text, "f")
    assert set(paths(document)) == set(located.lines)
    for number, line in enumerate(text.split("\n"), 1):
        for key in document:
            if located.line(key) == number:
                assert line.startswith(f"{key} =")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\na = 2", "f:2: is not TOML: duplicate key or table"),
        ("[a]\n[a]", "f:2: is not TOML: duplicate key or table"),
        ("a = 1\nb =", "f:2: is not TOML"),
        ("a = [\n1", "f:2: is not TOML"),
        ("a = " + "[" * 5000, "f: expected fewer nested levels"),
        ("a = " + "9" * 5000, "f: expected numbers of usual size"),
    ],
)
def test_toml_refuses(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_toml(text, "f")
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_json_lines_and_refusals() -> None:
    located = parse_json('{"a": [1,\n {"b": "x]"}],\n "c": null}', "f")
    assert located.lines[("a", 1, "b")] == 2
    assert located.line("c") == 3
    for text, message in {
        '{"a": 1,\n"a": 2}': "f:2: duplicate key 'a'",
        '{"a": NaN}': "f: expected a number, found NaN",
        "{\n]": "f:2: is not JSON",
    }.items():
        with pytest.raises(ConfigError) as error:
            parse_json(text, "f")
        assert str(error.value).startswith(message)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    large, other, marked = tmp_path / "large", tmp_path / "other", tmp_path / "marked.toml"
    large.write_bytes(b"#" * (10 * 1024 * 1024 + 1))
    other.write_bytes(b"a = 1\nb = '\xff'")
    marked.write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    for path, message in {
        tmp_path / "none": "cannot be read: No such file or directory",
        tmp_path: "cannot be read: Is a directory",
        large: "expected at most 10,485,760 bytes, found more",
    }.items():
        for read in (read_yaml, read_toml, read_json):
            with pytest.raises(ConfigError) as error:
                read(path)
            assert str(error.value) == f"{path}: {message}"
    with pytest.raises(ScopeError, match=r"other:2: expected UTF-8 text, found byte 0xff"):
        read_toml(other, error=ScopeError)
    with pytest.raises(ConfigError):
        read_toml("nul\x00byte")
    assert read_toml(marked).value == {"a": 1}


class Row(msgspec.Struct, forbid_unknown_fields=True):
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1
    word: Literal["a", "b"] = "a"
    day: date | None = None
    named: dict[str, Row] = msgspec.field(default_factory=dict)
    texts: tuple[str, ...] = ()


class Document(msgspec.Struct, forbid_unknown_fields=True):
    row: list[Row]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[row]]\nport = 70000", "f:2: expected an integer <= 65535, found 70000"),
        ("[[row]]\nport = 'a'", "f:2: expected an integer, found 'a'"),
        ("[[row]]\nport = true", "f:2: expected an integer, found true"),
        ("[[row]]\n\nword = 'c'", "f:3: expected one of: a, b; found 'c'"),
        ("[[row]]\nday = '2024-13-01'", "f:2: expected a date (YYYY-MM-DD), found '2024-13-01'"),
        ("[[row]]\n[row.named.x]\nport=1\n[row.named.'y.z']\nword='q'", "f:5: expected one of: a, b; found 'q'"),
        ("[[row]]\ntexts = ['a',\n1]", "f:3: expected text, found 1"),
        ("[[row]]\n[[row]]\nfoo = 1", "f:3: unknown key 'foo'; expected one of: day, named, port, texts, word"),
        ("", "f:1: expected a key 'row', found none"),
        ("row = 1", "f:1: expected a list, found 1"),
    ],
)
def test_convert_says_where_and_what(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        convert(parse_toml(text, "f"), (), Document, "f")
    assert str(error.value) == message


def test_convert_of_a_part_and_without_values() -> None:
    located = parse_yaml("rows:\n  - port: 5\n  - port:\n      'CANARY'\n", "f")
    assert convert(located, ("rows", 0), Row).port == 5
    with pytest.raises(ConfigError, match=r"^f:3: expected an integer, found 'CANARY'$"):
        convert(located, ("rows", 1), Row)
    with pytest.raises(ConfigError, match=r"^f:3: expected an integer, found text$"):
        convert(located, ("rows", 1), Row, hide_values=True)
