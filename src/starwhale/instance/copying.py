"""Copying packages from one instance to another: what is missing is sent, and then published at once.

A copy that was cut short leaves its build open, and is taken up again where it broke off.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from starwhale.artifacts.copying import copy_package, publish_copy, tags_to_copy
from starwhale.core.errors import Conflict, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.instance.unfinished import Unfinished
from starwhale.storage.blobs.carrying import carry
from starwhale.storage.blobs.names import key_of

if TYPE_CHECKING:
    from starwhale.artifacts.ports import Artifacts
    from starwhale.artifacts.schemas import Build, VersionRead
    from starwhale.instance.opening import Instance
    from starwhale.storage.blobs import Blobs

#: Blobs that are asked after at a time.
_PORTION = 5_000
_RENEWED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How far a copy has come.

    Attributes:
        blobs: Files to be sent.
        sent: How many of them have been.
        bytes: Bytes of those.
    """

    blobs: int
    sent: int
    bytes: int


Progress = Callable[[Moved], None]


def _silent(_: Moved) -> None:
    return


def copy(
    origin: Instance,
    source: VersionRead,
    target: Instance,
    project: str,
    name: str,
    *,
    patch: bool = True,
    force: bool = False,
    ignore_tags: Collection[str] = (),
    progress: Progress = _silent,
) -> VersionRead:
    """Copy a version to another name, project or instance, with its tags.

    Nothing of it is visible before all of it is there. Bytes that the destination has are not sent again.

    Args:
        origin: Where it lies.
        source: What is copied.
        target: Where to.
        project: Project of the copy.
        name: Name of the copy.
        patch: Keep the rows of a dataset that the destination has and the source has not.
        force: Take tags away from other versions of the destination.
        ignore_tags: Tags that stay behind.
        progress: Called now and then, where bytes are sent.

    Raises:
        UsageError: the destination is the source.
        NotFound: there is no such project.
        Forbidden: one may not write there.
        Conflict: another version of the destination has one of the tags, and `force` is not set.
        Unavailable: a server does not answer; the same copy goes on from there.
    """
    if origin is target:
        if source.kind is Kind.DATASET:
            return target.datasets.copy(
                target.actor, source, project, name, patch=patch, force=force, ignore_tags=ignore_tags
            )
        return copy_package(
            target.artifacts, target.actor, source, project, name, force=force, ignore_tags=ignore_tags
        )
    head = target.artifacts.head(target.actor, project, source.kind, name)
    tags = tags_to_copy(source, ignore_tags)
    if source.kind is Kind.DATASET and patch and head is not None and head.version != source.version:
        rows = origin.datasets.open(source)
        return target.datasets.put_over(target.actor, head, source, rows, tags=tags, force=force)
    crossing = Crossing(origin=origin, source=source, target=target, project=project, name=name)
    return crossing.run(head, tags, force=force, progress=progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One version on its way from an instance to another; see `copy`."""

    origin: Instance
    source: VersionRead
    target: Instance
    project: str
    name: str

    def run(
        self, head: VersionRead | None, tags: Sequence[str], *, force: bool, progress: Progress
    ) -> VersionRead:
        """Send what is missing, and publish it."""
        source, artifacts, actor = self.source, self._artifacts, self.target.actor
        unfinished = Unfinished.of(self.target.settings.cache, self._place)
        build = self._build(unfinished)
        self._send(build, progress)
        place = (self.project, self.name)
        made = publish_copy(artifacts, actor, source, *place, head, tags=tags, force_tags=force, build=build)
        unfinished.forget()
        return made

    @property
    def _artifacts(self) -> Artifacts:
        return self.target.artifacts

    @property
    def _place(self) -> str:
        where = getattr(self.target, "url", "local")
        source = self.source
        return f"{where} {self.project} {source.kind} {self.name} {source.version} {source.manifest}"

    def _build(self, unfinished: Unfinished) -> Build:
        """The build of the same copy that was cut short, or a new one."""
        known = unfinished.read()
        if known is not None:
            try:
                return self._artifacts.builds.renew(known)
            except (NotFound, Conflict, UsageError):
                unfinished.forget()
        build = self._artifacts.open_build(
            self.target.actor, project=self.project, kind=self.source.kind, name=self.name
        )
        unfinished.write(build)
        return build

    def _send(self, build: Build, progress: Progress) -> None:
        blobs: Blobs = self.target.blobs.within(build.id)
        wanted = list(dict.fromkeys(self._references()))
        missing: list[str] = []
        for start in range(0, len(wanted), _PORTION):
            asked = wanted[start : start + _PORTION]
            missing += blobs.lacking([(digest, self._size(digest)) for digest in asked])
        renewed, told, lock = time.monotonic(), Moved(blobs=len(missing), sent=0, bytes=0), Lock()
        progress(told)

        def one(digest: str) -> None:
            nonlocal told, renewed
            size = carry(self.origin.blobs, blobs, digest)
            with lock:
                told = replace(told, sent=told.sent + 1, bytes=told.bytes + size)
                progress(told)
                due = time.monotonic() - renewed > _RENEWED_SECONDS
                renewed = time.monotonic() if due else renewed
            if due:
                self._artifacts.builds.renew(build)

        in_parallel(one, missing, max(blobs.objects.concurrency, self.origin.blobs.objects.concurrency))

    def _references(self) -> Iterable[str]:
        source = self.source
        yield source.manifest
        yield from self.origin.references[source.kind.value](source.manifest)

    def _size(self, digest: str) -> int | None:
        # On this machine that is a look at a file; of a server it would be a request for each.
        blobs = self.origin.blobs
        return None if blobs.objects.path(key_of(digest)) is None else blobs.size(digest)


def in_parallel(act: Callable[[str], object], items: Sequence[str], threads: int) -> None:
    """Run `act` for each item; the first failure ends it."""
    if not items:
        return
    pool = ThreadPoolExecutor(max(1, min(threads, len(items))), thread_name_prefix="starwhale-copy")
    try:
        done, _ = wait([pool.submit(act, item) for item in items], return_when=FIRST_EXCEPTION)
        for each in done:
            each.result()
    finally:
        pool.shutdown(cancel_futures=True)
