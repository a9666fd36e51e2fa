"""Figures of ranked answers: is what was looked for among the first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.inputs import rows_of, same_length
from starwhale.evaluations.metrics.report import Report, Summary

KIND = "retrieval"
_AT_K = ("hit", "recall", "precision", "ndcg", "mrr", "map")
# those that stand in the summary for each k; all are in the table
_SUMMED = ("hit", "recall", "precision", "ndcg")


def retrieval(relevant: Any, retrieved: Any, *, ks: Sequence[int] = (1, 3, 5, 10)) -> Report:
    """Hits, recall, precision, reciprocal rank, average precision and discounted gain of rankings.

    Figures are means over the queries for which something is relevant, as `trec_eval` computes them: gains
    are discounted by ``log2(rank + 1)``, average precision is over all that is relevant, and what is
    retrieved twice counts where it stands first.

    Args:
        relevant: Per query the id that is looked for, a collection of ids, or a mapping of id to gain (0 is
            not relevant).
        retrieved: Per query the ids, best first, or a mapping of id to score.
        ks: How many of the first to look at.

    Returns:
        The summary has ``hit@K``, ``recall@K``, ``precision@K`` and ``ndcg@K`` per K, and over whole
        rankings `mrr`, `map` and `ndcg`. Table ``at_k`` has a row per K.

    Raises:
        UsageError: lengths differ, there are no queries or none with anything relevant, a gain is negative,
            or a K is below 1.
    """
    wanted, found = rows_of(relevant, "relevant"), rows_of(retrieved, "retrieved")
    queries = same_length(relevant=wanted, retrieved=found)
    depths = sorted(set(ks))
    if not depths or depths[0] < 1:
        raise UsageError(f"ks must be positive numbers, not {list(ks)}")
    figures = np.full((queries, len(depths), len(_AT_K)), np.nan)
    whole = np.full((queries, 3), np.nan)
    for number in range(queries):
        gains = _gains(wanted[number], number)
        if gains:
            ranking = _Ranking(gains, _ranked(found[number], number))
            figures[number] = [ranking.at(k) for k in depths]
            whole[number] = ranking.whole()
    answered = ~np.isnan(whole[:, 0])
    if not answered.any():
        raise UsageError("nothing is relevant for any query", hint="`relevant` has the ids looked for")
    means = figures[answered].mean(axis=0)
    overall = dict(zip(("mrr", "map", "ndcg"), whole[answered].mean(axis=0).tolist(), strict=True))
    summary: Summary = {"queries": queries, "without_relevant": int(queries - answered.sum()), **overall}
    at_k = [
        {"id": k, **dict(zip(_AT_K, row, strict=True))} for k, row in zip(depths, means.tolist(), strict=True)
    ]
    summary |= {f"{name}@{row['id']}": row[name] for name in _SUMMED for row in at_k}
    scores = {"reciprocal_rank": whole[:, 0], "average_precision": whole[:, 1], "ndcg": whole[:, 2]}
    scores |= {f"hit@{k}": figures[:, i, 0] for i, k in enumerate(depths)}
    return Report(kind=KIND, summary=summary, tables={"at_k": at_k}, scores=scores)


class _Ranking:
    """One query: what stood at each rank, and what could have stood there."""

    __slots__ = ("_dcg", "_first", "_gains", "_hits", "_ideal", "_precisions")

    def __init__(self, gains: Mapping[Any, float], ranked: Sequence[Any]) -> None:
        self._gains = gains
        at = [gains.get(each, 0.0) for each in ranked]
        self._hits = [0, *accumulate(1 if gain > 0 else 0 for gain in at)]
        self._first = next((rank for rank, gain in enumerate(at, 1) if gain > 0), 0)
        precisions = (self._hits[rank] / rank if gain > 0 else 0.0 for rank, gain in enumerate(at, 1))
        self._precisions = [0.0, *accumulate(precisions)]
        self._dcg = _discounted(at)
        self._ideal = _discounted(sorted(gains.values(), reverse=True))

    def at(self, k: int) -> list[float]:
        """The figures of `_AT_K` over the first `k`."""
        hits = self._hits[min(k, len(self._hits) - 1)]
        return [
            1.0 if hits else 0.0,
            hits / len(self._gains),
            hits / k,
            self._dcg[min(k, len(self._dcg) - 1)] / self._ideal[min(k, len(self._ideal) - 1)],
            1 / self._first if 0 < self._first <= k else 0.0,
            self._precisions[min(k, len(self._precisions) - 1)] / len(self._gains),
        ]

    def whole(self) -> list[float]:
        """Reciprocal rank, average precision and normalised gain over the whole ranking."""
        return [
            1 / self._first if self._first else 0.0,
            self._precisions[-1] / len(self._gains),
            self._dcg[-1] / self._ideal[-1],
        ]


def _discounted(gains: Sequence[float]) -> list[float]:
    """Discounted gain of the first 0, 1, 2 … ranks."""
    return [0.0, *accumulate(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))]


def _gains(relevant: Any, number: int) -> dict[Any, float]:
    """Gain by id of what is relevant; empty where nothing is."""
    if isinstance(relevant, Mapping):
        gains = {each: float(gain) for each, gain in relevant.items()}
        bad = [each for each, gain in gains.items() if not 0 <= gain < math.inf]
        if bad:
            raise UsageError(
                f"query {number} has the gain {gains[bad[0]]} for {bad[0]!r}; it must be 0 or more"
            )
        return {each: gain for each, gain in gains.items() if gain}
    if isinstance(relevant, (str, bytes)) or not isinstance(relevant, Iterable):
        return {} if relevant is None else {relevant: 1.0}
    return dict.fromkeys(relevant, 1.0)


def _ranked(retrieved: Any, number: int) -> list[Any]:
    """Ids, best first, each once."""
    if isinstance(retrieved, Mapping):
        # equal scores keep the order in which they were given
        return sorted(retrieved, key=lambda each: -retrieved[each])
    if isinstance(retrieved, (str, bytes)) or not isinstance(retrieved, Iterable):
        raise UsageError(f"query {number} must have a ranking of ids, not {retrieved!r}")
    once = dict.fromkeys(retrieved)
    return list(once)
