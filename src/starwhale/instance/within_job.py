"""The server of a job as the code of that job sees it: its project, and what the job was ordered to read."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starwhale.artifacts.schemas import VersionRead
from starwhale.client.artifacts import RemoteArtifacts
from starwhale.client.http import Http
from starwhale.core.errors import NotFound, StarwhaleError
from starwhale.core.kinds import Kind
from starwhale.instance.remote import RemoteInstance

if TYPE_CHECKING:
    from starwhale.core.actor import Actor
    from starwhale.core.uri import ArtifactUri

_BLOBS = "/blobs/"
#: The door for workers, which gives out what a job reads, of whatever project.
_DOOR = "/work"


class JobInstance(RemoteInstance):
    """See the module."""

    @cached_property
    def http(self) -> Http:
        """The connection."""
        return _JobHttp(self.url, self._token, alias=self.name)

    @cached_property
    def artifacts(self) -> RemoteArtifacts:
        """Versions and tags of packages of every kind."""
        return _JobArtifacts(self.http, self.name, self.parcels)


class _JobHttp(Http):
    def send(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = super().send(method, path, **options)
        except NotFound as error:
            if method != "GET" or not path.startswith(_BLOBS):
                raise
            try:
                return super().send(method, _DOOR + path, **options)
            except StarwhaleError:
                raise error from None
        if method == "HEAD" and answer.status_code == HTTPStatus.NOT_FOUND and path.startswith(_BLOBS):
            with suppress(StarwhaleError):
                return super().send(method, _DOOR + path, **options)
        return answer


class _JobArtifacts(RemoteArtifacts):
    def resolve(self, actor: Actor, uri: ArtifactUri) -> VersionRead:
        """See `RemoteArtifacts.resolve`; of a dataset of another project that the job reads only the rows."""
        try:
            return RemoteArtifacts.resolve(self, actor, uri)
        except NotFound as error:
            if uri.kind is not Kind.DATASET or not uri.version:
                raise
            try:
                asked = {"dataset": str(uri)}
                manifest = self.http.get(f"{_DOOR}/manifest", asked, form=lambda told: str(told["manifest"]))
            except StarwhaleError:
                raise error from None
        return VersionRead(
            instance=self.instance,
            project=uri.project,
            kind=uri.kind,
            name=uri.name,
            version=uri.version,
            manifest=manifest,
            parent=None,
            message="",
            size=0,
            meta={},
            tags=(),
            created_at=datetime.fromtimestamp(0, UTC),
            created_by="",
            seq=0,
            removed_at=None,
        )
