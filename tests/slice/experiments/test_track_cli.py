"""`swcli track`, called as its entry point calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.slice.experiments.conftest import Runs

from starwhale.api import track
from starwhale.cli.commands.track import track as command
from starwhale.cli.main import run

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*words: str) -> tuple[int, str, str]:
        status = run(words, environ={**environ, "COLUMNS": "80"}, root=command, name="track")
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def two(runs: Runs, quiet: dict[str, Any], tmp_path: Path) -> Runs:
    (tmp_path / "weights").write_bytes(b"abc")
    for name, rate in (("first", 0.1), ("second", 0.2)):
        with track.start(name, tags=["t"], **quiet):
            track.params(lr=rate, seed=1)
            for step in range(50):
                track.metrics(loss=rate / (step + 1), acc=step)
            track.artifacts(model=tmp_path / "weights")
            track._needed().recorder.printed("stdout", "hello \x1b[1m")
    return runs


def test_runs_are_listed(two: Runs, cli: Cli) -> None:
    status, out, _ = cli("list", "-m", "loss")
    assert status == 0
    head, newest, oldest = out.splitlines()
    assert head.split()[:3] == ["ID", "NAME", "STATE"]
    assert newest.split()[1:3] == ["second", "FINISHED"]
    assert "0.0020" in oldest
    assert [row["loss"] for row in json.loads(cli("list", "-m", "loss", "-o", "json")[1])] == [0.004, 0.002]
    assert "no run in project self" in cli("list", "--state", "dead")[2]


def test_a_run_is_shown(two: Runs, cli: Cli) -> None:
    status, out, _ = cli("info", "first")
    assert status == 0
    assert "state:    FINISHED" in out
    assert "lr         0.1" in out
    assert "▁" in out
    told = json.loads(cli("info", "first", "-o", "json")[1])
    assert told["params"] == {"lr": 0.1, "seed": 1}
    assert told["metrics"]["loss"]["count"] == 50
    assert cli("logs", "first")[1] == "hello \\x1b[1m\n"


def test_runs_are_compared(two: Runs, cli: Cli) -> None:
    out = cli("compare", "first", "second", "--only-different")[1]
    assert "lr         *  0.1           0.2" in out
    assert "seed" not in out
    told = json.loads(cli("compare", "first", "second", "-o", "json")[1])
    assert [each["differs"] for each in told["params"]] == [True, False]
    assert cli("compare", "first")[0] == 2


def test_a_picture_is_written_for_programs_too(two: Runs, cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "loss.svg"
    told = json.loads(cli("plot", "first", "-m", "loss", "--file", str(file), "-o", "json")[1])
    assert told == {"file": str(file), "metric": "loss"}
    assert file.read_text().startswith("<svg")


def test_curves_are_told_apart_without_colours(two: Runs, cli: Cli) -> None:
    lines = cli("plot", "first", "second", "-m", "loss")[1].splitlines()
    assert [line.split()[:2] for line in lines[-2:]] == [["━●━", "first"], ["━▲━", "second"]]
    assert {"●", "▲"} <= set("".join(lines[:-2]))
    assert "━━ first" in cli("plot", "first", "-m", "loss")[1]


def test_metrics_are_plotted(two: Runs, cli: Cli, tmp_path: Path) -> None:
    status, out, _ = cli("plot", "first", "second", "-m", "loss", "--height", "5", "--smooth", "0.3", "--log")
    assert status == 0
    assert out.splitlines()[0] == "log10 of loss, smoothed by 0.3"
    assert len(out.splitlines()) == 10
    for name in ("a.svg", "a.png"):
        file = tmp_path / name
        drawn = cli("plot", "first", "-m", "loss", "-x", "time", "--file", str(file))
        assert drawn[:2] == (0, f"{file}: loss of 1 run\n")
        assert (tmp_path / name).stat().st_size > 1000
    told = json.loads(cli("plot", "first", "-o", "json")[1])
    assert told["acc"][0]["values"] == list(range(50))


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["info", "frist"], 3, "no run 'frist' in project 'self' (did you mean 'first'?)"),
        (["plot", "first", "-m", "los"], 3, "has no metric 'los' (did you mean 'loss'?)"),
        (["plot", "first", "--smooth", "2"], 2, "--smooth is from 0 to below 1, not 2.0"),
        (["plot", "first", "--height", "1"], 2, "--height is from 3 to 200, not 1"),
        (["plot", "first", "-m", "loss", "--file", "x.pdf"], 2, "'x.pdf' is neither .svg nor .png"),
        (["plot", "first", "--file", "x.svg"], 2, "a picture shows one metric, not 2"),
        (["plot", "first", "-m", "loss", "--file", "/nowhere/x.svg"], 2, "cannot be written"),
        (["extract", "first", "modl"], 3, "has no artifact 'modl' (did you mean 'model'?)"),
        (["recover", "first"], 4, "run 'first' was not removed"),
        (["list", "-p", "nowhere"], 3, "no project 'nowhere'"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    two: Runs, cli: Cli, words: list[str], status: int, said: str
) -> None:
    given, out, err = cli(*words)
    assert (given, out) == (status, "")
    assert said in err
    assert err.count("\n") == 1


def test_an_artifact_is_extracted(two: Runs, cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert cli("extract", "first", "model", str(target))[0] == 0
    assert target.read_bytes() == b"abc"
    assert cli("extract", "first", "model", str(target))[0] == 4
    assert cli("extract", "first", "model", str(target), "--force")[0] == 0


def test_runs_are_removed_and_come_back(two: Runs, cli: Cli) -> None:
    assert cli("remove", "first", "second")[0] == 0
    assert cli("list")[1] == ""
    for words in (("info", "first"), ("remove", "first")):
        status, _, err = cli(*words)
        assert (status, err) == (
            3,
            "Error: run 'first' was removed (`swcli track recover first` brings it back)\n",
        )
    assert [row["name"] for row in json.loads(cli("list", "-sr", "-o", "json")[1])] == ["second", "first"]
    assert cli("recover", "first")[0] == 0
    assert [row["name"] for row in json.loads(cli("list", "-o", "json")[1])] == ["first"]
    assert cli("list", "--page", "2")[2] == "(none of 1 on this page; see --page and --size)\n"
    assert json.loads(cli("rm", "first", "-f", "-o", "json")[1])["forced"]
    assert cli("list", "-o", "json")[1] == "[]\n"


def test_examples_of_the_help_are_understood() -> None:
    for leaf in command.commands.values():
        for example in leaf.examples:  # type: ignore[attr-defined]
            words = example.split()
            assert words[0] == "track"
            assert leaf.make_context(words[1], words[2:], resilient_parsing=True)
