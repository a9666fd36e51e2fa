"""What one does with versions of datasets: compare, copy, go back, verify, sum up."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from starwhale import ClassLabel, Image, dataset
from starwhale.core.errors import Conflict, Corrupted, NotFound, UsageError
from starwhale.instance.local import LocalInstance


def made(name: str = "d", rows: int = 100, **changes: object) -> None:
    with dataset(name) as ds:
        for number in range(rows):
            ds[number] = {"x": number, "label": number % 3, **changes}
        ds.commit(tags=["first"])


def blobs(here: LocalInstance) -> set[Path]:
    root = Path(here.settings.objects_url) / "blobs"
    return {path for path in root.rglob("*") if path.is_file()}


def test_a_diff_counts_rows_by_key_and_names_what_changed(here: LocalInstance) -> None:
    made()
    with dataset("d") as ds:
        ds[5] = {"x": -5}
        ds[200] = {"x": 200, "new": "text"}
        del ds[7]
        ds.commit()
    one, other = dataset("d/version/v0", readonly=True), dataset("d", readonly=True)
    found = one.diff(other)
    assert (found.added, found.removed, found.changed, found.unchanged) == (1, 1, 1, 98)
    assert [(each.name, each.before, each.after) for each in found.columns] == [("new", None, "str")]
    assert [(each.kind, each.key, each.fields) for each in found.examples] == [
        ("changed", 5, ("x",)),
        ("removed", 7, ()),
        ("added", 200, ()),
    ]
    assert found.examples[0].before == {"x": 5, "label": 2}
    assert bool(found)
    assert not one.diff(one)


def test_a_copy_is_the_same_version_and_takes_no_room(here: LocalInstance) -> None:
    made()
    here.projects.create(here.actor, "other")
    before = blobs(here)
    ds = dataset("d", readonly=True)
    ds.copy("local/project/other")
    assert blobs(here) == before
    copy = dataset("local/project/other/dataset/d", readonly=True)
    assert copy.loading_version == ds.loading_version
    assert "first" in list(copy.tags)
    assert [row.features for row in copy] == [row.features for row in ds]
    ds.copy("e", dest_local_project_uri="other", ignore_tags=["first"])
    assert "first" not in list(dataset("local/project/other/dataset/e", readonly=True).tags)


def test_a_copy_onto_another_patches_or_overwrites(here: LocalInstance) -> None:
    made("a", 3)
    with dataset("b") as ds:
        ds[1] = {"x": -1, "own": True}
        ds[9] = {"x": 9}
        ds.commit()
    a = dataset("a", readonly=True)
    a.copy("b", force=True)
    rows = {row.index: row.features for row in dataset("b", readonly=True)}
    assert sorted(rows) == [0, 1, 2, 9]
    assert rows[1] == {"x": 1, "label": 1, "own": True}
    a.copy("b", mode="overwrite", force=True)
    now = dataset("b", readonly=True)
    assert now.loading_version == a.loading_version
    assert len(now) == 3
    assert len(now.history()) == 3


def test_a_copy_to_itself_to_a_version_or_to_nowhere_is_refused(here: LocalInstance) -> None:
    made("a", 3)
    made("b", 4)
    a = dataset("a", readonly=True)
    with pytest.raises(UsageError, match="onto itself"):
        a.copy("a")
    with pytest.raises(UsageError, match="names a version"):
        a.copy("b/version/v0")
    with pytest.raises(NotFound, match="no project 'nowhere'"):
        a.copy("local/project/nowhere")
    with pytest.raises(UsageError, match="mode 'both'"):
        a.copy("c", mode="both")
    with pytest.raises(Conflict, match="first"):
        a.copy("b", mode="overwrite")


def test_reverting_makes_an_older_version_the_latest(here: LocalInstance) -> None:
    made()
    with dataset("d") as ds:
        ds[0] = {"x": "text"}
        second = ds.commit()
    ds = dataset("d/version/v0")
    first = ds.loading_version
    assert ds.revert() == first
    assert dataset("d", readonly=True).loading_version == first
    assert {each["version"] for each in dataset("d").history()} == {first, second}
    # A commit goes on from there.
    with dataset("d") as ds:
        ds[500] = {"x": 1}
        ds.commit()
    assert dataset("d", readonly=True)[0].features["x"] == 0
    assert dataset("d").revert(second[:8]) == second


def test_verify_names_what_is_damaged(here: LocalInstance) -> None:
    made()
    ds = dataset("d", readonly=True)
    ds.verify()
    victim = max(blobs(here), key=lambda path: path.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(data)
    with pytest.raises(Corrupted, match="1 files of 'd' are not what was written"):
        ds.rehash()


def test_a_summary_tells_what_the_columns_hold(here: LocalInstance) -> None:
    with dataset("s") as ds:
        for number in range(50):
            row: dict[str, Any] = {
                "n": number,
                "f": float("nan") if number == 3 else number / 2,
                "label": "cat" if number % 5 else "dog",
                "img": Image(bytes(10)),
                "arr": np.zeros(3),
                "day": date(2024, 1, 1 + number % 28),
                "list": [1] * (number % 4),
                "mixed": number if number % 2 else str(number),
                "kind": ClassLabel(["a"]),
            }
            if number % 10 == 0:
                del row["n"]
            if number % 10 == 1:
                row["label"] = None
            ds[number] = row
        ds.commit()
    with dataset("s") as ds:
        ds[1000] = {"n": 1000, "label": "cow"}
        del ds[49]
        ds.commit()
    told = {each["name"]: each for each in dataset("s", readonly=True).summary()["statistics"]}
    assert (told["n"]["count"], told["n"]["absent"], told["n"]["nulls"]) == (45, 5, 0)
    assert (told["n"]["minimum"], told["n"]["maximum"]) == (1, 1000)
    assert told["f"]["maximum"] == 24.0
    assert told["f"]["mean"] == pytest.approx(sum(n / 2 for n in range(49) if n != 3) / 48)
    assert told["label"]["nulls"] == 5
    assert dict(told["label"]["values"]) == {"cat": 34, "dog": 10, "cow": 1}
    assert (told["img"]["size"], told["img"]["count"], told["img"]["absent"]) == (490, 49, 1)
    assert (told["day"]["minimum"], told["day"]["maximum"]) == (date(2024, 1, 1), date(2024, 1, 28))
    assert (told["list"]["minimum"], told["list"]["maximum"]) == (0, 3)
    assert (told["mixed"]["type"], told["mixed"]["minimum"]) == ("mixed", None)


def test_a_schema_grows_without_writing_old_rows_again(here: LocalInstance) -> None:
    made(rows=2000)
    kept = blobs(here)
    steps = [
        {"x": 1.5},  # an integer column gets a float: it is kept by kind
        {"x": "text"},  # and mixed
        {"new": [1, 2]},  # a column appears
        {"new": [{"deep": {"er": 1}}]},  # and nests
    ]
    for place, row in enumerate(steps):
        with dataset("d") as ds:
            ds[place] = row
            ds.commit()
        assert kept <= blobs(here), "an old file was written anew"
    rows = dataset("d", readonly=True)
    assert [rows[place].features for place in range(4)] == [
        {"x": 1.5, "label": 0},
        {"x": "text", "label": 1},
        {"x": 2, "label": 2, "new": [1, 2]},
        {"x": 3, "label": 0, "new": [{"deep": {"er": 1}}]},
    ]
    assert type(rows[100].features["x"]) is int


def test_a_change_writes_what_changed(here: LocalInstance) -> None:
    with dataset("big") as ds:
        for number in range(20_000):
            ds[number] = {"data": number.to_bytes(8, "little") * 16, "x": number}
        ds.commit()
    before = sum(path.stat().st_size for path in blobs(here))
    with dataset("big") as ds:
        for number in range(0, 20_000, 100):
            ds[number] = {"x": -number}
        ds.commit()
    assert sum(path.stat().st_size for path in blobs(here)) - before < 0.03 * before
    before = sum(path.stat().st_size for path in blobs(here))
    with dataset("big") as ds:
        ds.append({"data": b"1", "x": 1})
        ds.commit()
    assert sum(path.stat().st_size for path in blobs(here)) - before < 100_000


def test_large_media_count_as_bytes_of_the_dataset(here: LocalInstance) -> None:
    with dataset("large") as ds:
        ds[0] = {"img": Image(bytes(3 << 20))}
        ds.commit()
    told = dataset("large", readonly=True).summary()
    assert told["bytes"] > 3 << 20
    assert told["statistics"][0]["size"] == 3 << 20


def test_large_media_belong_to_the_version_however_deep_they_lie(here: LocalInstance) -> None:
    def large(number: int) -> Image:
        return Image(bytes([number]) * (2 << 20))

    rows = {
        0: {"plain": large(0), "mixed": large(1)},
        1: {
            "mixed": 5,
            "list": [large(2), 5],
            "dict": {"empty": {}, "img": large(3)},
            "tuple": ({1: large(4)},),
        },
        2: {"record": {"img": large(5)}, "images": [large(6), large(7)]},
    }
    with dataset("deep") as ds:
        for key, row in rows.items():
            ds[key] = row
        ds.commit()
    version = here.datasets.resolve(here.actor, dataset("deep", readonly=True)._existing())
    large_ones = {path.name for path in blobs(here) if path.stat().st_size == 2 << 20}
    assert len(large_ones) == 8
    told = {digest[2:] for digest in here.layers.references(version.manifest)}
    assert {name[-62:] for name in large_ones} <= told
