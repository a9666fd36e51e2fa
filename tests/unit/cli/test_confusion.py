from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from starwhale.evaluations.figures.confusion import read_matrix

COUNT = 12
pairs = st.lists(st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)), min_size=1, max_size=200)
Table = list[dict[str, Any]]


def tables(truth: list[int], said: list[int], normalize: Any) -> tuple[Table, Table]:
    """What the decorator logs, the labels in the order of their keys."""
    matrix = confusion_matrix(truth, said, labels=range(COUNT), normalize=normalize).tolist()
    rows = [{"id": i, **{str(j): value for j, value in enumerate(row)}} for i, row in enumerate(matrix)]
    hits = [sum(a == b == i for a, b in zip(truth, said, strict=True)) for i in range(COUNT)]
    labels = [
        {"id": str(i), "support": float(truth.count(i)), "TP-True Positive": hits[i]} for i in range(COUNT)
    ]
    return rows, sorted(labels, key=lambda label: label["id"])


@pytest.mark.parametrize("normalize", [None, "all", "true"])
@given(pairs)
def test_shares_become_the_counts_they_were_made_of(normalize: Any, pairs: list[tuple[int, int]]) -> None:
    truth, said = [a for a, _ in pairs], [b for _, b in pairs]
    rows, labels = tables(truth, said, normalize)
    names, matrix = read_matrix(rows[::-1], labels)
    assert names == [str(i) for i in range(COUNT)]
    assert np.array_equal(matrix, confusion_matrix(truth, said, labels=range(COUNT)))


def test_what_was_normalised_over_predictions_stays_as_it_is() -> None:
    rows, labels = tables([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, 0], "pred")
    _, matrix = read_matrix(rows, labels)
    assert matrix[2][0] == pytest.approx(2 / 3)


def test_a_label_is_not_given_to_a_row_that_is_not_its_own() -> None:
    rows = [{"id": 0, "0": 3, "1": 1}, {"id": 1, "0": 0, "1": 9}]
    labels = [
        {"id": "cat", "support": 9.0, "TP-True Positive": 9},
        {"id": "dog", "support": 4.0, "TP-True Positive": 3},
    ]
    assert read_matrix(rows, labels)[0] == ["0", "1"]
    assert read_matrix(rows, labels[::-1]) == (["dog", "cat"], [[3.0, 1.0], [0.0, 9.0]])
