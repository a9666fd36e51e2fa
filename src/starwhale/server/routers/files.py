"""The files of models and runtimes: listed, shown, downloaded, compared."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.artifacts.schemas import VersionRead
from starwhale.core.actor import Actor
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.permissions import reading
from starwhale.core.uri import ArtifactUri
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.paging import Listed, WantedPage, listed_whole
from starwhale.server.ranges import bytes_answer
from starwhale.server.untrusted import UNTRUSTED

PathInPackage = Annotated[str, Query(max_length=4096, description="From the root of the package.")]
With = Annotated[str, Query(alias="with", max_length=80, description="Version to compare with.")]
WithName = Annotated[str, Query(max_length=80, description="Its package; this one by default.")]
WithProject = Annotated[str, Query(max_length=80, description="Its project; this one by default.")]


class Entry(BaseModel):
    """A file or a directory."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["weights.safetensors"])
    path: str = Field(examples=["model/weights.safetensors"])
    is_folder: bool
    size: int = Field(description="Bytes; of a directory those of all files below it.")
    files: int = Field(description="How many files it stands for.")
    mode: int | None
    digest: str | None


class FileText(BaseModel):
    """The beginning of a file that is text."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    path: str
    size: int = Field(description="Bytes of the whole file.")
    encoding: str = Field(examples=["utf-8"])
    text: str = Field(description="At most the first MiB.")
    is_whole: bool


class FileChanged(BaseModel):
    """A file that is not the same in both versions."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    path: str
    change: Literal["added", "removed", "changed"]
    size_before: int | None
    size_after: int | None
    mode_changed: bool
    lines: list[str] | None = Field(description="Its unified diff, where it is text and was asked for.")


class FilesChanged(Listed[FileChanged]):
    """The files that differ between two versions, by path, and how many do in all."""

    added: int
    removed: int
    changed: int
    unchanged: int


class Lock(BaseModel):
    """The packages of a runtime for one platform."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["linux-x86_64.txt"])
    platform: str
    python: str
    packages: dict[str, str] = Field(examples=[{"numpy": "numpy==2.1.0"}])
    problem: str = Field(description="Why it cannot be read; empty where it can.")


class LockedChange(BaseModel):
    """A package that two locks pin differently."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    lock: str
    package: str
    before: str | None
    after: str | None


def _entry(entry: Any) -> Entry:
    return Entry.model_validate(entry)


def _version(
    request: Request, caller: Actor, kind: Kind, project: str, name: str, version: str
) -> VersionRead:
    uri = ArtifactUri(instance=LOCAL, project=project, kind=kind, name=name, version=version)
    return services_of(request).artifacts.resolve(caller, uri)


def routes_of(kind: Kind) -> Routes:
    """The routes of one kind of package."""
    routes = Routes(f"/projects/{{project}}/{kind}s/{{name}}/versions/{{version}}", f"{kind}s")
    _reads(routes, kind)
    _comparisons(routes, kind)
    return routes


def _reads(routes: Routes, kind: Kind) -> None:
    @routes.get("/files", reading(kind), name=f"list_{kind}_files", response_model=Listed[Entry])
    def list_files(
        request: Request,
        caller: Caller,
        project: str,
        name: str,
        version: str,
        page: WantedPage,
        path: PathInPackage = "",
    ) -> Any:
        """What lies in a directory of a version, directories first."""
        found = _version(request, caller, kind, project, name, version)
        return listed_whole(services_of(request).files.folder(found, path), page, _entry)

    @routes.get("/files/text", reading(kind), name=f"show_{kind}_file")
    def show_file(
        request: Request, caller: Caller, project: str, name: str, version: str, path: PathInPackage
    ) -> FileText:
        """The first MiB of a file that is text; anything else is refused."""
        found = _version(request, caller, kind, project, name, version)
        return FileText.model_validate(services_of(request).files.text(found, path))

    @routes.get("/files/raw", reading(kind), name=f"download_{kind}_file", response_class=Response)
    def download_file(
        request: Request,
        caller: Caller,
        project: str,
        name: str,
        version: str,
        path: PathInPackage,
        range: Annotated[str | None, Header()] = None,  # noqa: A002 - the name of the header
        if_range: Annotated[str | None, Header(description="Only while the ETag is this one.")] = None,
    ) -> Response:
        """The bytes of a file, or a part of them."""
        files = services_of(request).files
        entry = files.entry(_version(request, caller, kind, project, name, version), path)
        shown = quote(entry.path.rpartition("/")[2], safe="")
        tag = f'"{entry.digest}"'
        headers = {
            **UNTRUSTED,
            "Content-Disposition": f"attachment; filename*=UTF-8''{shown}",
            "ETag": tag,
        }
        # `latest` may be another version by the time that the rest of a file is asked for.
        return bytes_answer(
            range if if_range in {None, tag} else None,
            entry.size,
            partial(files.read, entry),
            media_type="application/octet-stream",
            headers=headers,
        )


