"""Where the words of user code go."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from starwhale.worker.output import ThreadOutput, open_log, process_output, thread_output


def test_all_that_a_process_and_its_children_print_goes_to_the_log(tmp_path: Path) -> None:
    code = """
import os, subprocess, sys
from pathlib import Path
from starwhale.worker.output import open_log, process_output
print("before")
with open_log(Path(sys.argv[1])) as log, process_output(log):
    print("from python")
    print("to stderr", file=sys.stderr)
    os.write(1, b"from C\\n")
    subprocess.run(["echo", "from a child"])
print("after")
"""
    path = tmp_path / "logs" / "0.0.log"
    run = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout == "before\nafter\n"
    assert sorted(path.read_text().splitlines()) == ["from C", "from a child", "from python", "to stderr"]


def test_the_old_output_comes_back_also_after_an_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        with open_log(tmp_path / "log") as log, process_output(log):
            os.write(1, b"inside\n")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    os.write(1, b"outside\n")
    assert capfd.readouterr().out == "outside\n"
    assert (tmp_path / "log").read_text() == "inside\n"


def test_a_log_is_appended_to_and_written_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for line in ("first\n", "second \udcff\n"):
        with open_log(path) as log:
            log.write(line)
            assert path.read_text().endswith("second \\udcff\n" if "udcff" in ascii(line) else line)
    assert path.read_text() == "first\nsecond \\udcff\n"


def test_threads_print_to_logs_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    gate = threading.Barrier(3)

    def work(name: str) -> None:
        with open_log(tmp_path / name) as log, thread_output(log):
            gate.wait()
            print("I am", name)
            print("error of", name, file=sys.stderr)
            gate.wait()

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    try:
        for thread in threads:
            thread.start()
        gate.wait()
        print("I am main")
        gate.wait()
        for thread in threads:
            thread.join()
        assert isinstance(sys.stdout, ThreadOutput)
        assert sys.stdout.encoding
        assert sys.stdout.writable()
    finally:
        sys.stdout, sys.stderr = before
    assert capsys.readouterr().out == "I am main\n"
    for name in "ab":
        assert (tmp_path / name).read_text() == f"I am {name}\nerror of {name}\n"
