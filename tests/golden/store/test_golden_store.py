"""Stores that earlier releases wrote open and read as what was written."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.golden.store.make import HERE, rows

from starwhale import Evaluation, dataset

RELEASES = sorted(path.name for path in HERE.iterdir() if (path / "catalog.sqlite").exists())


def test_every_release_has_left_a_store() -> None:
    assert "1.0" in RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_a_store_of_an_earlier_release_reads_as_it_was_written(
    release: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(HERE / release, tmp_path / "store")
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    expected = rows()
    first = dataset("golden/version/first")
    assert [row.index for row in first] == list(expected)
    for key, row in expected.items():
        found = dict(first[key].features)
        wanted = {"typed": -1, **row}
        if isinstance(wanted["mixed"], np.ndarray):
            assert np.array_equal(found.pop("mixed"), wanted.pop("mixed"))
        assert found == wanted
    now = dataset("golden")
    assert len(now) == len(expected)
    assert now[0].features.typed == 1000
    assert 1 not in now
    assert now[len(expected) - 1].features == {"mixed": "appended"}
    assert now.info == {"about": "golden"}
    results = Evaluation("goldenjob")
    scores = {row["id"]: row["score"] for row in results.scan("results")}
    assert len(scores) == 50
    assert scores["row-7"] == 700
    assert scores["row-9"] == 4.5
    assert results.get_summary() == {"accuracy": 0.75, "nested/f1": 0.5}
    # And it is not only readable: it goes on.
    now.append({"mixed": "later"})
    now.commit()
    assert dataset("golden")[len(expected)].features.mixed == "later"
