"""Code that prints too much, or closes what it would print to."""

from __future__ import annotations

import time

import pytest
from tests.fault.user_code.conftest import Rogue

pytestmark = [pytest.mark.fault, pytest.mark.e2e]


def test_a_row_that_prints_after_closing_the_output_fails_as_any_other(rogue: Rogue) -> None:
    ended = rogue.run("closes_its_output")
    assert (ended.status, ended.job.state) == (7, "FAIL")
    assert "on row 9 of dataset 'self/d': ValueError: I/O operation on closed file" in ended.job.cause


@pytest.mark.parametrize("isolation", ["process", pytest.param("thread", marks=pytest.mark.slow)])
def test_a_step_without_output_does_not_silence_the_next_one(rogue: Rogue, isolation: str) -> None:
    ended = rogue.run("prints_after_that", "--isolation", isolation)
    assert ended.job.state == "SUCCESS", ended.errors
    assert sorted(rogue.log(ended.job, "1.0").splitlines()) == [b"and this too", b"it can be heard"]


@pytest.mark.parametrize("megabytes", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_megabytes_are_kept_whole_and_do_not_hold_the_job_up(rogue: Rogue, megabytes: int) -> None:
    rogue.environ["MEGABYTES"] = str(megabytes)
    began = time.monotonic()
    ended = rogue.run("floods")
    assert ended.job.state == "SUCCESS"
    assert time.monotonic() - began < 30
    lines = [line for line in ended.errors.splitlines() if line.startswith("y")]
    assert len(lines) == megabytes * 1_000
    assert set(lines) == {"y" * 999}
    assert rogue.log(ended.job, "0.0") == b"".join(line.encode() + b"\n" for line in lines)
