"""What a build may be asked for, and the files of the package that come of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from starwhale.core.errors import InvalidSpec, UsageError
from starwhale.core.names import quoted
from starwhale.core.specs.runtime import RUNTIME_YAML
from starwhale.runtimes import found, package
from starwhale.runtimes.conda import Conda
from starwhale.runtimes.lock import FILE_NAME, Lock, header_of, parse_lock
from starwhale.runtimes.own import OwnWheel
from starwhale.runtimes.package import DESCRIPTION, Description, conda_lock_path, lock_path
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.recipe import Recipe, Source, read_recipe, with_wheels
from starwhale.runtimes.resolve import inputs_of, resolve
from starwhale.runtimes.uv import Uv
from starwhale.storage.blobs import Blobs
from starwhale.storage.trees import Ignore, TreeEntry, Trees
from starwhale.storage.trees.entry import check_entries

LOCK_DIRECTORY = ".starwhale/lock"
_NUMBER = re.compile(r"\d{1,4}(\.\d{1,4}){0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What to build; exactly one of the first five is set.

    Attributes:
        yaml: A runtime.yaml.
        venv: Directory of an environment of venv, virtualenv or uv.
        conda: Name of an environment of conda.
        conda_prefix: Directory of one.
        image: Name of a container image that holds everything.
        shell: Take the environment that this process was started in.
        name: Of the runtime; found out where it is empty.
        desc: What the user says about it.
        tags: The user's tags to put on the version.
        force_tags: Take the tags away from other versions.
        lock: Choose every package now, with hashes.
        cache: Whether what was fetched before may be used.
        include_editable: Build what was installed from a directory of this machine into the package.
        include_local_wheel: Take wheels of this machine into an environment's package.
        dump_pip_options: Note the indexes that pip is configured for.
        dump_condarc: Note the settings of conda.
        download_all: Take every wheel into the package.
        arches: ``amd64``, ``arm64`` or ``noarch``; those of the file by default.
        cuda: Version of CUDA that is needed; that of the file where it is empty.
        cudnn: Version of cuDNN.
    """

    yaml: Path | None = None
    venv: Path | None = None
    conda: str = ""
    conda_prefix: Path | None = None
    image: str = ""
    shell: bool = False
    name: str = ""
    desc: str = ""
    tags: tuple[str, ...] = ()
    force_tags: bool = False
    lock: bool = True
    cache: bool = True
    include_editable: bool = False
    include_local_wheel: bool = False
    dump_pip_options: bool = False
    dump_condarc: bool = False
    download_all: bool = False
    arches: tuple[str, ...] = ()
    cuda: str = ""
    cudnn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """The locks of one build: by platform, and those of conda."""

    pip: dict[str, Lock]
    conda: dict[str, tuple[str, ...]]


def make_recipe(request: BuildRequest, uv: Uv) -> Recipe:
    """Find out what a request means.

    Raises:
        UsageError: none or several sources are named.
        NotFound: a file that is named is not there.
        InvalidSpec: something in runtime.yaml is wrong, or the Python is too old.
        MissingDependency: conda is needed and not there.
    """
    ways = (request.yaml, request.venv, request.conda, request.conda_prefix, request.image, request.shell)
    if sum(map(bool, ways)) != 1:
        raise UsageError(
            "a runtime is built from exactly one of runtime.yaml, venv, conda, shell and docker image"
        )

    _check_numbers(cuda=request.cuda, cudnn=request.cudnn)

    def change(description: Description) -> Description:
        return _changed(description, request, uv)

    if request.yaml is not None:
        recipe = read_recipe(request.yaml, name=request.name, arches=request.arches, change=change)
    elif request.image:
        recipe = found.of_image(request.image, name=request.name, change=change)
    else:
        options = found.Options(
            name=request.name,
            include_editable=request.include_editable,
            include_local_wheel=request.include_local_wheel,
        )
        place = request.venv or request.conda_prefix
        if request.conda:
            place = Conda.find(uv.env).prefix_of(request.conda)
        if place is None:
            place = found.prefix_of_shell(uv.env)
        recipe = found.of_prefix(place, uv, options, change=change)
    return replace(recipe, desc=request.desc or recipe.desc)


def _changed(description: Description, request: BuildRequest, uv: Uv) -> Description:
    """What the request sets goes before what was written or found."""
    indexes, condarc = description.indexes, description.condarc
    if request.dump_pip_options:
        indexes = indexes.over(found.configured_indexes(uv.env))
    if request.dump_condarc and description.mode == package.CONDA:
        condarc = {**found.configured_conda(uv.env), **condarc}
    return replace(
        description,
        cuda=request.cuda or description.cuda,
        cudnn=request.cudnn or description.cudnn,
        indexes=indexes,
        condarc=condarc,
    )


def _check_numbers(**given: str) -> None:
    for name, value in given.items():
        if value and _NUMBER.fullmatch(value) is None:
            raise InvalidSpec(f"{name} is {quoted(value)}, expected a version such as '12.4'")


