"""What the kill loops kill: commits to a dataset, or rows to a table, with a journal of acknowledgements.

The journal is appended and synced before the next piece of work begins, so that whatever stands in it was
acknowledged before the process died.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from starwhale import Evaluation, dataset


def acknowledge(journal: Path, text: str) -> None:
    with journal.open("a") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def commits(journal: Path, life: int) -> None:
    number = 0
    while True:
        ds = dataset("killed")
        for key in range(3):
            ds[f"{life}-{number}-{key}"] = {"life": life, "number": number, "payload": os.urandom(100)}
        version = ds.commit()
        acknowledge(journal, f"{life} {number} {version}")
        number += 1


def logs(journal: Path, life: int) -> None:
    results = Evaluation("killed")
    number = 0
    while True:
        for key in range(50):
            results.log("results", f"{life}-{number}-{key}", {"life": life, "number": number})
        results.flush_all()
        acknowledge(journal, f"{life} {number} -")
        number += 1


{"commits": commits, "logs": logs}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
