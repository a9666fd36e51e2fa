"""BLEU and chrF by sacrebleu, ROUGE by rouge-score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.core.errors import MissingDependency, UsageError
from starwhale.evaluations.metrics import tokens
from starwhale.evaluations.metrics.report import Summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Texts = Sequence[str]
    References = Sequence[Sequence[str]]

# what sacrebleu keeps of each row is many times the row
_ROWS = 10_000
_ROUGES = ("rouge1", "rouge2", "rougeL")


def bleu(
    predictions: Texts, references: References, *, tokenizer: str | None
) -> tuple[Summary, dict[str, Floats]]:
    """Corpus BLEU, 0 to 100, with the signature that says how."""
    from sacrebleu.metrics.bleu import BLEU

    name = tokenizer or tokens.bleu_tokenizer(each for row in references for each in row)
    if name not in BLEU.TOKENIZERS:
        raise UsageError(
            f"sacrebleu has no tokenizer {name!r}", hint=f"it knows {', '.join(sorted(BLEU.TOKENIZERS))}"
        )
    try:
        metric = BLEU(tokenize=name)
    except (ImportError, RuntimeError) as exc:
        raise MissingDependency(
            f"the tokenizer {name!r} of sacrebleu needs another package: {' '.join(str(exc).split())}",
            hint="the tokenizer 'char' needs none",
        ) from exc
    counts, totals = np.zeros(4, np.int64), np.zeros(4, np.int64)
    said = wanted = 0
    for texts, streams in _portions(predictions, references):
        score = metric.corpus_score(texts, streams)
        counts += np.asarray(score.counts)
        totals += np.asarray(score.totals)
        said, wanted = said + score.sys_len, wanted + score.ref_len
    whole = BLEU.compute_bleu(
        counts.tolist(), totals.tolist(), said, wanted, smooth_method=metric.smooth_method
    )
    signature = f"{metric.get_signature()}"
    return {"bleu": float(whole.score), "bleu_signature": signature}, {}


def chrf(predictions: Texts, references: References) -> tuple[Summary, dict[str, Floats]]:
    """Corpus chrF2, 0 to 100, and that of each row."""
    metric = _portioned_chrf()
    scores = np.zeros(len(predictions))
    counts: NDArray[np.int64] | None = None
    row = 0
    for texts, streams in _portions(predictions, references):
        for found in metric.counts(texts, streams):
            scores[row] = metric.score(found)
            row += 1
            counts = np.asarray(found) if counts is None else counts + found
    assert counts is not None
    return {"chrf": metric.score(counts.tolist())}, {"chrf": scores}


@cache
def _portioned_chrf() -> Any:
    from sacrebleu.metrics.chrf import CHRF

    class Portioned(CHRF):
        """Gives the counts of each row, from which the score of any rows follows.

        sacrebleu itself wants all rows at once and keeps every n-gram of all references, 12 KiB a row.
        """

        def counts(self, texts: Texts, streams: Any) -> list[list[int]]:
            return self._extract_corpus_statistics(texts, streams)

        def score(self, counts: list[int]) -> float:
            return float(self._compute_score_from_stats(counts).score)

    return Portioned()


def rouge(predictions: Texts, references: References) -> tuple[Summary, dict[str, Floats]]:
    """Means over the rows of the F of ROUGE-1, ROUGE-2 and ROUGE-L, 0 to 1."""
    scorer = _rouge_scorer()
    scores = np.zeros((len(_ROUGES), len(predictions)))
    for row, (said, wanted) in enumerate(zip(predictions, references, strict=True)):
        found = scorer.score_multi(list(wanted), said)
        scores[:, row] = [found[name].fmeasure for name in _ROUGES]
    means = dict(zip(_ROUGES, scores.mean(axis=1).tolist(), strict=True))
    return {**means}, dict(zip(_ROUGES, scores, strict=True))


@cache
def _rouge_scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer
    from rouge_score.tokenizers import Tokenizer

    class Words(Tokenizer):
        """Keeps every script, where the usual one keeps ASCII only."""

        def tokenize(self, text: str) -> list[str]:
            return tokens.words(text)

    return RougeScorer(list(_ROUGES), tokenizer=Words())


def _portions(predictions: Texts, references: References) -> Iterator[tuple[list[str], Any]]:
    for start in range(0, len(predictions), _ROWS):
        end = start + _ROWS
        yield list(predictions[start:end]), _streams(references[start:end])


def _streams(references: References) -> list[Any]:
    """All first references, all second ones, …; None where a row has fewer."""
    return [list(stream) for stream in zip_longest(*references)]
