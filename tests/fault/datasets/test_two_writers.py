"""Processes that commit to one dataset at once: every acknowledged row is there, or its writer was told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from starwhale import dataset
from starwhale.instance.local import LocalInstance

pytestmark = pytest.mark.fault

WRITER = """
import sys, time
from starwhale import dataset
from starwhale.core.errors import Conflict
who, rounds, how, start = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
time.sleep(max(0, start - time.time()))
for turn in range(rounds):
    with dataset("shared") as ds:
        if how == "append":
            ds.append({"who": who, "turn": turn})
        elif how == "same":
            ds["one"] = {"who": who, "turn": turn}
        else:
            ds[f"{who}-{turn}"] = {"who": who, "turn": turn}
        try:
            ds.commit()
        except Conflict:
            print(who, turn, "told", flush=True)
        else:
            print(who, turn, "done", flush=True)
"""


def race(writers: int, rounds: int, how: str) -> list[tuple[int, int, str]]:
    import time

    start = str(time.time() + 1.5)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(who), str(rounds), how, start],
            stdout=subprocess.PIPE,
            env=dict(os.environ),
            text=True,
        )
        for who in range(writers)
    ]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * writers
    lines = [line.split() for output in outputs for line in output.splitlines()]
    return [(int(who), int(turn), said) for who, turn, said in lines]


@pytest.mark.parametrize("writers", [2, 5])
def test_rows_of_different_keys_all_survive(store: LocalInstance, writers: int) -> None:
    told = race(writers, 6, "apart")
    assert len(told) == 6 * writers
    assert {said for *_, said in told} == {"done"}
    rows = {row.index for row in dataset("shared", readonly=True)}
    assert rows == {f"{who}-{turn}" for who, turn, _ in told}


@pytest.mark.parametrize("how", ["append", "same"])
def test_no_acknowledged_row_is_lost_without_a_word(store: LocalInstance, how: str) -> None:
    told = race(3, 6, how)
    done = {(who, turn) for who, turn, said in told if said == "done"}
    assert done, "nobody got through"
    history = dataset("shared", readonly=True).history()
    assert len(history) == len(done), "an acknowledged commit has no version"
    seen = {
        (row.features["who"], row.features["turn"])
        for each in history
        for row in dataset(f"shared/version/{each['version']}", readonly=True)
    }
    assert seen == done
    if how == "append":
        last = dataset("shared", readonly=True)
        assert {(row.features["who"], row.features["turn"]) for row in last} == done
        assert len(last) == len(done)


def test_an_export_onto_a_full_disk_leaves_nothing(store: LocalInstance, tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount a tmpfs here")
    try:
        with dataset("large") as ds:
            for number in range(100):
                ds.append({"data": os.urandom(100_000), "number": number})
            ds.commit()
        for kind in ("parquet", "jsonl", "csv", "webdataset"):
            swcli = [str(Path(sys.executable).with_name("swcli")), "dataset", "export", "large"]
            ran = subprocess.run(
                [*swcli, str(place / kind), "--format", kind], capture_output=True, text=True, check=False
            )
            assert (ran.returncode, ran.stdout) == (9, ""), ran.stderr
            assert "no room to export" in ran.stderr
            assert "Traceback" not in ran.stderr
            assert list(place.iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
