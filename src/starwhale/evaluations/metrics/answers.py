"""Short answers: the same, or how many tokens they share (as SQuAD counts, and CMRC for Chinese)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from starwhale.evaluations.metrics.report import Summary
from starwhale.evaluations.metrics.tokens import answer_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def exact_match(
    predictions: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[Summary, dict[str, Floats]]:
    """Share of rows whose tokens are those of a reference."""
    same = np.zeros(len(predictions))
    for row, (said, wanted) in enumerate(zip(predictions, references, strict=True)):
        tokens = answer_tokens(said)
        same[row] = any(tokens == answer_tokens(each) for each in wanted)
    return {"exact_match": float(same.mean())}, {"exact_match": same}


def f1(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[Summary, dict[str, Floats]]:
    """Mean over the rows of the F1 of the tokens that answer and nearest reference share."""
    shared = np.zeros(len(predictions))
    for row, (said, wanted) in enumerate(zip(predictions, references, strict=True)):
        tokens = answer_tokens(said)
        shared[row] = max(_f1(tokens, answer_tokens(each)) for each in wanted)
    return {"f1": float(shared.mean())}, {"f1": shared}


def _f1(said: Sequence[str], wanted: Sequence[str]) -> float:
    if not said or not wanted:
        return float(said == wanted)
    both = (Counter(said) & Counter(wanted)).total()
    return 2 * both / (len(said) + len(wanted))
