"""Jobs looked at: compared with each other, plotted, told part by part, and watched while they run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pexpect
import pytest
from tests.e2e.cli.conftest import SWCLI, Shell

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

CODE = """
import dataclasses
import time

from starwhale import Context, argument, evaluation, handler, multi_classification

NAMES = ["cat", "dog", "eel"]


def rows():
    for number in range(60):
        yield {"name": NAMES[number % 3], "number": number}


@dataclasses.dataclass
class Way:
    wrong: int = dataclasses.field(default=6, metadata={"help": "how many rows are wrong"})


@evaluation.predict
@argument(Way)
def guess(data, argument):
    return "dog" if data.number < argument.wrong else data.name


@evaluation.evaluate(needs=[guess])
@multi_classification(show_roc_auc=False)
def judge(results):
    found = [(row["input"]["name"], row["output"]) for row in results]
    for place, (name, guess) in enumerate(found):
        evaluation.log("scores", place, {"right": name == guess})
    return [name for name, _ in found], [guess for _, guess in found]


@handler()
def load():
    print("loading")


@handler(needs=[load], replicas=40)
def clean():
    if Context.get_runtime_context().index == 7:
        time.sleep(0.6)


@handler(needs=[load])
def split():
    pass


@handler(needs=[load])
def embed():
    pass


@handler(needs=[clean, split])
def merge():
    pass


@handler(needs=[merge, embed, load])
def report():
    pass


