"""Large files in parts, on every store; a large one has 64 KiB here."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from starwhale.core.errors import Corrupted
from starwhale.storage.blobs import Blobs
from starwhale.storage.trees import DigestCache, TreeEntry, Trees, manifest_tree, parts, tree_manifest

PART = 16 << 10
_targets = count()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", PART)
    monkeypatch.setattr(parts, "FROM", 4 * PART)


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def packed(blobs: Blobs, root: Path, content: bytes) -> TreeEntry:
    root.mkdir(exist_ok=True)
    (root / "weights.bin").write_bytes(content)
    (entry,) = Trees(blobs).pack(root)
    return entry


def test_a_large_file_is_cut_and_a_small_one_is_not(blobs: Blobs, tmp_path: Path) -> None:
    assert packed(blobs, tmp_path / "small", noise(4 * PART - 1)).parts == ()
    large = packed(blobs, tmp_path / "large", noise(4 * PART + 1))
    assert len(large.parts) == 5
    assert large.digest not in large.parts
    assert blobs.missing(large.blobs) == set()
    assert Trees(blobs).pack(tmp_path / "large") == [large]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(3 * PART, 9 * PART))
def test_what_was_cut_is_laid_out_as_it_was(blobs: Blobs, tmp_path: Path, size: int) -> None:
    content = noise(size, size)
    entry = packed(blobs, tmp_path / "work", content)
    target = tmp_path / f"out{next(_targets)}"
    Trees(blobs).materialise([entry], target)
    assert (target / "weights.bin").read_bytes() == content


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(3 * PART, 6 * PART), start=st.integers(0, 7 * PART), length=st.integers(0, 7 * PART))
def test_any_range_of_what_was_cut_is_read(
    blobs: Blobs, tmp_path: Path, size: int, start: int, length: int
) -> None:
    content = noise(size, size)
    entry = packed(blobs, tmp_path / "work", content)
    assert Trees(blobs).read_range(entry, start, length) == content[start : start + length]


def test_of_a_changed_file_only_the_changed_part_is_stored(blobs: Blobs, tmp_path: Path) -> None:
    content = bytearray(noise(8 * PART))
    before = packed(blobs, tmp_path / "work", bytes(content))
    content[5 * PART + 3] ^= 1
    after = packed(blobs, tmp_path / "work", bytes(content))
    same = [one == other for one, other in zip(before.parts, after.parts, strict=True)]
    assert same == [number != 5 for number in range(8)]
    assert before.digest != after.digest


def test_a_second_look_at_an_unchanged_file_knows_its_parts(blobs: Blobs, tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    (root / "weights.bin").write_bytes(noise(6 * PART))
    later = (root / "weights.bin").stat().st_mtime_ns + 10**10
    found: list[TreeEntry] = []
    for _ in range(2):
        with DigestCache(tmp_path / "digests.sqlite", clock=lambda: later) as digests:
            found += Trees(blobs, digests).pack(root)
    with DigestCache(tmp_path / "digests.sqlite", clock=lambda: later) as digests:
        text = digests.get((root / "weights.bin").stat())
    assert found[0] == found[1]
    assert text is not None
    assert parts.Content.from_text(text) == parts.Content(found[0].digest, found[0].parts)


def test_a_damaged_or_missing_part_is_told_and_nothing_is_laid_out(blobs: Blobs, tmp_path: Path) -> None:
    entry = packed(blobs, tmp_path / "work", noise(6 * PART))
    other = blobs.put(noise(PART, 7))
    for broken in (
        replace(entry, parts=entry.parts[:-1]),
        replace(entry, parts=(*entry.parts[:-1], blobs.put(b"short"))),
        replace(entry, parts=(*entry.parts, other)),
    ):
        with pytest.raises(Corrupted):
            Trees(blobs).materialise([broken], tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_a_manifest_names_the_parts(blobs: Blobs, tmp_path: Path) -> None:
    entry = packed(blobs, tmp_path / "work", noise(6 * PART))
    small = TreeEntry(path="a", mode=0o644, size=1, digest="0" * 64)
    data = tree_manifest("x/1", [entry, small])
    assert manifest_tree(data, "x/1", "thing") == (small, entry)
    assert b'["a",420,1,"' + b"0" * 64 + b'"]' in data
