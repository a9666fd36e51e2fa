"""`@multi_classification`: the usual figures of a classifier, from what `evaluate` returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Literal

from starwhale.api import results
from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.libraries import require

Function = Callable[..., Any]
Normalize = Literal["all", "true", "pred"] | None

KIND = "multi_classification"
_AVERAGES = ("micro avg", "macro avg", "weighted avg")


def multi_classification(
    confusion_matrix_normalize: Normalize = "all",
    show_hamming_loss: bool = True,
    show_cohen_kappa_score: bool = True,
    show_roc_auc: bool = True,
    all_labels: Sequence[Any] | None = None,
) -> Callable[[Function], Callable[..., dict[str, Any]]]:
    """Log what is known of a classifier: summary, figures per label, confusion matrix, ROC curves.

    The function returns ``(y_true, y_pred)``, and with `show_roc_auc` ``(y_true, y_pred, y_proba)``, where a
    row of `y_proba` has one probability per label in the order of `all_labels`.

    The summary gets `kind`, `accuracy`, ``macro avg/…``, ``weighted avg/…``, `hamming_loss` and
    `cohen_kappa_score`; the rest goes to the tables ``labels``, ``confusion_matrix/binarylabel`` and
    ``roc_auc/LABEL`` (at most 1,000 points of each curve).

    Args:
        confusion_matrix_normalize: Over ``true`` rows, ``pred`` columns, ``all`` entries, or None for counts.
        show_hamming_loss: Log it.
        show_cohen_kappa_score: Log it.
        show_roc_auc: Log curves and areas, for which `all_labels` is needed as well.
        all_labels: The labels and their order; None for those that occur.

    Returns:
        A decorator; the decorated function returns everything it logged as one dict.

    Raises:
        MissingDependency: scikit-learn is not installed.

    Example:
        ```python
        @multi_classification(all_labels=list(range(10)))
        @evaluation.evaluate(needs=[predict])
        def evaluate(results): ...
        ```
    """

    def decorate(function: Function) -> Callable[..., dict[str, Any]]:
        @wraps(function)
        def with_figures(*args: Any, **kwargs: Any) -> dict[str, Any]:
            require(KIND, "sklearn")
            returned = function(*args, **kwargs)
            truth, predicted, chances = _unpack(returned, show_roc_auc)
            figures = _summary(truth, predicted, all_labels)
            if show_hamming_loss:
                figures["summary"]["hamming_loss"] = _figure("hamming_loss", truth, predicted)
            if show_cohen_kappa_score:
                figures["summary"]["cohen_kappa_score"] = _figure("cohen_kappa_score", truth, predicted)
            figures["confusion_matrix"] = {
                "binarylabel": _confusion(truth, predicted, all_labels, confusion_matrix_normalize)
            }
            if all_labels is not None and chances is not None and len(truth):
                figures["roc_auc"] = _curves(truth, chances, all_labels)
            _log(figures)
            return figures

        return with_figures

    return decorate


def _unpack(returned: Any, with_chances: bool) -> tuple[Any, Any, Any]:
    expected = 3 if with_chances else 2
    if not isinstance(returned, (tuple, list)) or len(returned) != expected:
        names = "(y_true, y_pred, y_proba)" if with_chances else "(y_true, y_pred)"
        given = f"{len(returned)} values" if isinstance(returned, (tuple, list)) else type(returned).__name__
        raise UsageError(
            f"evaluate under multi_classification returns {names}, not {given}",
            hint="y_proba belongs to show_roc_auc=True",
        )
    truth, predicted, chances = (*returned, None)[:3]
    if chances is not None and not len(chances):
        chances = None
    return truth, predicted, chances


def _summary(truth: Any, predicted: Any, labels: Sequence[Any] | None) -> dict[str, Any]:
    """Averages, and the figures of each label with its counts."""
    from sklearn.metrics import accuracy_score, classification_report, multilabel_confusion_matrix

    # Its stubs say text, where the function takes a number as well.
    options: dict[str, Any] = {"output_dict": True, "zero_division": 0}
    report: Any = classification_report(truth, predicted, labels=labels, **options)
    summary: dict[str, Any] = {"accuracy": float(accuracy_score(truth, predicted))}
    summary |= {name: report[name] for name in _AVERAGES if name in report}
    known = list(labels) if labels is not None else _occurring(truth, predicted)
    counts = multilabel_confusion_matrix(truth, predicted, labels=labels)
    per_label = {
        str(label): {
            **report[str(label)],
            "TN-True Negative": int(matrix[0][0]),
            "FP-False Positive": int(matrix[0][1]),
            "FN-False Negative": int(matrix[1][0]),
            "TP-True Positive": int(matrix[1][1]),
        }
        for label, matrix in zip(known, counts, strict=True)
    }
    return {"kind": KIND, "summary": summary, "labels": per_label}


def _occurring(truth: Any, predicted: Any) -> list[Any]:
    from sklearn.utils.multiclass import unique_labels

    return list(unique_labels(truth, predicted))


def _figure(name: str, truth: Any, predicted: Any) -> float:
    import sklearn.metrics

    return float(getattr(sklearn.metrics, name)(truth, predicted))


def _confusion(
    truth: Any, predicted: Any, labels: Sequence[Any] | None, normalize: Normalize
) -> list[list[int | float]]:
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(truth, predicted, labels=labels, normalize=normalize).tolist()


def _curves(truth: Any, chances: Any, labels: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Of each label the curve and its area; labels that all rows have or none has are left out."""
    import numpy as np

    from starwhale.evaluations.metrics.curves import roc

    curves: dict[str, dict[str, Any]] = {}
    for position, label in enumerate(labels):
        of_label = np.fromiter((each == label for each in truth), np.bool_, len(truth))
        # of a label that does not occur there may be no chances either
        curve = (
            roc(of_label, np.asarray([float(row[position]) for row in chances])) if of_label.any() else None
        )
        if curve is not None:
            columns = {"fpr": "fpr", "tpr": "tpr", "thresholds": "threshold"}
            points = {name: [row[column] for row in curve.rows] for name, column in columns.items()}
            curves[str(label)] = {**points, "auc": curve.area}
    return curves


def _log(figures: dict[str, Any]) -> None:
    results.log_summary({"kind": figures["kind"], **figures["summary"]})
    curves = figures.get("roc_auc", {})
    for label, row in figures["labels"].items():
        area = {"auc": curves[label]["auc"]} if label in curves else {}
        results.log("labels", label, {**row, **area})
    for position, row in enumerate(figures["confusion_matrix"]["binarylabel"]):
        results.log("confusion_matrix/binarylabel", position, {str(i): value for i, value in enumerate(row)})
    for label, curve in curves.items():
        points = zip(curve["fpr"], curve["tpr"], curve["thresholds"], strict=True)
        for position, (fpr, tpr, threshold) in enumerate(points):
            results.log(f"roc_auc/{label}", position, {"fpr": fpr, "tpr": tpr, "threshold": threshold})
