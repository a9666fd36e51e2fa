"""Evaluation of models: `predict` maps over the rows of datasets, `evaluate` reduces, `log` keeps results."""

from __future__ import annotations

from starwhale.api.decorators import evaluate, predict
from starwhale.api.pipeline import PipelineHandler
from starwhale.api.results import (
    Evaluation,
    flush,
    get_summary,
    log,
    log_result,
    log_summary,
    scan,
    scan_results,
)

iter = scan  # noqa: A001 - its name since 0.6

__all__ = [
    "Evaluation",
    "PipelineHandler",
    "evaluate",
    "flush",
    "get_summary",
    "iter",
    "log",
    "log_result",
    "log_summary",
    "predict",
    "scan",
    "scan_results",
]
