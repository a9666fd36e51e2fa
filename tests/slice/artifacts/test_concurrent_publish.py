"""Many who publish to one artifact at once: threads here, and processes of their own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from tests.slice.artifacts.conftest import ME, Shelf, uri, version

from starwhale.core.errors import Conflict, NotFound
from starwhale.core.kinds import Kind

# Publishes versions one after another; each round waits for a line so that all begin together.
_PUBLISHER = """
import json, sys
from starwhale.artifacts.schemas import ANY
from starwhale.artifacts.service import ArtifactService
from starwhale.catalog.engine import Catalog
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.kinds import Kind
from tests.slice.artifacts.conftest import ME, digest, version

url, who, careful = sys.argv[1], sys.argv[2], sys.argv[3] == "careful"
service = ArtifactService(Catalog.open(url))
print("ready", flush=True)
sys.stdin.readline()
done = []
for turn in range(int(sys.argv[4])):
    while True:
        head = service.head(ME, "self", Kind.DATASET, "mnist") if careful else None
        try:
            made = service.publish(
                ME, project="self", kind=Kind.DATASET, name="mnist", version=version((who, turn)),
                manifest=digest((who, turn)), parent=head.version if head else None,
                expected_head=(head.version if head else None) if careful else ANY,
            )
        except Conflict:
            if careful:
                continue
            raise
        done.append((made.seq, made.version, made.parent))
        break
print(json.dumps(done), flush=True)
"""


def run_publishers(
    url: str, how: str, *, processes: int, turns: int
) -> list[list[tuple[int, str, str | None]]]:
    command = [sys.executable, "-c", _PUBLISHER, url]
    running = [
        subprocess.Popen(
            [*command, str(who), how, str(turns)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for who in range(processes)
    ]
    results: list[list[tuple[int, str, str | None]]] = []
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in running:
            out, _ = process.communicate(timeout=120)
            assert process.returncode == 0
            results.append([tuple(row) for row in json.loads(out)])
    finally:
        for process in running:
            process.kill()
            process.communicate()
    return results


def test_processes_that_publish_at_once_number_their_versions_without_gap_or_double(
    shelf: Shelf, catalog_url: str
) -> None:
    results = run_publishers(catalog_url, "any", processes=3, turns=15)
    assert sorted(seq for seq, _, _ in chain(*results)) == list(range(45))
    history = shelf.service.history(ME, uri("mnist"))
    assert {one.seq: one.version for one in history} == {seq: made for seq, made, _ in chain(*results)}
    assert shelf.resolve("mnist").seq == 44
    # Everybody's own versions went up in the order in which he published them.
    assert all([seq for seq, _, _ in result] == sorted(seq for seq, _, _ in result) for result in results)


def test_processes_that_expect_a_head_build_one_chain(shelf: Shelf, catalog_url: str) -> None:
    results = run_publishers(catalog_url, "careful", processes=3, turns=10)
    parents = {seq: (made, parent) for seq, made, parent in chain(*results)}
    assert sorted(parents) == list(range(30))
    assert parents[0][1] is None
    assert all(parents[seq][1] == parents[seq - 1][0] for seq in range(1, 30))


def test_of_many_that_expect_the_same_head_one_succeeds(shelf: Shelf) -> None:
    shelf.publish("mnist", "base")

    def attempt(content: int) -> bool:
        try:
            shelf.publish("mnist", content, expected_head=version("base"))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(16))) == [False] * 15 + [True]


def test_the_first_versions_of_a_new_artifact_published_at_once_all_succeed(shelf: Shelf) -> None:
    people = 4
    together = threading.Barrier(people)

    def publish(who: int) -> None:
        for turn in range(15):
            together.wait(30)
            shelf.publish(f"set{turn}", (who, turn))

    with ThreadPoolExecutor(people) as pool:
        list(pool.map(publish, range(people)))
    for turn in range(15):
        assert [one.seq for one in shelf.service.history(ME, uri(f"set{turn}"))] == [3, 2, 1, 0]


def test_the_same_version_published_by_many_at_once_is_made_once(shelf: Shelf) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: shelf.publish("mnist", 1), range(16)))
    assert sorted(one.is_new for one in made) == [False] * 15 + [True]
    assert shelf.service.history(ME, uri("mnist")).total == 1


def test_publishing_and_removing_at_once_leave_latest_on_a_version_in_use(shelf: Shelf) -> None:
    shelf.publish("mnist", "base")

    def publish(content: int) -> None:
        shelf.publish("mnist", content)

    def remove(content: int) -> None:
        with contextlib.suppress(NotFound):  # it may not have been published yet
            shelf.service.remove(ME, uri(f"mnist/{version(content)}"))

    with ThreadPoolExecutor(6) as pool:
        futures = [pool.submit(act, content) for content in range(30) for act in (publish, remove)]
    for future in futures:
        future.result()
    in_use = [one for one in shelf.service.list(ME, "self", Kind.DATASET) if one.removed_at is None]
    head = shelf.service.head(ME, "self", Kind.DATASET, "mnist")
    assert head is not None
    assert head.version in {one.version for one in in_use}


@pytest.mark.parametrize("tag", ["good"])
def test_of_many_that_put_one_tag_on_their_versions_one_succeeds(shelf: Shelf, tag: str) -> None:
    for content in range(8):
        shelf.publish("mnist", content)

    def attempt(content: int) -> bool:
        try:
            shelf.service.add_tags(ME, uri(f"mnist/v{content}"), [tag])
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]
