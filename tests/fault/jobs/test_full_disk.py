"""A disk that fills up in the middle of a job (FAULTS 15), on a small file system of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fault.jobs.lab import Lab, doubling

from starwhale.jobs.states import JobState

pytestmark = pytest.mark.fault

ROWS = doubling(0.01)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as refused:
        pytest.skip(f"a file system cannot be mounted here: {refused}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_one_sentence_and_the_job_goes_on_when_there_is_room(small_disk: Path) -> None:
    lab = Lab(small_disk, 400, ROWS)
    filler = small_disk / "filler"
    with lab.play("run") as play:
        lab.until(lambda: lab.durable(play.job) > 20)
        with filler.open("wb", buffering=0) as file:
            chunk = b"x" * 65536
            while chunk:
                try:
                    written = file.write(chunk)
                except OSError:
                    chunk = chunk[: len(chunk) // 2]
                else:
                    chunk = chunk if written == len(chunk) else b""
        said = play.end()
    assert "\n" not in said
    assert "no space" in said.lower() or "no room" in said.lower()
    lab.until_gone()
    filler.unlink()
    job = lab.job(play.job)
    assert job.state in {JobState.FAIL, JobState.UNKNOWN}
    durable = lab.durable(play.job)
    assert 20 < durable < 400
    assert len(lab.outputs(play.job)) >= durable
    with lab.play("resume", play.job) as again:
        assert again.end() == "SUCCESS"
    lab.check_success(play.job)
