"""Figures of answers that are yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.curves import calibration, precision_recall, roc
from starwhale.evaluations.metrics.inputs import distinct, in_order, named, numbers, plain, same_length
from starwhale.evaluations.metrics.labels import CONFUSION, LABELS, label_rows, matrix_rows, share
from starwhale.evaluations.metrics.libraries import require
from starwhale.evaluations.metrics.report import Report, Row, Summary, defined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

KIND = "binary_classification"
MODULES = ("sklearn",)


def binary_classification(
    y_true: Any,
    y_pred: Any = None,
    y_score: Any = None,
    *,
    pos_label: Any = 1,
    threshold: float = 0.5,
    bins: int = 10,
) -> Report:
    """How well one label is told from the other, and what a score would give at other thresholds.

    Args:
        y_true: Two labels at most, `pos_label` one of them.
        y_pred: The answers, of the same labels; None for those that `y_score` and `threshold` make.
        y_score: How much speaks for `pos_label`: a probability or any other number that grows with it.
        pos_label: Label that is looked for.
        threshold: Least score of a positive answer, where `y_pred` is left out.
        bins: Of the calibration curve.

    Returns:
        The summary has counts, rates and coefficients, with `y_score` areas and the best F1, and where all
        scores lie within 0 and 1 what they are worth as probabilities (`brier`, `log_loss`,
        `calibration_error`). Tables: ``labels``, ``confusion_matrix/binarylabel`` (the negative label
        first), ``roc_auc/LABEL``, ``pr_curve/LABEL``, ``calibration``.

    Raises:
        UsageError: lengths differ, there are no rows, more than two labels, neither answers nor scores, or a
            score that is no finite number.
        MissingDependency: scikit-learn is not installed.
    """
    require(KIND, *MODULES)
    truth = plain(y_true, "y_true")
    if y_pred is None and y_score is None:
        raise UsageError("y_pred and y_score are both missing", hint="give one of them")
    score = None if y_score is None else numbers(y_score, "y_score")
    answers = None if y_pred is None else plain(y_pred, "y_pred")
    given = {"y_true": truth, "y_pred": answers, "y_score": score}
    same_length(**{name: column for name, column in given.items() if column is not None})
    negative = _other_label(truth, answers or [], pos_label)
    positive = np.fromiter((label == pos_label for label in truth), np.bool_, len(truth))
    if answers is not None:
        said = np.fromiter((label == pos_label for label in answers), np.bool_, len(answers))
    else:
        assert score is not None
        said = score >= threshold
    outcomes = _outcomes(positive, said)
    summary: Summary = {"pos_label": str(pos_label), **_rates(outcomes)}
    tables: dict[str, list[Row]] = {
        LABELS: label_rows([negative, pos_label], np.stack([outcomes[::-1, ::-1], outcomes])),
        CONFUSION: matrix_rows(outcomes),
    }
    scores = {"correct": (positive == said).astype(np.float64)}
    if score is not None:
        _add_curves(summary, tables, positive, score, str(pos_label))
        if score.min() >= 0.0 and score.max() <= 1.0:
            summary |= _as_chances(tables, positive, score, bins)
            scores["squared_error"] = np.square(positive - score)
    return Report(kind=KIND, summary=summary, tables=tables, scores=scores)


def _other_label(truth: Sequence[Any], answers: Sequence[Any], pos_label: Any) -> Any:
    """The label that is not `pos_label`.

    Raises:
        UsageError: there are several, or `pos_label` is none of two.
    """
    true, said = distinct(truth, "y_true"), distinct(answers, "y_pred")
    others = (true | said) - {pos_label}
    if len(others) > 1 and len(true | {pos_label}) <= 2 and true:
        unknown = in_order(said - true - {pos_label})
        hint = "scores belong into y_score, with y_pred None" if isinstance(unknown[0], float) else ""
        raise UsageError(f"y_pred has labels that y_true has not: {named(unknown)}", hint=hint)
    if len(others) > 1 and len(true) == 2:
        raise UsageError(
            f"pos_label {pos_label!r} is none of the labels {named(in_order(true))}",
            hint="say which of them is looked for",
        )
    if len(others) > 1:
        raise UsageError(
            f"there are more than two labels: {named(in_order(true | said))}",
            hint="multi_classification takes any number",
        )
    return others.pop() if others else f"not {pos_label}"


def _outcomes(positive: Flags, said: Flags) -> NDArray[np.int64]:
    """``[[true negatives, false positives], [false negatives, true positives]]``."""
    return np.bincount(positive * 2 + said, minlength=4).reshape(2, 2)


def _rates(outcomes: NDArray[np.int64]) -> Summary:
    (tn, fp), (fn, tp) = outcomes.tolist()
    rows = tn + fp + fn + tp
    recall = share(tp, tp + fn)
    figures: dict[str, float | int | None] = {
        "rows": rows,
        "accuracy": (tp + tn) / rows,
        "precision": share(tp, tp + fp),
        "recall": recall,
        "f1": share(2 * tp, 2 * tp + fp + fn),
        "specificity": share(tn, tn + fp),
        "balanced_accuracy": (recall + tn / (tn + fp)) / 2 if tn + fp and tp + fn else None,
        "matthews_correlation": _matthews(tn, fp, fn, tp),
        "cohen_kappa": _kappa(tn, fp, fn, tp),
        "positive_share": (tp + fn) / rows,
        "true_positives": tp,
        "false_positives": fp,
        "true_negatives": tn,
        "false_negatives": fn,
    }
    return defined(figures)


def _matthews(tn: int, fp: int, fn: int, tp: int) -> float:
    spread = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return (tp * tn - fp * fn) / spread**0.5 if spread else 0.0


def _kappa(tn: int, fp: int, fn: int, tp: int) -> float | None:
    """Agreement beyond chance; None where chance alone agrees always."""
    rows = tn + fp + fn + tp
    by_chance = (tp + fp) * (tp + fn) + (tn + fp) * (tn + fn)
    return (rows * (tp + tn) - by_chance) / (rows * rows - by_chance) if rows * rows != by_chance else None


def _add_curves(
    summary: Summary, tables: dict[str, list[Row]], positive: Flags, score: Floats, label: str
) -> None:
    receiver = roc(positive, score)
    if receiver is not None:
        summary["roc_auc"] = receiver.area
        tables[f"roc_auc/{label}"] = receiver.rows
    found = precision_recall(positive, score)
    if found is not None:
        curve, best, at = found
        summary |= {"average_precision": curve.area, "best_f1": best, "best_f1_threshold": at}
        tables[f"pr_curve/{label}"] = curve.rows


def _as_chances(tables: dict[str, list[Row]], positive: Flags, chance: Floats, bins: int) -> Summary:
    from sklearn.metrics import log_loss

    if bins < 1:
        raise UsageError(f"a calibration curve has at least one bin, not {bins}")
    tables["calibration"], error = calibration(positive, chance, bins)
    return defined(
        {
            "brier": float(np.square(positive - chance).mean()),
            "log_loss": log_loss(positive.astype(np.int8), chance, labels=[0, 1]),
            "calibration_error": error,
        }
    )
