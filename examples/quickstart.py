"""The main job on real data: `make quickstart` runs this.

Every step is a command that can be typed by hand; it is printed before it runs. Running it again is harmless:
what did not change makes no second version.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from starwhale import Job

DIGITS = Path(__file__).parent / "digits"
BIN = Path(sys.executable).parent
HELD_OUT = 898
SHOWN = 5
AVERAGES = ("macro avg", "weighted avg")
SINGLE = {"accuracy": "accuracy", "cohen_kappa_score": "Cohen's kappa", "hamming_loss": "Hamming loss"}
HALVES = " ▀▄█"

console = Console(highlight=False)


def step(number: int, what: str) -> None:
    """Announce a step."""
    console.print(f"\n[bold cyan]{number}/4[/]  [bold]{what}[/]")


def run(*words: str) -> None:
    """Show a command and run it in the directory of the example; leave if it fails."""
    console.print(f"[dim]$[/] {shlex.join(words)}", soft_wrap=True)
    env = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    status = subprocess.run(words, cwd=DIGITS, env=env, check=False).returncode
    if status:
        console.print(f"[red]this command failed with exit status {status}[/]")
        sys.exit(status)


def main() -> None:
    """Data, model, evaluation, results."""
    console.print("[dim]$[/] cd examples/digits")
    step(1, "Build a dataset from the 1,797 handwritten digits that scikit-learn carries")
    run("swcli", "dataset", "build")
    step(2, f"Train a classifier on all but the first {HELD_OUT} of them")
    run("python", "train.py")
    step(3, "Build a model package: the same content is the same version")
    run("swcli", "model", "build", ".")
    step(4, f"Evaluate it on the {HELD_OUT} it has not seen, as a job of two steps and parallel tasks")
    words = ["--uri", "digits", "--handler", "evaluate:evaluate", "--dataset", "digits"]
    run("swcli", "model", "run", *words, "--dataset-head", str(HELD_OUT))
    report(Job.list(page_size=1)[0][0])


def report(job: Job) -> None:
    """What the evaluation found, read back through the SDK."""
    rows = list(job.get_table_rows("results"))
    pairs = Counter((row["input/label"], row["output/label"]) for row in rows)
    console.print()
    console.print(metrics(job.summary), confusion(pairs), sep="\n\n")
    wrong = [row for row in rows if row["input/label"] != row["output/label"]]
    console.print()
    console.print(mistakes(wrong))
    console.print(f"\n[bold]Next[/]  [dim](source {shlex.quote(str(BIN / 'activate'))})[/]")
    for command, meaning in next_commands(job):
        console.print(f"  {command}  [dim]{meaning}[/]", soft_wrap=True)


def metrics(summary: Mapping[str, Any]) -> Table:
    """The summary of the evaluation."""
    table = Table(box=None, title="Summary", title_justify="left", title_style="bold", show_header=False)
    for name, title in SINGLE.items():
        table.add_row(title, f"{summary[name]:.4f}")
    for average in AVERAGES:
        for name in ("precision", "recall", "f1-score"):
            table.add_row(f"{average}, {name}", f"{summary[f'{average}/{name}']:.4f}")
    return table


def confusion(pairs: Mapping[tuple[int, int], int]) -> Table:
    """How often each digit was read as each."""
    table = Table(
        box=None, title="Confusion matrix: a row per digit, a column per answer", title_justify="left"
    )
    table.title_style = "bold"
    table.add_column("", justify="right", style="bold")
    for answer in range(10):
        table.add_column(str(answer), justify="right", header_style="bold")
    for digit in range(10):
        table.add_row(str(digit), *(_count(pairs[digit, answer], digit == answer) for answer in range(10)))
    return table


def _count(number: int, right: bool) -> Text:
    if not number:
        return Text("·", style="dim")
    return Text(str(number), style="green" if right else "bold red")


def mistakes(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The first few digits that were read wrongly."""
    title = f"{len(rows)} digits were read wrongly, for example"
    table = Table(box=None, title=title, title_justify="left", title_style="bold", padding=(0, 2, 1, 0))
    for heading in ("id", "digit", "read as", "how sure", "image"):
        table.add_column(heading)
    for row in rows[:SHOWN]:
        answer = row["output/label"]
        sure = f"{row['output/probability'][answer]:.0%}"
        table.add_row(row["id"], str(row["input/label"]), str(answer), sure, picture(row["input/img"]))
    return table


def picture(image: Any) -> Text:
    """An image in half blocks, two rows of pixels on a line."""
    dark = image.to_numpy().reshape(8, 8) > 110
    lines = [
        "".join(HALVES[up + 2 * down] for up, down in zip(*dark[y : y + 2], strict=True))
        for y in (0, 2, 4, 6)
    ]
    return Text("\n".join(lines))


def next_commands(job: Job) -> list[tuple[str, str]]:
    """What to try now."""
    return [
        (f"swcli job info {job.basic_info.uri.name[:12]}", "steps, tasks, times and results of this job"),
        ("swcli dataset head digits -n 3", "the first rows of the data"),
        ("swcli model info digits", "what is in the package"),
        ("swcli model history digits", "edit examples/digits/evaluate.py, build again, and look here"),
        ("swcli job list -o json", "everything, for a program to read"),
    ]


if __name__ == "__main__":
    main()
