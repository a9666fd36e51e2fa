"""Rows for fine-tuning language models: their formats, recognised and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.port import BadRow, Source, SourceRow

Row = Mapping[str, Any]
Message = dict[str, Any]

ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_SHAREGPT = {
    "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant",
    "bing": "assistant", "bard": "assistant", "model": "assistant", "system": "system", "tool": "tool",
    "function_call": "assistant", "observation": "tool", "function_response": "tool",
}  # fmt: skip
_TRIED_ROWS = 100


class _Wrong(Exception):
    """What is wrong with a row: the field, and why."""


class LlmSource:
    """Checks the rows of another source against a format for fine-tuning.

    - ``alpaca``: `instruction`, maybe `input`, `output`, maybe `system` and `history`.
    - ``sharegpt``: `conversations`, a list of `from` and `value`.
    - ``messages``: `messages`, a list of `role` and `content`, as OpenAI has them.
    - ``preference``: `prompt`, `chosen` and `rejected`, each text or messages.
    - ``prompt-completion``: `prompt` and `completion`, each text or messages.

    Rows keep their fields as they are.

    Args:
        source: Where rows come from.
        format: One of the above, or ``auto`` to recognise it by the fields of the first rows.

    Raises:
        UsageError: there is no such format.
    """

    def __init__(self, source: Source, *, format: str = "auto") -> None:  # noqa: A002 - the word users know
        if format != "auto" and format not in FORMATS:
            raise UsageError(f"there is no format {format!r}", hint=f"use auto, {', '.join(FORMATS)}")
        self._source = source
        self._format = "" if format == "auto" else format
        self.name = source.name

    def info(self) -> dict[str, Any]:
        """The format, and what the source says."""
        return {**self._source.info(), "llm_format": self._format}

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The rows that are of the format; what is wrong with the others."""
        rows = self._source.rows()
        if not self._format:
            first = self._recognise(rows)
            yield from map(self._checked, first)
        yield from map(self._checked, rows)

    def _recognise(self, rows: Iterator[SourceRow | BadRow]) -> list[SourceRow | BadRow]:
        """Read rows until one tells the format; those that were read."""
        read: list[SourceRow | BadRow] = []
        for row in rows:
            read.append(row)
            found = "" if isinstance(row, BadRow) else format_of(row.features)
            if found:
                self._format = found
                return read
            if len(read) == _TRIED_ROWS:
                break
        fields = next((sorted(row.features) for row in read if isinstance(row, SourceRow)), [])
        raise UsageError(
            f"the rows of {self.name} are of no known format; they have {', '.join(fields) or 'no fields'}",
            hint=f"there are {', '.join(FORMATS)}; name one to see what is missing",
        )

    def _checked(self, row: SourceRow | BadRow) -> SourceRow | BadRow:
        if isinstance(row, BadRow):
            return row
        try:
            FORMATS[self._format](row.features)
        except _Wrong as wrong:
            return BadRow(row.number, str(wrong), row.file)
        return row


def format_of(row: Row) -> str:
    """The format that the fields of a row tell; empty where they tell none."""
    fields = row.keys()
    if {"chosen", "rejected"} <= fields:
        return "preference"
    if "messages" in fields:
        return "messages"
    if "conversations" in fields:
        return "sharegpt"
    if {"prompt", "completion"} <= fields:
        return "prompt-completion"
    return "alpaca" if {"instruction", "output"} <= fields else ""


def _text(row: Row, field: str, *, may_be_empty: bool = False) -> str:
    value = row.get(field)
    if value is None and field not in row:
        raise _Wrong(f"`{field}` is missing")
    if not isinstance(value, str):
        raise _Wrong(f"`{field}` is {_kind(value)}, not text")
    if not value.strip() and not may_be_empty:
        raise _Wrong(f"`{field}` is empty")
    return value


def _alpaca(row: Row) -> list[Message]:
    instruction, output = _text(row, "instruction"), _text(row, "output")
    more = "" if row.get("input") is None else _text(row, "input", may_be_empty=True)
    messages: list[Message] = []
    if row.get("system"):
        messages.append({"role": "system", "content": _text(row, "system")})
    for place, turn in enumerate(_list(row.get("history") or [], "history")):
        if not isinstance(turn, (list, tuple)) or len(cast("Sequence[Any]", turn)) != 2:
            raise _Wrong(f"`history[{place}]` is not a question and an answer")
        for role, said in zip(("user", "assistant"), cast("Sequence[Any]", turn), strict=True):
            messages.append({"role": role, "content": _said(said, f"history[{place}]")})
    asked = f"{instruction}\n{more}" if more.strip() else instruction
    return [*messages, {"role": "user", "content": asked}, {"role": "assistant", "content": output}]


