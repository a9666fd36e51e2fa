"""How a program ends, and its run with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.slice.experiments.conftest import Runs

from starwhale.experiments.schemas import RunState

EXITING = """
import argparse, multiprocessing, sys, threading
from starwhale.api import track

quiet = {"auto_run_collect": False, "auto_console_log_redirect": False, "auto_framework_hook": False}

def caught(call, word):
    try:
        call(word)
    except SystemExit:
        pass

def in_thread(call, word):
    thread = threading.Thread(target=call, args=(word,))
    thread.start()
    thread.join()

def in_block(status):
    track.end()
    with track.start("exits", with_id="exits", **quiet):
        sys.exit(status)

def work(call, word):
    track.start("exits", with_id="exits", **quiet)
    call(word)

def in_process(call, word):
    child = multiprocessing.get_context("spawn").Process(target=work, args=(call, word))
    child.start()
    child.join()

if __name__ == "__main__":
    if not sys.argv[1].startswith("in_process"):
        track.start("exits", with_id="exits", **quiet)
    exec(sys.argv[1])
"""


@pytest.mark.parametrize(
    ("ending", "state", "error"),
    [
        ("sys.exit(3)", RunState.FAILED, "SystemExit: 3"),
        ("sys.exit('no data')", RunState.FAILED, "SystemExit: no data"),
        ("sys.exit(0)", RunState.FINISHED, ""),
        ("sys.exit()", RunState.FINISHED, ""),
        ("argparse.ArgumentParser().parse_args(['--nothing'])", RunState.FAILED, "SystemExit: 2"),
        ("caught(sys.exit, 3)", RunState.FINISHED, ""),
        ("in_thread(sys.exit, 3)", RunState.FINISHED, ""),
        ("caught(sys.exit, 3); sys.exit(0)", RunState.FINISHED, ""),
        ("caught(sys.exit, 0); sys.exit(3)", RunState.FAILED, "SystemExit: 3"),
        ("in_block(0)", RunState.FINISHED, ""),
        ("in_block(3)", RunState.FAILED, "SystemExit: 3 (line 21 of "),
        ("in_process(sys.exit, 3)", RunState.FAILED, "SystemExit: 3"),
        ("in_process(sys.exit, 0)", RunState.FINISHED, ""),
        ("in_process(int, 'x')", RunState.FAILED, "ValueError: "),
    ],
)
def test_the_exit_status_of_a_program_is_that_of_its_run(
    runs: Runs, program: Callable[..., Any], ending: str, state: RunState, error: str
) -> None:
    ran = program(EXITING, ending)
    assert "Traceback" not in ran.stderr or "int, " in ending
    run = runs.find("exits")
    assert (run.state, run.error[: len(error)]) == (state, error)
    assert bool(run.error) == bool(error)


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="an exit that nobody calls is seen from Python 3.12 on"
)
def test_an_exit_that_is_raised_counts_as_well(runs: Runs, program: Callable[..., Any]) -> None:
    assert program(EXITING, "raise SystemExit(3)").returncode == 3
    assert runs.find("exits").state is RunState.FAILED
