"""What people do on a server, each act by itself, with nothing left over that the server should keep."""

from __future__ import annotations

import io
import random
import tarfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx2
from tests.fault.server.server_process import ServerProcess

from starwhale.client.http import Http
from starwhale.client.tables import RemoteResults
from starwhale.core.errors import Conflict, NotFound, Unauthorized

PATIENCE = 60.0
ENDED = {"SUCCESS", "FAIL", "CANCELED"}


@dataclass
class Person:
    """Somebody who uses a server.

    Attributes:
        http: His connection.
        hook: Where webhooks of his point to.
    """

    server: ServerProcess
    token: str
    http: Http
    dice: random.Random
    hook: str

    def name(self) -> str:
        return f"n{self.dice.getrandbits(60):x}"

    def client(self, *, known: bool = True) -> httpx2.Client:
        """A connection of a program that is not ours."""
        headers = {"Authorization": f"Bearer {self.token}"} if known else {}
        return httpx2.Client(base_url=self.server.url, headers=headers, trust_env=False, timeout=PATIENCE)


def projects(me: Person) -> None:
    name = me.name()
    me.http.post("/projects", {"name": name}, once=name)
    me.http.patch(f"/projects/{name}", {"description": "x" * me.dice.randrange(1000)})
    me.http.get(f"/projects/{name}/members")
    view = me.http.post(f"/projects/{name}/views", {"name": "v", "content": {"columns": ["x"]}})
    me.http.delete(f"/projects/{name}/views/{view['id']}")
    me.http.delete(f"/projects/{name}")


def webhooks(me: Person) -> None:
    """One that answers, and one whose name is nobody's."""
    name = me.name()
    me.http.post("/projects", {"name": name})
    for url in (me.hook, "https://nowhere.invalid/"):
        me.http.post(f"/projects/{name}/webhooks", {"url": url})
    me.http.patch(f"/projects/{name}", {"description": "something happens"})
    for each in me.http.get(f"/projects/{name}/webhooks")["items"]:
        me.http.get(f"/projects/{name}/webhooks/{each['id']}/deliveries")
    me.http.delete(f"/projects/{name}")


def tokens(me: Person) -> None:
    made = me.http.post("/me/tokens", {"name": me.name()})
    with Http(me.server.url, made["token"]) as other:
        other.get("/me")
    me.http.delete(f"/me/tokens/{made['id']}")


def logins(me: Person) -> None:
    """Of himself, and of somebody who is not known; too many of these are refused without a look."""
    with me.client(known=False) as client:
        client.post("/api/v1/login", json={"name": me.name(), "password": "wrong password"})
        client.post("/api/v1/login", json={"name": "admin", "password": me.server.password})
        client.get("/api/v1/me")
        client.post("/api/v1/logout")


def tables(me: Person) -> None:
    table = "evaluation/night/results"
    rows = [{"id": key, "values": {"x": me.dice.random()}} for key in range(me.dice.randrange(1, 50))]
    me.http.post("/projects/self/tables/rows", {"table": table, "rows": rows})
    where = {"op": ">", "column": "x", "value": me.dice.random()}
    me.http.post("/projects/self/tables/query", {"tables": [table], "size": 20, "where": where})
    with me.client() as client:
        client.get("/api/v1/projects/self/tables/export", params={"path": table, "format": "csv"})


def results(me: Person) -> None:
    """Batches of an evaluation, in a session of their own."""
    told = RemoteResults(me.http, project="self", job=f"e{me.dice.randrange(4)}")
    for row in range(me.dice.randrange(1, 200)):
        told.log("results", row, {"score": me.dice.random(), "label": f"c{row % 10}"})
    told.log_summary({"accuracy": me.dice.random()})
    told.flush()
    told.close()
    both = [f"evaluation/e{number}/results" for number in (0, 1)]
    with suppress(NotFound):  # nobody has written one of them so far
        me.http.post("/projects/self/tables/compare", {"tables": both})


