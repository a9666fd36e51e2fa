"""`@retrieval`: figures of ranked answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.api.metrics_reporting import Decorated, Function, reporting

if TYPE_CHECKING:
    from starwhale.evaluations.metrics.report import Report

KIND = "retrieval"


def retrieval(
    *, ks: Sequence[int] = (1, 3, 5, 10), log_scores: bool = False
) -> Callable[[Function], Decorated]:
    """Log whether what was looked for stands among the first of the rankings that `evaluate` returns.

    The function returns ``(relevant, retrieved)``: per query an id, a collection of ids or a mapping of id to
    gain, and the ids that were found, best first, or a mapping of id to score.

    The summary gets `kind`, `queries`, ``hit@K``, ``recall@K``, ``precision@K``, ``ndcg@K``, and over whole
    rankings `mrr`, `map` and `ndcg`. Table ``at_k`` has a row per K.

    Args:
        ks: How many of the first to look at.
        log_scores: Log the figures of each query to the table ``scores``.

    Raises:
        UsageError: the function returns something else, or nothing is relevant for any query.

    Example:
        ```python
        @retrieval(ks=(1, 10, 100))
        @evaluation.evaluate(needs=[search])
        def evaluate(results):
            rows = list(results)
            return [row["input"]["answer_ids"] for row in rows], [row["output"] for row in rows]
        ```
    """

    def measure(**columns: Any) -> Report:
        from starwhale.evaluations.metrics.retrieval import retrieval as measured

        return measured(**columns, ks=ks)

    return reporting(measure, kind=KIND, modules=(), columns=("relevant", "retrieved"), log_scores=log_scores)
