"""`swcli model serve` as a person uses it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from tests.slice.serving.process import PATIENCE, environment, is_running, running, swcli_command

pytestmark = pytest.mark.e2e

CODE = """
import os
from pathlib import Path
from starwhale import PipelineHandler
from starwhale.api.service import Service, api

svc = Service()
print("weights are loaded")

@api()
def where() -> list:
    return [str(Path.cwd()), os.environ.get("WEIGHT", ""), Path("weights.txt").read_text()]

@svc.api()
def add(x: int, y: int) -> int:
    return x + y

class Digits(PipelineHandler):
    def __init__(self) -> None:
        super().__init__()
        self.weight = 3

    def predict(self, data): ...
    def evaluate(self, results): ...

    @api()
    def score(self, x: int) -> int:
        return x * self.weight
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    code = tmp_path / "digits"
    code.mkdir()
    (code / "app.py").write_text(CODE)
    (code / "weights.txt").write_text("heavy")
    (code / "model.yaml").write_text("name: digits\nrun:\n  modules: [app]\n  envs: [WEIGHT=7]\n")
    return tmp_path


def failed(home: Path, *words: str) -> tuple[int, str]:
    ran = subprocess.run(
        swcli_command(*words), env=environment(home), cwd=home, capture_output=True, text=True, check=False,
        timeout=PATIENCE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ran.stdout == ""
    return ran.returncode, ran.stderr


def test_a_directory_is_served_in_place(home: Path) -> None:
    with running(swcli_command("-w", "digits", "--port", "0", "-o", "json"), home) as server:
        assert server.told["title"] == "digits"
        assert sorted(server.told["apis"]) == ["add", "score", "where"]
        assert server.post("/api/where") == (200, [str(home / "digits"), "7", "heavy"])
        assert server.post("/api/add", {"x": 1, "y": 2}) == (200, 3)
        assert server.post("/api/score", {"x": 2}) == (200, 6)
        assert server.ask("GET", "/readyz")[0] == 200
        assert server.end(signal.SIGINT) == 0
        assert not is_running(server.pid)
    assert not (home / "digits" / "__pycache__").exists()


def test_a_package_is_served_from_a_copy_that_goes_with_the_server(home: Path) -> None:
    swcli = [*swcli_command()[:3], "import sys; from starwhale.cli.main import main; main()"]
    built = subprocess.run(
        [*swcli, "model", "build", "digits"],
        env=environment(home),
        cwd=home,
        capture_output=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (home / "digits" / "weights.txt").write_text("changed since")
    with running(swcli_command("-u", "digits", "--port", "0", "-o", "json"), home) as server:
        _, (place, _, weights) = server.post("/api/where")
        assert weights == "heavy"
        assert Path(place).is_relative_to(home / "store")
        assert server.end() == 0
    assert not Path(place).exists()


def test_the_line_that_tells_of_the_start_is_for_people_too(home: Path) -> None:
    process = subprocess.Popen(
        swcli_command("-w", "digits", "--port", "0"), env=environment(home), cwd=home,
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as out:
        line = out.readline()
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert line.startswith("digits is ready at http://127.0.0.1:")
    assert line.endswith("; Ctrl-C stops it\n")


def test_a_port_that_is_taken_is_one_sentence(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = failed(home, "-w", "digits", "--port", str(port))
    assert status == 4
    assert (
        said
        == f"Error: port {port} of 127.0.0.1 is in use (choose another with --port, or 0 for a free one)\n"
    )


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "either --workdir or --uri must be given"),
        (("-u", "nope"), 3, "nope"),
        (("-u", "digits", "-m", "app"), 2, "--module and --model-yaml belong to --workdir"),
        (("-w", "digits", "-m", "ap"), 2, "there is no module 'ap'"),
        (("-w", "digits", "-m", "./src/app.py"), 2, "write it as in an import: src.app"),
        (("-w", "digits", "-m", "broken"), 6, "module 'broken' does not import: ZeroDivisionError"),
        (("-w", "digits", "-m", "empty"), 2, "nothing to serve in empty"),
        (("-w", "digits", "--host", "203.0.113.7"), 2, "cannot listen on 203.0.113.7"),
        (("-w", "digits", "--port", "99999"), 2, "99999"),
        (("-w", "digits", "-r", "nope"), 3, "nope"),
    ],
)
def test_what_is_wrong_is_one_sentence(home: Path, words: tuple[str, ...], status: int, said: str) -> None:
    (home / "digits" / "broken.py").write_text("1 / 0\n")
    (home / "digits" / "empty.py").write_text("")
    found, text = failed(home, *words)
    assert (found, text.count("\n")) == (status, 1), text
    assert said in text


def test_json_for_programs_holds_one_document(home: Path) -> None:
    with running(swcli_command("-w", "digits", "--port", "0", "-o", "json"), home) as server:
        assert set(server.told) == {"url", "title", "apis", "pid"}
        json.dumps(server.told)
