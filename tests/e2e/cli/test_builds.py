from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.cli.conftest import Shell

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_build_that_is_broken_off_leaves_neither_rows_nor_processes(shell: Shell, number: int) -> None:
    (shell.code / "endless.py").write_text(
        "import os, pathlib, time\n"
        "pathlib.Path(os.environ['MARKS'], str(os.getpid())).touch()\n"
        "def rows():\n    while True:\n        time.sleep(0.001)\n        yield {'x': 1}\n"
    )
    process = shell.start("dataset", "build", "-h", "endless:rows", "-n", "endless")
    shell.wait(shell.workers)
    os.kill(process.pid, number)
    process.communicate(timeout=30)
    assert process.returncode != 0
    shell.wait(lambda: not shell.alive())
    assert shell.json("dataset", "list") == []
    assert shell.json("gc", "--yes")["builds"] <= 1
