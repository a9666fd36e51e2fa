"""A server under a load of everything for a while; what it holds on to meanwhile.

On its own: ``python -m tests.fault.server.soak SECONDS [URL_OF_A_CATALOG]``.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from tests.fault.server.server_process import ServerProcess

from starwhale.client.http import Http
from starwhale.core.actor import Actor
from starwhale.core.errors import NotFound, StarwhaleError, Unauthorized
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance

#: Seconds of load between two moments of rest, in which what is held is counted; and those of rest.
ROUND, REST = 8.0, 2.0
#: What is remembered so as to be quicker the next time is to be full before the counting begins.
SMALL = {"SW_SERVER_USER_RATE": "0", "SW_SERVER_TABLE_CACHE": str(1 << 20)}
#: Share of the rounds that only warm the server up.
WARM = 0.4
MIB = 1 << 20
TABLE = "evaluation/night/results"


@dataclass(frozen=True, slots=True)
class Sample:
    """What the server held at rest: seconds since the begin, bytes in memory, descriptors, threads."""

    at: float
    rss: int
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True)
class Slope:
    """A line through samples, with the standard error of how steep it is; both for an hour."""

    steepness: float
    error: float

    @classmethod
    def through(cls, samples: Sequence[Sample], value: Callable[[Sample], float]) -> Slope:
        xs, ys = [each.at / 3600 for each in samples], [value(each) for each in samples]
        steep, start = statistics.linear_regression(xs, ys)
        rest = [y - start - steep * x for x, y in zip(xs, ys, strict=True)]
        middle = statistics.fmean(xs)
        spread = sum((x - middle) ** 2 for x in xs)
        return cls(steep, (sum(each**2 for each in rest) / max(1, len(xs) - 2) / spread) ** 0.5)

    def exceeds(self, bound: float) -> bool:
        """Whether it is steeper than a bound beyond what chance explains in one run of twenty thousand."""
        return self.steepness - 4 * self.error > bound


@dataclass
class Load:
    """Everything that people do, in turns, by several of them at once."""

    server: ServerProcess
    token: str
    people: int = 4
    done: Counter[str] = field(default_factory=Counter[str])
    faults: list[str] = field(default_factory=list[str])
    _over: threading.Event = field(default_factory=threading.Event)
    _go: threading.Event = field(default_factory=threading.Event)
    _resting: list[threading.Event] = field(default_factory=list[threading.Event])
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def start(self) -> None:
        for number in range(self.people):
            resting = threading.Event()
            self._resting.append(resting)
            thread = threading.Thread(target=self._live, args=(number, resting), daemon=True)
            self._threads.append(thread)
            thread.start()
        self._go.set()

    def rest(self) -> None:
        """Have everybody put down his work and his connections."""
        self._go.clear()
        for each in self._resting:
            if not each.wait(60):
                raise AssertionError("somebody does not come to rest")

    def go_on(self) -> None:
        for each in self._resting:
            each.clear()
        self._go.set()

    def stop(self) -> None:
        self._over.set()
        self._go.set()
        for each in self._threads:
            each.join(60)

    def _live(self, number: int, resting: threading.Event) -> None:
        dice = random.Random(number)
        acts = [self._projects, self._tokens, self._table, self._look, self._listen, self._strangers]
        while not self._over.is_set():
            self._go.wait()
            with Http(self.server.url, self.token) as http:
                while self._go.is_set() and not self._over.is_set():
                    act = dice.choice(acts)
                    try:
                        act(http, dice)
                        self.done[act.__name__] += 1
                    except StarwhaleError as error:
                        self.faults.append(f"{act.__name__}: {error}")
            resting.set()
            while not self._go.is_set() and not self._over.is_set():
                time.sleep(0.01)

    def _projects(self, http: Http, dice: random.Random) -> None:
        name = f"p{dice.getrandbits(60):x}"
        http.post("/projects", {"name": name}, once=name)
        http.patch(f"/projects/{name}", {"description": "x" * dice.randrange(1000)})
        http.post(f"/projects/{name}/webhooks", {"url": "https://nowhere.invalid/"})
        http.delete(f"/projects/{name}")

    def _tokens(self, http: Http, dice: random.Random) -> None:
        made = http.post("/me/tokens", {"name": f"t{dice.getrandbits(60):x}"})
        with Http(self.server.url, made["token"]) as other:
            other.get("/me")
        http.delete(f"/me/tokens/{made['id']}")

    def _table(self, http: Http, dice: random.Random) -> None:
        rows = [{"id": key, "values": {"x": dice.random()}} for key in range(dice.randrange(1, 50))]
        http.post("/projects/self/tables/rows", {"table": TABLE, "rows": rows})
        http.post("/projects/self/tables/query", {"tables": [TABLE], "size": 20})

    def _look(self, http: Http, dice: random.Random) -> None:
        for path in ("/projects", "/projects/self/datasets", "/events", "/projects/self/jobs", "/users"):
            http.get(path)
        http.get("/projects/self/datasets/d/versions/latest/rows", {"size": dice.randrange(1, 100)})
        with httpx2.Client(base_url=self.server.url, trust_env=False) as client:
            client.get("/metrics", headers={"Authorization": f"Bearer {self.token}"})
            client.get("/readyz")

    def _listen(self, http: Http, _: random.Random) -> None:
        with (
            httpx2.Client(base_url=self.server.url, trust_env=False) as client,
            client.stream(
                "GET", "/api/v1/events/stream", headers={"Authorization": f"Bearer {http_token(http)}"}
            ) as answer,
        ):
            next(answer.iter_bytes())

    def _strangers(self, http: Http, dice: random.Random) -> None:
        with suppress(NotFound):
            http.get(f"/projects/none{dice.getrandbits(60):x}")
        with Http(self.server.url, "sw_wrong") as other, suppress(Unauthorized):
            other.get("/me")


def http_token(http: Http) -> str:
    """The token that a connection shows."""
    return str(http._client.headers["Authorization"]).removeprefix("Bearer ")  # pyright: ignore[reportPrivateUsage]


def held(pid: int, at: float) -> Sample:
    """What a process holds now."""
    words = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Sample(at, int(words["VmRSS"].split()[0]) * 1024, descriptors, int(words["Threads"]))


def soak(server: ServerProcess, seconds: float) -> tuple[list[Sample], Load]:
    """Load a server for so long; what it held at rest after each round, those that warm it up left out."""
    token = server.login()
    fill(server, token)
    load, samples = Load(server, token), list[Sample]()
    began = time.monotonic()
    load.start()
    try:
        while time.monotonic() - began < seconds:
            time.sleep(ROUND)
            load.rest()
            time.sleep(REST)
            assert server.process is not None
            samples.append(held(server.process.pid, time.monotonic() - began))
            load.go_on()
    finally:
        load.stop()
    return samples[int(len(samples) * WARM) :], load


def fill(server: ServerProcess, token: str) -> None:
    """Put a dataset into the default project."""
    with closing(LocalInstance(Settings.at(server.data))) as house:
        writer = house.datasets.writer(Actor(name="admin", admin=True), "self", "d", None)
        for number in range(200):
            writer.put(number, {"x": number, "text": "word " * 20})
        writer.commit()
        writer.close()


def told(samples: Sequence[Sample], load: Load) -> str:
    """What was found, for people."""
    rss = Slope.through(samples, lambda each: each.rss / MIB)
    files = Slope.through(samples, lambda each: each.descriptors)
    first, last = samples[0], samples[-1]
    return (
        f"{sum(load.done.values())} acts in {last.at:.0f} s, {len(load.faults)} refused;"
        f" after {first.at:.0f} s of warming up:"
        f" memory {first.rss / MIB:.1f} to {last.rss / MIB:.1f} MiB,"
        f" {rss.steepness:+.1f} ± {rss.error:.1f} MiB an hour;"
        f" descriptors {first.descriptors} to {last.descriptors}, {files.steepness:+.1f} ± {files.error:.1f};"
        f" threads {first.threads} to {last.threads}"
    )


def main() -> None:
    words: Any = ("--catalog-url", sys.argv[2]) if len(sys.argv) > 2 else ()
    with tempfile.TemporaryDirectory() as place:
        server = ServerProcess(Path(place) / "data", *words, env=SMALL)
        try:
            samples, load = soak(server, float(sys.argv[1]))
        finally:
            server.close()
    print(told(samples, load))
    print(*load.faults[:20], sep="\n")


if __name__ == "__main__":
    main()
