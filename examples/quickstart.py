"""The main job on real data: `make quickstart` runs this.

Every step is a command that can be typed by hand; it is printed before it runs. Running it again is harmless:
what did not change makes no second version.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console

DIGITS = Path(__file__).parent / "digits"
BIN = Path(sys.executable).parent
PATH = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
HELD_OUT = 898
STEPS = 5

console = Console(highlight=False)


def step(number: int, what: str) -> None:
    """Announce a step."""
    console.print(f"\n[bold cyan]{number}/{STEPS}[/]  [bold]{what}[/]", soft_wrap=True)


def run(*words: str) -> None:
    """Show a command and run it in the directory of the example; leave if it fails."""
    console.print(f"[dim]$[/] {shlex.join(words)}", soft_wrap=True)
    status = subprocess.run(words, cwd=DIGITS, env=os.environ | {"PATH": PATH}, check=False).returncode
    if status:
        console.print(f"[red]this command failed with exit status {status}[/]")
        sys.exit(status)


def newest_job() -> str:
    """Id of the job that was just run."""
    words = [str(BIN / "swcli"), "-o", "json", "job", "list", "--size", "1"]
    answer = subprocess.run(words, capture_output=True, check=True)
    return json.loads(answer.stdout)[0]["id"][:12]


def main() -> None:
    """Data, model, evaluation, results, and what to try next."""
    console.print("[dim]$[/] cd examples/digits")
    step(1, "Build a dataset from the 1,797 handwritten digits that scikit-learn carries")
    run("swcli", "dataset", "build")
    step(2, f"Train a classifier on all but the first {HELD_OUT} of them")
    run("python", "train.py")
    step(3, "Build a model package: the same content is the same version")
    run("swcli", "model", "build", ".")
    step(4, f"Evaluate it on the {HELD_OUT} it has not seen: two steps, the first in two processes")
    words = ["--uri", "digits", "--handler", "evaluate:evaluate", "--dataset", "digits"]
    run("swcli", "model", "run", *words, "--dataset-head", str(HELD_OUT))
    step(5, "Look at the results")
    job = newest_job()
    run("swcli", "job", "info", job)
    run("python", "mistakes.py", job)
    console.print("[bold]Try next[/]")
    for command, meaning in next_commands():
        console.print(f"  {command}  [dim]# {meaning}[/]", soft_wrap=True)


def next_commands() -> list[tuple[str, str]]:
    """What the reader may type now."""
    return [
        (f"source {shlex.quote(str(BIN / 'activate'))}", "puts swcli on the PATH"),
        ("swcli dataset head digits -n 3", "the first rows of the data"),
        ("swcli model info digits", "what is in the package"),
        ("swcli job list", "this evaluation and the ones before"),
        ("swcli --help", "everything else"),
    ]


if __name__ == "__main__":
    main()
