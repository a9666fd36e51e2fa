"""Jobs that each have a user of their own: none can end, read or outlive another."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.slice.server.jobs import test_worker_user
from tests.slice.server.jobs.test_worker_user import PATIENCE, Started, lives, open_place, python

from starwhale.core.errors import Unavailable, UsageError
from starwhale.core.settings import Settings
from starwhale.jobs.executors.identity import Identity
from starwhale.jobs.executors.users import Users, at_work, check_user, end_all, numbers_of, sweep
from starwhale.server.grounds import Grounds

__all__ = ["open_place", "python"]
CODE = """
    @handler
    def wait():
        import getpass, tempfile, time
        own = Path(tempfile.mkdtemp())
        (own / "secret.txt").write_text("of this job")
        common = Path("/dev/shm", "starwhale-" + "of-" + str(os.getuid()))
        common.write_text("of this job")
        common.chmod(0o600)
        print("bound", "NoNewPrivs:\\t1" in Path("/proc/self/status").read_text())
        print("named", getpass.getuser(), oct(Path(tempfile.gettempdir()).stat().st_mode & 0o777))
        # Neither its group, nor its session, nor its environment tells whose this is.
        left = subprocess.Popen(["sleep", "3600"], env={}, start_new_session=True)
        print("here", os.getpid(), left.pid, os.getuid(), own, common, flush=True)
        while not Path("OVER").exists():
            time.sleep(0.05)

    @handler
    def harm():
        import signal
        pid, left, user, own, common = Path("OTHER").read_text().split()
        print("user", os.getuid(), os.getuid() != int(user))
        for number in (0, signal.SIGKILL, signal.SIGSTOP):
            tries("signal it", lambda: os.kill(int(pid), number))
            tries("signal its child", lambda: os.kill(int(left), number))
        tries("list its temporary files", lambda: os.listdir(own))
        tries("read them", lambda: open(own + "/secret.txt").read())
        tries("read what it left for itself", lambda: open(common).read())
        tries("write into it", lambda: open(common, "w"))
        tries("remove it", lambda: os.unlink(common))
        tries("be its user", lambda: os.setuid(int(user)))
        os.kill(-1, signal.SIGCONT)
"""
REFUSED = 12


@pytest.fixture
def some() -> str:
    """Ten numbers of users that hardly anybody else on this machine takes at the same time."""
    if os.geteuid() != 0:
        pytest.skip("takes root to start something as somebody else")
    first = (1 << 28) + secrets.randbelow(1 << 27)
    return f"{first}-{first + 9}"


@pytest.fixture
def started(
    some: str, open_place: Path, python: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Started]:
    code = CODE.replace('"OVER"', repr(str(open_place / "over")))
    code = code.replace('"OTHER"', repr(str(open_place / "other")))
    monkeypatch.setattr(test_worker_user, "CODE", test_worker_user.CODE + code)
    made = Started(open_place, python, sqlite_template, user=some)
    yield made
    made.close()


def test_no_job_harms_another_and_nothing_outlives_its_own(started: Started, open_place: Path) -> None:
    jobs, patience = "/api/v1/projects/self/jobs", time.monotonic() + PATIENCE
    made = started.client.post(jobs, json={"model": "m", "handler": "code_of_user:wait"})
    place = f"{jobs}/{made.json()['id']}"
    while not (found := re.search(r"here (.+)\n", started.client.get(f"{place}/logs/0.0").text)):
        assert time.monotonic() < patience, (started.client.get(place).json(), started.said)
        time.sleep(0.05)
    _, left, user, own, common = found[1].split()
    said = started.client.get(f"{place}/logs/0.0").text
    assert f"named job-{user} 0o700\n" in said
    assert "bound True\n" in said, "programs of root's give it his rights"
    (open_place / "other").write_text(found[1])
    job, told = started.run("harm")
    assert job["state"] == "SUCCESS", job["cause"] + told
    assert re.search(r"user \d+ True", told), told
    assert "could " not in told, told
    assert told.count("refused ") == REFUSED, told
    assert started.client.get(place).json()["state"] == "RUNNING"
    assert lives(int(left))
    assert Path(common).read_text() == "of this job"
    (open_place / "over").touch()
    while (other := started.client.get(place).json())["state"] != "SUCCESS" or int(user) in at_work():
        assert other["state"] in {"RUNNING", "SUCCESS"}, other["cause"]
        assert time.monotonic() < patience, "what the job has started lives on"
        time.sleep(0.1)
    while Path(common).exists() or Path(own).parent.exists():
        assert time.monotonic() < patience, "what the job has left is there still"
        time.sleep(0.1)


def test_a_number_is_given_to_one_job_at_a_time_and_never_while_its_processes_live(some: str) -> None:
    numbers = numbers_of(some) or range(0)
    users = Users(some)
    with users.own("a") as one, users.own("b") as other:
        assert one.user != other.user
        assert {one.number, other.number} <= set(numbers)
        assert one.options()["extra_groups"] == []
    sleeping = [
        subprocess.Popen(["sleep", "600"], user=each, group=each, extra_groups=[]) for each in numbers[1:]
    ]
    try:
        with users.own("c") as only:
            assert only.user == numbers[0]
            with pytest.raises(Unavailable, match="all users"), users.own("d"):
                pass
    finally:
        for each, process in zip(numbers[1:], sleeping, strict=True):
            assert end_all(each)
            assert process.wait() == -9


def test_what_is_of_others_is_neither_ended_nor_removed(some: str, open_place: Path) -> None:
    one, other, *_ = numbers_of(some) or range(0)
    kept = subprocess.Popen(["sleep", "600"], user=other, group=other, extra_groups=[])
    links = []
    for number, user in ((1, one), (2, other)):
        path = Path(f"/tmp/starwhale-test-{one}-{number}")
        path.mkdir()
        (path / "file").write_text("x")
        (path / "out").symlink_to(open_place)
        os.chown(path, user, user)
        links.append(path)
    try:
        assert end_all(one)
        sweep(one)
        assert kept.poll() is None
        assert [each.exists() for each in links] == [False, True]
        assert open_place.exists()
        sweep(other)
        assert not links[1].exists()
    finally:
        assert end_all(other)
        kept.wait()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("65534-65534", "is '"),
        ("1-100", "is '"),
        ("20009-20000", "no numbers of users"),
        ("20000-99999999999", "no user"),
        ("20000-4294967295", "no numbers of users"),
        ("1000000000-1000000002", "fewer users"),
    ],
)
def test_numbers_that_cannot_be_given_are_told_of(told: str, said: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may start workers as somebody else")
    with pytest.raises(UsageError, match=said):
        check_user(told, jobs=4 if "fewer" in said else 1)


def test_temporary_files_lie_where_paths_of_sockets_fit(tmp_path: Path) -> None:
    near = Grounds(Settings.at(Path("/srv/data")), "a" * 40).environment()["TMPDIR"]
    assert near == "/srv/data/run/tmp/aaaaaaaaaaaa"
    far = Grounds(Settings.at(tmp_path / ("d" * 60)), "a" * 40, Identity())
    assert len(far.environment()["TMPDIR"]) <= 75
    far.prepare(None)
    scraps = Path(far.environment()["TMPDIR"])
    assert scraps.stat().st_mode & 0o777 == 0o700
    far.clear()
    assert not scraps.exists()