def look(me: Person) -> None:
    for path in ("/projects", "/projects/self/datasets", "/events", "/projects/self/jobs", "/users"):
        me.http.get(path)
    me.http.get("/projects/self/models/m/versions/latest/files")
    me.http.get("/projects/self/evaluations")
    with me.client() as client:
        client.get("/metrics")
        client.get("/readyz")


def rows(me: Person) -> None:
    version = "/projects/self/datasets/d/versions/latest"
    found = me.http.get(f"{version}/rows", {"size": me.dice.randrange(1, 100)})["items"]
    where = {"op": ">", "column": "x", "value": me.dice.randrange(200)}
    me.http.post(f"{version}/rows/query", {"where": where, "size": 20})
    me.http.post(f"{version}/rows/count", {"where": where})
    with me.client(known=False) as client:
        client.get(found[0]["values"]["image"]["url"], headers={"Range": "bytes=0-50"})


def hurry(me: Person) -> None:
    """One small question after the other, so that what each of them leaves behind adds up."""
    for _ in range(200):
        me.http.get("/me")


def listen(me: Person) -> None:
    with me.client() as client, client.stream("GET", "/api/v1/events/stream") as answer:
        next(answer.iter_bytes())


def strangers(me: Person) -> None:
    with suppress(NotFound):
        me.http.get(f"/projects/{me.name()}")
    with Http(me.server.url, "sw_wrong") as other, suppress(Unauthorized):
        other.get("/me")
    with me.client(known=False) as client:
        client.get(f"/{me.name()}")
        client.post("/api/v1/login", content=b"{" * me.dice.randrange(1000))


def uploads(me: Person) -> None:
    """Files that a dataset is made of, and its end."""
    name, packed = me.name(), io.BytesIO()
    data = b"x,y\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(me.dice.randrange(100, 1000)))
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    headers = {"Content-Type": "application/octet-stream"}
    with me.client() as client:
        address = f"/api/v1/projects/self/datasets/{name}/uploads"
        told = client.post(address, content=packed.getvalue(), headers=headers)
        assert '"built"' in told.text, told.text
    me.http.get(f"/projects/self/datasets/{name}/versions/latest/rows")
    me.http.delete("/projects/self/datasets", {"name": name})
    _empty_trash(me)


def jobs(me: Person) -> None:
    """One that prints, or one that rates a dataset; its log is followed, and it goes for good."""
    wanted = {"model": "m", "handler": "code_of_user:say"}
    if me.dice.random() < 0.5:
        wanted = {"model": "m", "handler": "code_of_user:total", "datasets": ["d"]}
    made = f"/projects/self/jobs/{me.http.post('/projects/self/jobs', wanted)['id']}"
    until = time.monotonic() + PATIENCE
    while not me.http.get(f"{made}/logs")["items"]:
        assert time.monotonic() < until, "a job says nothing"
        time.sleep(0.1)
    with me.client() as client, client.stream("GET", f"/api/v1{made}/logs/0.0/stream") as answer:
        for _ in answer.iter_bytes():
            continue
    while (state := me.http.get(made)["state"]) not in ENDED:
        assert time.monotonic() < until, "a job does not end"
        time.sleep(0.1)
    assert state == "SUCCESS", me.http.get(made)["cause"]
    me.http.get(f"{made}/events")
    me.http.delete(made, {"force": "true"})


def _empty_trash(me: Person) -> None:
    # Somebody else may be emptying it.
    with suppress(NotFound, Conflict):
        me.http.delete("/projects/self/trash")


#: What takes a moment, and what takes seconds since programs are started for it.
QUICK: tuple[Callable[[Person], None], ...] = (
    projects,
    webhooks,
    tokens,
    logins,
    tables,
    results,
    look,
    rows,
    hurry,
    listen,
    strangers,
)
SLOW: tuple[Callable[[Person], None], ...] = (uploads, jobs)
