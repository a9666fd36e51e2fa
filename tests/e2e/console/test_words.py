"""What the tests of the console take for its words is what its source has."""

from __future__ import annotations

import pytest
from tests.e2e.console.words import Words


@pytest.mark.parametrize(
    ("language", "text", "filled"),
    [("en-GB", "New project", "“fresh” is back."), ("zh-CN", "新建项目", "“fresh”已恢复。")],
)
def test_a_text_is_found_by_its_english_and_filled(language: str, text: str, filled: str) -> None:
    say = Words(language)
    assert say("New project") == text
    assert say("“{{name}}” is back.", name="fresh") == filled


def test_a_text_that_is_none_or_could_be_several_is_refused() -> None:
    say = Words("zh-CN")
    with pytest.raises(LookupError, match="nowhere"):
        say("Nothing is called so")
    with pytest.raises(LookupError, match="名称"):
        say("Name")
    assert say("Name", of="login") == "用户名"
