"""Collection while others build, publish, remove and compact (fault 19)."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from tests.slice.artifacts.conftest import ME, Shelf, uri
from tests.slice.artifacts.world import DAY, NO_TIME, World

from starwhale.artifacts.schemas import Build
from starwhale.catalog.tables.artifacts import ArtifactRow, PinRow, VersionRow
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.kinds import Kind


class Interleaving:
    """Random work of several people, done while collection marks and sweeps."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.seed = seed
        self.builds: list[tuple[Build, str, str]] = []
        self.count = 0
        self.acting = False

    def run(self) -> None:
        for _ in range(3):
            for _ in range(self.random.randrange(2, 6)):
                self.act()
            self.world.blobs.interrupt = self.sometimes
            self.world.collect(trash=self.random.choice([NO_TIME, DAY]))
            self.world.blobs.interrupt = lambda: None
            assert self.world.missing() == set(), f"seed {self.seed}"
        self.finish_all()
        assert self.world.missing() == set(), f"seed {self.seed}"

    def sometimes(self) -> None:
        if not self.acting and self.random.random() < 0.5:
            self.acting = True
            self.act()
            self.acting = False

    def act(self) -> None:
        acts = [self.begin, self.begin, self.finish, self.finish, self.remove, self.recover, self.replace]
        if not self.acting:
            acts += [
                self.wait,
                self.wait,
            ]  # what is older by a day must not be so in the middle of a collection
        try:
            self.random.choice(acts)()
        except (NotFound, Conflict):
            return  # somebody was quicker, and was told

    def begin(self) -> None:
        """Begin a build, on its own or on top of the latest version, and store its blobs."""
        name, content = self.random.choice("xy"), (self.seed, self.count)
        self.count += 1
        service = self.world.shelf.service
        head = service.head(ME, "self", Kind.DATASET, name) if self.random.random() < 0.7 else None
        base = [head.manifest] if head is not None else []
        build = service.open_build(ME, project="self", kind=Kind.DATASET, name=name, manifests=base)
        inherited = self.world.contents[base[0]] if base else ()
        # New blobs, and blobs that the store may have from somebody else.
        manifest = self.world.store(content, [content, self.random.randrange(5)])
        self.world.contents[manifest] += inherited
        self.builds.append((build, name, manifest))

    def finish(self) -> None:
        if self.builds:
            build, name, manifest = self.builds.pop(self.random.randrange(len(self.builds)))
            self.world.shelf.publish(name, manifest, manifest=manifest, build=build)

    def finish_all(self) -> None:
        while self.builds:
            try:
                self.finish()
            except Conflict:
                continue

    def remove(self) -> None:
        word = self.random.choice("xy") + self.random.choice(["", "/latest", "/v0", "/v1"])
        self.world.shelf.service.remove(ME, uri(word), force=self.random.random() < 0.5)

    def recover(self) -> None:
        word = self.random.choice("xy") + self.random.choice(["", "/v0", "/v1", "/v2"])
        self.world.shelf.service.recover(ME, uri(word), force=self.random.random() < 0.5)

    def replace(self) -> None:
        """Compact the latest version: other blobs, same version."""
        name = self.random.choice("xy")
        head = self.world.shelf.service.head(ME, "self", Kind.DATASET, name)
        if head is None:
            return
        where: dict[str, Any] = {"project": "self", "kind": Kind.DATASET, "name": name}
        builds = self.world.shelf.service.builds
        build = builds.open(ME, **where, manifests=[head.manifest])
        try:
            self.count += 1
            manifest = self.world.store(("compact", self.seed, self.count), [("c", self.count)])
            builds.replace_manifest(
                ME, **where, version=head.version, expected=head.manifest, manifest=manifest, build=build
            )
        finally:
            builds.close(build)

    def wait(self) -> None:
        self.world.pass_time(self.random.choice([timedelta(minutes=30), timedelta(hours=13)]))


def interleave(shelf: Shelf, seeds: Iterable[int]) -> None:
    for seed in seeds:
        Interleaving(World(shelf), seed).run()
        with shelf.service.catalog.begin() as session:
            for table in (PinRow, VersionRow, ArtifactRow):
                session.execute(table.__table__.delete())  # type: ignore[attr-defined]


def test_whatever_goes_on_meanwhile_no_referenced_blob_is_removed(shelf: Shelf) -> None:
    interleave(shelf, range(60))


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.timeout(3600)
def test_in_ten_thousand_interleavings_no_referenced_blob_is_removed(shelf: Shelf, database: str) -> None:
    # Each holds three collections.
    interleave(shelf, range(3_400 if database == "sqlite" else 400))
