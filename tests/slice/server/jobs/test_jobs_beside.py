"""Two jobs at once that run as the same user of the machine: neither gets at the token of the other."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from tests.slice.server.jobs import test_worker_user
from tests.slice.server.jobs.test_worker_user import PATIENCE, Started, open_place, python, started

from starwhale.jobs.executors import identity
from starwhale.jobs.executors.identity import FIRST, MANY, Groups, Identity, numbers

__all__ = ["open_place", "python", "started"]
CODE = """
    @handler
    def wait():
        import time
        subprocess.Popen(["sleep", "300"])
        Path("secret.txt").write_text("of this job")
        Path(os.environ["HOME"], "secret.txt").write_text("of this job")
        print("here", os.getpid(), os.environ["HOME"], Path.cwd(), flush=True)
        while not Path("OVER").exists():
            time.sleep(0.05)

    @handler
    def peep():
        import ctypes
        mine, others, seen = os.environ["SW_WORK_TOKEN"], set(), 0
        for each in Path("/proc").iterdir():
            try:
                variables = (each / "environ").read_bytes().split(b"\\0")
            except (OSError, ValueError):
                continue
            seen += 1
            found = [v.partition(b"=")[2].decode() for v in variables if b"TOKEN=" in v]
            others.update(token for token in found if token != mine)
        print("seen", seen, "others", len(others))
        pid, home, code = Path("OTHER").read_text().split()
        for name in ("environ", "mem", "maps", "auxv", "stack"):
            tries("read " + name, lambda: open(f"/proc/{pid}/{name}", "rb").read(1))
        tries("see its files", lambda: os.readlink(f"/proc/{pid}/fd/1"))
        tries("see where it is", lambda: os.readlink(f"/proc/{pid}/cwd"))
        for place in (home, code):
            tries("list " + place, lambda: os.listdir(place))
            tries("read in " + place, lambda: open(place + "/secret.txt").read())
            tries("write into " + place, lambda: open(place + "/mine.txt", "w"))
        libc = ctypes.CDLL(None, use_errno=True)
        def attach():
            if libc.ptrace(16, int(pid), 0, 0) != 0:
                raise PermissionError(ctypes.get_errno())
        tries("attach to it", attach)
        tries("take its group", lambda: os.setgid(os.stat("/proc/" + pid).st_gid))
"""


@pytest.fixture(autouse=True)
def beside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, open_place: Path) -> None:
    """Handlers more, for the server that is started with the code of the other tests."""
    told = {"OVER": str(open_place / "over"), "OTHER": str(open_place / "other")}
    code = CODE
    for word, place in told.items():
        code = code.replace(f'"{word}"', repr(place))
    monkeypatch.setattr(test_worker_user, "CODE", test_worker_user.CODE + code)


def first_words(started: Started) -> tuple[str, str]:
    """Order the job that waits; where it is, and what it prints at its begin."""
    jobs, patience = "/api/v1/projects/self/jobs", time.monotonic() + PATIENCE
    made = started.client.post(jobs, json={"model": "m", "handler": "code_of_user:wait"})
    place = f"{jobs}/{made.json()['id']}"
    while not (found := re.search(r"here (.+)\n", started.client.get(f"{place}/logs/0.0").text)):
        assert time.monotonic() < patience, (started.client.get(place).json(), started.said)
        time.sleep(0.05)
    return place, found[1]


def test_a_job_sees_nothing_of_the_one_beside_it(started: Started, open_place: Path) -> None:
    place, told = first_words(started)
    (open_place / "other").write_text(told)
    job, seen = started.run("peep")
    assert job["state"] == "SUCCESS", job["cause"] + seen
    # It sees processes of its own, and the words show that the looking works.
    assert int(re.findall(r"seen (\d+) others 0\n", seen)[0]) >= 1, seen
    assert "could " not in seen, seen
    assert seen.count("refused ") == 15, seen
    (open_place / "over").touch()
    patience = time.monotonic() + PATIENCE
    while (other := started.client.get(place).json())["state"] != "SUCCESS":
        assert other["state"] == "RUNNING", other["cause"]
        assert time.monotonic() < patience
        time.sleep(0.1)


def test_no_two_jobs_have_one_group_at_a_time() -> None:
    groups, (first, many) = Groups(), numbers()
    with groups.own("a") as one, groups.own("a") as another, groups.own("b") as third:
        assert len({one, another, third}) == 3
        assert all(first <= each < first + many for each in (one, another, third))
    with groups.own("a") as again:
        assert again == one


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("0 0 4294967295\n", (FIRST, MANY)),
        ("0 100000 65536\n", (32768, 32768)),
        ("0 1000 1\n1 100000 65536\n", (32769, 32768)),
        ("0 1000 1\n", (FIRST, MANY)),
        ("", (FIRST, MANY)),
    ],
)
def test_groups_are_some_that_the_machine_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, found: tuple[int, int]
) -> None:
    (tmp_path / "map").write_text(told)
    monkeypatch.setattr(identity, "_MAP", tmp_path / "map")
    assert numbers() == found


def test_whoever_runs_as_himself_is_started_plainly() -> None:
    options: dict[str, Any] = Identity(group=FIRST).options()
    assert options == {}
