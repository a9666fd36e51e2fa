"""Datasets from files, out of files again, and their versions, on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.terminal import Terminal


@pytest.fixture
def files(terminal: Terminal) -> Path:
    """A directory with files of several kinds."""
    place = terminal.home / "files"
    place.mkdir()
    (place / "good.jsonl").write_text(
        "".join(json.dumps({"n": n, "label": "ab"[n % 2]}) + "\n" for n in range(6))
    )
    (place / "bad.jsonl").write_text('{"n": 1}\n[]\n{"n": 2}\n{\n')
    (place / "table.csv").write_text("name,age\nAda,36\nAlan,41\n")
    return place


def test_rows_of_files_are_built_once(terminal: Terminal, files: Path) -> None:
    ran = terminal("dataset", "build", "--json", str(files / "good.jsonl"), "-t", "first")
    assert (ran.status, ran.out.startswith("built dataset good/version/")) == (0, True)
    ran = terminal("dataset", "build", "--json", str(files / "good.jsonl"))
    assert ran.out.startswith("nothing changed: dataset good/version/")
    ran = terminal("dataset", "build", "--csv", str(files / "table.csv"), "--infer-types", "-o", "json")
    assert json.loads(ran.out)["rows"] == 2
    head = json.loads(terminal("dataset", "head", "table", "-o", "json").out)
    assert head[0]["features"] == {"name": "Ada", "age": 36}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("--json good.jsonl --csv table.csv", 2, "--json and --csv are given together"),
        ("--json good.jsonl --handler a:b", 2, "--handler and --json are given together"),
        ("--json nothing.jsonl", 3, "no file"),
        ("--json bad.jsonl", 2, "row 2 of"),
        ("--csv table.csv --delimiter ;;", 2, "the delimiter of CSV is one character"),
        ("--image nowhere", 3, "is not there"),
        ("--llm good.jsonl", 2, "no known format; they have label, n"),
        ("--parquet good.jsonl", 2, "no whole Arrow or Parquet file"),
        ("--webdataset table.csv", 2, "no whole tar archive"),
        ("--voc .", 3, "no directory 'Annotations'"),
        ("--json good.jsonl --report x", 2, "--report is written with --on-error collect only"),
        ("--json good.jsonl -t latest", 2, "reserved"),
        ("--json good.jsonl -n a/b", 2, "a/b"),
    ],
)
def test_a_wrong_request_is_one_sentence(
    terminal: Terminal, files: Path, words: str, status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    ran = terminal("dataset", "build", *words.split())
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err.splitlines()[-1]
    assert "Traceback" not in ran.err
    assert json.loads(terminal("dataset", "list", "-o", "json").out) == []


def test_bad_rows_are_left_out_or_reported(
    terminal: Terminal, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    ran = terminal("dataset", "build", "--json", "bad.jsonl", "--on-error", "skip")
    assert "2 rows, 2 left out" in ran.out
    assert "left out row 2 of bad.jsonl: is a list, not an object with fields" in ran.err
    ran = terminal(
        "dataset", "build", "--json", "bad.jsonl", "--on-error", "collect", "-n", "again", "-o", "json"
    )
    assert json.loads(ran.out)["rejected"] == 2
    reported = [json.loads(line) for line in (files / "again.rejected.jsonl").read_text().splitlines()]
    assert [each["row"] for each in reported] == [2, 4]
    rows = json.loads(terminal("dataset", "head", "again", "-o", "json").out)
    assert [row["index"] for row in rows] == [0, 2], "keys stay when the bad rows are mended"


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv", "webdataset"])
def test_what_is_exported_builds_the_same_version(terminal: Terminal, files: Path, kind: str) -> None:
    terminal("dataset", "build", "--json", str(files / "good.jsonl"), "-n", "d")
    out = files / "out"
    ran = terminal("dataset", "export", "d", str(out), "--format", kind)
    assert (ran.status, ran.out.startswith("exported 6 rows of d/version/")) == (0, True)
    option = {"jsonl": "--json", "webdataset": "--webdataset"}.get(kind, f"--{kind}")
    ran = terminal("dataset", "build", option, str(out), "-n", "d")
    assert ran.out.startswith("nothing changed"), ran.err
    assert terminal("dataset", "export", "d", str(out), "--format", kind).status == 4
    assert terminal("dataset", "export", "d", str(out), "--format", kind, "--force").status == 0


def test_versions_are_compared_copied_and_brought_back(terminal: Terminal, files: Path) -> None:
    terminal("dataset", "build", "--json", str(files / "good.jsonl"), "-n", "d")
    (files / "more.jsonl").write_text('{"n": -1}\n')
    terminal("dataset", "build", "--json", str(files / "more.jsonl"), "-n", "d")
    told = json.loads(terminal("dataset", "diff", "d/version/v0", "d", "-o", "json").out)
    assert (told["added"], told["removed"], told["changed"], told["unchanged"]) == (0, 0, 1, 5)
    assert "~ 0 n: 0 → -1" in terminal("dataset", "diff", "d/version/v0", "d", "--show-details").out
    assert terminal("dataset", "copy", "d", "e").status == 0
    assert terminal("dataset", "cp", "d", "d").status == 2
    assert terminal("dataset", "copy", "d", "cloud://far/project/x").status != 0
    assert "is the latest again" in terminal("dataset", "revert", "d/version/v0").out
    assert "is the latest already" in terminal("dataset", "revert", "d").out
    assert "is whole" in terminal("dataset", "verify", "d").out


def test_a_summary_draws_columns_and_labels(terminal: Terminal, files: Path) -> None:
    terminal("dataset", "build", "--json", str(files / "good.jsonl"), "-n", "d")
    ran = terminal("dataset", "summary", "d")
    assert ran.status == 0
    assert "COLUMN" in ran.out
    assert any(line.startswith("a ") and line.endswith(" 3") and "█" in line for line in ran.out.splitlines())
    told = json.loads(terminal("dataset", "summary", "d", "-o", "json").out)
    assert [each["name"] for each in told["statistics"]] == ["n", "label"]
    assert told["statistics"][0]["mean"] == 2.5
