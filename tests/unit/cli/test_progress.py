from __future__ import annotations

import io

from rich.console import Console

from starwhale.cli.progress import JobDisplay, StepProgress


def step(state: str, done: int = 0, **more: int) -> StepProgress:
    return StepProgress(name="digits:predict", state=state, done=done, total=899, **more)


def test_a_log_gets_a_line_per_change_and_not_per_row() -> None:
    file = io.StringIO()
    with JobDisplay(Console(file=file, width=200)) as progress:
        progress.show([step("CREATED")])
        for done in range(0, 800, 10):
            progress.show([step("RUNNING", done, workers=2)])
        progress.show([step("SUCCESS", 899, failed=3)])
        progress.show([step("SUCCESS", 899, failed=3)])
    assert file.getvalue().splitlines() == [
        "digits:predict: 0/899 rows, 2 workers",
        "digits:predict: success, 899/899 rows, 3 failed",
    ]


def test_a_terminal_gets_bars_that_end_full() -> None:
    file = io.StringIO()
    with JobDisplay(Console(file=file, width=80, force_terminal=True, color_system=None)) as progress:
        progress.show([step("RUNNING", 100), StepProgress(name="digits:evaluate", state="CREATED")])
        progress.show([step("SUCCESS", 899), StepProgress(name="digits:evaluate", state="SUCCESS")])
    last = [line for line in file.getvalue().splitlines() if "digits:" in line][-2:]
    assert "digits:predict" in last[0]
    assert "899/899 rows" in last[0]
    assert last[1].endswith("done")


def test_programs_get_nothing() -> None:
    file = io.StringIO()
    with JobDisplay(Console(file=file, width=80, force_terminal=True), quiet=True) as progress:
        progress.show([step("RUNNING", 5)])
    assert file.getvalue() == ""
