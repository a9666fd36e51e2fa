"""Workers that come from a template are like those that are programs of their own, whatever becomes of it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.contract.executors.bay import REPOSITORY
from tests.contract.executors.bay import Bay as AnyBay

from starwhale.jobs.events import TaskDone, TaskLost
from starwhale.jobs.executors import template as one
from starwhale.jobs.executors.local import LocalExecutor
from starwhale.jobs.executors.port import Outfit
from starwhale.jobs.executors.templates import ENOUGH, TEMPLATES, supported
from starwhale.kit.leftovers import TREE

pytestmark = pytest.mark.skipif(not supported(), reason="there are no templates here")

Bay = AnyBay[LocalExecutor]


class Bays:
    """Executors whose workers come from templates or not, as a word says."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._open: dict[int, Bay] = {}

    def __call__(self, switch: str, **environment: str) -> Bay:
        place = self._place / f"bay{len(list(self._place.glob('bay*')))}"
        place.mkdir()
        variables = {"PYTHONPATH": REPOSITORY, "PYTEST_CURRENT_TEST": "", "SW_WORKER_TEMPLATE": switch}
        context = "tests.contract.jobs.bench:open_bench"
        executor = LocalExecutor(place / "run", environment={**variables, **environment}, context=context)
        bay = Bay(place, executor)
        self._open[id(bay)] = bay
        return bay

    def close(self, *bays: Bay) -> None:
        """End some, all by default."""
        for bay in bays or tuple(self._open.values()):
            del self._open[id(bay)]
            bay.executor.close()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Bays]:
    TEMPLATES.close()
    made = Bays(tmp_path)
    yield made
    made.close()
    TEMPLATES.close()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def is_forked(bay: Bay, task: str = "1.0") -> bool:
    """Whether the worker of a task, which lives, came from a template."""
    return parent_of(int(bay.worker(task).removeprefix("pid "))) != os.getpid()


def run(bay: Bay, name: str = "hello", task: str = "1.0") -> str:
    """Run a task to its end; what it printed."""
    bay.start(name, task)
    assert bay.until_idle()[-1] is TaskDone, bay.told
    return bay.log(task).read_text()


# --- What user code sees ---

SEEN = """
    import gc, importlib, json, locale, os, resource, signal, sys, threading, time, warnings
    from pathlib import Path
    from starwhale import handler

    def is_open(number):
        try:
            return bool(os.fstat(number))
        except OSError:
            return False

    INHERITED = ("SigBlk", "SigIgn", "SigCgt", "Umask", "Cap", "NoNew")

    @handler
    def look():
        main = sys.modules["__main__"]
        # What is measured of the worker meanwhile has a file open for a moment.
        looks = [[n for n in map(int, os.listdir("/proc/self/fd")) if is_open(n) or time.sleep(0.0001)]
                 for _ in range(20)]
        numbers = min(looks, key=len)
        threads = sorted(each.name for each in threading.enumerate())
        status = Path("/proc/self/status").read_text().splitlines()
        tree = os.environ.pop("STARWHALE_WORKER_TREE")
        shown = Path("/proc/self/environ").read_text().split("\\0")
        print("SEEN" + json.dumps({
            "argv": [sys.argv[0], *sys.argv[1::2]],
            "orig_argv": [*sys.orig_argv[:4], *sys.orig_argv[4::2]],
            "path": sys.path,
            "flags": str(sys.flags),
            "main": [main.__spec__.name, main.__file__, main.__name__],
            "signals": {str(n): str(signal.getsignal(n)).split(" at ")[0] for n in (1, 2, 3, 13, 14, 15, 17)},
            "kernel": [line for line in status if line.startswith(INHERITED)],
            "limits": Path("/proc/self/limits").read_text(),
            "nice": os.nice(0),
            "cwd": os.getcwd(),
            "files": len(numbers),
            "inheritable": [n for n in numbers if os.get_inheritable(n)],
            "stdin": os.readlink("/proc/self/fd/0"),
            "environ": dict(os.environ),
            "shown": sorted(each for each in shown if not each.startswith("STARWHALE_WORKER_TREE=")),
            "marked": f"STARWHALE_WORKER_TREE={tree}" in shown,
            "threads": threads,
            "leads": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid()],
            "gc": [gc.isenabled(), gc.get_threshold()],
            "streams": [[each.encoding, each.errors] for each in (sys.__stdout__, sys.__stderr__)],
            "locale": locale.setlocale(locale.LC_ALL),
            "warnings": [str(each) for each in warnings.filters],
            "hooks": [sys.excepthook.__name__, threading.excepthook.__name__],
            "heavy": sorted({"numpy", "pyarrow", "duckdb", "multiprocessing"} & set(sys.modules)),
        }))
"""


def look(bay: Bay) -> dict[str, Any]:
    bay.code(SEEN)
    said = run(bay, "look")
    return json.loads(next(line for line in said.splitlines() if line.startswith("SEEN"))[4:])


