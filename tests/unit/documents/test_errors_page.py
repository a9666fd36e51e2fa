"""The page on errors names every code, with the exit status it has."""

from __future__ import annotations

import re
from pathlib import Path

from starwhale.core import errors

PAGE = Path(__file__).parents[3] / "docs" / "errors.md"


def test_every_code_stands_at_its_exit_status() -> None:
    said = {
        (code, int(status))
        for status, codes in re.findall(r"^\| (\d+) \| (.+?) \|", PAGE.read_text(), re.MULTILINE)
        for code in re.findall(r"`(\w+)`", codes)
    }
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    had = {
        (each.code, each.exit_status)
        for each in kinds
        if issubclass(each, errors.StarwhaleError) and each.__module__ == errors.__name__
    }
    assert said == had
