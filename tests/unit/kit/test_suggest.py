from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.kit.suggest import nearest


@pytest.mark.parametrize(
    ("word", "words", "expected"),
    [
        ("mnsit", ["cifar", "mnist"], "mnist"),
        ("LOCAL", ["local", "server"], "local"),
        ("zebra", ["local", "server"], None),
        ("mnist", [], None),
        ("", ["mnist"], None),
        ("mnist", ["MNIST", "mnist"], "MNIST"),
    ],
)
def test_the_word_that_was_meant_is_found(word: str, words: list[str], expected: str | None) -> None:
    assert nearest(word, words) == expected


def test_a_higher_likeness_suggests_less() -> None:
    assert nearest("model", ["modules"]) == "modules"
    assert nearest("model", ["modules"], likeness=0.75) is None


@given(st.text(), st.lists(st.text()))
def test_a_suggestion_is_one_of_the_words(word: str, words: list[str]) -> None:
    assert nearest(word, words) in {*words, None}