@evaluation.predict(replicas=2)
def slow(data):
    time.sleep(0.05)
    return data.number
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A home with two jobs that judge, of which the second is wrong more often, and one of six steps."""
    made = Shell.at(tmp_path_factory.mktemp("compared"))
    (made.code / "work.py").write_text(CODE)
    assert made("dataset", "build", "--handler", "work:rows", "--name", "numbers").returncode == 0
    for words in (["judge", "-d", "numbers"], ["judge", "-d", "numbers", "--", "--wrong", "12"], ["report"]):
        ran = made("model", "run", "-w", ".", "-m", "work", "-h", *words)
        assert ran.returncode == 0, ran.stderr
    return made


@pytest.fixture(scope="module")
def jobs(shell: Shell) -> list[str]:
    """Ids, in the order in which they ran."""
    return [job["id"] for job in reversed(shell.json("job", "list"))]


def test_summaries_rows_and_intervals_are_compared(shell: Shell, jobs: list[str]) -> None:
    ran = shell("job", "compare", *jobs[:2], "--only-different", "--metric", "output==input/name")
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in ran.stdout
    assert re.search(r"accuracy +0\.9333 +0\.8667 ↓ -0\.0667", ran.stdout)
    assert re.search(r"equal +56\n *different +4\n +output +4\n", ran.stdout)
    assert re.search(r"self/numbers_#@#_6 +cat +dog ≠", ran.stdout)
    assert "output==input/name of" in ran.stdout
    assert "0.8667 against 0.9333, -0.0667 (95% interval" in " ".join(ran.stdout.split())
    assert "numbers_#@#_20" not in ran.stdout


def test_a_comparison_as_json_is_complete(shell: Shell, jobs: list[str]) -> None:
    found = shell.json(
        "job", "compare", *jobs[:2], "--base", "2", "--table", "scores", "--size", "2", "--page", "2"
    )
    assert (found["base"], [job["id"] for job in found["jobs"]]) == (jobs[1], jobs[:2])
    accuracy = next(figure for figure in found["summary"] if figure["name"] == "accuracy")
    assert accuracy["changes"] == [pytest.approx(4 / 60), None]
    rows = found["rows"]
    assert rows["pairs"] == [{"equal": 56, "different": 4, "only_base": 0, "only_other": 0}, None]
    assert ([row["key"] for row in rows["rows"]], rows["total"]) == ([2, 3], 60)
    (interval,) = found["intervals"]
    assert (interval["metric"], interval["job"]) == ("right", jobs[0])
    assert interval["difference"] == pytest.approx(4 / 60)
    assert interval["low"] <= interval["difference"] <= interval["high"]
    again = shell.json("job", "compare", *jobs[:2], "--base", "2", "--table", "scores", "--seed", "0")
    assert again["intervals"] == found["intervals"]


def test_a_table_that_a_job_lacks_is_told(shell: Shell, jobs: list[str]) -> None:
    told = shell("job", "compare", jobs[0], jobs[2])
    assert told.returncode == 0
    assert f"job {jobs[2][:12]} has no table 'results'" in told.stderr
    assert shell("job", "compare", jobs[0], jobs[2], "--table", "results").returncode == 3
    assert shell("job", "compare", jobs[0], jobs[0]).returncode == 2
    assert shell("job", "compare", *jobs[:2], "--base", "3").returncode == 2


def test_a_job_is_plotted_in_text_and_pictures(shell: Shell, jobs: list[str], tmp_path: Path) -> None:
    drawn = shell("job", "plot", jobs[0])
    assert drawn.returncode == 0, drawn.stderr
    assert "confusion matrix" in drawn.stdout
    assert "f1-score of each label" in drawn.stdout
    one = tmp_path / "matrix.svg"
    assert shell("job", "plot", jobs[0], "confusion_matrix", "--file", str(one)).returncode == 0
    assert ET.fromstring(one.read_text()).tag.endswith("svg")
    written = shell.json("job", "plot", jobs[0], "--file", str(tmp_path / "all"), "--format", "txt")
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == [
        "confusion_matrix.txt",
        "labels.txt",
    ]
    assert [each["figure"] for each in written] == ["confusion matrix", "f1-score of each label"]
    (data,) = shell.json("job", "plot", jobs[0], "confusion_matrix")
    assert (data["kind"], data["labels"]) == ("matrix", ["cat", "dog", "eel"])
    assert sum(map(sum, data["counts"])) == 60
    several = shell("job", "plot", jobs[0], "--file", str(tmp_path / "all.svg"))
    assert (several.returncode, "one picture shows one figure" in several.stderr) == (2, True)
    assert shell("job", "plot", jobs[0], "roc").returncode == 3
    assert shell("job", "plot", jobs[2]).returncode == 3


def test_the_graph_is_drawn(shell: Shell, jobs: list[str]) -> None:
    basic = shell("job", "info", jobs[2]).stdout
    graph = shell("job", "info", jobs[2], "-of", "dag").stdout
    assert graph.strip() in basic
    assert max(map(len, graph.splitlines())) <= 80
    assert graph.count("┌") == 6
    assert graph.count("▼") == 8
    assert re.search(r"│ SUCCESS, 40 tasks +│", graph)
    dag = shell.json("job", "info", jobs[2], "-of", "dag")
    assert {each["step"]: each["needs"] for each in dag}["work:merge"] == ["work:clean", "work:split"]


def test_events_and_tasks_of_a_large_job_are_told_in_short(shell: Shell, jobs: list[str]) -> None:
    events = shell("job", "info", jobs[2], "-of", "events")
    assert "step clean" in events.stdout
    assert "task 1.3" not in events.stdout
    assert "changes of tasks are left out" in events.stderr
    assert len(shell.json("job", "info", jobs[2], "-of", "events")) > 150
    tasks = shell("job", "info", jobs[2], "-of", "tasks")
    assert re.search(r"clean +40 +40 SUCCESS", tasks.stdout)
    assert "TOOK LONGEST (5 of 45)" in tasks.stdout
    assert any(line.startswith("1.7 ") for line in tasks.stdout.splitlines()[-5:])
    assert "swcli job logs" in tasks.stderr
    told = shell.json("job", "info", jobs[2], "-of", "tasks")
    assert {task["id"]: task["log_bytes"] for task in told}["0.0"] == len("loading\n")


def test_few_events_and_tasks_are_told_in_full(shell: Shell, jobs: list[str]) -> None:
    events = shell("job", "info", jobs[0], "-of", "events").stdout
    assert re.search(r"\+\d\.\d\d s +task 0\.0 +RUNNING +SUCCESS", events)
    tasks = shell("job", "info", jobs[0], "-of", "tasks").stdout
    assert [line.split()[0] for line in tasks.splitlines()] == ["TASK", "0.0", "1.0"]


def test_tables_are_listed_with_rows_and_columns(shell: Shell, jobs: list[str]) -> None:
    tables = shell.json("job", "info", jobs[0], "-of", "tables")
    assert {each["table"]: (each["rows"], each["columns"]) for each in tables}["scores"] == (60, ["right"])
    assert re.search(r"scores +60 +right", shell("job", "info", jobs[0], "-of", "tables").stdout)


def test_everything_is_told_at_once(shell: Shell, jobs: list[str]) -> None:
    told = shell.json("job", "info", jobs[0], "-of", "all")
    assert {"id", "summary", "steps", "dag", "events", "tasks", "contents"} <= told.keys()
    shown = shell("job", "info", jobs[0], "-of", "all").stdout
    for part in ("┌", "accuracy:", "predicted", "task 0.0", "WORKER", "TABLE"):
        assert part in shown


def test_a_run_is_watched_in_a_terminal(shell: Shell) -> None:
    columns = 60
    environ = {**shell.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    del environ["COLUMNS"]
    words = ["model", "run", "-w", ".", "-m", "work", "-h", "slow", "-d", "numbers"]
    process = pexpect.spawn(
        str(SWCLI),
        words,
        cwd=str(shell.code),
        env=environ,  # type: ignore[arg-type]
        dimensions=(12, columns),
        encoding="utf-8",
        timeout=60,
    )
    process.expect(pexpect.EOF)
    process.close()
    assert process.exitstatus == 0
    text = process.before or ""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    frames = [line for line in re.split(r"[\r\n]+", plain) if line.startswith("slow")]
    assert frames
    assert max(map(len, frames)) < columns
    assert any(re.search(r"\d+/60 rows +[\d.]+ rows/s +ETA \d+ s", line) for line in frames)
    assert re.search(r"60/60 rows +done in", frames[-1])
    assert "is SUCCESS" in plain
    assert json.loads(shell("-o", "json", "job", "list", "--size", "1").stdout)[0]["done"] == 60
