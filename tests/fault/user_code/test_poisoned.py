"""A few bad rows among ten thousand good ones (FAULTS 43)."""

from __future__ import annotations

import pytest
from tests.fault.user_code.conftest import Rogue

pytestmark = [pytest.mark.fault, pytest.mark.e2e]


def test_the_rest_proceeds_and_the_bad_rows_are_kept_with_their_errors(rogue: Rogue) -> None:
    rogue.json("dataset", "build", "-h", "naughty:many_rows", "-n", "many")
    job = rogue.json("model", "run", "-u", "naughty", "-h", "naughty:counts", "-d", "many")
    assert (job["state"], job["rows"], job["done"], job["failed"]) == ("SUCCESS", 10_000, 10_000, 3)
    bad = {1_234, 5_000, 7_777}
    summary = job["summary"]
    assert summary.pop("which") == sorted(bad)
    assert summary == {
        "total": 2 * (sum(range(10_000)) - sum(bad)),
        "told": 3,
        "failed_rows": 3,
    }
    rows = {row["_index"]: row for row in rogue.rows(job["id"])}
    assert len(rows) == 10_000
    errors = {index: row["_error"] for index, row in rows.items() if row.get("_error")}
    assert set(errors) == bad
    assert errors[1_234] == "Silent"
    assert errors[5_000].startswith("UnsupportedValue: an output of type _thread.lock")
    assert errors[7_777] == "SystemExit: enough"
    assert all(rows[index]["input/x"] == index for index in bad)