def built_projects(recipe: Recipe, uv: Uv, place: Path, *, include: bool) -> Recipe:
    """The recipe with the user's own projects as wheels.

    Args:
        recipe: May ask for directories of this machine.
        uv: Builds them.
        place: Where the wheels are put.
        include: Build them; otherwise they are refused.

    Raises:
        InvalidSpec: they are refused, or one does not build.
    """
    if not recipe.projects:
        return recipe
    if not include:
        first = recipe.projects[0]
        raise InvalidSpec(
            f"{first.where}: {str(first.path)!r} is a directory of this machine, which no lock can name",
            hint="build a wheel of it with --include-editable, or name a wheel under `wheels`",
        )
    for number, each in enumerate(recipe.projects):
        target = place / str(number)
        words = ["build", "--wheel", "--out-dir", str(target), str(each.path)]
        uv(words, cwd=place, what=f"no wheel can be built of {str(each.path)!r}")
    return with_wheels(recipe, sorted(place.glob("*/*.whl")))


def make_locks(recipe: Recipe, uv: Uv, own: OwnWheel) -> Locks:
    """Lock a recipe for each of its platforms; a lock beside runtime.yaml that still fits is taken as it is.

    Raises:
        InvalidSpec: nothing fits on a platform, with the resolver's own reason.
        Unavailable: an index does not answer.
    """
    description = recipe.description
    pip: dict[str, Lock] = {}
    conda: dict[str, tuple[str, ...]] = {}
    if description.mode == package.DOCKER:
        return Locks(pip=pip, conda=conda)
    for platform in recipe.platforms:
        if description.mode == package.CONDA:
            conda[platform] = recipe.conda_lock or solve_conda(description, uv, platform)
        pip[platform] = _kept(recipe, platform, own) or resolve(uv, recipe.wanted, platform=platform, own=own)
    return Locks(pip=pip, conda=conda)


def solve_conda(description: Description, uv: Uv, platform: str) -> tuple[str, ...]:
    """The archives of conda that a description means on a platform."""
    wanted = [f"python={description.python}", *description.conda]
    return Conda.find(uv.env).solve(wanted, description.channels, platform, description.condarc)


def _kept(recipe: Recipe, platform: str, own: OwnWheel) -> Lock | None:
    """The lock that lies beside runtime.yaml, made for this platform on whatever machine, while it fits."""
    wanted = inputs_of(recipe.wanted, platform, own)
    for name in (FILE_NAME, f"{platform}.txt"):
        try:
            text = (recipe.workdir / LOCK_DIRECTORY / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if header_of(text).get("inputs") == wanted:
            return parse_lock(text, name)
    return None


def pack(recipe: Recipe, locks: Locks, trees: Trees, blobs: Blobs) -> list[TreeEntry]:
    """Store the files of a package.

    Returns:
        All of them, sorted by path.

    Raises:
        InvalidName: two of them want the same place.
    """
    description = replace(recipe.description, platforms=tuple(sorted(locks.pip)))
    written = {RUNTIME_YAML: recipe.yaml.encode(), DESCRIPTION: description.to_bytes()}
    for platform, lock in locks.pip.items():
        written[lock_path(platform)] = lock.to_text().encode()
    for platform, lines in locks.conda.items():
        written[conda_lock_path(platform)] = "".join(f"{line}\n" for line in lines).encode()
    entries = [
        TreeEntry(path=path, mode=0o644, size=len(content), digest=blobs.put(content))
        for path, content in written.items()
    ]
    for each in recipe.sources:
        if each.path not in written:
            entries += _stored(each, trees, blobs)
    return check_entries({entry.path: entry for entry in entries}.values())


def _stored(source: Source, trees: Trees, blobs: Blobs) -> Iterable[TreeEntry]:
    if source.place.is_dir():
        return [
            replace(each, path=f"{source.path}/{each.path}") for each in trees.pack(source.place, Ignore())
        ]
    facts = source.place.stat()
    digest = blobs.put_file(source.place)
    return [TreeEntry(path=source.path, mode=facts.st_mode & 0o777, size=facts.st_size, digest=digest)]


def write_lock(recipe: Recipe, locks: Locks, write: Callable[[str, str], None], *, indexes: bool) -> None:
    """Hand the locks on as files: that of this machine under its known name, others named for their platform.

    Args:
        recipe: What was locked.
        locks: Its locks.
        write: Gets the name and the text of each file.
        indexes: Write down where the packages come from.
    """
    options = recipe.description.indexes.to_lines() if indexes else ()
    for platform, lock in locks.pip.items():
        here = platform == this_platform() or len(locks.pip) == 1
        write(FILE_NAME if here else f"{platform}.txt", lock.to_text(options))
    for platform, lines in locks.conda.items():
        here = platform == this_platform() or len(locks.conda) == 1
        text = _conda_yaml(recipe.description, lines)
        write("conda-sw-lock.yaml" if here else f"{platform}.conda.yaml", text)


def _conda_yaml(description: Description, lines: Sequence[str]) -> str:
    import yaml

    plain = {"channels": list(description.channels), "explicit": list(lines)}
    return yaml.safe_dump(plain, sort_keys=False)