def _sharegpt(row: Row) -> list[Message]:
    messages: list[Message] = []
    if row.get("system"):
        messages.append({"role": "system", "content": _text(row, "system")})
    for place, told in enumerate(_list(row.get("conversations"), "conversations")):
        where = f"conversations[{place}]"
        turn = _record(told, where)
        speaker = turn.get("from")
        if speaker not in _SHAREGPT:
            known = ", ".join(dict.fromkeys(_SHAREGPT))
            raise _Wrong(f"`{where}.from` is {speaker!r}, which is none of {known}")
        messages.append({"role": _SHAREGPT[speaker], "content": _said(turn.get("value"), f"{where}.value")})
    return _conversation(messages, "conversations")


def _messages(row: Row) -> list[Message]:
    return _conversation(_checked_messages(row.get("messages"), "messages"), "messages")


def _preference(row: Row) -> list[Message]:
    prompt = _side(row, "prompt", "user") if "prompt" in row else []
    chosen, rejected = _side(row, "chosen", "assistant"), _side(row, "rejected", "assistant")
    if chosen == rejected:
        raise _Wrong("`chosen` and `rejected` are the same")
    if not prompt and (isinstance(row["chosen"], str) or chosen[:-1] != rejected[:-1]):
        raise _Wrong("`prompt` is missing")
    return [*prompt, *chosen]


def _prompt_completion(row: Row) -> list[Message]:
    return [*_side(row, "prompt", "user"), *_side(row, "completion", "assistant")]


FORMATS: dict[str, Callable[[Row], list[Message]]] = {
    "alpaca": _alpaca,
    "sharegpt": _sharegpt,
    "messages": _messages,
    "preference": _preference,
    "prompt-completion": _prompt_completion,
}
"""Each format: checks a row and gives its messages."""


def _side(row: Row, field: str, role: str) -> list[Message]:
    """Text or messages, as messages."""
    value = row.get(field)
    if isinstance(value, list):
        return _checked_messages(cast("Any", value), field)
    return [{"role": role, "content": _text(row, field)}]


def _conversation(messages: list[Message], field: str) -> list[Message]:
    if not any(message["role"] == "assistant" for message in messages):
        raise _Wrong(f"`{field}` has no answer of an assistant")
    for place, message in enumerate(messages):
        if message["role"] == "system" and place > 0:
            raise _Wrong(f"`{field}[{place}]` is of the system, which speaks first or not at all")
    return messages


def _checked_messages(value: Any, field: str) -> list[Message]:
    messages: list[Message] = []
    for place, told in enumerate(_list(value, field)):
        where = f"{field}[{place}]"
        message = _record(told, where)
        role = message.get("role")
        if role not in ROLES:
            raise _Wrong(f"`{where}.role` is {role!r}, which is none of {', '.join(sorted(ROLES))}")
        if not (
            message.get("content") is None and (message.get("tool_calls") or message.get("function_call"))
        ):
            _check_content(message.get("content"), f"{where}.content", tool=role in ("tool", "function"))
        messages.append(dict(message))
    return messages


def _check_content(content: Any, where: str, *, tool: bool) -> None:
    """Text, or parts of text, images and sound."""
    if not isinstance(content, list):
        _said(content, where, may_be_empty=tool)
        return
    for place, told in enumerate(_list(cast("Any", content), where)):
        part = _record(told, f"{where}[{place}]")
        kind = part.get("type")
        if not isinstance(kind, str) or (kind not in part and kind != "image"):
            raise _Wrong(f"`{where}[{place}]` does not hold what its `type` {kind!r} says")


def _said(value: Any, where: str, *, may_be_empty: bool = False) -> str:
    if not isinstance(value, str):
        raise _Wrong(f"`{where}` is {_kind(value)}, not text")
    if not value.strip() and not may_be_empty:
        raise _Wrong(f"`{where}` is empty")
    return value


def _list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise _Wrong(f"`{field}` is {_kind(value)}, not a list")
    if not value and field != "history":
        raise _Wrong(f"`{field}` is empty")
    return cast("list[Any]", value)


def _record(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(f"`{where}` is {_kind(value)}, not an object")
    return cast("dict[str, Any]", value)


def _kind(value: Any) -> str:
    words = {
        "NoneType": "null",
        "dict": "an object",
        "list": "a list",
        "str": "text",
        "bool": "true or false",
    }
    return words.get(type(value).__name__, "a number")