def test_user_code_sees_the_same_in_both(make: Bays) -> None:
    program, forked = make("0"), make("1")
    # The same directory, so that paths are the same.
    forked.outfit = Outfit(workdir=program.outfit.workdir, modules=program.outfit.modules)
    with ExitStack() as busy:
        # Whoever has much open gives high numbers to what it opens for others.
        for _ in range(80):
            busy.enter_context(open(os.devnull))  # noqa: PTH123 - a descriptor, whatever its name
        seen = [look(each) for each in (program, forked)]
    assert [is_forked(program), is_forked(forked)] == [False, True]
    for each in seen:
        assert each["environ"].pop("SW_WORKER_TEMPLATE") in {"0", "1"}
        each["shown"] = [line for line in each["shown"] if not line.startswith("SW_WORKER_TEMPLATE=")]
    assert seen[0] == seen[1]
    assert seen[1]["marked"]
    assert seen[1]["heavy"] == []


PARALLEL = """
    import multiprocessing, os, random, sys
    from starwhale import handler

    def double(x):
        return 2 * x

    def go(method):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            print(method, pool.map(double, range(4)), flush=True)

    @handler
    def spawn():
        go("spawn")

    @handler
    def forkserver():
        go("forkserver")

    @handler
    def fork():
        go("fork")

    @handler
    def chance():
        print(random.random(), os.urandom(8).hex())
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_user_code_may_start_processes_in_every_way(make: Bays, method: str) -> None:
    bay = make("1")
    bay.code(PARALLEL)
    assert f"{method} [0, 2, 4, 6]" in run(bay, method)
    assert is_forked(bay)


ENDED_AT_ONCE = """
    import os, signal, time
    from starwhale import handler

    @handler
    def end_children():
        for _ in range(300):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(1)
            os.kill(child, signal.SIGTERM)
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == -signal.SIGTERM
        print("all ended")
