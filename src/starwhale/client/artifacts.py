"""Versions and tags on a server: the twin of `artifacts.service.ArtifactService`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starwhale.artifacts.schemas import ANY, Anything, ArtifactFilter, Build, VersionRead
from starwhale.client.pages import page_of, segment
from starwhale.client.parcels import in_text
from starwhale.core.errors import NotFound, StarwhaleError, Unavailable
from starwhale.core.kinds import Kind
from starwhale.core.names import check_name, check_tag
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.core.uri import ArtifactUri

if TYPE_CHECKING:
    from starwhale.client.http import Http
    from starwhale.client.parcels import Parcels
    from starwhale.core.actor import Actor


@dataclass(frozen=True, slots=True)
class RemoteBuilds:
    """Builds on a server.

    Args:
        http: The connection.
        parcels: Small blobs that wait to be sent with their version.
    """

    http: Http
    parcels: Parcels

    def open(
        self,
        actor: Actor,
        *,
        project: str,
        kind: Kind,
        name: str,
        manifests: Sequence[str] = (),
    ) -> Build:
        """Say that a build begins; see `BuildService.open`."""
        check_name(name, kind.value)
        path = f"{_place(project, kind)}/{segment(name)}/builds"
        return self.http.post(path, {"manifests": list(manifests)}, once=uuid4().hex, form=_build)

    def renew(self, build: Build) -> Build:
        """Let a long build count for another 24 hours.

        Raises:
            NotFound: it was given up.
        """
        return self.http.post(f"/builds/{build.id}/renew", again=True, form=_build)

    def close(self, build: Build) -> None:
        """Say that a build has ended without a version; closing twice does no harm."""
        self.parcels.forget(build.id)
        self.http.delete(f"/builds/{build.id}")


@dataclass(frozen=True, slots=True)
class RemoteArtifacts:
    """Artifacts of one server. What its methods raise is what the services over there raise.

    The methods take an actor as their twins do; who calls is what the token says.

    Args:
        http: The connection.
        instance: What addresses call the server.
        parcels: Small blobs that wait to be sent with their version.
    """

    http: Http
    instance: str
    parcels: Parcels

    @property
    def builds(self) -> RemoteBuilds:
        """Builds on the same server."""
        return RemoteBuilds(self.http, self.parcels)

    def publish(
        self,
        actor: Actor,
        *,
        project: str,
        kind: Kind,
        name: str,
        version: str,
        manifest: str,
        parent: str | None = None,
        message: str = "",
        size: int = 0,
        meta: Mapping[str, Any] | None = None,
        tags: Sequence[str] = (),
        force_tags: bool = False,
        expected_head: str | Anything | None = ANY,
        build: Build | None = None,
    ) -> VersionRead:
        """Make a version the latest of its artifact; see `ArtifactService.publish`.

        Every blob of it was sent for `build`, or can be read by whoever publishes.
        """
        check_name(name, kind.value)
        for tag in tags:
            check_tag(tag)
        small = {} if build is None else self.parcels.of(build.id)
        body = {
            "build": None if build is None else build.id,
            "blobs": in_text(small),
            "version": version,
            "manifest": manifest,
            "parent": parent,
            "message": message,
            "size": size,
            "meta": dict(meta or {}),
            "tags": list(tags),
            "force_tags": force_tags,
            "expected_head": None if expected_head is ANY else expected_head,
            "expects_head": expected_head is not ANY,
        }
        path = f"{_place(project, kind)}/{segment(name)}/versions"
        try:
            made: VersionRead = self.http.post(path, body, once=uuid4().hex, form=self._read)
        except (NotFound, Unavailable) as error:
            # The answer may have been lost on its way, and the build be closed since the version is there.
            found = self._published(actor, project, kind, name, version)
            if found is None or not set(tags) <= set(found.tags):
                raise error from None
            made = replace(found, is_new=True)
        if build is not None:
            self.parcels.forget(build.id)
        return made

    def resolve(self, actor: Actor, uri: ArtifactUri) -> VersionRead:
        """The version that an address means; see `ArtifactService.resolve`."""
        params = {"name": uri.name, "bare": uri.bare}
        if uri.version is not None:
            params["version"] = uri.version
        return self.http.get(f"{_place(uri.project, uri.kind)}/resolve", params, form=self._read)

    def head(self, actor: Actor, project: str, kind: Kind, name: str) -> VersionRead | None:
        """The latest version of an artifact; None when there is no such artifact or no version of it."""
        path = f"{_place(project, kind)}/{segment(check_name(name, kind.value))}/head"
        return self.http.get(path, form=lambda told: None if told is None else self._read(told))

    def list(
        self,
        actor: Actor,
        project: str,
        kind: Kind,
        filters: ArtifactFilter | None = None,
        *,
        include_removed: bool = False,
        page: PageRequest | None = None,
    ) -> Page[VersionRead]:
        """One page of the versions in a project, newest first."""
        chosen = filters or ArtifactFilter()
        return page_of(
            self.http,
            _place(project, kind),
            page or PageRequest(),
            self._read,
            name=chosen.name,
            version=chosen.version,
            owner=chosen.owner,
            latest=chosen.latest or None,
            removed=include_removed or None,
        )

    def history(
        self,
        actor: Actor,
        uri: ArtifactUri,
        *,
        include_removed: bool = False,
        page: PageRequest | None = None,
    ) -> Page[VersionRead]:
        """One page of the versions of the artifact that `uri` names, newest first."""
        request = page or PageRequest(size=LARGEST)

        def read(name: str) -> Page[VersionRead]:
            path = f"{_place(uri.project, uri.kind)}/{segment(name)}/versions"
            return page_of(self.http, path, request, self._read, removed=include_removed or None)

        if uri.name:
            try:
                return read(uri.name)
            except NotFound:
                if not uri.bare:
                    raise
        return read(self.resolve(actor, uri).name)

    def tags(self, actor: Actor, uri: ArtifactUri) -> tuple[str, ...]:
        """All tags of the version that `uri` means, ``latest`` and ``v<seq>`` included."""
        return self.resolve(actor, uri).tags

    def add_tags(
        self, actor: Actor, uri: ArtifactUri, tags: Sequence[str], *, force: bool = False
    ) -> VersionRead:
        """Put tags on the version that `uri` means; see `ArtifactService.add_tags`."""
        for tag in tags:
            check_tag(tag)
        found = self.resolve(actor, uri)
        if not tags:
            return found
        path = f"{_place(uri.project, uri.kind)}/{segment(found.name)}/versions/{found.version}/tags"
        return self.http.post(path, {"tags": list(tags), "force": force}, again=True, form=self._read)

    def remove_tags(self, actor: Actor, uri: ArtifactUri, tags: Sequence[str]) -> None:
        """Take tags away from the artifact that `uri` names, or from the one version it means."""
        for tag in tags:
            check_tag(tag)
        if not tags:
            return
        found = self.resolve(actor, uri)
        params: dict[str, Any] = {"tag": list(tags)}
        if uri.version is not None:
            params["version"] = found.version
        self.http.delete(f"{_place(uri.project, uri.kind)}/{segment(found.name)}/tags", params)

    def remove(self, actor: Actor, uri: ArtifactUri, *, force: bool = False) -> ArtifactUri:
        """Put an artifact, or the one version that `uri` means, into the trash."""
        told = self.http.send("DELETE", _place(uri.project, uri.kind), params=_address(uri, force=force))
        # Where an earlier try did it, whose answer was lost, nobody tells what it was.
        if told.status_code == HTTPStatus.NOT_FOUND:
            return uri
        return self.http.read(told, partial(_moved, uri))

    def recover(self, actor: Actor, uri: ArtifactUri, *, force: bool = False) -> ArtifactUri:
        """Take an artifact or a version out of the trash, with the tags it still has."""
        path = f"{_place(uri.project, uri.kind)}/recover"
        answer = self.http.send("POST", path, params=_address(uri, force=force), json={})
        return self.http.read(answer, partial(_moved, uri))

    def open_build(
        self, actor: Actor, *, project: str, kind: Kind, name: str, manifests: Sequence[str] = ()
    ) -> Build:
        """See `RemoteBuilds.open`."""
        return self.builds.open(actor, project=project, kind=kind, name=name, manifests=manifests)

    def close_build(self, build: Build) -> None:
        """See `RemoteBuilds.close`."""
        self.builds.close(build)

    def _published(
        self, actor: Actor, project: str, kind: Kind, name: str, version: str
    ) -> VersionRead | None:
        uri = ArtifactUri(instance=self.instance, project=project, kind=kind, name=name, version=version)
        try:
            found = self.resolve(actor, uri)
        except StarwhaleError:
            return None
        return found if found.version == version and found.is_latest else None

    def _read(self, plain: dict[str, Any]) -> VersionRead:
        removed = plain["removed_at"]
        return VersionRead(
            instance=self.instance,
            project=plain["project"],
            kind=Kind(plain["kind"]),
            name=plain["name"],
            version=plain["version"],
            manifest=plain["manifest"],
            parent=plain["parent"],
            message=plain["message"],
            size=plain["size"],
            meta=plain["meta"],
            tags=tuple(plain["tags"]),
            created_at=datetime.fromisoformat(plain["created_at"]),
            created_by=plain["created_by"],
            seq=plain["seq"],
            removed_at=datetime.fromisoformat(removed) if removed else None,
            is_new=plain["is_new"],
        )


def _place(project: str, kind: Kind) -> str:
    return f"/projects/{segment(project)}/{kind.value}s"


def _address(uri: ArtifactUri, *, force: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"name": uri.name, "bare": uri.bare, "force": force}
    return told if uri.version is None else {**told, "version": uri.version}


def _moved(uri: ArtifactUri, told: dict[str, Any]) -> ArtifactUri:
    return replace(uri, name=told["name"], version=told["version"], bare=False)


def _build(plain: dict[str, Any]) -> Build:
    return Build(
        id=plain["id"],
        opened_at=datetime.fromisoformat(plain["opened_at"]),
        expires_at=datetime.fromisoformat(plain["expires_at"]),
    )
