"""Arrays are made without importing pandas, and pandas works as ever once somebody imports it."""

from __future__ import annotations

import subprocess
import sys

import pytest

MAKING = """
import sys
from starwhale.storage.layers.columns import build
from starwhale.storage.layers.cells import cell_of
from starwhale.storage.layers.columns import decode
array = build([cell_of(1, "x"), cell_of(None, "x")], "int")
assert decode("int", array, None) == [1, None] and decode("int", array[:1], None) == [1]
assert "pandas" not in sys.modules
"""
USING = """
import pandas as pd
import pyarrow as pa
assert pd.__spec__.name == "pandas" and pd.DataFrame({"a": [1]}).a.sum() == 1
series = pd.Series([1.0, float("nan")])
assert pa.array(series).null_count == 1, "pyarrow does not know a Series"
assert pa.table({"x": [1, 2]}).to_pandas().x.tolist() == [1, 2]
"""
MISSING = """
sys.modules.pop("pandas", None)
sys.path[:] = [place for place in sys.path if "site-packages" not in place]
try:
    import pandas
except ImportError:
    pass
else:
    raise AssertionError("pandas was found")
"""


def _run(code: str) -> None:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_no_array_brings_pandas_in() -> None:
    _run(MAKING)


def test_pyarrow_knows_pandas_from_the_moment_it_is_imported() -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    _run(MAKING + USING)


def test_pandas_that_was_there_first_stays_known() -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    _run("import pandas\n" + MAKING.replace('assert "pandas" not in sys.modules', "") + USING)


def test_pandas_that_is_missing_is_missing_as_ever() -> None:
    _run(MAKING + MISSING)
