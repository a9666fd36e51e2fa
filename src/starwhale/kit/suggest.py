"""Guessing what somebody meant to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, words: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The one of `words` that looks most like `word`.

    Args:
        word: What was typed.
        words: What would have been right; the first wins among equals.
        likeness: Least likeness of a suggestion, from 0 (anything) to 1 (the same but for case).

    Returns:
        None when nothing is near enough to be worth suggesting.
    """
    import difflib

    by_folded: dict[str, str] = {}
    for candidate in words:
        by_folded.setdefault(candidate.casefold(), candidate)
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=likeness)
    return by_folded[close[0]] if close else None
