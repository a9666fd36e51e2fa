"""Error rates of transcripts by jiwer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.evaluations.metrics import tokens
from starwhale.evaluations.metrics.report import Summary, defined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Texts = Sequence[str]
    References = Sequence[Sequence[str]]

# what jiwer keeps of each row is many times the row
_ROWS = 1_000


def wer(
    predictions: Texts, references: References, *, standardize: bool = False
) -> tuple[Summary, dict[str, Floats]]:
    """Words to insert, delete and replace per expected word; Chinese and Japanese characters are words."""
    from jiwer import process_words

    return _rate("wer", predictions, references, process_words, tokens.spoken_words, standardize)


def cer(
    predictions: Texts, references: References, *, standardize: bool = False
) -> tuple[Summary, dict[str, Floats]]:
    """Characters to insert, delete and replace per expected character.

    Spaces count between words, and do not beside Chinese and Japanese characters.
    """
    from jiwer import process_characters

    return _rate("cer", predictions, references, process_characters, tokens.spoken_characters, standardize)


def _rate(
    name: str,
    predictions: Texts,
    references: References,
    process: Callable[..., Any],
    prepare: Callable[[str], str],
    standardize: bool,
) -> tuple[Summary, dict[str, Floats]]:
    errors, lengths = np.zeros(len(predictions)), np.zeros(len(predictions))

    def prepared(text: str) -> str:
        return prepare(tokens.standard(text) if standardize else text)

    for start in range(0, len(predictions), _ROWS):
        said: list[str] = []
        wanted: list[str] = []
        owners: list[int] = []
        for row in range(start, min(start + _ROWS, len(predictions))):
            said += [prepared(predictions[row])] * len(references[row])
            wanted += map(prepared, references[row])
            owners += [row] * len(references[row])
        of_pair, length = _edits(process(wanted, said))
        best = _best(owners, of_pair, length)
        errors[start : start + _ROWS], lengths[start : start + _ROWS] = of_pair[best], length[best]
    # silence that is heard as silence has no errors
    rate = np.divide(errors, lengths, out=np.where(errors > 0, np.nan, 0.0), where=lengths > 0)
    total = float(lengths.sum())
    return defined({name: float(errors.sum()) / total if total else None}), {name: rate}


def _edits(processed: Any) -> tuple[Floats, Floats]:
    """Edits, and expected tokens, of each pair of texts."""
    errors = [
        sum(
            max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx)
            for chunk in chunks
            if chunk.type != "equal"
        )
        for chunks in processed.alignments
    ]
    return np.asarray(errors, np.float64), np.asarray(
        [len(each) for each in processed.references], np.float64
    )


def _best(owners: Sequence[int], errors: Floats, lengths: Floats) -> list[int]:
    """Of each row the pair with the least errors for its length."""
    best: dict[int, int] = {}
    rates = errors / np.maximum(lengths, 1)
    for pair, row in enumerate(owners):
        if row not in best or rates[pair] < rates[best[row]]:
            best[row] = pair
    return list(best.values())
