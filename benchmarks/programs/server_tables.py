"""Tables over HTTP: a server process of its own, and what requests take; figures as one line of JSON.

server_tables.py ROWS
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
from rates import rate

from starwhale.client.http import Http
from starwhale.client.tables import RemoteResults
from starwhale.core.actor import Actor
from starwhale.core.settings import Settings
from starwhale.server.services import Services

TABLES = "/api/v1/projects/self/tables"
PATHS = ["evaluation/bench1/results", "evaluation/bench2/results"]
SERVE = """
import os, sys
from starwhale.core.settings import Settings
from starwhale.server.configuration import Configuration
from starwhale.server.running import run
from starwhale.server.settings import ServerSettings
settings = ServerSettings(store=Settings.from_env(os.environ), port=0, user_rate=0)
run(Configuration.of(settings), lambda url, _password: print(url, flush=True))
"""
QUERIES = 200
CLIENTS, BATCHES, BATCH = 8, 40, 100


def fill(services, job, rows, shift):
    """An evaluation with 30 columns of numbers, text and flags."""
    path = f"self/evaluation/{job}/results"
    if services.tables.exists(path):
        return
    store = services.results("self", job)
    for n in range(rows):
        spread = (n * 2654435761 % 1_000_003) / 1_000_003
        row = {f"f{c}": spread * c + (0.5 if n % 997 == shift else 0) for c in range(12)}
        row |= {f"i{c}": n * (c + 3) % 1000 for c in range(8)}
        row |= {f"s{c}": f"label-{n * (c + 1) % 40}" for c in range(7)}
        row |= {"b0": n % 2 == 0, "b1": n % 3 == 0, "prompt": f"question number {n} of the set"}
        store.log("results", f"set-{n:08d}", row)
    store.flush()
    store.close()
    services.tables.fold(path)


def token(services):
    """A token of an administrator."""
    root = Actor(name="root", admin=True)
    known = services.users.list(root, None, "bench").items
    user = known[0] if known else services.users.add(root, "bench", password=None, admin=True)
    me = Actor(name=user.name, admin=True, user=user.id)
    return services.tokens.create(me, "bench", scopes=None, project="", expires_at=None)[1]


def memory(pid):
    """Resident bytes of a process that are its own, not of files that it maps."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024
    return 0


def resident(pid):
    """Resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def seconds(client, path, bodies):
    """How long each request took, in order of length."""
    took = []
    for body in bodies:
        start = time.perf_counter()
        client.post(f"{TABLES}/{path}", json=body).raise_for_status()
        took.append(time.perf_counter() - start)
    return sorted(took)


def questions(many):
    """Filters, orders and pages, each another."""
    chance = random.Random(1)
    for _ in range(many):
        label = {"op": "=", "column": f"s{chance.randrange(7)}", "value": f"label-{chance.randrange(20) * 2}"}
        number = {"op": ">", "column": f"i{chance.randrange(8)}", "value": chance.randrange(500)}
        order = [{"column": f"f{chance.randrange(1, 12)}", "descending": chance.random() < 0.5}]
        yield {"tables": PATHS[:1], "where": {"op": "and", "parts": [label, number]}, "order": order}


def row_of(number):
    """Where one row is read."""
    return f"{TABLES}/row?path={PATHS[0]}&id=set-{number:08d}"


def write(url, secret, number, metrics):
    """One client: batches of rows, each acknowledged before the next is made."""
    with Http(url, secret) as http:
        results = RemoteResults(http, project="self", job=f"write{os.getpid()}-{number}")
        for batch in range(BATCHES):
            for row in range(BATCH):
                values = {f"m{each}": row * 0.5 for each in range(metrics)}
                results.log("results", batch * BATCH + row, values)
            results.flush()
        results.close()


def written(url, secret, metrics):
    """Rows per second of all clients."""
    clients = [
        threading.Thread(target=write, args=(url, secret, f"{metrics}-{n}", metrics)) for n in range(CLIENTS)
    ]
    start = time.perf_counter()
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return CLIENTS * BATCHES * BATCH / (time.perf_counter() - start)


def main():
    """Measure."""
    rows = int(sys.argv[1])
    services = Services(Settings.from_env(os.environ))
    for shift, path in enumerate(PATHS):
        fill(services, path.split("/")[1], rows, shift)
    secret = token(services)
    services.close()
    process = subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        client = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {secret}"}, timeout=60)
        client.get("/api/v1/projects").raise_for_status()
        said: dict[str, float] = {"idle": resident(process.pid)}
        seconds(client, "query", questions(30))
        took = seconds(client, "query", questions(QUERIES))
        said |= {"query_p50": took[QUERIES // 2], "query_p99": took[QUERIES * 99 // 100]}
        both = [{"tables": PATHS}] * 9
        apart = [{"tables": PATHS, "only_different": True}] * 9
        for name, bodies in (("compare", both), ("different", apart)):
            took = seconds(client, "compare", bodies)
            said |= {f"{name}_p50": took[4], f"{name}_most": took[-1]}
        said["memory"] = memory(process.pid)
        said["row"] = rate(url, dict(client.headers), lambda: row_of(random.randrange(rows)))
        for metrics in (1, 10):
            said[f"rows_of_{metrics}"] = written(url, secret, metrics)
    finally:
        process.terminate()
        process.wait()
    print(json.dumps(said))


main()
