"""Figures of answers that are text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics import answers, corpus, transcripts
from starwhale.evaluations.metrics.inputs import rows_of, same_length
from starwhale.evaluations.metrics.libraries import TEXT_METRICS, require, text_modules
from starwhale.evaluations.metrics.report import Report, Summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KIND = "text_generation"

References = list[list[str]]
Scores = dict[str, "Floats"]
Measure = Callable[[Sequence[str], References], tuple[Summary, Scores]]


def text_generation(
    references: Any,
    predictions: Any,
    *,
    metrics: Sequence[str] = TEXT_METRICS,
    bleu_tokenizer: str | None = None,
    standardize: bool = False,
) -> Report:
    """How near texts come to what was expected.

    Chinese and Japanese have no spaces between words: there (and in Korean, but for `wer`) characters are
    what F1, ROUGE and the error rates count.

    Args:
        references: Per row the expected text, or several of which the nearest counts.
        predictions: Per row a text.
        metrics: Which of ``exact_match``, ``f1`` (both as SQuAD has them), ``bleu``, ``chrf`` (0 to 100, as
            sacrebleu prints them), ``rouge`` (F of ROUGE-1, -2, -L), ``wer`` and ``cer``.
        bleu_tokenizer: Name that sacrebleu knows; None to choose by the script: ``zh`` for Chinese, ``char``
            for Japanese, otherwise ``13a``.
        standardize: Compare lower case without punctuation for `wer` and `cer`.

    Returns:
        The summary has the figures over all rows, and in `bleu_signature` how sacrebleu got its own.

    Raises:
        UsageError: lengths differ, there are no rows, a row is no text or has no reference, or there is no
            such metric or tokeniser.
        MissingDependency: a library is not installed that one of `metrics` needs.
    """
    require(KIND, *text_modules(metrics))
    said, expected = rows_of(predictions, "predictions"), rows_of(references, "references")
    rows = same_length(references=expected, predictions=said)
    texts = [_text(each, "predictions", row) for row, each in enumerate(said)]
    wanted = [_texts(each, row) for row, each in enumerate(expected)]
    measures: dict[str, Measure] = {
        "exact_match": answers.exact_match,
        "f1": answers.f1,
        "bleu": lambda texts, wanted: corpus.bleu(texts, wanted, tokenizer=bleu_tokenizer),
        "chrf": corpus.chrf,
        "rouge": corpus.rouge,
        "wer": lambda texts, wanted: transcripts.wer(texts, wanted, standardize=standardize),
        "cer": lambda texts, wanted: transcripts.cer(texts, wanted, standardize=standardize),
    }
    summary: Summary = {"rows": rows}
    scores: Scores = {}
    for name in metrics:
        figures, per_row = measures[name](texts, wanted)
        summary |= figures
        scores |= per_row
    return Report(kind=KIND, summary=summary, scores=scores)


def _text(value: Any, name: str, row: int) -> str:
    if isinstance(value, str):
        return value
    content = getattr(value, "content", None)
    if isinstance(content, str):
        return content
    raise UsageError(f"row {row} of {name} must be a text, not {value!r}")


def _texts(value: Any, row: int) -> list[str]:
    several = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    texts = [_text(each, "references", row) for each in several]
    if not texts:
        raise UsageError(f"row {row} of references has no text")
    return texts
