"""Formats for fine-tuning: recognised, checked row by row with the field, brought into one form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.chat import FORMATS, LlmSource, format_of
from starwhale.datasets.sources.jsonfile import JsonSource
from starwhale.datasets.sources.port import BadRow, SourceRow

GOOD: dict[str, dict[str, Any]] = {
    "alpaca": {"instruction": "add", "input": "1 2", "output": "3"},
    "sharegpt": {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]},
    "messages": {"messages": [{"role": "system", "content": "be"}, {"role": "user", "content": "hi"},
                              {"role": "assistant", "content": "ho"}]},
    "preference": {"prompt": "hi", "chosen": "ho", "rejected": "no"},
    "prompt-completion": {"prompt": "hi", "completion": "ho"},
}  # fmt: skip


def read(*rows: Any, format: str = "auto") -> tuple[list[Any], LlmSource]:  # noqa: A002
    source = LlmSource(JsonSource(text=json.dumps(list(rows))), format=format)
    return list(source.rows()), source


def messages_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    return FORMATS[format_of(row)](row)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_recognised_and_kept_as_it_is(name: str) -> None:
    rows, source = read(GOOD[name], GOOD[name])
    assert [row.features for row in rows if isinstance(row, SourceRow)] == [GOOD[name], GOOD[name]]
    assert source.info() == {"llm_format": name}
    messages = messages_of(GOOD[name])
    assert messages[-1]["role"] == "assistant"
    assert messages[-1]["content"] in ("ho", "3")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"instruction": "", "output": "x"}, "`instruction` is empty"),
        ({"instruction": "x", "output": 3}, "`output` is a number, not text"),
        ({"instruction": "x", "output": "y", "history": [["a"]]}, "`history[0]` is not a question"),
        ({"conversations": [{"from": "nobody", "value": "x"}]}, "`conversations[0].from` is 'nobody'"),
        ({"conversations": [{"from": "human", "value": "x"}]}, "`conversations` has no answer"),
        ({"conversations": "x"}, "`conversations` is text, not a list"),
        ({"messages": [{"role": "user", "content": "x"}, {"role": "assistant"}]}, "`messages[1].content`"),
        ({"messages": [{"role": "king", "content": "x"}]}, "`messages[0].role` is 'king'"),
        ({"messages": []}, "`messages` is empty"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "does not hold what its `type`"),
        ({"messages": [{"role": "assistant", "content": "a"}, {"role": "system", "content": "b"}]},
         "the system"),
        ({"prompt": "x", "chosen": "y", "rejected": "y"}, "`chosen` and `rejected` are the same"),
        ({"chosen": "y", "rejected": "z"}, "`prompt` is missing"),
        ({"prompt": "x", "completion": " "}, "`completion` is empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_field(row: dict[str, Any], said: str) -> None:
    name = format_of(row)
    rows, _ = read(GOOD[name], row, GOOD[name])
    assert isinstance(rows[1], BadRow)
    assert (rows[1].number, said in rows[1].reason) == (2, True), rows[1]
    assert isinstance(rows[2], SourceRow)


def test_tools_and_pictures_are_messages_too() -> None:
    row = {"messages": [
        {"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {}}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "", "tool_call_id": "1"},
        {"role": "assistant", "content": "y"},
    ]}  # fmt: skip
    assert len(messages_of(row)) == 4


def test_rows_of_no_format_are_one_sentence() -> None:
    with pytest.raises(UsageError, match="no known format; they have a, b"):
        read({"a": 1, "b": 2})
    with pytest.raises(UsageError, match="no format 'xml'"):
        read({"a": 1}, format="xml")
    rows, _ = read({"a": 1}, format="alpaca")
    assert rows[0].reason == "`instruction` is missing"


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: bool(text.strip()))


@given(turns=st.lists(st.tuples(texts, texts), min_size=1, max_size=4))
def test_one_conversation_is_the_same_in_every_format(turns: list[tuple[str, str]]) -> None:
    messages = [
        {"role": role, "content": text}
        for turn in turns
        for role, text in zip(("user", "assistant"), turn, strict=True)
    ]
    names = {"user": "human", "assistant": "gpt"}
    conversation = [{"from": names[each["role"]], "value": each["content"]} for each in messages]
    assert messages_of({"messages": messages}) == messages
    assert messages_of({"conversations": conversation}) == messages
    assert messages_of({"prompt": messages[:-1], "completion": messages[-1]["content"]}) == messages
    history = [list(turn) for turn in turns[:-1]]
    asked, said = turns[-1]
    assert messages_of({"instruction": asked, "output": said, "history": history}) == messages
