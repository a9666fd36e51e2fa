"""What a user may write after ``--`` of a run: options that `@argument` made of the fields of a dataclass.

An option is a plain mapping, so that a form can be drawn from it and a command line checked against it in
a process that never imports the user's code:

    {"name": "batch_size", "opts": ["--batch_size", "--batch-size"], "required": false, "multiple": false,
     "is_flag": false, "default": "64", "help": "…", "hidden": false,
     "type": {"name": "integer", "param_type": "INT", "choices": null, "case_sensitive": true}}
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from starwhale.core.errors import UsageError
from starwhale.kit.suggest import nearest

_NUMBERS: Mapping[str, tuple[type[int | float], str]] = {
    "integer": (int, "a whole number"),
    "float": (float, "a number"),
}
Option = Mapping[str, Any]
Raw = str | bool | list[str]


def parse(options: Iterable[Option], words: Sequence[str]) -> dict[str, Raw]:
    """Read the options out of `words`, passing over those that belong to other handlers.

    Returns:
        Text as it was written, by the name of the field; only what was given. A flag is a bool, an option
        that may be repeated a list.

    Raises:
        UsageError: an option has no value or none that it can have, or a required one is missing.
    """
    options = list(options)
    values, _ = _parse(options, words)
    missing = [each["opts"][-1] for each in options if each.get("required") and each["name"] not in values]
    if missing:
        raise UsageError(f"{_listed(missing)} must be given", hint="write it behind `--`")
    for option in options:
        _check_value(option, values.get(option["name"]))
    return values


def _check_value(option: Option, value: Raw | None) -> None:
    """Refuse what cannot be a value of an option; what only the user's own code can tell is passed over."""
    kind = option.get("type") or {}
    words = [] if value is None or isinstance(value, bool) else [value] if isinstance(value, str) else value
    for word in words:
        choices = kind.get("choices")
        if choices and word not in choices:
            near = nearest(word, choices)
            hint = f"did you mean {near}?" if near else ""
            raise UsageError(
                f"{option['opts'][-1]} is {word!r}, expected one of {_listed(choices)}", hint=hint
            )
        read, what = _NUMBERS.get(kind.get("name", ""), (None, ""))
        try:
            if read is not None:
                read(word)
        except ValueError:
            raise UsageError(f"{option['opts'][-1]} is {word!r}, expected {what}") from None


def check(options: Iterable[Option], words: Sequence[str]) -> None:
    """Refuse words that no handler of a run understands.

    Args:
        options: Those of all handlers together.
        words: What stands after ``--``.

    Raises:
        UsageError: an unknown option, with the nearest known one, or a word that belongs to none.
    """
    options = list(options)
    _, rest = _parse(options, words)
    if not rest:
        return
    known = [spelling for each in options for spelling in each["opts"]]
    word = rest[0].partition("=")[0]
    near = nearest(word, known)
    hint = f"did you mean {near}?" if near else f"known are {_listed(sorted(known))}" if known else ""
    raise UsageError(f"no handler of this run takes {word!r}", hint=hint)


def _parse(options: list[Option], words: Sequence[str]) -> tuple[dict[str, Raw], list[str]]:
    parser = _Parser(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS)
    seen: set[str] = set()
    for option in options:
        spellings = [each for each in option["opts"] if each not in seen]
        seen.update(spellings)
        if spellings:
            _add(parser, option, spellings)
    known, rest = parser.parse_known_args(list(words))
    return vars(known), rest


def _add(parser: argparse.ArgumentParser, option: Option, spellings: list[str]) -> None:
    name = option["name"]
    if option.get("is_flag"):
        parser.add_argument(*spellings, dest=name, action=argparse.BooleanOptionalAction)
    elif option.get("multiple"):
        parser.add_argument(*spellings, dest=name, action="append")
    else:
        parser.add_argument(*spellings, dest=name, action="store")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"behind `--`: {message}")


def _listed(words: list[str]) -> str:
    return ", ".join(words)
