"""What text can be stored."""

from __future__ import annotations


def is_storable(text: str) -> bool:
    """Whether UTF-8 has a form for all of `text`: half a character (a lone surrogate) has none."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
