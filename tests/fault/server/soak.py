"""A server under a load of everything for a while; what it holds on to meanwhile.

On its own: ``python -m tests.fault.server.soak SECONDS [PAUSE [FILE]]``: `PAUSE` as in `Load`, and each
sample written to `FILE` as it is taken.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import httpx2
import orjson
from tests.fault.server.acts import PATIENCE, QUICK, SLOW, Person
from tests.fault.server.server_process import ServerProcess
from tests.fault.server.stocking import stock, warm
from tests.slice.server.operations.conftest import receiving

from starwhale.client.http import Http
from starwhale.core.errors import StarwhaleError

#: Seconds of load between two moments of rest, in which what is held is counted; and those of rest, in which
#: a server gives back what it has freed.
ROUND, REST = 12.0, 6.0
#: What is remembered so as to be quicker the next time is to be full before the counting begins.
SMALL = {
    "SW_SERVER_USER_RATE": "0",
    "SW_SERVER_TABLE_CACHE": str(1 << 20),
    "SW_SERVER_WEBHOOKS_TO_PRIVATE": "true",
}
#: Share of the time that only warms the server up, as fast as it goes: nothing of it is counted.
WARM = 0.4
#: How many come at once before the counting begins, and for how many seconds: as many requests as a server
#: ever carries out at a time take memory that is not all given back, however few there are later.
CROWD, CROWDED = 48, 40.0
#: How much longer whoever starts programs pauses than the others.
SLOWER = 8
MIB = 1 << 20
Act = Callable[[Person], None]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the server held at rest.

    Attributes:
        at: Seconds since the begin.
        acts: What people have done until then.
        requests: What the server has answered.
        rss: Bytes in memory.
        anonymous: Those of them that are no pages of files, which the machine takes back as it likes.
        descriptors: Open files and connections.
        threads: How many run.
        blocks: Of memory that objects of Python take.
        heap: Bytes in use of what the C library manages.
    """

    at: float
    rss: int
    anonymous: int
    descriptors: int
    threads: int
    acts: int = 0
    requests: int = 0
    blocks: int = 0
    heap: int = 0


@dataclass(frozen=True, slots=True)
class Slope:
    """A line through samples, with the standard error of how steep it is."""

    steepness: float
    error: float

    @classmethod
    def through(
        cls, samples: Sequence[Sample], value: Callable[[Sample], float], along: Callable[[Sample], float]
    ) -> Slope:
        xs, ys = list(map(along, samples)), list(map(value, samples))
        steep, start = statistics.linear_regression(xs, ys)
        off = [y - start - steep * x for x, y in zip(xs, ys, strict=True)]
        middle = statistics.fmean(xs)
        spread = sum((x - middle) ** 2 for x in xs)
        return cls(steep, (sum(each**2 for each in off) / max(1, len(xs) - 2) / spread) ** 0.5)

    def exceeds(self, bound: float) -> bool:
        """Whether it is steeper than a bound beyond what chance explains in one run of twenty thousand."""
        return self.steepness - 4 * self.error > bound


@dataclass
class Load:
    """Everything that people do, in turns, by several of them at once.

    Attributes:
        people: How many do what takes a moment; one more does what takes seconds.
        pause: Seconds from one act to the next of each of them, about; 0 as fast as it goes.
    """

    server: ServerProcess
    token: str
    hook: str
    people: int = 4
    pause: float = 0.0
    done: Counter[str] = field(default_factory=Counter[str])
    faults: list[str] = field(default_factory=list[str])
    _over: threading.Event = field(default_factory=threading.Event)
    _go: threading.Event = field(default_factory=threading.Event)
    _resting: list[threading.Event] = field(default_factory=list[threading.Event])
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def start(self) -> None:
        for number in range(self.people + 1):
            resting, acts = threading.Event(), QUICK if number else SLOW
            self._resting.append(resting)
            thread = threading.Thread(target=self._live, args=(number, acts, resting), daemon=True)
            self._threads.append(thread)
            thread.start()
        self._go.set()

    def rest(self) -> None:
        """Have everybody put down his work and his connections."""
        self._go.clear()
        for each in self._resting:
            if not each.wait(2 * PATIENCE):
                raise AssertionError("somebody does not come to rest")

    def go_on(self) -> None:
        for each in self._resting:
            each.clear()
        self._go.set()

    def stop(self) -> None:
        self._over.set()
        self._go.set()
        for each in self._threads:
            each.join(PATIENCE)

    def _live(self, number: int, acts: Sequence[Act], resting: threading.Event) -> None:
        # Those of another load do and call things otherwise: a creation that is asked for twice is done once.
        dice = random.Random(f"{self.people}.{number}")
        while not self._over.is_set():
            self._go.wait()
            with Http(self.server.url, self.token) as http:
                me = Person(self.server, self.token, http, dice, self.hook)
                while self._go.is_set() and not self._over.is_set():
                    act = dice.choice(acts)
                    try:
                        act(me)
                        self.done[act.__name__] += 1
                    except (StarwhaleError, AssertionError, httpx2.HTTPError) as error:
                        self.faults.append(f"{act.__name__}: {error!r}")
                    self._over.wait(self.pause * 2 * dice.random() * (1 if number else SLOWER))
            resting.set()
            while not self._go.is_set() and not self._over.is_set():
                time.sleep(0.01)


