"""Thumbnails: the protocol of each terminal, and nothing where it has none."""

from __future__ import annotations

import base64
import re

import pytest

from starwhale.cli import thumbnails


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"KITTY_WINDOW_ID": "1"}, "_kitty"),
        ({"TERM": "xterm-ghostty"}, "_kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "_iterm"),
        ({"TERM_PROGRAM": "WezTerm"}, "_iterm"),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM_PROGRAM": "iTerm.app", "TMUX": "1"}, None),
    ],
)
def test_a_terminal_is_spoken_to_in_its_own_way(environ: dict[str, str], name: str | None) -> None:
    found = thumbnails._protocol(environ)
    assert (found.__name__ if found else None) == name


@pytest.mark.parametrize("size", [1, 3072, 3073, 10_000])
def test_kitty_gets_a_picture_in_chunks_of_which_the_last_says_so(size: int) -> None:
    picture = bytes(range(256)) * (size // 256 + 1)
    sent = thumbnails._kitty(picture[:size])
    parts = re.findall(r"\x1b_G(a=T,f=100,)?m=(\d);([^\x1b]*)\x1b\\", sent)
    assert [more for _, more, _ in parts] == ["1"] * (len(parts) - 1) + ["0"]
    assert [bool(first) for first, _, _ in parts] == [True] + [False] * (len(parts) - 1)
    assert base64.b64decode("".join(text for *_, text in parts)) == picture[:size]


def test_iterm_gets_a_picture_in_one_piece() -> None:
    assert thumbnails._iterm(b"png") == "\x1b]1337;File=inline=1;size=3:cG5n\x07"
