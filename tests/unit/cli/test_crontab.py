"""The one line of ours in the user's crontab."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from starwhale.cli.crontab import with_line, without_line

MARK = "# starwhale /store"
lines = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).filter(
    lambda line: not line.endswith(MARK)
)


@given(st.lists(lines, max_size=5))
def test_what_others_have_written_stays(others: list[str]) -> None:
    table = "".join(f"{line}\n" for line in others)
    written = with_line(table, MARK, "* * * * * look")
    assert written == f"{table}* * * * * look {MARK}\n"
    assert with_line(written, MARK, "* * * * * look") == written
    assert without_line(written, MARK) == table
