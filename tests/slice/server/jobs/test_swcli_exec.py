"""A person at a terminal who looks into a task on a server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pexpect
import pytest
from tests.slice.server.conftest import token_of
from tests.slice.server.jobs.conftest import Live
from tests.slice.server.jobs.test_runs import order
from tests.slice.server.jobs.test_shells import running
from tests.slice.server.jobs.test_swcli import SWCLI, Terminal

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
PATIENCE = 60


@pytest.fixture
def home(live: Live, tmp_path: Path) -> Path:
    """Of somebody who is logged in."""
    made = tmp_path / "home"
    made.mkdir()
    token = token_of(live.services, "admin", True)
    Terminal(made).run("instance", "login", live.url, "--alias", "srv", "--token", token)
    return made


def uri_of(job: str) -> str:
    return f"cloud://srv/project/self/job/{job}"


def test_a_shell_in_a_terminal_of_his_own(live: Live, home: Path) -> None:
    job = running(live.client())
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "vt100", "PS1": "$ "}
    shell = pexpect.spawn(
        SWCLI,
        ["job", "exec", uri_of(job), "--", "sh"],
        env=environ,  # type: ignore[arg-type] - it takes any mapping
        dimensions=(40, 120),
        timeout=PATIENCE,
    )
    try:
        shell.expect("[#$] ")
        shell.sendline("stty size; echo $TERM")
        shell.expect("40 120\r\nvt100\r\n")
        shell.setwinsize(20, 90)
        # The window tells of its size by and by.
        shell.sendline("while [ \"$(stty size)\" != '20 90' ]; do sleep 0.05; done; echo re$((1))sized")
        shell.expect("re1sized")
        shell.sendline("trap 'echo in$((2))terrupted' INT; echo re$((3))ady; sleep 0.01; cat")
        shell.expect("re3ady")
        shell.send("\x03")
        shell.expect("in2terrupted")
        shell.sendline("exit 5")
        shell.expect(pexpect.EOF)
    finally:
        shell.close()
    assert shell.exitstatus == 5


def test_a_command_in_a_pipe_and_what_stands_in_the_way(live: Live, home: Path) -> None:
    client, terminal = live.client(), Terminal(home)
    job = running(client)
    environ = {"PATH": os.environ["PATH"], "HOME": str(home)}
    words = [SWCLI, "job", "exec", uri_of(job), "--task", "0.0", "--"]
    program = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.exit(4)"
    done = subprocess.run(
        [*words, "python3", "-c", program],
        input="one\ntwo",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout, done.stderr) == (4, "ONE\nTWO", "")
    plain = order(client, "secrets")
    assert "is not in debug mode" in terminal.run("job", "exec", uri_of(plain), status=4)
    assert "no task '9.9'" in terminal.run("job", "exec", uri_of(job), "--task", "9.9", status=3)


def test_a_model_is_run_in_debug_mode(live: Live, home: Path) -> None:
    words = ["-u", "cloud://srv/project/self/model/m/version/latest", "-p", "cloud://srv/project/self"]
    terminal = Terminal(home)
    made = terminal.told("model", "run", *words, "-h", "code_of_user:fail", "--debug")
    assert f"{live.url}/api/v1/projects/self/jobs/" not in terminal.run("job", "info", made["uri"])
    assert live.client().get(f"/api/v1/projects/self/jobs/{made['id']}").json()["debug"] is True
