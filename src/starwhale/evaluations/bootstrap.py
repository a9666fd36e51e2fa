"""Is one evaluation better than another, or was it the rows: paired bootstrap of the difference of means."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# numbers drawn at once: 32 MiB
_AT_ONCE = 4_000_000
# below so many rows drawing each is quicker than drawing how often each value comes
_FEW_ROWS = 20_000
_MOST_VALUES = 4_096
# part of the variance that grouping may lose; 2,000 resamples are off by some hundredths themselves
_LOSS = 1e-4
# drawing how often a value comes takes as long as drawing so many scores
_GROUP = 16

Scores = Mapping[Any, float] | Iterable[tuple[Hashable, float]]
Spend = Callable[[int], object]
"""Told a number of scores before they are drawn: some ten million of them take a tenth of a second."""


def _freely(_scores: int) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is known of `second - first`, both means over the same rows.

    Attributes:
        first: Mean over the rows that both have.
        second: The same.
        difference: `second - first`.
        low: Lower end of the interval.
        high: Upper end.
        level: Share of resamples within the interval.
        share: Twice the share of resamples that lie on the other side of zero or on it, at most 1. Small
            where the sign of the difference does not hang on the rows; read like a two-sided p value.
        rows: Rows that both have.
        only_first: Rows that the second has not; they do not count.
        only_second: The other way round.
        resamples: How often rows were drawn.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    level: float
    share: float
    rows: int
    only_first: int
    only_second: int
    resamples: int

    @property
    def is_clear(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low > 0 or self.high < 0


def paired_bootstrap(
    first: Scores,
    second: Scores,
    *,
    seed: int = 0,
    resamples: int = 2_000,
    level: float = 0.95,
    spend: Spend = _freely,
) -> Difference:
    """Interval for the difference of two means over the same rows.

    Rows are drawn with replacement, each with its two scores, and the interval lies between quantiles of the
    differences of the means. The same arguments give the same interval. Above 20,000 rows with many different
    differences, neighbours are drawn as one; where that would lose more than 1/10,000 of the variance they
    are not, which takes longer.

    Args:
        first: Score by key of the row, or pairs of both; rows that the other has not are left out.
        second: The same for the evaluation that is compared with it.
        seed: Of the draws.
        resamples: How often to draw as many rows as there are.
        level: Share of resamples within the interval.
        spend: Told beforehand how much is drawn; what it raises ends this.

    Raises:
        UsageError: no key is in both, a key comes twice, a score is no finite number, or an argument makes
            no sense.
    """
    if resamples < 1 or not 0 < level < 1 or seed < 0:
        raise UsageError(
            f"there is no interval of level {level} from {resamples} resamples with seed {seed}",
            hint="0 < level < 1, resamples from 1 and seed from 0",
        )
    one, other = _by_key(first, "first"), _by_key(second, "second")
    keys = [key for key in one if key in other]
    if not keys:
        raise UsageError("the two evaluations have no row in common", hint="rows are paired by their key")
    before = _numbers([one[key] for key in keys], "first")
    after = _numbers([other[key] for key in keys], "second")
    with np.errstate(over="ignore", invalid="ignore"):
        differences = after - before
        means = _means(differences, resamples, np.random.default_rng(seed), spend)
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    if not np.isfinite([low, high]).all():
        raise UsageError("scores are too large to be subtracted")
    below, above = float((means <= 0).mean()), float((means >= 0).mean())
    return Difference(
        first=float(before.mean()),
        second=float(after.mean()),
        difference=float(differences.mean()),
        low=float(low),
        high=float(high),
        level=level,
        share=min(1.0, 2 * min(below, above)),
        rows=len(keys),
        only_first=len(one) - len(keys),
        only_second=len(other) - len(keys),
        resamples=resamples,
    )


def _by_key(scores: Scores, name: str) -> Mapping[Any, float]:
    if isinstance(scores, Mapping):
        return scores
    found: dict[Any, float] = {}
    for key, score in scores:
        if key in found:
            raise UsageError(f"row {key!r} comes twice among the {name} scores")
        found[key] = score
    return found


def _numbers(values: list[Any], name: str) -> Floats:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as exc:
        raise UsageError(f"the {name} scores must be numbers: {exc}") from exc
    if array.ndim != 1 or not np.isfinite(array).all():
        raise UsageError(f"the {name} scores must be finite numbers, one per row")
    return array


def _means(values: Floats, resamples: int, random: np.random.Generator, spend: Spend) -> Floats:
    """Means of resampled rows."""
    if len(values) > _FEW_ROWS:
        groups = _grouped(values)
        if groups is not None:
            spend(_GROUP * len(groups[0]) * resamples)
            return _means_of_groups(*groups, resamples, random)
    spend(len(values) * resamples)
    means = np.empty(resamples)
    step = max(1, _AT_ONCE // len(values))
    for start in range(0, resamples, step):
        many = min(step, resamples - start)
        means[start : start + many] = _drawn(values, many, random)
    return means


def _drawn(values: Floats, many: int, random: np.random.Generator) -> Floats:
    """Means of `many` resamples, in pieces where one alone is large."""
    total = np.zeros(many)
    piece = max(1, _AT_ONCE // many)
    for start in range(0, len(values), piece):
        size = min(piece, len(values) - start)
        total += values[random.integers(0, len(values), (many, size))].sum(axis=1)
    return total / len(values)


def _grouped(values: Floats) -> tuple[Floats, NDArray[np.int64]] | None:
    """A few values and how often each comes; None where that would tell of much less variance."""
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= _MOST_VALUES:
        return distinct, counts
    edges = np.linspace(0, len(distinct), _MOST_VALUES + 1).astype(np.intp)[:-1]
    sizes = np.add.reduceat(counts, edges)
    centres = np.add.reduceat(distinct * counts, edges) / sizes
    mean = values.mean()
    spread = float(np.square(values - mean).sum())
    kept = float((sizes * np.square(centres - mean)).sum())
    return (centres, sizes) if kept >= (1 - _LOSS) * spread else None


def _means_of_groups(
    values: Floats, counts: NDArray[np.int64], resamples: int, random: np.random.Generator
) -> Floats:
    rows = int(counts.sum())
    step = max(1, _AT_ONCE // len(values))
    parts = [
        random.multinomial(rows, counts / rows, min(step, resamples - start)) @ values / rows
        for start in range(0, resamples, step)
    ]
    return np.concatenate(parts)
