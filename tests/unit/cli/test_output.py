from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.cli.output import Column, Output
from starwhale.cli.rows import show

COLUMNS = (
    Column(key="name"),
    Column(key="version"),
    Column(key="tags", rank=2),
    Column(key="message", rank=3, cut=True),
    Column(key="size", right=True, rank=1),
)
ROWS = [
    {
        "name": "digits",
        "version": "gqzdiyrxmyzt",
        "tags": "latest, v12",
        "message": "words " * 20,
        "size": "1.2 MiB",
    },
    {"name": "speech-commands", "version": "aaaaabbbbbcc", "tags": None, "message": "", "size": "34 MiB"},
]


def test_a_table_never_exceeds_a_narrow_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for width in (40, 50, 60, 80, 100):
        Output(json=False, environ={"COLUMNS": str(width)}).table(ROWS, COLUMNS)
        lines = capsys.readouterr().out.splitlines()
        assert max(len(line.rstrip()) for line in lines) <= width
        assert "gqzdiyrxmyzt" in "".join(lines)


def test_the_least_important_columns_go_first(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=False, environ={"COLUMNS": "50"}).table(ROWS, COLUMNS)
    assert capsys.readouterr().out.splitlines()[0].split() == ["NAME", "VERSION", "SIZE"]


def test_nothing_is_cut_or_wrapped_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=False, environ={}).table(ROWS, COLUMNS)
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 3
    assert ("words " * 20).strip() in said.out
    assert said.err == ""


def test_json_holds_every_field_whatever_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True, environ={"COLUMNS": "20"}).table(ROWS, COLUMNS[:1], total=9)
    said = capsys.readouterr()
    assert json.loads(said.out) == ROWS
    assert said.err == ""


def test_an_empty_table_says_what_to_do_on_stderr_only(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=False, environ={}).table([], COLUMNS, empty="no datasets yet")
    assert capsys.readouterr() == ("", "no datasets yet\n")
    Output(json=True, environ={}).table([], COLUMNS, empty="no datasets yet")
    assert capsys.readouterr() == ("[]\n", "")


def test_a_page_says_how_many_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=False, environ={}).table(ROWS, COLUMNS, total=57)
    assert capsys.readouterr().err == "(2 of 57; see --page and --size)\n"


def test_cells_cannot_hold_markup_or_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"name": "[red]x[/red] :smile:", "version": "\x1b[2Jboo"}
    Output(json=False, environ={}).table([row], COLUMNS[:2])
    text = capsys.readouterr().out
    assert "[red]x[/red] :smile:" in text
    assert "\\x1b[2Jboo" in text
    assert "\x1b" not in text


def test_names_and_headings_are_as_harmless_as_values(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "a\x1b[2J\x9b\u202eb\nc\td"
    for draw in (
        lambda out: out.record([(hostile, "1"), ("z", "2")], None),
        lambda out: out.table([{"a": 1}], [Column(key="a", title=hostile)]),
        lambda out: show(out, [(1, {hostile: 1})], show_types=False),
        lambda out: show(out, [(1, {hostile: 1, "z": "long " * 30})], show_types=False),
    ):
        draw(Output(json=False, environ={"COLUMNS": "60"}))
        text = capsys.readouterr().out
        assert r"a\x1b[2J\x9b\u202eb c d" in text
        assert not set("\x1b\x9b\u202e\t") & set(text)


@given(st.text(st.characters(codec="utf-8") | st.sampled_from('\x7f\x80\x9b\u200f\u202e\u2066\\"')))
def test_json_holds_the_same_in_characters_that_are_harmless(text: str) -> None:
    with redirect_stdout(io.StringIO()) as written:
        Output(json=True, environ={}).document({text: text})
    found = written.getvalue()
    assert json.loads(found) == {text: text}
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", found)


def test_json_keeps_letters_of_every_language(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True, environ={}).document("鲸é\u009b\u202e")
    assert capsys.readouterr().out == '"鲸é\\u009b\\u202e"\n'


def test_a_record_leaves_out_what_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=False, environ={}).record([("name", "digits"), ("message", ""), ("size", "3 B")], {"n": 1})
    assert capsys.readouterr().out.split() == ["name:", "digits", "size:", "3", "B"]


def test_a_name_that_is_no_text_can_still_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=False, environ={}).line("a\udcffb", None)
    Output(json=True, environ={}).document({"name": "a\udcffb"})
    assert "a\\udcffb" in capsys.readouterr().out