def _comparisons(routes: Routes, kind: Kind) -> None:
    @routes.get("/diff", reading(kind), name=f"diff_{kind}")
    def diff(
        request: Request,
        caller: Caller,
        project: str,
        name: str,
        version: str,
        other: With,
        page: WantedPage,
        with_name: WithName = "",
        with_project: WithProject = "",
    ) -> FilesChanged:
        """Which files another version adds, removes and changes."""
        one = _version(request, caller, kind, project, name, version)
        two = _version(request, caller, kind, with_project or project, with_name or name, other)
        found = services_of(request).files.diff(one, two)
        shown = listed_whole(found.files, page, FileChanged.model_validate)
        return FilesChanged(
            items=shown.items,
            total=shown.total,
            next=shown.next,
            added=found.count("added"),
            removed=found.count("removed"),
            changed=found.count("changed"),
            unchanged=found.unchanged,
        )

    @routes.get("/diff/text", reading(kind), name=f"diff_{kind}_file")
    def diff_file(
        request: Request,
        caller: Caller,
        project: str,
        name: str,
        version: str,
        other: With,
        path: PathInPackage,
        with_name: WithName = "",
        with_project: WithProject = "",
    ) -> FileChanged | None:
        """How the lines of one file differ; null where it is the same in both."""
        one = _version(request, caller, kind, project, name, version)
        two = _version(request, caller, kind, with_project or project, with_name or name, other)
        found = services_of(request).files.diff_text(one, two, path)
        return None if found is None else FileChanged.model_validate(found)


def _of_models(routes: Routes) -> Routes:
    @routes.get("/handlers", reading(Kind.MODEL), response_model=Listed[dict[str, Any]])
    def list_handlers(
        request: Request, caller: Caller, project: str, name: str, version: str, page: WantedPage
    ) -> Any:
        """The handlers of a model, with the arguments that each takes."""
        found = _version(request, caller, Kind.MODEL, project, name, version)
        return listed_whole(services_of(request).files.handlers(found), page, dict)

    @routes.get("/facts", reading(Kind.MODEL))
    def model_facts(
        request: Request, caller: Caller, project: str, name: str, version: str
    ) -> dict[str, Any]:
        """What the model is, read from its files; nothing of it is imported, run or unpickled."""
        found = _version(request, caller, Kind.MODEL, project, name, version)
        return services_of(request).files.facts(found)

    return routes


def _of_runtimes(routes: Routes) -> Routes:
    @routes.get("/environment", reading(Kind.RUNTIME))
    def runtime_environment(
        request: Request, caller: Caller, project: str, name: str, version: str
    ) -> dict[str, Any]:
        """What the environment is made of, as its author asked for it."""
        found = _version(request, caller, Kind.RUNTIME, project, name, version)
        return services_of(request).files.runtime(found)

    @routes.get("/locks", reading(Kind.RUNTIME), response_model=Listed[Lock])
    def list_locks(
        request: Request, caller: Caller, project: str, name: str, version: str, page: WantedPage
    ) -> Any:
        """The packages that a runtime pins, one lock for each platform."""
        found = _version(request, caller, Kind.RUNTIME, project, name, version)
        return listed_whole(services_of(request).files.locks(found), page, Lock.model_validate)

    @routes.get("/locks/diff", reading(Kind.RUNTIME), response_model=Listed[LockedChange])
    def diff_locks(
        request: Request,
        caller: Caller,
        project: str,
        name: str,
        version: str,
        other: With,
        page: WantedPage,
        with_name: WithName = "",
        with_project: WithProject = "",
    ) -> Any:
        """The packages that another version pins differently."""
        kind = Kind.RUNTIME
        one = _version(request, caller, kind, project, name, version)
        two = _version(request, caller, kind, with_project or project, with_name or name, other)
        found = services_of(request).files.diff_locks(one, two)
        return listed_whole(found, page, LockedChange.model_validate)

    return routes


ROUTES = (_of_models(routes_of(Kind.MODEL)), _of_runtimes(routes_of(Kind.RUNTIME)))
