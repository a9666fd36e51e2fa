"""A project with a model, data and jobs of every kind, run by the server itself."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.console.visiting import House

from starwhale.client.http import Http
from starwhale.core.errors import Conflict
from starwhale.core.settings import Settings
from starwhale.instance.remote import RemoteInstance
from starwhale.models.builder import BuildRequest
from starwhale.models.discovery import discover

PROJECT = "works"
PATH = f"/projects/{PROJECT}"
JOBS = f"{PATH}/jobs"
MODULE = "trial_of_jobs"
LINES = 6_000
PATIENCE = 90.0
CODE = Path(__file__).with_name("code_of_user.txt")


@dataclass(slots=True)
class Works:
    """The project, and what runs in it.

    Attributes:
        house: The server.
        jobs: Ids of jobs by what they are for.
    """

    house: House
    jobs: dict[str, str] = field(default_factory=dict[str, str])

    def order(self, http: Http, name: str, handler: str, **more: Any) -> str:
        asked = {"model": "digits", "handler": f"{MODULE}:{handler}", "runtime": "none", **more}
        self.jobs[name] = http.post(JOBS, asked)["id"]
        return self.jobs[name]

    def path(self, name: str) -> str:
        """Address of the page of a job."""
        return f"{JOBS}/{self.jobs[name]}"

    def until(self, http: Http, name: str, *states: str, patience: float = PATIENCE) -> dict[str, Any]:
        last = time.monotonic() + patience
        while (found := http.get(self.path(name)))["state"] not in states:
            assert time.monotonic() < last, found["state"]
            time.sleep(0.05)
        return found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def instance_of(house: House, place: Path) -> Generator[RemoteInstance]:
    with house.as_("ada") as http:
        token = http.post("/me/tokens", {"name": "works", "scopes": None})["token"]
    yield RemoteInstance("here", house.url, token=token, user="ada", settings=Settings.at(place))


def stock(house: House, place: Path) -> None:
    """Put a model and data into it."""
    code = place / "code"
    code.mkdir()
    ports = {"PORT_ONE": str(free_port()), "PORT_TWO": str(free_port())}
    text = CODE.read_text("utf-8")
    for name, port in ports.items():
        text = text.replace(name, port)
    (code / f"{MODULE}.py").write_text(text, "utf-8")
    with instance_of(house, place / "home") as instance:
        request = BuildRequest(workdir=code, name="digits", modules=(MODULE,))
        instance.models.build(instance.actor, PROJECT, request, discover=discover)
        for name, rows in (("numbers", 200), ("few", 8)):
            writer = instance.datasets.writer(instance.actor, PROJECT, name, None)
            for row in range(rows):
                writer.put(row, {"x": row})
            writer.commit()
            writer.close()


@pytest.fixture(scope="session")
def works(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    made = Works(house)
    with house.as_("ada") as http:
        http.post("/projects", {"name": PROJECT, "description": "Where jobs run."})
        http.put(f"{PATH}/members/wu", {"role": "GUEST"})
        stock(house, tmp_path_factory.mktemp("works"))
        made.order(http, "evaluation", "report", datasets=["numbers"], comment="The nightly run, 97 % right")
        made.order(http, "service", "serve_one", comment="the small model")
        made.order(http, "rival", "serve_two", comment="the large model")
        made.order(http, "waiting", "wait", debug=True)
        made.order(http, "chatter", "chatter")
        made.order(http, "failed", "fail", datasets=["few"], comment="<img src=x onerror=alert(1)>")
        made.order(http, "many", "gather", datasets=["numbers"])
        http.patch(made.path("evaluation"), {"pinned": True})
        http.post(f"{PATH}/templates", {"name": "nightly", "job": made.jobs["evaluation"], "latest": True})
        http.post(
            f"{PATH}/schedules",
            {"name": "every-night", "template": "nightly", "cron": "0 3 * * *", "zone": "Asia/Shanghai"},
        )
        for name in ("evaluation", "chatter", "many"):
            assert made.until(http, name, "SUCCESS", "FAIL")["state"] == "SUCCESS", name
        made.until(http, "failed", "FAIL")
        for name in ("service", "rival", "waiting"):
            made.until(http, name, "RUNNING")
        yield made
        for name in ("service", "rival", "waiting"):
            with suppress(Conflict):  # it has ended by itself
                http.post(f"{made.path(name)}/cancel", {"force": True})
