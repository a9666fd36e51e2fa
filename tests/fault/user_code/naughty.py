"""Code of a user's that behaves badly, each function in its own way. It leaves word of its processes."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from starwhale import evaluation, handler

HERE = Path(__file__).parent
MARKS = Path(os.environ["MARKS"])
held: list[Any] = []


def mark(pid: int = 0) -> None:
    (MARKS / str(pid or os.getpid())).touch()


def rows() -> Iterator[dict[str, int]]:
    for number in range(20):
        yield {"x": number}


class Odd(BaseException):
    """No Exception."""


class Silent(Exception):
    """Says nothing of itself."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


# Ends.


@handler()
def leaves_well() -> NoReturn:
    sys.exit(0)


@handler()
def vanishes() -> NoReturn:
    os._exit(0)


@evaluation.predict(replicas=2)
def vanishes_at_seven(data: dict[str, int]) -> int:
    if data["x"] == 7:
        os._exit(3)
    return data["x"]


@evaluation.predict(fail_on_error=False)
def raises_no_exception(data: dict[str, int]) -> int:
    if data["x"] == 7:
        raise Odd("strange")
    return data["x"]


@handler()
def raises_silently() -> NoReturn:
    raise Silent


@handler()
def raises_a_long_text() -> NoReturn:
    raise ValueError("x" * 5_000_000)


@evaluation.predict
def leaks(data: dict[str, int]) -> int:
    if not held:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000, used + 200_000_000))
    # What is held stays held while the error is told.
    held.append(bytearray(15_000_000))
    return data["x"]


# Output.


@evaluation.predict
def closes_its_output(data: dict[str, int]) -> int:
    if data["x"] == 5:
        sys.stdout.close()
        sys.stderr.close()
    if data["x"] == 9:
        print("into nothing")
    return data["x"]


@handler()
def has_no_output() -> None:
    sys.stdout.close()
    sys.stderr = None


@handler(needs=[has_no_output])
def prints_after_that() -> None:
    print("it can be heard", flush=True)
    print("and this too", file=sys.stderr)


@handler()
def floods() -> None:
    line = "y" * 999
    for _ in range(int(os.environ["MEGABYTES"]) * 1_000):
        print(line)


# What is left behind.


@handler()
def wanders_off() -> None:
    Path("mine.txt").write_text("here")
    os.chdir("/")


@handler(needs=[wanders_off])
def is_where_it_belongs() -> None:
    evaluation.log_summary(found=Path("mine.txt").read_text(), at_home=Path.cwd() == HERE)


@handler()
def starts_threads() -> None:
    def tick() -> None:
        while True:
            print("tick")
            time.sleep(0.01)

    for _ in range(3):
        threading.Thread(target=tick, daemon=True).start()
    threading.Thread(target=time.sleep, args=(600,)).start()
    time.sleep(0.05)


@handler(needs=[starts_threads])
def works_beside_them() -> None:
    mark()
    evaluation.log_summary(done=True)


@handler()
def has_children() -> None:
    program = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(300)"
    mark(subprocess.Popen([sys.executable, "-S", "-c", program]).pid)
    between = os.fork()
    if between == 0:
        # An orphan, that ends its own way.
        grandchild = os.fork()
        if grandchild == 0:
            mark()
            time.sleep(300)
        os._exit(0)
    os.waitpid(between, 0)
    while len(list(MARKS.iterdir())) < 2:
        time.sleep(0.01)


@handler()
def spoils_its_package() -> None:
    (HERE / "weights.txt").write_text("spoilt")
    with (HERE / "big.bin").open("r+b") as big:
        big.write(b"spoilt")
    (HERE / "gone.txt").unlink()
    (HERE / "new.txt").write_text("new")
    shutil.rmtree(HERE / "folder")
    for path in (HERE / ".starwhale").rglob("*"):
        if path.is_file():
            path.chmod(0o666)
            path.write_text("{}")


@handler()
def looks_at_its_package() -> None:
    evaluation.log_summary(
        weights=(HERE / "weights.txt").read_text(),
        big=(HERE / "big.bin").read_bytes() == bytes(1_000_000),
        gone=(HERE / "gone.txt").exists(),
        new=(HERE / "new.txt").exists(),
        folder=(HERE / "folder" / "a.txt").read_text(),
    )


# What does not end.


@handler()
def is_deaf() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    mark()
    time.sleep(600)


@handler()
def waits_for_itself() -> None:
    lock = threading.Lock()
    lock.acquire()
    mark()
    lock.acquire()


@evaluation.predict
def swallows_everything(data: dict[str, int]) -> int:
    mark()
    while True:
        try:
            time.sleep(0.05)
        except BaseException:  # noqa: BLE001 - that is what is bad about it
            held.append(data)


@handler()
def holds_the_interpreter() -> None:
    mark()
    re.match("(a+)+$", "a" * 40 + "b")


# Some that are bad in ten thousand that are good.


def many_rows() -> Iterator[dict[str, int]]:
    for number in range(10_000):
        yield {"x": number}


@evaluation.predict(fail_on_error=False, replicas=2)
def is_poisoned(data: dict[str, int]) -> Any:
    number = data["x"]
    if number == 1_234:
        raise Silent
    if number == 5_000:
        return threading.Lock()
    if number == 7_777:
        sys.exit("enough")
    return number * 2


@evaluation.evaluate(needs=[is_poisoned])
def counts(results: Any) -> None:
    total = sum(each["output"] for each in results)
    evaluation.log_summary(total=total, told=results.failed, which=[f["_index"] for f in results.failures()])
