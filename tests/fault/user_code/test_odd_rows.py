"""Code that yields rows and ends in an odd way: one sentence with its own line, and no version."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.cli.conftest import Shell

pytestmark = [pytest.mark.fault, pytest.mark.e2e]

CODE = """
class Stop(BaseException):
    pass

def stops():
    yield {"x": 1}
    yield {"x": 2}
    raise Stop("enough")

def stops_at_once():
    raise Stop("enough")

class NeverBegins:
    def __iter__(self):
        raise Stop("enough")

def closes_itself():
    yield {"x": 1}
    raise GeneratorExit("odd")

def cancels():
    yield {"x": 1}
    raise KeyboardInterrupt

def misses():
    yield {"x": 1}
    from starwhale.core.errors import MissingDependency
    raise MissingDependency("this needs sox", hint="pip install sox")
"""


@pytest.mark.parametrize(
    ("handler", "status", "said"),
    [
        ("stops", 6, "failed after row 2: Stop: enough at rows.py:8: raise Stop("),
        ("stops_at_once", 6, "failed: Stop: enough at rows.py:11: raise Stop("),
        ("NeverBegins", 6, "failed after row 0: Stop: enough at rows.py:15: raise Stop("),
        ("closes_itself", 6, "failed after row 1: GeneratorExit: odd at rows.py:19"),
        ("cancels", 130, "Error: canceled"),
        ("misses", 8, "Error: this needs sox (pip install sox)"),
    ],
)
def test_rows_that_end_in_no_exception_are_told_in_a_sentence(
    tmp_path: Path, handler: str, status: int, said: str
) -> None:
    shell = Shell.at(tmp_path)
    (shell.code / "rows.py").write_text(CODE)
    ran = shell("dataset", "build", "-h", f"rows:{handler}", "-n", "odd")
    assert (ran.returncode, ran.stdout) == (status, "")
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert shell.json("dataset", "list") == []
