"""`@text_generation`: figures of answers that are text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.api.metrics_reporting import Decorated, Function, reporting
from starwhale.evaluations.metrics.libraries import TEXT_METRICS, text_modules

if TYPE_CHECKING:
    from starwhale.evaluations.metrics.report import Report

KIND = "text_generation"


def text_generation(
    *,
    metrics: Sequence[str] = TEXT_METRICS,
    bleu_tokenizer: str | None = None,
    standardize: bool = False,
    log_scores: bool = False,
) -> Callable[[Function], Decorated]:
    """Log how near the texts that `evaluate` returns come to what was expected.

    The function returns ``(references, predictions)``: per row the expected text, or a list of several of
    which the nearest counts, and a text.

    Chinese and Japanese have no spaces between words: there (and in Korean, but for `wer`) characters are
    what F1, ROUGE and the error rates count, and BLEU is computed with sacrebleu's ``zh`` or ``char``.

    The summary gets `kind`, `rows`, `exact_match`, `f1`, `bleu` with `bleu_signature`, `chrf`, `rouge1`,
    `rouge2`, `rougeL`, `wer` and `cer`.

    Args:
        metrics: Which of these; libraries that only the others need may be absent.
        bleu_tokenizer: Name that sacrebleu knows; None to choose by the script.
        standardize: Compare lower case without punctuation for `wer` and `cer`.
        log_scores: Log the figures of each row to the table ``scores``.

    Raises:
        MissingDependency: a library is not installed that one of `metrics` needs.
        UsageError: there is no such metric, or the function returns something else.

    Example:
        ```python
        @text_generation(metrics=("exact_match", "f1"))
        @evaluation.evaluate(needs=[answer])
        def evaluate(results):
            rows = list(results)
            return [row["input"]["answers"] for row in rows], [row["output"] for row in rows]
        ```
    """

    def measure(**columns: Any) -> Report:
        from starwhale.evaluations.metrics.text_generation import text_generation as measured

        return measured(**columns, metrics=metrics, bleu_tokenizer=bleu_tokenizer, standardize=standardize)

    return reporting(
        measure,
        kind=KIND,
        modules=text_modules(metrics),
        columns=("references", "predictions"),
        log_scores=log_scores,
    )
