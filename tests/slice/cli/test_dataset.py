from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.terminal import Terminal

CODE = """
import sys
from starwhale import GrayscaleImage, Text

print("the user's own words")

def rows():
    for number in range(12):
        yield {"number": number, "word": "w" * number}

def keyed():
    yield "a", {"x": 1}
    yield "b", {"x": 2, "y": [1.5, None]}

def pictures():
    yield {"img": GrayscaleImage(bytes(range(64)), shape=(8, 8, 1)), "text": Text("hello"), "raw": b"12345"}

def broken():
    yield {"x": 1}
    raise ValueError("no more")

def odd():
    yield {"x": 1}
    yield {"x": 1, "bad": object()}

def wide():
    yield {f"feature-{i}": "x" * 30 for i in range(8)}

def hostile():
    yield {"name": "\\x1b[2Jboo"}

def leaving():
    yield {"x": 1}
    sys.exit(3)
"""


@pytest.fixture
def code(terminal: Terminal) -> Path:
    """A directory with a module `words` of functions that yield rows."""
    place = terminal.home / "words"
    place.mkdir()
    (place / "words.py").write_text(CODE)
    return place


@pytest.fixture
def build(terminal: Terminal, code: Path):
    def go(handler: str, *more: str):
        return terminal("dataset", "build", "-w", str(code), "-h", f"words:{handler}", *more)

    return go


def test_a_handler_becomes_a_dataset_named_after_its_directory(terminal: Terminal, build) -> None:
    ran = build("rows", "-o", "json", "--tag", "small", "--desc", "twelve")
    assert ran.status == 0, ran.err
    assert (ran.json["name"], ran.json["is_new"], ran.json["message"]) == ("words", True, "twelve")
    assert ran.json["tags"] == ["latest", "v0", "small"]
    info = terminal("ds", "info", "words", "-o", "json").json
    assert info["rows"] == 12
    assert info["columns"] == {"number": "int", "word": "str"}


def test_what_the_code_prints_is_no_result(build) -> None:
    assert "own words" not in build("rows").out


def test_the_same_rows_make_no_second_version(terminal: Terminal, build) -> None:
    first = build("rows", "-o", "json").json
    again = build("rows", "-o", "json").json
    assert (again["version"], again["is_new"]) == (first["version"], False)
    assert build("rows").out.startswith("nothing changed: dataset words/version/")
    assert len(terminal("dataset", "history", "words", "-o", "json").json) == 1


def test_patch_keeps_and_overwrite_forgets_other_rows(terminal: Terminal, build) -> None:
    build("rows", "-n", "d")
    build("keyed", "-n", "d")
    assert terminal("ds", "info", "d", "-o", "json").json["rows"] == 14
    build("keyed", "-n", "d", "--overwrite")
    assert terminal("ds", "info", "d", "-o", "json").json["rows"] == 2
    assert terminal("ds", "summary", "d/version/v1", "-o", "json").json["rows"] == 14


def test_dataset_yaml_is_read_when_nothing_is_named(terminal: Terminal, code: Path) -> None:
    (code / "dataset.yaml").write_text("name: spoken\nhandler: words:keyed\ndesc: two rows\n")
    ran = terminal("dataset", "build", "-w", str(code), "-o", "json")
    assert (ran.json["name"], ran.json["message"]) == ("spoken", "two rows")
    (code / "other.yaml").write_text("handler: words:rows\n")
    ran = terminal("dataset", "build", "-w", str(code), "-f", "other.yaml", "-n", "o", "-o", "json")
    assert (ran.json["name"], ran.json["tags"]) == ("o", ["latest", "v0"])


@pytest.mark.parametrize(
    ("handler", "status", "said"),
    [
        ("broken", 6, "ValueError: no more at words.py:20: raise ValueError"),
        ("odd", 2, "row 2 of 'words:odd'"),
        ("rowz", 2, "did you mean 'rows'?"),
        ("leaving", 6, "SystemExit"),
    ],
)
def test_code_that_fails_leaves_no_version(
    terminal: Terminal, build, handler: str, status: int, said: str
) -> None:
    ran = build(handler)
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err.splitlines()[-1]
    assert ran.err.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in ran.err
    assert terminal("dataset", "list", "-o", "json").json == []


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("-h words", 2, "write module:name"),
        ("-h nowhere:rows", 2, "there is no module 'nowhere'"),
        ("-h words:rows -f dataset.yaml", 2, "name one source"),
        ("", 2, "there is no dataset.yaml"),
        ("-h words:rows -n a/b", 2, "dataset"),
        ("-h words:rows -t latest", 2, "reserved"),
        ("-h words:rows -p nowhere", 3, "no project 'nowhere'"),
        ("-h words:rows --colour red", 2, "no such option"),
    ],
)
def test_a_wrong_request_is_one_sentence(
    terminal: Terminal, code: Path, words: str, status: int, said: str
) -> None:
    ran = terminal("dataset", "build", "-w", str(code), *words.split())
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_spec_with_a_fault_names_its_line(terminal: Terminal, code: Path) -> None:
    (code / "dataset.yaml").write_text("name: x\nhandler: 7\n")
    ran = terminal("dataset", "build", "-w", str(code))
    assert ran.status == 2
    assert "line 2" in ran.err


def test_the_first_rows_are_a_table_that_fits(terminal: Terminal, build) -> None:
    build("rows")
    lines = terminal("dataset", "head", "words", "-n", "3").out.splitlines()
    assert [line.split() for line in lines] == [
        ["KEY", "number", "word"],
        ["0", "0"],
        ["1", "1", "w"],
        ["2", "2", "ww"],
    ]


def test_rows_too_wide_for_a_table_stand_one_under_the_other(terminal: Terminal, build) -> None:
    build("wide")
    lines = terminal("dataset", "head", "words").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["key:", "0"]
    assert lines[8].split() == ["feature-7:", "x" * 30]


def test_programs_get_features_and_types(terminal: Terminal, build) -> None:
    build("pictures")
    (row,) = terminal("ds", "head", "words", "--show-types", "-o", "json").json
    assert row["features"]["img"] == {"type": "grayscale_image", "shape": [8, 8, 1]}
    assert row["features"]["raw"] == {"bytes": 5}
    assert row["types"] == {"img": "grayscale_image", "text": "text", "raw": "bytes"}
    shown = terminal("ds", "head", "words", "-st").out
    assert "(grayscale_image)" in shown


def test_data_cannot_drive_the_terminal(terminal: Terminal, build) -> None:
    build("hostile")
    shown = terminal("ds", "head", "words").out
    assert "\\x1b[2Jboo" in shown
    assert "\x1b" not in shown
