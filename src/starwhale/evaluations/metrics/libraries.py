"""The libraries that know the metrics, none of which Starwhale itself needs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from starwhale.core.errors import MissingDependency, UsageError

INSTALL = "pip install 'starwhale[metrics]'"
# module to the name under which it is installed, where they differ
_PACKAGES = {"sklearn": "scikit-learn", "rouge_score": "rouge-score"}
TEXT_METRICS = ("exact_match", "f1", "bleu", "chrf", "rouge", "wer", "cer")
_TEXT_MODULES = {
    "bleu": "sacrebleu",
    "chrf": "sacrebleu",
    "rouge": "rouge_score",
    "wer": "jiwer",
    "cer": "jiwer",
}


def text_modules(metrics: Sequence[str]) -> list[str]:
    """The modules that figures of texts need.

    Raises:
        UsageError: there is no such figure.
    """
    unknown = [name for name in metrics if name not in TEXT_METRICS]
    if unknown or not metrics:
        what = f"there is no metric {unknown[0]!r}" if unknown else "no metric is named"
        raise UsageError(what, hint=f"known are {', '.join(TEXT_METRICS)}")
    return list(dict.fromkeys(_TEXT_MODULES[name] for name in metrics if name in _TEXT_MODULES))


def require(what: str, *modules: str) -> None:
    """Make sure that modules can be imported.

    Args:
        what: Whoever needs them, for the message.
        *modules: Their names.

    Raises:
        MissingDependency: some are not installed; all of them are named.
    """
    missing: list[str] = []
    cause: ImportError | None = None
    for module in modules:
        try:
            import_module(module)
        except ImportError as exc:
            missing.append(_PACKAGES.get(module, module))
            cause = exc
    if missing:
        raise MissingDependency(f"{what} needs {' and '.join(missing)}", hint=INSTALL) from cause
