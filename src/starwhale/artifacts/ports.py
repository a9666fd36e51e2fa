"""What the services of datasets, models and runtimes need of versions and tags, wherever those are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from starwhale.artifacts.schemas import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starwhale.artifacts.schemas import Anything, ArtifactFilter, Build, VersionRead
    from starwhale.core.actor import Actor
    from starwhale.core.kinds import Kind
    from starwhale.core.page import Page, PageRequest
    from starwhale.core.uri import ArtifactUri


class Builds(Protocol):
    """Builds under way; `BuildService` says what each method does."""

    def renew(self, build: Build) -> Build: ...


class Artifacts(Protocol):
    """Versions and tags of packages; `ArtifactService` says what each method does.

    In a catalog it is that service, on a server its twin in `client.artifacts`.
    """

    @property
    def builds(self) -> Builds: ...

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
    ) -> VersionRead: ...

    def resolve(self, actor: Actor, uri: ArtifactUri) -> VersionRead: ...

    def head(self, actor: Actor, project: str, kind: Kind, name: str) -> VersionRead | None: ...

    def list(
        self,
        actor: Actor,
        project: str,
        kind: Kind,
        filters: ArtifactFilter | None = None,
        *,
        include_removed: bool = False,
        page: PageRequest | None = None,
    ) -> Page[VersionRead]: ...

    def history(
        self,
        actor: Actor,
        uri: ArtifactUri,
        *,
        include_removed: bool = False,
        page: PageRequest | None = None,
    ) -> Page[VersionRead]: ...

    def tags(self, actor: Actor, uri: ArtifactUri) -> tuple[str, ...]: ...

    def add_tags(
        self, actor: Actor, uri: ArtifactUri, tags: Sequence[str], *, force: bool = False
    ) -> VersionRead: ...

    def remove_tags(self, actor: Actor, uri: ArtifactUri, tags: Sequence[str]) -> None: ...

    def remove(self, actor: Actor, uri: ArtifactUri, *, force: bool = False) -> ArtifactUri: ...

    def recover(self, actor: Actor, uri: ArtifactUri, *, force: bool = False) -> ArtifactUri: ...

    def open_build(
        self, actor: Actor, *, project: str, kind: Kind, name: str, manifests: Sequence[str] = ()
    ) -> Build: ...

    def close_build(self, build: Build) -> None: ...
