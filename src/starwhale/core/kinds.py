"""What a project can hold."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of things that have an address below a project."""

    MODEL = "model"
    DATASET = "dataset"
    RUNTIME = "runtime"
    JOB = "job"

    @classmethod
    def of(cls, word: str) -> Kind | None:
        """The kind that a word of an address means: singular or plural, ``evaluation`` for a job."""
        return _WORDS.get(word)


_WORDS = {
    **{word: kind for kind in Kind for word in (kind.value, f"{kind.value}s")},
    "evaluation": Kind.JOB,
    "evaluations": Kind.JOB,
}
