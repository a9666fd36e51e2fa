"""Lines of two files are compared as `diff -u` does it, and no longer than somebody waits."""

from __future__ import annotations

import random
from difflib import unified_diff

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.models import diff
from starwhale.storage.trees import TreeEntry

lines = st.lists(st.sampled_from(["", "one", "two", "three", "- x", "@@"]), max_size=40)


def compared(one: list[str], other: list[str]) -> tuple[str, ...] | None:
    texts = {"1" * 64: "\n".join(one).encode(), "2" * 64: "\n".join(other).encode()}
    before, after = (
        TreeEntry(path="a.txt", digest=digest, size=len(text), mode=0o644) for digest, text in texts.items()
    )
    (change,) = diff.diff_files([before], [after], texts.__getitem__).files
    return change.lines


@given(one=lines, other=lines)
def test_lines_differ_as_everybody_writes_it(one: list[str], other: list[str]) -> None:
    before, after = (("\n".join(each)).splitlines() for each in (one, other))
    assert compared(one, other) == tuple(unified_diff(before, after, "a/a.txt", "b/a.txt", lineterm=""))


def test_what_takes_too_long_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(1)
    words = [f"word {number % 101}" for number in range(9_000)]
    assert compared(words, [*words, "more"]) is not None
    monkeypatch.setattr(diff, "PATIENCE", 0.2)
    assert compared(dice.sample(words, len(words)), dice.sample(words, len(words))) is None
