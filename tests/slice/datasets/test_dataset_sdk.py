"""The `Dataset` of the SDK over a real store: rows, versions, tags, and what 0.6 got wrong."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from starwhale import (
    BoundingBox,
    Dataset,
    GrayscaleImage,
    Image,
    Text,
    dataset,
)
from starwhale.core.errors import Ambiguous, Conflict, Forbidden, NotFound, UnsupportedValue, UsageError
from starwhale.datasets.rows import DataRow
from starwhale.instance.local import LocalInstance

pytestmark = pytest.mark.usefixtures("here")


def numbers(count: int = 10) -> str:
    with dataset("numbers") as ds:
        for number in range(count):
            ds.append({"value": number})
        return ds.commit()


def test_rows_that_were_committed_are_read_back_by_key_by_slice_and_in_order() -> None:
    version = numbers()
    ds = dataset("numbers")
    assert ds.loading_version == version
    assert len(ds) == 10
    assert ds[3].features.value == 3
    assert [row.index for row in ds[2:5]] == [2, 3, 4]
    assert [row.index for row in ds[2:9:3]] == [2, 5, 8]
    assert [row.features["value"] for row in ds] == list(range(10))
    index, features = ds.fetch_one()
    assert (index, features) == (0, {"value": 0})
    assert [len(batch) for batch in ds.batch_iter(4)] == [4, 4, 2]
    assert [len(batch) for batch in ds.batch_iter(4, drop_not_full=True)] == [4, 4]
    assert len(ds.head(3)) == 3
    with pytest.raises(KeyError):
        ds[99]


def test_an_older_version_never_shows_what_came_later() -> None:
    first = numbers(3)
    changed = dataset("numbers")
    del changed[0]
    changed[1] = {"value": 100}
    changed.append({"value": 3})
    second = changed.commit()
    old = dataset(f"numbers/version/{first}")
    assert [(row.index, row.features.value) for row in old] == [(0, 0), (1, 1), (2, 2)]
    new = dataset(f"numbers/version/{second[:8]}")
    assert [(row.index, row.features.value) for row in new] == [(1, 100), (2, 2), (3, 3)]


def test_append_after_a_deletion_takes_no_key_that_is_in_use() -> None:
    numbers(3)
    ds = dataset("numbers")
    del ds[0]
    ds.append({"value": "new"})
    ds.commit()
    again = dataset("numbers")
    assert {row.index: row.features.value for row in again} == {1: 1, 2: 2, 3: "new"}


def test_setting_a_feature_keeps_the_others_and_null_is_not_absent() -> None:
    with dataset("d") as ds:
        ds["a"] = {"x": 1, "y": 2}
        ds["a"] = {"y": None}
        assert ds["a"].features == {"x": 1, "y": None}
        ds.commit()
    ds = dataset("d")
    ds["a"].features.x = 5
    assert ds["a"].features == {"x": 5, "y": None}
    ds.commit()
    assert dataset("d")["a"].features == {"x": 5, "y": None}


def test_a_row_of_only_nulls_and_any_feature_name_are_welcome() -> None:
    with dataset("d") as ds:
        ds[0] = {"a.b": None, "with space": None, "$x": None, "名": None}
        ds.commit()
    assert dataset("d")[0].features == {"a.b": None, "with space": None, "$x": None, "名": None}


def test_values_that_older_releases_refused_come_back_as_they_were() -> None:
    row: dict[str, Any] = {
        "u8": np.uint8(200),
        "moment": datetime(2024, 5, 1, 12, tzinfo=UTC),
        "day": date(2024, 5, 1),
        "span": timedelta(hours=3),
        "money": Decimal("3.10"),
        "id": uuid.UUID(int=7),
        "huge": 2**100,
        "many": {3, 1, 2},
    }
    with dataset("d") as ds:
        ds[0] = {**row, "array": np.arange(6, dtype="f4").reshape(2, 3)}
        ds.commit()
    features = dataset("d")[0].features
    assert features["array"].dtype == np.float32
    assert features["array"].tolist() == [[0, 1, 2], [3, 4, 5]]
    del features["array"]
    assert features == {**row, "u8": 200, "many": [1, 2, 3]}


def test_media_and_annotations_come_back_as_what_they_were() -> None:
    row = {
        "img": Image(b"png bytes", display_name="one.png", shape=(8, 8, 3)),
        "gray": GrayscaleImage(bytes(range(4)), shape=(2, 2)),
        "text": Text("häuser"),
        "boxes": [BoundingBox(1, 2, 3, 4), BoundingBox(5, 6, 7, 8)],
        "large": Image(b"x" * (3 << 20)),
    }
    with dataset("media") as ds:
        ds[0] = row
        ds.commit()
    found = dataset("media")[0].features
    assert found == row
    assert found.gray.to_numpy().tolist() == [[0, 1], [2, 3]]
    assert found.large.to_bytes() == b"x" * (3 << 20)


def test_a_bad_value_fails_at_its_assignment_and_poisons_nothing() -> None:
    with dataset("d") as ds:
        ds[0] = {"a": 1}
        with pytest.raises(UnsupportedValue, match=r"'b'.*object"):
            ds[1] = {"a": 1, "b": object()}
        ds.commit()
    assert [row.index for row in dataset("d")] == [0]
    with dataset("other") as ds:
        ds[0] = {"a": 1}
        ds.commit()
    assert len(dataset("other")) == 1


def test_a_commit_that_changes_nothing_makes_no_version_and_moves_the_tags(here: LocalInstance) -> None:
    first = numbers(5)
    ds = dataset("numbers")
    for number in range(5):
        ds[number] = {"value": number}
    assert ds.commit(tags=["same"]) == first
    assert len(dataset("numbers").history()) == 1
    assert "same" in dataset("numbers").tags


def test_the_same_rows_make_the_same_version_whatever_the_order() -> None:
    with dataset("one") as ds:
        for number in range(6):
            ds[number] = {"a": number, "b": str(number)}
        first = ds.commit()
    with dataset("two") as ds:
        for number in reversed(range(6)):
            ds[number] = {"b": str(number), "a": number}
        second = ds.commit()
    assert first == second


def test_two_who_commit_at_once_both_survive_when_they_changed_different_rows() -> None:
    numbers(4)
    one, two = dataset("numbers"), dataset("numbers")
    one[0] = {"value": "one"}
    two[1] = {"value": "two"}
    one.commit()
    two.commit()
    found = {row.index: row.features.value for row in dataset("numbers")}
    assert found == {0: "one", 1: "two", 2: 2, 3: 3}


def test_the_second_of_two_who_changed_one_row_is_told() -> None:
    numbers(4)
    one, two = dataset("numbers"), dataset("numbers")
    one[0] = {"value": "one"}
    two[0] = {"value": "two"}
    one.commit()
    with pytest.raises(Conflict, match="row 0"):
        two.commit()
    assert dataset("numbers")[0].features.value == "one"


def test_two_who_make_a_dataset_at_once_both_survive() -> None:
    one, two = dataset("fresh"), dataset("fresh")
    one["a"] = {"v": 1}
    two["b"] = {"v": 2}
    one.commit()
    two.commit()
    assert {row.index: row.features.v for row in dataset("fresh")} == {"a": 1, "b": 2}


def test_uncommitted_changes_are_seen_here_and_nowhere_else() -> None:
    numbers(2)
    ds = dataset("numbers")
    ds[5] = {"value": 5}
    assert ds.changed
    assert [row.index for row in ds] == [0, 1, 5]
    assert [row.index for row in dataset("numbers")] == [0, 1]
    ds.close()
    assert len(dataset("numbers")) == 2


def test_what_is_read_only_refuses_changes() -> None:
    numbers(1)
    ds = dataset("numbers", readonly=True)
    with pytest.raises(Forbidden, match="read-only"):
        ds[0] = {"value": 1}
    with pytest.raises(Forbidden):
        ds.info["x"] = 1


def test_create_says_what_may_be_there() -> None:
    with pytest.raises(NotFound, match="nothing"):
        dataset("nothing", create="forbid")
    numbers(1)
    with pytest.raises(Conflict, match="numbers"):
        dataset("numbers", create="empty")
    with pytest.raises(UsageError, match="create"):
        dataset("numbers", create="maybe")
    with pytest.raises(NotFound) as missing:
        dataset("numbres/version/latest")
    assert "numbers" in missing.value.hint


def test_an_ambiguous_prefix_lists_the_candidates() -> None:
    versions: list[str] = []
    while not (shared := [v for v in versions[:-1] if v[:1] == versions[-1][:1]]):
        ds = dataset("many")
        ds.append({"value": len(versions)})
        versions.append(ds.commit())
    assert shared
    prefix = versions[-1][:5]
    assert dataset(f"many/version/{prefix}").loading_version == versions[-1]
    with pytest.raises((Ambiguous, NotFound, UsageError)):
        dataset(f"many/version/{prefix[:1]}")


def test_tags_name_versions() -> None:
    first = numbers(1)
    ds = dataset("numbers")
    ds.append({"value": 1})
    second = ds.commit(tags=["best"], message="one more")
    assert dataset("numbers/version/best").loading_version == second
    assert dataset("numbers/version/v0").loading_version == first
    old = dataset(f"numbers/version/{first}")
    old.tags.add("golden")
    assert "golden" in list(old.tags)
    with pytest.raises(Conflict):
        old.tags.add("best")
    old.tags.remove("golden")
    assert "golden" not in list(old.tags)
    assert [entry["message"] for entry in ds.history()] == ["one more", ""]


def test_the_description_is_kept_with_each_version() -> None:
    first = numbers(1)
    ds = dataset("numbers")
    ds.info["licence"] = "CC0"
    ds.info.update(rows={"train": 1})
    second = ds.commit()
    assert second != first
    assert dataset("numbers").info == {"licence": "CC0", "rows": {"train": 1}}
    assert dataset(f"numbers/version/{first}").info == {}


def test_removing_and_recovering() -> None:
    numbers(1)
    ds = dataset("numbers")
    assert ds.exists()
    ds.remove()
    with pytest.raises(NotFound):
        dataset("numbers", create="forbid")
    ds.recover()
    assert len(dataset("numbers")) == 1


def test_building_from_dicts_patches_or_overwrites() -> None:
    Dataset.from_dict_items([{"v": 1}, {"v": 2}, ("k", {"v": 3})], name="items")
    Dataset.from_dict_items([(0, {"w": 9})], name="items")
    assert {row.index: dict(row.features) for row in dataset("items")} == {
        0: {"v": 1, "w": 9},
        1: {"v": 2},
        "k": {"v": 3},
    }
    Dataset.from_dict_items([(0, {"v": 1})], name="items", mode="overwrite")
    assert {row.index: dict(row.features) for row in dataset("items")} == {0: {"v": 1}}


@pytest.mark.parametrize("key", [1.5, None, True, (1,), 2**64])
def test_a_key_is_text_or_a_64_bit_integer(key: Any) -> None:
    with dataset("d") as ds, pytest.raises(UsageError, match="key"):
        ds[key] = {"v": 1}


@pytest.mark.parametrize("item", [1, "text", ("key", 3), [1, 2], ({"a": 1}, {"b": 1}, 3)])
def test_what_is_no_row_is_refused(item: Any) -> None:
    with dataset("d") as ds, pytest.raises(UsageError):
        ds.append(item)


def test_rows_compare_and_pickle() -> None:
    import pickle

    row = DataRow(1, {"a": 2})
    assert pickle.loads(pickle.dumps(row)) == row
    assert row < DataRow("a", {})
    assert row.asdict() == {"index": 1, "features": {"a": 2}}
    with pytest.raises(AttributeError, match="no feature 'b'; there are 'a'"):
        _ = row.features.b


def test_opening_and_growing_a_dataset_of_many_versions_stays_cheap(here: LocalInstance) -> None:
    for number in range(60):
        ds = dataset("many")
        ds.append({"value": number})
        ds.commit()
    snapshot = here.datasets.open(here.datasets.resolve(here.actor, dataset("many")._existing()))
    assert [row["value"] for _key, row in snapshot.scan()] == list(range(60))
    assert len(snapshot.manifest.files) < 16
    assert len(dataset("many/version/v7")) == 8


@pytest.mark.parametrize(
    ("key", "features", "message"),
    [
        (0, {"\ud800": 1}, "feature of row 0 is called"),
        (0, {"a": {"\ud800": 1}}, "column 'a' .* lone surrogate"),
        (0, {"a": {"\ud800": [None]}}, "column 'a' .* lone surrogate"),
        (0, {"a": "\ud800"}, "column 'a' .* lone surrogate"),
        ("\ud800", {"a": 1}, "key .* lone surrogate"),
    ],
)
def test_half_a_character_is_refused_where_it_is_set(
    key: int | str, features: dict[str, Any], message: str
) -> None:
    with dataset("halves", create="empty") as ds:
        ds["whole"] = {"a": 1}
        with pytest.raises((UsageError, UnsupportedValue), match=message):
            ds[key] = features
        ds.commit()
    assert [row.index for row in dataset("halves")] == ["whole"]
