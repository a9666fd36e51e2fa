"""Payloads that run code when they are unpickled are carried and shown, and never read back."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from starwhale import Evaluation, dataset
from starwhale.core.errors import Forbidden, UnsupportedValue
from starwhale.instance.local import LocalInstance
from starwhale.storage.layers.media import MediaCell, Pickled, revive

pytestmark = pytest.mark.fault


class Hostile:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.mark),))


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "it-ran"


def test_a_pickle_of_another_job_is_carried_but_not_read(store: LocalInstance, mark: Path) -> None:
    with Evaluation("writer") as writer:
        writer.log("results", 1, {"output": Pickled.of(Hostile(mark)), "score": 0.5})
        writer.flush_all()
        store.tables.fold("self/evaluation/writer/results")
    reader = store.tables.reader("self/evaluation/writer/results")
    (_key, row), *_ = reader.scan()
    assert isinstance(row["output"], Pickled)
    with pytest.raises(Forbidden):
        row["output"].load("another-job")
    with pytest.raises(Forbidden):
        row["output"].load()
    # Even a table of one's own that holds another's pickle does not read it.
    with Evaluation("thief") as thief:
        row["output"].job = "writer"
        thief.store._writer.put(thief.store._path("results"), 1, {"output": row["output"]})
        (stolen,) = thief.scan("results")
        assert isinstance(stolen["output"], Pickled)
    assert not mark.exists()


def test_the_command_shows_hostile_results_without_reading_a_pickle(store: LocalInstance, mark: Path) -> None:
    with Evaluation("shown") as results:
        results.log("results", 1, {"output": Pickled.of(Hostile(mark))})
        results.log_summary(output=Pickled.of(Hostile(mark)))
        results.flush_all()
    program = (
        "import sys; calls = []\n"
        "sys.addaudithook(lambda event, _: calls.append(event) if event.startswith('pickle.') else None)\n"
        "from starwhale.instance.local import LocalInstance\n"
        "here = LocalInstance()\n"
        "store = here.results('self', 'somebody')\n"
        "for path in here.tables.paths():\n"
        "    print([row for row in here.tables.reader(path).scan()])\n"
        "print(calls)\n"
        "assert not calls, calls\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Pickled" in done.stdout
    assert not mark.exists()


def test_an_array_of_objects_neither_goes_in_nor_comes_out(store: LocalInstance, mark: Path) -> None:
    with dataset("arrays") as ds, pytest.raises(UnsupportedValue, match="Python objects"):
        ds[0] = {"array": np.array([Hostile(mark)], dtype=object)}
    forged = orjson.dumps({"dtype": "|O", "shape": [1]}).decode()
    cell = MediaCell("ndarray", pickle.dumps(Hostile(mark)), forged, None)
    with pytest.raises(ValueError, match=r"object|OBJECT"):
        revive("ndarray", cell.data, cell.meta, None)
    assert not mark.exists()
