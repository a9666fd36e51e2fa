"""From runtime.yaml to a recipe: what to resolve, and which files go into the package."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from starwhale.core.errors import InvalidSpec, NotFound
from starwhale.core.names import check_name, quoted
from starwhale.core.specs.document import read_document
from starwhale.core.specs.runtime import RuntimeSpec, read_runtime_spec
from starwhale.core.specs.runtime_python import check_python, minor_of
from starwhale.runtimes import package
from starwhale.runtimes.conda_file import read_conda_file
from starwhale.runtimes.indexes import Indexes
from starwhale.runtimes.lock import header_of
from starwhale.runtimes.package import Description
from starwhale.runtimes.platforms import wanted_platforms
from starwhale.runtimes.requirements import Local, Requirements, read_file, read_lines
from starwhale.runtimes.resolve import Wanted
from starwhale.storage.objects.disk_errors import source_errors
from starwhale.storage.trees.entry import check_path

_CONDA_FILES = {".yaml", ".yml"}
_KEPT = ("bin/python", "pyvenv.cfg", "conda-meta", f"{package.OWN}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file or directory that goes into a package."""

    path: str
    place: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that a build needs to know.

    Attributes:
        name: Of the runtime.
        yaml: Text of runtime.yaml.
        description: Without locks.
        sources: What else goes into the package.
        wheels: Wheels to install.
        projects: Directories of this machine that somebody asks for.
        platforms: Those to lock for.
        workdir: Directory of runtime.yaml.
        desc: What the user says about it.
        is_exact: See `Wanted`.
        conda_lock: What was found installed in an environment of conda, a line each.
        notices: What the user should hear.
    """

    name: str
    yaml: str
    description: Description
    sources: tuple[Source, ...] = ()
    wheels: tuple[Path, ...] = ()
    projects: tuple[Local, ...] = ()
    platforms: tuple[str, ...] = ()
    workdir: Path = field(default_factory=Path)
    desc: str = ""
    is_exact: bool = False
    conda_lock: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def wanted(self) -> Wanted:
        """What uv is to resolve."""
        return Wanted(
            requirements=self.description.asked,
            wheels=self.wheels,
            python=self.description.python,
            is_exact=self.is_exact,
        )


def this_python() -> str:
    """The Python of this process, such as ``3.12``; a runtime that names none gets it."""
    return minor_of(platform.python_version())


def read_recipe(
    path: Path,
    *,
    name: str = "",
    arches: Sequence[str] = (),
    change: Callable[[Description], Description] = lambda same: same,
) -> Recipe:
    """Read runtime.yaml and everything it names.

    Args:
        path: The file.
        name: Of the runtime; that of the file or of its directory where it is empty.
        arches: ``amd64``, ``arm64`` or ``noarch``; those of the file by default.
        change: What the command line sets goes before the file.

    Raises:
        NotFound: a file that is named is not there.
        InvalidSpec: something in it is wrong, or its Python is too old.
        InvalidName: the runtime cannot be called so.
    """
    document = read_document(path)
    spec = read_runtime_spec(document)
    workdir = path.resolve().parent
    gathered = _Gathered(spec, workdir, path.name)
    for file in spec.files:
        gathered.add_file(file)
    for each in spec.dependencies:
        gathered.add(each.pip, each.conda, each.wheels)
        gathered.add_files([(entry.src, entry.dest) for entry in each.files])
        gathered.commands += each.commands
    with source_errors(path):
        text = path.read_text(encoding="utf-8-sig")
    platforms = wanted_platforms(arches or spec.environment.arch)
    gathered.check_locks(platforms)
    return Recipe(
        name=check_name(name or spec.name or workdir.name, "runtime"),
        yaml=text,
        description=change(gathered.description()),
        sources=tuple(gathered.sources.values()),
        wheels=tuple(dict.fromkeys(gathered.wheels)),
        projects=tuple(each for each in gathered.asked.local if each.path.suffix != ".whl"),
        platforms=platforms,
        workdir=workdir,
        desc=spec.desc,
        notices=tuple(gathered.notices),
    )


class _Gathered:
    """What the entries of one runtime.yaml add up to."""

    def __init__(self, spec: RuntimeSpec, workdir: Path, origin: str) -> None:
        self._spec, self._workdir, self._origin = spec, workdir, origin
        self.asked = Requirements()
        self.conda: list[str] = []
        self.channels: list[str] = list(spec.configs.conda.channels)
        self.sources: dict[str, Source] = {}
        self.wheels: list[Path] = []
        self.files: list[tuple[str, str]] = []
        self.commands: tuple[str, ...] = ()
        self.notices: list[str] = []
        self._heads: list[tuple[str, dict[str, str]]] = []
        for unknown in spec.unknown:
            self.notices.append(f"{origin} has a field {unknown}, which means nothing here")

    def add_file(self, name: str) -> None:
        place = (self._workdir / name).resolve()
        if place.suffix in _CONDA_FILES:
            found = read_conda_file(place)
            self.conda += found.packages
            self.channels += [each for each in found.channels if each not in self.channels]
            self._ask(read_lines(found.pip, place.parent, place.name))
        else:
            self._ask(read_file(place))
            with source_errors(place):
                self._heads.append((name, header_of(place.read_text(encoding="utf-8-sig"))))
        self._put(place)

    def add(self, pip: Sequence[str], conda: Sequence[str], wheels: Sequence[str]) -> None:
        self._ask(read_lines(pip, self._workdir, self._origin))
        self.conda += conda
        for each in wheels:
            if not each.endswith(".whl"):
                raise InvalidSpec(f"{self._origin}: {quoted(each)} is not a wheel", hint="name a .whl file")
            self._wheel((self._workdir / each).resolve())

    def add_files(self, files: Sequence[tuple[str, str]]) -> None:
        for src, dest in files:
            place = (self._workdir / src).resolve()
            if not place.exists():
                raise NotFound(f"{self._origin}: there is no file {quoted(src)}")
            target = check_path(os.path.normpath(dest))
            if target.startswith(_KEPT):
                raise InvalidSpec(f"{self._origin}: {quoted(dest)} belongs to the environment itself")
            self.files.append((self._put(place), target))

    def check_locks(self, platforms: Sequence[str]) -> None:
        for name, head in self._heads:
            if not head:
                continue
            here = (", ".join(platforms), minor_of(self._python()))
            if head.get("platform") not in platforms or head.get("python") != here[1]:
                raise InvalidSpec(
                    f"{name} is a lock for {head.get('platform')} with Python {head.get('python')}, "
                    f"but the runtime is for {here[0]} with Python {here[1]}",
                    hint="lock it again with `swcli runtime lock`",
                )

    def description(self) -> Description:
        spec = self._spec
        mode = spec.mode
        if self.conda and mode == package.VENV:
            self.notices.append(f"packages of conda have nothing to do in mode venv: {', '.join(self.conda)}")
        own = Indexes(
            default=spec.configs.pip.index_url,
            extra=spec.configs.pip.extra_index_url,
            trusted=spec.configs.pip.trusted_host,
        )
        asked = self.asked
        return Description(
            mode=mode,
            python=check_python(self._python()),
            requirements=asked.lines,
            constraints=asked.constraints,
            hashes=tuple(sorted((line, each) for line, found in asked.hashes.items() for each in found)),
            options=asked.options,
            conda=tuple(self.conda) if mode == package.CONDA else (),
            channels=tuple(self.channels) if mode == package.CONDA else (),
            condarc=spec.configs.conda.condarc if mode == package.CONDA else {},
            wheels=tuple(self._path_of(each) for each in dict.fromkeys(self.wheels)),
            files=tuple(self.files),
            pre=spec.hooks.pre,
            commands=self.commands,
            post=spec.hooks.post,
            image=spec.image,
            cuda=spec.environment.cuda,
            cudnn=spec.environment.cudnn,
            os=spec.environment.os,
            indexes=own.over(asked.indexes),
        )

    def _python(self) -> str:
        return self._spec.python or this_python()

    def _ask(self, asked: Requirements) -> None:
        self.asked += asked
        for each in asked.local:
            if each.path.suffix == ".whl":
                self._wheel(each.path)

    def _wheel(self, place: Path) -> None:
        if not place.is_file():
            raise NotFound(f"{self._origin}: there is no wheel {str(place)!r}")
        self.wheels.append(place)
        self._put(place)

    def _put(self, place: Path) -> str:
        path = self._path_of(place)
        self.sources[path] = Source(path=path, place=place)
        return path

    def _path_of(self, place: Path) -> str:
        """Where in the package: at the same path beside runtime.yaml, or apart with what lies elsewhere."""
        if place.is_relative_to(self._workdir) and place != self._workdir:
            return place.relative_to(self._workdir).as_posix()
        if place.suffix == ".whl":
            return f"{package.WHEELS}/{place.name}"
        return f"{package.OUTSIDE}/{place.name}"


def with_wheels(recipe: Recipe, wheels: Sequence[Path]) -> Recipe:
    """The recipe and wheels that were made for it."""
    made = [Source(path=f"{package.WHEELS}/{each.name}", place=each) for each in wheels]
    description = recipe.description
    return replace(
        recipe,
        description=replace(description, wheels=(*description.wheels, *(each.path for each in made))),
        sources=(*recipe.sources, *made),
        wheels=(*recipe.wheels, *wheels),
    )
