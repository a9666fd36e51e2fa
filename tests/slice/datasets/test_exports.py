"""What is exported and built again is equal, row for row, whatever the rows hold."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.storage.values import arrays, keys, names, values

from starwhale.core.errors import Conflict, UsageError
from starwhale.core.types.image import Image
from starwhale.datasets.exports.exporting import FORMATS, export
from starwhale.datasets.sources import opening
from starwhale.datasets.sources.port import SourceRow
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import open_objects
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.stage import Stage


def _png() -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (1, 1)).save(file, "PNG")
    return file.getvalue()


PNG = _png()
tables = st.dictionaries(keys, st.dictionaries(names, st.one_of(values, arrays()), max_size=3), max_size=6)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return type(one) is type(other) and one == other


def stored(rows: dict[Any, dict[str, Any]], place: Path, info: dict[str, Any] | None = None) -> Snapshot:
    stage = Stage(LayerStore(Blobs(open_objects(str(place)))), Manifest())
    for number, (key, row) in enumerate(rows.items()):
        stage.put(key, row)
        if number % 2:
            stage.flush()  # so that rows lie in several layers
    stage.set_info(info or {})
    manifest, _ = stage.finish(None)
    return Snapshot(stage.store, manifest)


def read_back(path: Path, kind: str) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    openers = {
        "parquet": opening.arrow, "jsonl": opening.json, "csv": opening.csv, "webdataset": opening.webdataset,
        "folder": lambda paths: opening.folder(paths[0]),
    }  # fmt: skip
    source = openers[kind]([str(path)])
    rows: dict[Any, dict[str, Any]] = {}
    for row in source.rows():
        assert isinstance(row, SourceRow), row
        assert row.key is not None
        rows[row.key] = dict(row.features)
    return rows, source.info()


@pytest.mark.parametrize("target", ["directory", "file"])
@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv", "webdataset"])
def test_rows_of_every_kind_come_back_as_they_were(kind: str, target: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(rows=tables)
    def check(rows: dict[Any, dict[str, Any]]) -> None:
        with TemporaryDirectory() as place:
            root = Path(place)
            snapshot = stored(rows, root / "store", {"about": "rows"})
            suffix = {"webdataset": ".tar"}.get(kind, f".{kind}") if target == "file" else ""
            out = export(snapshot, root / f"out{suffix}", format=kind)
            back, info = read_back(out, kind)
            before = dict(snapshot.scan())
            assert list(back) == list(before)
            for key, row in before.items():
                assert back[key].keys() == row.keys()
                assert all(same(back[key][name], value) for name, value in row.items()), (back[key], row)
            assert info == {"about": "rows"} or not rows

    check()


def pictures(place: Path) -> Snapshot:
    rows = {
        f"é/{number}": {
            "img": Image(PNG, display_name=f"{number}.png", mime_type="image/png"),
            "label": ["cat", "dog/..", ""][number % 3],
            "score": math.nan if number == 4 else number / 2,
            "more": [Image(PNG), {"deep": Image(b"raw")}],
        }
        for number in range(7)
    }
    return stored(rows, place)


def test_a_folder_of_images_comes_back_as_it_was(tmp_path: Path) -> None:
    snapshot = pictures(tmp_path / "store")
    out = export(snapshot, tmp_path / "out", format="folder")
    back, _ = read_back(out, "folder")
    before = dict(snapshot.scan())
    assert list(back) == list(before)
    for key, row in before.items():
        assert all(same(back[key][name], value) for name, value in row.items())
    assert sorted(path.name for path in out.iterdir()) == [
        "cat",
        "data",
        "dog_",
        "media",
        "metadata.jsonl",
        "starwhale.json",
    ]
    assert not list(tmp_path.glob(".*"))


def test_others_read_what_is_exported(tmp_path: Path) -> None:
    import pandas as pd
    import polars as pl
    from datasets import load_dataset

    snapshot = pictures(tmp_path / "store")
    parquet = export(snapshot, tmp_path / "out.parquet")
    frame = pd.read_parquet(parquet)
    assert list(frame["label"])[:3] == ["cat", "dog/..", ""]
    assert dict(next(iter(frame["img"]))) == {
        "bytes": PNG,
        "path": "0.png",
        "meta": '{"display_name":"0.png","mime_type":"image/png"}',
    }
    assert pl.read_parquet(parquet)["__key__"].to_list() == [f"é/{number}" for number in range(7)]
    folder = export(snapshot, tmp_path / "folder", format="folder")
    found = load_dataset("imagefolder", data_dir=str(folder / "cat"), cache_dir=str(tmp_path / "hf"))
    assert found["train"].num_rows == 3
    lines = (export(snapshot, tmp_path / "out.jsonl")).read_text().splitlines()
    assert [json.loads(line)["label"] for line in lines[:2]] == ["cat", "dog/.."]


def test_what_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    snapshot = stored({1: {"a": 1}}, tmp_path / "store")
    for kind in ("parquet", "jsonl", "csv", "webdataset"):
        out = export(snapshot, tmp_path / f"{kind}-out", format=kind)
        with pytest.raises(Conflict, match="exists already"):
            export(snapshot, out, format=kind)
        export(snapshot, out, format=kind, force=True)
        assert read_back(out, kind)[0] == {1: {"a": 1}}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_export_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    snapshot = stored({1: {"a": 1}}, tmp_path / "store")

    def broken(_: int) -> None:
        raise KeyboardInterrupt

    for kind in FORMATS[:4]:
        with pytest.raises(KeyboardInterrupt):
            export(snapshot, tmp_path / f"{kind}-out", format=kind, told=broken)
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_wrong_requests_are_one_sentence(tmp_path: Path) -> None:
    snapshot = stored({1: {"a": 1}}, tmp_path / "store")
    with pytest.raises(UsageError, match="no column holds such"):
        export(snapshot, tmp_path / "out", format="folder")
    with pytest.raises(UsageError, match="does not tell a format"):
        export(snapshot, tmp_path / "out")
    with pytest.raises(UsageError, match="no export format 'xml'"):
        export(snapshot, tmp_path / "out", format="xml")


def test_hugging_face_gets_its_own_features(tmp_path: Path) -> None:
    from starwhale.integrations.huggingface import to_huggingface

    rows = {
        number: {"img": Image(PNG, display_name="a.png"), "label": number % 2, "n": number}
        for number in range(5)
    }
    snapshot = stored(rows, tmp_path, {"class_labels": {"label": ["cat", "dog"]}})
    made = to_huggingface(snapshot)
    assert made.features["label"].names == ["cat", "dog"]
    assert made[1]["label"] == 1
    assert made[0]["img"].size == (1, 1)
    assert made["n"][:] == list(range(5))
