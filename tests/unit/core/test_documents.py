from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import InvalidSpec, NotFound, StarwhaleError, UsageError
from starwhale.core.specs.document import LARGEST_BYTES, Document, parse_document, read_document

if TYPE_CHECKING:
    from pathlib import Path

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=15)
PIECES = st.sampled_from(
    ["!!int", "!!bool", "!!float", "!!timestamp", "!!binary", "!!set", "!!omap", "!!pairs", "<<", "&a", "*a"]
)
YAMLISH = st.lists(PIECES | st.text(st.sampled_from("ab01:- []{}&*!|>'\"%@`,\n\t#?~."), max_size=4)).map(
    "".join
)
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@given(values)
def test_what_yaml_wrote_is_read(value: Any) -> None:
    document = parse_document(yaml.safe_dump(value, allow_unicode=True), origin="x.yaml")
    assert document.data == value


@given(YAMLISH | st.text() | st.binary())
def test_any_content_is_a_document_or_one_sentence(content: str | bytes) -> None:
    try:
        result: Document | StarwhaleError = parse_document(content, origin="x.yaml")
    except InvalidSpec as exc:
        result = exc
    if isinstance(result, StarwhaleError):
        assert result.message.startswith("x.yaml")
        assert "\n" not in result.message


def test_an_empty_document_has_no_fields() -> None:
    assert parse_document("", origin="x.yaml").data == {}
    assert parse_document(b"\xef\xbb\xbf# only a comment\n", origin="x.yaml").data == {}


def test_dates_stay_as_they_were_written() -> None:
    data = parse_document("a: 2024-01-02\nb: 2024-01-02 03:04:05 UTC\n", origin="x.yaml").data
    assert data == {"a": "2024-01-02", "b": "2024-01-02 03:04:05 UTC"}


def test_every_value_knows_its_line() -> None:
    document = parse_document("a: 1\nb:\n  - x\n  - c: y\n    d: z\n", origin="x.yaml")
    assert [document.line(path) for path in ([], ["a"], ["b", 0], ["b", 1, "d"])] == [1, 1, 3, 5]
    assert document.line(["b", 1, "missing"]) == 4
    assert document.line(["b", 9]) == 3
    assert str(document.error("wrong", ["b", 1, "d"])) == "x.yaml, line 5: wrong"


def test_values_that_were_passed_have_no_lines() -> None:
    assert str(Document(origin="steps", data={}).error("wrong", ["a"])) == "steps: wrong"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: [1", "x.yaml, line 1: this is not valid YAML: "),
        ("a: 1\nb:\n\t- x\n", "x.yaml, line 3: this is not valid YAML: found character '\\t'"),
        ("a: 1\n---\nb: 2\n", "x.yaml, line 2: this is not valid YAML: but found another document"),
        ("a: 1\nb: '\x07'\n", "x.yaml, line 2: the character '\\x07' is not allowed in YAML"),
        (b"a: \xff", "x.yaml is not UTF-8, byte 3 is wrong"),
        ("a: 1\nb: 2\na: 3\n", "x.yaml, line 3: the key 'a' is there twice"),
        ("a: {b: 1, b: 2}\n", "x.yaml, line 1: the key 'b' is there twice"),
        ("1: x\n", "x.yaml, line 1: the key '1' is not text"),
        ("on: x\n", "x.yaml, line 1: the key 'on' is not text"),
        ("? [a]\n: x\n", "x.yaml, line 1: the key of this mapping is not text"),
        ("a: &a [*a]\n", "x.yaml, line 1: an alias refers to itself"),
        ("a: !!int ''\n", "x.yaml has a value that does not fit its tag"),
        ("a: !!timestamp x\n", "x.yaml has a value that does not fit its tag"),
        ("[" * 20_000, "x.yaml is nested too deeply"),
        (BOMB, "x.yaml expands to more than 100,000 values"),
        ("#" * (LARGEST_BYTES + 1), "x.yaml is larger than 256 KiB"),
    ],
)
def test_what_is_no_document_is_one_sentence(content: str | bytes, sentence: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_document(content, origin="x.yaml")
    assert caught.value.message.startswith(sentence)


def test_aliases_and_merged_keys_work() -> None:
    document = parse_document("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n", origin="x.yaml")
    assert document.data["use"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    "tagged",
    [
        "!!python/object/apply:os.mkdir ['{}']",
        "!!python/object/new:os.mkdir ['{}']",
        "!!python/object/apply:subprocess.check_output [[mkdir, '{}']]",
        "!!python/name:os.mkdir ''",
        "!!python/module:antigravity ''",
    ],
)
def test_a_tag_runs_nothing(tagged: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    with pytest.raises(InvalidSpec, match="could not determine a constructor for the tag"):
        parse_document(f"a: {tagged.format(canary)}\n", origin="x.yaml")
    assert not canary.exists()
    assert "antigravity" not in sys.modules


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no file"):
        read_document(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_document(tmp_path)
    (tmp_path / "x.yaml").write_text("a: 1\n")
    assert read_document(tmp_path / "x.yaml").data == {"a": 1}