def held(pid: int, at: float = 0.0) -> Sample:
    """What a process holds now, as the machine sees it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    words = dict(line.split(":", 1) for line in lines if ":" in line)
    rss, anonymous = (int(words[each].split()[0]) * 1024 for each in ("VmRSS", "RssAnon"))
    descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Sample(at, rss, anonymous, descriptors, int(words["Threads"]))


def counted(load: Load, at: float) -> Sample:
    """What a server holds now, as the machine and itself see it."""
    assert load.server.process is not None
    found = held(load.server.process.pid, at)
    headers = {"Authorization": f"Bearer {load.token}"}
    answer = httpx2.get(f"{load.server.url}/metrics", headers=headers, trust_env=False, timeout=PATIENCE)

    def figure(name: str) -> int:
        told = re.findall(rf"^starwhale_{name}{{.*}} (\S+)$", answer.text, re.MULTILINE)
        return int(sum(map(float, told)))

    return replace(
        found,
        acts=sum(load.done.values()),
        requests=figure("requests_total"),
        blocks=figure("python_blocks"),
        heap=figure("heap_bytes"),
    )


def soak(
    server: ServerProcess, seconds: float, *, pause: float = 0.0, tell: Callable[[Sample], None] | None = None
) -> tuple[list[Sample], Load]:
    """Load a server for so long; what it held at rest after each round, those that warm it up left out.

    Args:
        server: Which; started already.
        seconds: How long.
        pause: As in `Load`, once the server is warm.
        tell: Is told of every sample as it is taken.
    """
    stock(server, server.data.with_name("code"))
    samples = list[Sample]()
    with receiving() as receiver:
        load = Load(server, server.login(), receiver.url)
        crowd = Load(server, load.token, receiver.url, people=CROWD)
        with Http(server.url, load.token) as http:
            warm(Person(server, load.token, http, random.Random(0), receiver.url))
        crowd.start()
        time.sleep(CROWDED)
        crowd.stop()
        load.faults += crowd.faults
        began = time.monotonic()
        load.start()
        try:
            while (at := time.monotonic() - began) < seconds:
                load.pause = pause if at > seconds * WARM else 0.0
                time.sleep(ROUND)
                load.rest()
                time.sleep(REST)
                receiver.got.clear()
                samples.append(counted(load, time.monotonic() - began))
                if tell is not None:
                    tell(samples[-1])
                load.go_on()
        finally:
            load.stop()
    return [each for each in samples if each.at > seconds * WARM], load


def an_hour(samples: Sequence[Sample], value: Callable[[Sample], float]) -> Slope:
    """How much more of something there is after an hour."""
    return Slope.through(samples, value, lambda each: each.at / 3600)


def a_request(samples: Sequence[Sample], value: Callable[[Sample], float]) -> Slope:
    """How much more of something there is after a request."""
    return Slope.through(samples, value, lambda each: each.requests)


def told(samples: Sequence[Sample], load: Load) -> str:
    """What was found, for people."""
    memory = an_hour(samples, lambda each: each.anonymous / MIB)
    files = an_hour(samples, lambda each: each.descriptors)
    blocks = a_request(samples, lambda each: each.blocks)
    heap = a_request(samples, lambda each: each.heap)
    first, last = samples[0], samples[-1]
    return (
        f"{last.acts} acts, {last.requests} requests in {last.at:.0f} s, {len(load.faults)} failed;"
        f" after {first.at:.0f} s of warming up:"
        f" anonymous memory {first.anonymous / MIB:.1f} to {last.anonymous / MIB:.1f} MiB,"
        f" {memory.steepness:+.2f} ± {memory.error:.2f} MiB an hour;"
        f" for each request {blocks.steepness:+.3f} ± {blocks.error:.3f} blocks of Python,"
        f" {heap.steepness:+.1f} ± {heap.error:.1f} bytes of the heap;"
        f" descriptors {first.descriptors} to {last.descriptors}, {files.steepness:+.2f} ± {files.error:.2f};"
        f" threads {first.threads} to {last.threads}"
    )


def main() -> None:
    seconds, pause, *rest = sys.argv[1:] + ["0"] * (3 - len(sys.argv))
    file = Path(rest[0]) if rest else None

    def tell(sample: Sample) -> None:
        if file is not None:
            with file.open("ab") as out:
                out.write(orjson.dumps(asdict(sample)) + b"\n")

    with tempfile.TemporaryDirectory() as place:
        server = ServerProcess(Path(place) / "data", env=SMALL)
        try:
            samples, load = soak(server, float(seconds), pause=float(pause), tell=tell)
        finally:
            server.close()
        print(told(samples, load))
        print(dict(load.done))
        lines = server.log.read_text().splitlines()
        for fault in load.faults[:20]:
            print(fault)
            # What the server did with the thing that was made for this act.
            for name in set(re.findall(r"n[0-9a-f]{16}", fault)):
                print(*(f"  {line}" for line in lines if name in line), sep="\n")
        print(*lines[-20:], sep="\n")


if __name__ == "__main__":
    main()
