"""`model.build`: pack the directory one works in, from a script or a notebook; `model.describe`."""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.api.place import Project, Resource, defaults
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.errors import InvalidSpec, NotFound
from starwhale.core.handlers import is_importing, registered
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind

if TYPE_CHECKING:
    from starwhale.api.model_facts import ModelFacts, TensorSpec, describe
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.models.builder import PackedRuntime

__all__ = ["ModelFacts", "TensorSpec", "build", "describe"]

_log = logging.getLogger(__name__)


def __getattr__(name: str) -> Any:
    # Workers import this module with each program; the readers of frameworks wait until one asks for them.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from starwhale.api import model_facts

    found = getattr(model_facts, name)
    globals()[name] = found
    return found


def build(
    modules: Sequence[Any] | None = None,
    workdir: str | Path | None = None,
    name: str | None = None,
    project_uri: str = "",
    desc: str = "",
    remote_project_uri: str | None = None,
    add_all: bool = False,
    tags: Sequence[str] | None = None,
    excludes: Sequence[str] | None = None,
    package_runtime: bool = True,
) -> Resource | None:
    """Build a version of a model from a directory, as ``swcli model build`` does.

    The handlers are found by importing the modules again, in a process of their own. A script that builds
    itself is imported there as well; the call inside it does nothing then.

    Args:
        modules: Names such as ``"pkg.evaluate"``, or functions, classes and modules; the modules of all
            handlers that this process has defined where it is left out.
        workdir: Directory to pack, the current one where it is left out.
        name: Name of the model, that of the directory where it is left out.
        project_uri: Project to build in; the current one where it is empty.
        desc: What to say about the version.
        remote_project_uri: Another project, of whatever instance, that is to have the version too.
        add_all: Also pack caches and virtual environments.
        tags: Tags for the version.
        excludes: Patterns of files to leave out, beside those of ``.swignore``.
        package_runtime: Pack the Starwhale runtime that is active as well, if one is.

    Returns:
        The version; None where nothing is built, since a worker imports the script at this moment.

    Raises:
        InvalidSpec: there is no handler, or one of `modules` does not lie in the directory.
        UserCodeError: a module does not import.
        Unavailable: a server does not answer.

    Example:
        ```python
        from starwhale import model

        model.build(["evaluate"], name="digits", tags=["nightly"])
        ```
    """
    if is_importing():
        _log.info("model.build does nothing while a worker imports this module")
        return None
    from starwhale.models.builder import BuildRequest

    root = Path(workdir or Path.cwd()).resolve()
    request = BuildRequest(
        workdir=root,
        name=name or "",
        modules=_modules(modules, root),
        desc=desc,
        tags=tuple(tags or ()),
        excludes=tuple(excludes or ()),
        add_all=add_all,
        runtime=_active_runtime() if package_runtime else None,
    )
    built = _publish(Project(project_uri), request)
    if remote_project_uri:
        _copy(built, Project(remote_project_uri))
    return _resource(built)


def _active_runtime() -> PackedRuntime | None:
    """The runtime of the environment that this process runs in; None where it is none of ours."""
    from starwhale.runtimes.fingerprint import read_mark

    mark = read_mark(Path(sys.prefix))
    if mark is None or not mark.runtime:
        return None
    from starwhale.api.session import local
    from starwhale.models.builder import PackedRuntime

    instance = local()
    try:
        uri = parse_uri(f"version/{mark.runtime}", kind=Kind.RUNTIME, defaults=_local_defaults())
        version = instance.runtimes.resolve(instance.actor, uri)
    except NotFound:
        _log.warning("the runtime of this environment is in no project here, so it is not packed")
        return None
    files = instance.runtimes.contents.files(version)
    return PackedRuntime(name=version.name, version=version.version, files=files, origin=instance.blobs)


def _local_defaults() -> Defaults:
    known = defaults()
    return known if known.instance == LOCAL else Defaults(aliases=known.aliases)


def _publish(project: Project, request: Any) -> VersionRead:
    from starwhale.api.session import at
    from starwhale.models.discovery import discover

    instance = at(project.instance.alias)
    return instance.models.build(instance.actor, project.name, request, discover=discover)


def _copy(version: VersionRead, project: Project) -> None:
    from starwhale.api.session import at
    from starwhale.instance.copying import copy

    copy(at(version.instance), version, at(project.instance.alias), project.name, version.name)


def _resource(version: VersionRead) -> Resource:
    return Resource.of(version.uri)


def _modules(given: Sequence[Any] | None, workdir: Path) -> tuple[str, ...]:
    if given:
        return tuple(each if isinstance(each, str) else _module_of(each, workdir) for each in given)
    found: list[str] = []
    for _, function in registered().values():
        module = _module_of(function, workdir, strict=False)
        if module and module not in found:
            found.append(module)
    if not found:
        raise InvalidSpec(
            f"no handler is defined in {workdir}", hint="name modules, or decorate functions before you build"
        )
    return tuple(found)


def _module_of(obj: Callable[..., Any] | type[Any] | Any, workdir: Path, *, strict: bool = True) -> str:
    """Name under which a process in `workdir` can import what holds `obj`; of a script too."""
    try:
        source = inspect.getsourcefile(inspect.unwrap(obj) if callable(obj) else obj)
    except TypeError:
        source = None
    path = Path(source).resolve() if source else None
    if path is not None and path.is_relative_to(workdir) and path.exists():
        return ".".join(path.relative_to(workdir).with_suffix("").parts).removesuffix(".__init__")
    if not strict:
        return ""
    named = getattr(obj, "__name__", obj)
    raise InvalidSpec(f"{named!r} does not lie in {workdir}", hint="only what is packed can be run later")
