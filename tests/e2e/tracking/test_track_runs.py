"""A training is followed from the outside, killed, and taken up again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

import pytest

from starwhale.cli.table import ROWS

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(all(row.name != "track" for row in ROWS), reason="swcli has no `track` in its table"),
]

SWCLI = Path(sysconfig.get_path("scripts")) / "swcli"
TRAINING = """
import sys, time
from starwhale.api import track
with track.start("digits", with_id="digits-1", tags=["baseline"]):
    track.params(lr=0.1)
    for step in range(int(sys.argv[1])):
        track.metrics(loss=1 / (step + 1))
        print("step", step)
        time.sleep(0.005)
    track.artifacts(model=b"weights")
"""


class Lab:
    """A user with two terminals: one trains, the other looks."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.environ = {**kept, "HOME": str(home), "SW_LOCAL_STORAGE": str(home / "store"), "COLUMNS": "80"}
        (home / "train.py").write_text(TRAINING)

    def train(self, steps: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "train.py", str(steps)],
            cwd=self.home,
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )

    def swcli(self, *words: str) -> str:
        ran = subprocess.run(
            [SWCLI, *words], cwd=self.home, env=self.environ, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.swcli(*words, "-o", "json"))

    def wait(self, points: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            rows = self.json("track", "list", "-m", "loss")
            if rows and rows[0]["loss"] is not None and 1 / rows[0]["loss"] >= points:
                return
            time.sleep(0.1)
        raise AssertionError("the points did not come")


def test_a_training_is_followed_killed_and_taken_up_again(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    training = lab.train(100_000)
    try:
        lab.wait(50)
        assert lab.json("track", "list", "--state", "running")[0]["id"] == "digits-1"
        assert "loss" in lab.swcli("track", "plot", "digits", "-m", "loss").splitlines()[0]
        assert "step 1" in lab.swcli("track", "logs", "digits").splitlines()
    finally:
        training.kill()
        training.wait()
    dead = lab.json("track", "info", "digits")
    assert dead["run"]["state"] == "DEAD"
    assert "is gone and had not ended the run" in dead["run"]["error"]
    before = dead["metrics"]["loss"]["count"]
    assert before >= 50
    assert lab.train(10).wait(60) == 0
    again = lab.json("track", "info", "digits-1")
    assert again["run"]["state"] == "FINISHED"
    assert again["metrics"]["loss"]["count"] == before + 10
    assert again["metrics"]["loss"]["step"] == before + 9
    assert again["facts"]["environment"]["command"] == "train.py 10"
    lab.swcli("track", "extract", "digits", "model", "out")
    assert (tmp_path / "out").read_bytes() == b"weights"
