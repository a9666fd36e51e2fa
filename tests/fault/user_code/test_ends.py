"""Code that ends otherwise than by returning: the job fails with the reason in one sentence."""

from __future__ import annotations

import pytest
from tests.fault.user_code.conftest import Rogue

pytestmark = [pytest.mark.fault, pytest.mark.e2e]


@pytest.mark.parametrize(
    ("handler", "cause"),
    [
        ("leaves_well", "naughty:leaves_well failed: SystemExit: 0 at naughty.py:"),
        pytest.param(
            "vanishes",
            "3 workers in a row died on step naughty:vanishes; the last: the worker ended with status 0",
            marks=pytest.mark.slow,
        ),
        ("raises_no_exception", "naughty:raises_no_exception failed: Odd: strange at naughty.py:"),
        pytest.param(
            *("raises_silently", "naughty:raises_silently failed: Silent at naughty.py:"),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_end_is_told_in_words(rogue: Rogue, handler: str, cause: str) -> None:
    ended = rogue.run(handler)
    assert (ended.status, ended.job.state) == (7, "FAIL")
    assert cause in ended.job.cause
    assert cause in ended.said


def test_a_row_that_ends_every_process_is_named_and_those_before_it_stay(rogue: Rogue) -> None:
    ended = rogue.run("vanishes_at_seven")
    assert (
        "3 workers in a row died on row 7 of dataset d; the last: the worker ended with status 3"
        in ended.said
    )
    outputs = {row["_index"]: row["output"] for row in rogue.rows(ended.job.id)}
    assert 7 not in outputs
    assert outputs == {row: row for row in outputs}
    assert ended.job.done == len(outputs) >= 7


def test_an_error_of_five_megabytes_is_one_readable_line(rogue: Rogue) -> None:
    ended = rogue.run("raises_a_long_text")
    assert "ValueError: xxxx" in ended.job.cause
    assert len(ended.said) < 1_000
    assert b"x" * 5_000_000 in rogue.log(ended.job, "0.0")


def test_memory_that_runs_out_fails_the_row_and_nothing_else(rogue: Rogue) -> None:
    ended = rogue.run("leaks")
    assert (ended.status, ended.job.state) == (7, "FAIL")
    assert "MemoryError at naughty.py:" in ended.job.cause
    assert "on row 1" in ended.job.cause


IMPORTS = {
    "raises no Exception": (
        "class Odd(BaseException): ...\nraise Odd('early')\n",
        "Odd: early at broken.py:2: raise Odd('early')",
    ),
    "leaves": ("import sys\nsys.exit(4)\n", "SystemExit: 4 at broken.py:2: sys.exit(4)"),
    "vanishes": ("import os\nos._exit(5)\n", "ended"),
}


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("model run -w .", "raises no Exception"),
        ("model run -w .", "leaves"),
        ("model build .", "raises no Exception"),
        ("model build .", "vanishes"),
    ],
)
def test_a_module_that_does_not_import_makes_neither_job_nor_package(
    rogue: Rogue, words: str, way: str
) -> None:
    code, cause = IMPORTS[way]
    (rogue.code / "broken.py").write_text(code)
    ran = rogue(*words.split(), "-m", "broken")
    assert (ran.returncode, ran.stdout) == (6, "")
    assert ran.stderr.startswith("Error: ")
    assert cause in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert "Traceback" not in ran.stderr
    assert rogue.jobs() == []