"""


@pytest.mark.parametrize("switch", ["0", "1"])
def test_a_child_of_user_code_is_ended_however_young_it_is(make: Bays, switch: str) -> None:
    bay = make(switch)
    bay.code(ENDED_AT_ONCE)
    assert "all ended" in run(bay, "end_children")


def test_chance_is_not_the_same_in_two_workers(make: Bays) -> None:
    bay = make("1")
    bay.code(PARALLEL)
    other = Outfit(workdir=bay.outfit.workdir, modules=("code_of_user",), limits={"RLIMIT_CORE": 0})
    said = [run(bay, "chance")]
    bay.start("chance", "1.1", outfit=other)
    bay.until_idle()
    said.append(bay.log("1.1").read_text())
    assert bay.worker("1.0") != bay.worker("1.1")
    assert said[0] != said[1]


# --- When there is one ---


def outfits(bay: Bay, count: int) -> list[Outfit]:
    """Different ones, whose workers are of the same kind all the same."""
    found: list[Outfit] = []
    for index in range(count):
        workdir = bay.place / f"user{index}"
        workdir.mkdir()
        (workdir / "code_of_user.py").write_text((bay.outfit.workdir / "code_of_user.py").read_text())
        found.append(Outfit(workdir=workdir, modules=("code_of_user",)))
    return found


def begin(bay: Bay, outfits: list[Outfit]) -> list[bool]:
    """Start a worker for each, one after the other; which of them came from a template."""
    found: list[bool] = []
    for outfit in outfits:
        task = outfit.workdir.name
        bay.start("hello", task, outfit=outfit)
        assert bay.until_idle()[-1] is TaskDone
        found.append(is_forked(bay, task))
    return found


def template_of(bay: Bay, task: str = "1.0") -> int:
    """The template that the worker of a task came from."""
    assert is_forked(bay, task)
    return parent_of(int(bay.worker(task).removeprefix("pid ")))


def test_the_first_workers_need_none_and_later_ones_do_not_wait_for_it(make: Bays) -> None:
    bay = make("")
    rest = outfits(bay, ENOUGH + 20)
    assert begin(bay, [rest.pop() for _ in range(ENOUGH + 1)]) == [False] * (ENOUGH + 1)
    while not begin(bay, [rest.pop()])[0]:
        assert rest, "it does not get ready"
        time.sleep(0.5)


def test_one_is_kept_for_the_next_executor(make: Bays) -> None:
    first, second = make("1"), make("1")
    run(first)
    template = template_of(first)
    make.close(first)
    run(second)
    assert template_of(second) == template


def test_another_environment_has_another_one(make: Bays) -> None:
    first, second = make("1"), make("1", A="b")
    run(first)
    run(second)
    assert template_of(first) != template_of(second)


def test_what_the_scheduler_is_by_then_is_what_its_workers_are(make: Bays) -> None:
    bay = make("1")
    bay.code(SEEN)
    first = look(bay)
    old = os.umask(0o027)
    try:
        make.close(bay)
        again = make("1")
        again.code(SEEN)
        second = look(again)
    finally:
        os.umask(old)
    assert is_forked(again)
    assert f"Umask:\t{old:04o}" in first["kernel"]
    assert "Umask:\t0027" in second["kernel"]


def test_paths_that_depend_on_the_directory_are_those_of_the_worker(make: Bays) -> None:
    bay = make("1", PYTHONPATH=f"lib:{REPOSITORY}")
    bay.code("from starwhale import handler\nimport mine\n@handler\ndef hello(): print(mine.NAME)")
    both = outfits(bay, 2)
    for index, outfit in enumerate(both):
        (outfit.workdir / "lib").mkdir()
        (outfit.workdir / "lib" / "mine.py").write_text(f"NAME = 'mine {index}'")
    assert begin(bay, both) == [True, True]
    assert [f"mine {n}" in bay.log(each.workdir.name).read_text() for n, each in enumerate(both)] == [
        True
    ] * 2


@pytest.mark.parametrize("trouble", ["a thread", "an end"])
def test_where_there_can_be_none_workers_are_programs_of_their_own(
    make: Bays, tmp_path: Path, trouble: str
) -> None:
    codes = {
        "a thread": "from threading import Event, Thread\nThread(target=Event().wait, daemon=True).start()",
        "an end": "import os, sys\nif '--template' in sys.orig_argv: os._exit(1)",
    }
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(codes[trouble])
    bay = make("1", PYTHONPATH=f"{tmp_path / 'site'}:{REPOSITORY}")
    assert begin(bay, outfits(bay, 2)) == [False, False]


def test_what_is_installed_meanwhile_is_seen(make: Bays, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("")
    bay = make("1", PYTHONPATH=f"{site}:{REPOSITORY}", PYTHONDONTWRITEBYTECODE="1")
    first, second, third = outfits(bay, 3)
    assert begin(bay, [first]) == [True]
    (site / "new.py").write_text("")
    # The one that finds out has no time to make a new template.
    assert begin(bay, [second, third]) == [False, True]


# --- What becomes of it ---


def test_workers_go_on_when_it_is_killed_and_the_next_one_has_a_new_one(make: Bays) -> None:
    bay = make("1")
    first, second, third = outfits(bay, 3)
    bay.start("wait", "1.0", outfit=first)
    bay.prints("waiting", "1.0")
    old = template_of(bay)
    os.kill(old, signal.SIGKILL)
    bay.start("hello", "1.1", outfit=second)
    bay.prints("hello", "1.1")
    bay.start("hello", "1.2", outfit=third)
    bay.prints("hello", "1.2")
    bay.until(lambda: {each.task for each in bay.told if isinstance(each, TaskDone)} == {"1.1", "1.2"})
    # It may be found to be gone before it is asked, and else when it does not answer.
    assert template_of(bay, "1.2") != old
    worker = int(bay.worker("1.0").removeprefix("pid "))
    os.kill(worker, signal.SIGSEGV)
    assert bay.until_idle()[-1] is TaskLost
    lost = bay.told[-1]
    assert isinstance(lost, TaskLost)
    assert lost.cause == "the worker was killed"


def test_one_that_does_not_answer_is_replaced(make: Bays, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one, "PATIENCE", 0.5)
    bay = make("1")
    first, second = outfits(bay, 2)
    bay.start("hello", "1.0", outfit=first)
    bay.until_idle()
    old = template_of(bay)
    os.kill(old, signal.SIGSTOP)
    began = time.monotonic()
    bay.start("hello", "1.1", outfit=second)
    assert bay.until_idle()[-1] is TaskDone
    assert time.monotonic() - began < 4
    assert not is_forked(bay, "1.1")
    assert not Path(f"/proc/{old}").exists()


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_it_ends_with_the_process_that_made_it_and_not_before(make: Bays) -> None:
    bay = make("1")
    run(bay)
    template = template_of(bay)
    make.close(bay)
    assert state_of(template) in "SR"
    TEMPLATES.close()
    assert not Path(f"/proc/{template}").exists()


def test_its_own_mark_is_not_that_of_its_workers(make: Bays) -> None:
    bay = make("1")
    first, second = outfits(bay, 2)
    for task, outfit in (("1.0", first), ("1.1", second)):
        bay.start("hello", task, outfit=outfit)
        bay.until_idle()
    pids = [template_of(bay), *(int(bay.worker(task).removeprefix("pid ")) for task in ("1.0", "1.1"))]
    marks: list[str] = []
    for pid in pids:
        shown = Path(f"/proc/{pid}/environ").read_text().split("\0")
        marks += [each for each in shown if each.startswith(f"{TREE}=")]
    assert len(set(marks)) == len(marks) == 3
