"""Builds under way, and manifests that are replaced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tests.slice.artifacts.conftest import ME, Shelf, digest, uri, version

from starwhale.artifacts.pins import PinRepository
from starwhale.artifacts.schemas import Build
from starwhale.catalog.tables.artifacts import PinRow
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.kinds import Kind
from starwhale.kit.times import utc_now


def open_build(shelf: Shelf, **more: Any) -> Build:
    return shelf.service.open_build(ME, project="self", kind=Kind.DATASET, name="mnist", **more)


def expire_all(shelf: Shelf) -> None:
    with shelf.service.catalog.begin() as session:
        session.execute(update(PinRow).values(expires_at=utc_now() - timedelta(seconds=1)))


def live(shelf: Shelf) -> set[str]:
    return {manifest for _, manifest in live_by_kind(shelf)}


def live_by_kind(shelf: Shelf) -> set[tuple[str, str]]:
    with shelf.service.catalog.read() as session:
        return set(PinRepository(session).live_manifests())


def replace_manifest(shelf: Shelf, content: object, *, expected: object, by: object) -> None:
    shelf.service.builds.replace_manifest(
        ME,
        project="self",
        kind=Kind.DATASET,
        name="mnist",
        version=version(content),
        expected=digest(expected),
        manifest=digest(by),
    )


def test_a_build_pins_what_it_is_based_on_until_it_is_closed(shelf: Shelf) -> None:
    shelf.publish("mnist", 1)
    build = open_build(shelf, manifests=[digest(1)])
    shelf.service.remove(ME, uri("mnist"), force=True)
    assert live(shelf) == {digest(1)}
    shelf.service.close_build(build)
    assert live(shelf) == set()
    shelf.service.close_build(build)


def test_a_build_cannot_stand_on_what_is_gone(shelf: Shelf) -> None:
    with pytest.raises(Conflict, match="removed meanwhile"):
        open_build(shelf, manifests=[digest(1)])
    assert live(shelf) == set()


def test_publishing_closes_the_build_in_the_same_transaction(shelf: Shelf) -> None:
    build = open_build(shelf)
    shelf.publish("mnist", 1, tags=["t"], build=build)
    with pytest.raises(Conflict, match="given up"):
        shelf.publish("mnist", 2, build=build)
    other = open_build(shelf)
    with pytest.raises(Conflict, match="'t'"):
        shelf.publish("mnist", 2, tags=["t"], build=other)
    assert shelf.publish("mnist", 2, build=other).seq == 1


def test_a_build_that_was_given_up_does_not_close_the_one_after_it(shelf: Shelf) -> None:
    first = open_build(shelf)
    shelf.service.close_build(first)
    second = open_build(shelf)
    with pytest.raises(Conflict, match="given up"):
        shelf.publish("mnist", 1, build=first)
    assert shelf.publish("mnist", 1, build=second).is_new


def test_a_build_that_was_renewed_counts_on(shelf: Shelf) -> None:
    build = open_build(shelf)
    expire_all(shelf)
    renewed = shelf.service.builds.renew(build)
    assert renewed.expires_at > utc_now() + timedelta(hours=23)
    assert renewed.opened_at == build.opened_at
    shelf.service.close_build(build)
    with pytest.raises(Conflict, match="given up"):
        shelf.service.builds.renew(build)


def test_a_build_in_an_unknown_project_is_refused(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        shelf.service.open_build(ME, project="nowhere", kind=Kind.MODEL, name="net")


def test_a_replaced_manifest_keeps_the_version_and_stays_for_its_readers(shelf: Shelf) -> None:
    before = shelf.publish("mnist", 1)
    replace_manifest(shelf, 1, expected=1, by="compact")
    after = shelf.resolve("mnist")
    assert (after.version, after.manifest, after.tags) == (before.version, digest("compact"), before.tags)
    assert live(shelf) == {digest(1), digest("compact")}


def test_of_two_that_replace_a_manifest_the_second_conflicts(shelf: Shelf) -> None:
    shelf.publish("mnist", 1)
    replace_manifest(shelf, 1, expected=1, by="compact")
    with pytest.raises(Conflict, match="replaced meanwhile"):
        replace_manifest(shelf, 1, expected=1, by="other")
    assert shelf.resolve("mnist").manifest == digest("compact")
    with pytest.raises(NotFound):
        replace_manifest(shelf, "never", expected=1, by="other")


def test_manifests_in_the_trash_are_alive(shelf: Shelf) -> None:
    shelf.publish("mnist", 1)
    shelf.publish("net", 2, kind=Kind.MODEL)
    shelf.service.remove(ME, uri("mnist"))
    assert live_by_kind(shelf) == {("dataset", digest(1)), ("model", digest(2))}
