"""The template of workers: it has imported what a worker needs, and forks one whenever it is asked to.

It has one thread, no connection to anything but its scheduler, and none of the user's code. It ends when the
scheduler ends, however that ends, and reaps a worker only when it is told to: until then the number of that
worker belongs to nobody else.
"""

from __future__ import annotations

import gc
import json
import os
import select
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from starwhale.core.release import __version__
from starwhale.kit.leftovers import TREE

#: What workers that read no rows import. What starts threads when it is imported must not be among it.
NEEDED = (
    "starwhale.worker.session",
    "starwhale.worker.local",
    "starwhale.instance.local",
    "starwhale.catalog.engine",
    "starwhale.jobs.catalog_ledger",
    "starwhale.projects.service",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
ENVIRONMENT = Path("/proc/self/environ")
#: Bytes of a request; it holds a few short words.
LONGEST = 1 << 16
#: Status of a template that cannot do what it is for. Workers are started without one then.
UNFIT = 3


class Request:
    """One worker that is wished for, with the descriptors that came along.

    Args:
        text: The rest of it.
        ties: The worker's end of the control socket, its lifeline, its log, and its working directory.
    """

    def __init__(self, text: dict[str, Any], ties: list[int]) -> None:
        self.tree: str = text["tree"]
        self.words: list[str] = text["words"]
        self.control, self.lifeline, self.log, self.workdir = self.ties = ties

    def close(self) -> None:
        """Forget the descriptors."""
        for each in self.ties:
            os.close(each)


def serve(control: int, scheduler: int) -> list[str]:
    """Fork workers until the scheduler is gone, which ends this process.

    Args:
        control: Descriptor of a socket to the scheduler that keeps messages apart.
        scheduler: Its process id.

    Returns:
        In each worker: what it is told when it begins.
    """
    os.set_inheritable(control, False)
    watch = os.pidfd_open(scheduler)
    if os.getppid() != scheduler:
        os._exit(0)
    mark = _prepare()
    places = _sources()
    stamps = _stamps(places)
    end = socket.socket(fileno=control)
    waiting = select.poll()
    waiting.register(end, select.POLLIN)
    waiting.register(watch, select.POLLIN)
    _answer(end, {"ready": __version__})
    while True:
        order, ties = _next(end, waiting, watch)
        if order["op"] == "reap":
            _, status = os.waitpid(order["pid"], 0)
            _answer(end, {"status": os.waitstatus_to_exitcode(status)})
            continue
        if _stamps(places) != stamps:
            # Something was installed meanwhile: half of the old and half of the new would be no good.
            os._exit(0)
        request = Request(order, ties)
        answer = _fork(request.workdir)
        if answer is None:
            end.close()
            os.close(watch)
            return _become(request, mark)
        request.close()
        _answer(end, answer)


def _next(end: socket.socket, waiting: select.poll, watch: int) -> tuple[dict[str, Any], list[int]]:
    """Wait for what the scheduler wants, and the descriptors that come along; end with the scheduler."""
    ready = {descriptor for descriptor, _ in waiting.poll()}
    if watch in ready:
        os._exit(0)
    text, ties, _, _ = socket.recv_fds(end, LONGEST, 4, socket.MSG_CMSG_CLOEXEC)
    if not text:
        os._exit(0)
    return json.loads(text), list(ties)


def _prepare() -> Mark:
    """Import what workers need; end this process where it could not be forked soundly."""
    for module in NEEDED:
        import_module(module)
    import_module("sqlalchemy.orm").configure_mappers()
    mark = Mark()
    if not mark.found or len(list(Path("/proc/self/task").iterdir())) != 1:
        os._exit(UNFIT)
    # What is shared with the workers is not to be looked at by their collectors, and so copied.
    gc.collect()
    gc.freeze()
    return mark


def _fork(workdir: int) -> dict[str, int] | None:
    """Fork a worker that begins in a directory; None in the worker itself."""
    try:
        os.fchdir(workdir)
        pid = os.fork()
    except OSError as error:
        os.chdir("/")
        return {"errno": error.errno or 0}
    if pid == 0:
        return None
    os.chdir("/")
    return {"pid": pid}


def _become(request: Request, mark: Mark) -> list[str]:
    """In a worker that was just forked: be as if it had been started as a program of its own."""
    # First of all: from here on it is found, and so is everything that it starts.
    mark.set(request.tree)
    os.setsid()
    os.environ[TREE] = request.tree
    for stream in (1, 2):
        os.dup2(request.log, stream)
    os.close(request.log)
    os.close(request.workdir)
    for finder in sys.path_importer_cache.values():
        forget = getattr(finder, "invalidate_caches", None)
        if forget is not None:
            forget()
    ties = ["--control", str(request.control), "--lifeline", str(request.lifeline)]
    words = [*ties, *request.words]
    sys.argv[1:] = words
    sys.orig_argv[sys.orig_argv.index("--template") :] = words
    return words


class Mark:
    """The value of `TREE` as the system shows it to others: in the memory that held it when this began.

    Attributes:
        found: It is there and may be changed.
    """

    def __init__(self) -> None:
        value = os.environ.get(TREE, "")
        self._size = len(value)
        self._at = _address_of(f"{TREE}=", value)
        self.found = bool(value) and self._at is not None and self._may_change(value)

    def _may_change(self, value: str) -> bool:
        other = "-" * len(value)
        try:
            self.set(other)
            shown = f"\0{TREE}={other}\0".encode() in b"\0" + ENVIRONMENT.read_bytes()
            self.set(value)
        except OSError:
            return False
        return shown

    def set(self, value: str) -> None:
        """Change it, for this process and for those that it forks.

        Raises:
            OSError: it cannot be changed.
            ValueError: it is not as long as the one before it.
        """
        data = value.encode()
        if self._at is None or len(data) != self._size:
            raise ValueError("there is no room for this mark")
        with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
            memory.seek(self._at)
            memory.write(data)


def _address_of(name: str, value: str) -> int | None:
    """Where a value lies in the environment that this process was started with; None when it is not there."""
    try:
        # The name of the program, in parentheses, may hold anything.
        start = int(Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[47])
        block = b"\0" + ENVIRONMENT.read_bytes()
    except (OSError, IndexError, ValueError):
        return None
    place = block.find(f"\0{name}{value}\0".encode())
    return start + place + len(name) if start and place >= 0 else None


def _sources() -> list[Path]:
    """The directories that the modules here have come from."""
    found: set[Path] = set()
    for name, module in tuple(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and "." not in name and name != "__main__":
            found.add(Path(file).parents[1 if hasattr(module, "__path__") else 0])
    return sorted(found)


def _stamps(places: list[Path]) -> list[int]:
    """When something last came to these directories, or went."""
    return [_stamp(place) for place in places]


def _stamp(place: Path) -> int:
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return 0


def _answer(end: socket.socket, answer: dict[str, Any]) -> None:
    try:
        end.send(json.dumps(answer).encode())
    except OSError:
        os._exit(0)
