from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.serving.chat import Deltas, StopCutter, text_of
from starwhale.serving.inference import MessageItem

letters = st.text("abc", max_size=30)


@given(st.lists(letters), st.lists(st.text("abc", min_size=1, max_size=4), max_size=3))
def test_a_text_in_pieces_is_cut_where_the_whole_would_be(pieces: list[str], stops: list[str]) -> None:
    cutter = StopCutter(tuple(stops))
    told = "".join(cutter.feed(piece) for piece in pieces) + cutter.rest()
    whole = "".join(pieces)
    cuts = [at for stop in stops if (at := whole.find(stop)) >= 0]
    if cuts:
        # of stop texts that overlap, the one that is whole first may begin later
        assert whole.startswith(told)
        assert cutter.ended
        assert any(whole.startswith(stop, len(told)) for stop in stops)
        assert not any(stop in told for stop in stops)
    else:
        assert (told, cutter.ended) == (whole, False)


@given(st.lists(letters, min_size=1))
def test_pieces_and_growing_answers_say_the_same(pieces: list[str]) -> None:
    by_piece, by_whole = Deltas(), Deltas()
    so_far, told = "", ""
    for piece in pieces:
        so_far += piece
        assert by_piece.feed(piece) == piece
        told += by_whole.feed([MessageItem(content=so_far, bot=True)])
    assert told == so_far


@pytest.mark.parametrize(
    "result",
    [
        "yes",
        MessageItem(content="yes", bot=True),
        {"content": "yes"},
        [{"content": "no"}, {"content": "yes", "bot": True}],
        [{"role": "user", "content": "no"}, {"role": "assistant", "content": "yes"}],
        [MessageItem(content="yes", bot=True), MessageItem(content="no")],
    ],
)
def test_the_answer_is_found_in_what_a_chat_returns(result: Any) -> None:
    assert text_of(result) == "yes"


@pytest.mark.parametrize("result", [None, 3, [], [{"content": "no"}], {"text": "x"}])
def test_what_holds_no_answer_is_refused(result: Any) -> None:
    with pytest.raises(TypeError):
        text_of(result)
