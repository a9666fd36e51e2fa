"""From a directory of code and weights to the files and the description of a package."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from starwhale.core.errors import InvalidSpec, NotFound
from starwhale.core.handlers import HandlerSpec
from starwhale.core.names import check_name
from starwhale.core.specs.model import ModelSpec, load_model_spec
from starwhale.models.package import DESCRIPTION, MODEL_YAML, RUNTIME, Description
from starwhale.storage.blobs import Blobs
from starwhale.storage.blobs.carrying import carry
from starwhale.storage.trees import Ignore, TreeEntry, Trees
from starwhale.storage.trees.entry import check_entries

Discover = Callable[[Path, Sequence[str], Mapping[str, str]], Sequence[HandlerSpec]]
"""Finds the handlers of modules in a directory, given variables of the environment. Runs the user's code,
so it does so in a process of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRuntime:
    """A runtime that goes into a package.

    Attributes:
        name: Its name.
        version: Its version id.
        files: Its files.
        origin: The store that has them, where it is not the one that the package goes to.
    """

    name: str
    version: str
    files: tuple[TreeEntry, ...]
    origin: Blobs | None = None

    def bring(self, blobs: Blobs) -> None:
        """Have a store get the files."""
        if self.origin is None:
            return
        wanted = dict.fromkeys(blob for each in self.files for blob in each.blobs)
        for digest in blobs.lacking([(blob, None) for blob in wanted]):
            carry(self.origin, blobs, digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What to build.

    Attributes:
        workdir: Directory of code and weights.
        name: Of the model; that of model.yaml or of the directory where it is empty.
        modules: ``MODULE`` or ``MODULE:OBJECT``; those of model.yaml where it is empty.
        desc: What the user says about it; that of model.yaml where it is empty.
        model_yaml: Description to read; model.yaml in `workdir` by default, which may be missing.
        tags: The user's tags to put on the version.
        force_tags: Take the tags away from other versions.
        excludes: Patterns of files to leave out, beside those of .swignore.
        add_all: Also pack caches and virtual environments.
        runtime: Runtime that becomes part of the package, so that its jobs run in it; None for none.
    """

    workdir: Path
    name: str = ""
    modules: tuple[str, ...] = ()
    desc: str = ""
    model_yaml: Path | None = None
    tags: tuple[str, ...] = ()
    force_tags: bool = False
    excludes: tuple[str, ...] = ()
    add_all: bool = False
    runtime: PackedRuntime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A request with everything that it left to model.yaml filled in."""

    workdir: Path
    name: str
    modules: tuple[str, ...]
    desc: str = ""
    envs: tuple[str, ...] = ()
    ignore: Ignore = field(default_factory=Ignore)
    runtime: PackedRuntime | None = None


def read_recipe(request: BuildRequest) -> Recipe:
    """Fill in what `request` leaves to model.yaml.

    Raises:
        NotFound: the directory, or a model.yaml that was named, is missing.
        InvalidSpec: model.yaml is wrong, or nobody says which modules to search.
        InvalidName: the model cannot be called so.
    """
    workdir = request.workdir.resolve()
    if not workdir.is_dir():
        raise NotFound(f"there is no directory {str(request.workdir)!r}")
    spec = _spec(request, workdir)
    modules = tuple(dict.fromkeys(_module(each) for each in request.modules or spec.run.imports))
    if not modules:
        raise InvalidSpec(
            f"nothing says which modules of {str(request.workdir)!r} hold handlers",
            hint=f"name them with --module, or under run.modules in {MODEL_YAML}",
        )
    return Recipe(
        workdir=workdir,
        name=check_name(request.name or spec.name or workdir.name, "model"),
        modules=modules,
        desc=request.desc or spec.desc,
        envs=spec.run.envs,
        ignore=Ignore.read(workdir, extra=request.excludes, add_all=request.add_all),
        runtime=request.runtime,
    )


def describe(recipe: Recipe, discover: Discover) -> Description:
    """Find the handlers.

    Raises:
        InvalidSpec: there are none.
        UserCodeError: a module does not import.
    """
    handlers = tuple(discover(recipe.workdir, recipe.modules, environment(recipe.envs)))
    if not handlers:
        raise InvalidSpec(
            f"no handler in {', '.join(recipe.modules)}",
            hint="decorate a function with @starwhale.handler() or @starwhale.evaluation.predict",
        )
    packed = recipe.runtime
    return Description(
        modules=recipe.modules,
        envs=recipe.envs,
        handlers=handlers,
        runtime=None if packed is None else (packed.name, packed.version),
    )


def pack(recipe: Recipe, description: Description, trees: Trees, blobs: Blobs) -> list[TreeEntry]:
    """Store the files of a package.

    Returns:
        All of them, the description included, sorted by path.

    Raises:
        InvalidName: two of them want the same place.
        InvalidSpec: a module that holds handlers would stay out.
    """
    found = trees.pack(recipe.workdir, recipe.ignore)
    _check_modules(recipe, {each.path for each in found})
    # What a package brought along that was laid out here and is built again.
    files = [each for each in found if each.path != DESCRIPTION and not each.path.startswith(RUNTIME)]
    if recipe.runtime is not None:
        recipe.runtime.bring(blobs)
        files += [replace(each, path=f"{RUNTIME}{each.path}") for each in recipe.runtime.files]
    content = description.to_bytes()
    own = TreeEntry(path=DESCRIPTION, mode=0o644, size=len(content), digest=blobs.put(content))
    return check_entries([*files, own])


def _check_modules(recipe: Recipe, packed: Collection[str]) -> None:
    for module in recipe.modules:
        place = module.replace(".", "/")
        files = [
            each for each in (f"{place}.py", f"{place}/__init__.py") if (recipe.workdir / each).is_file()
        ]
        if files and not any(each in packed for each in files):
            raise InvalidSpec(
                f"module {module!r} holds handlers, and is left out of the package",
                hint="look at .swignore and --exclude, or name another module",
            )


def environment(envs: Iterable[str]) -> dict[str, str]:
    """Variables by name from ``NAME=value``."""
    return {name: value for name, _, value in (each.partition("=") for each in envs)}


def _spec(request: BuildRequest, workdir: Path) -> ModelSpec:
    if request.model_yaml is not None:
        return load_model_spec(request.model_yaml)
    default = workdir / MODEL_YAML
    return load_model_spec(default) if default.exists() else ModelSpec()


def _module(entry: str) -> str:
    return entry.partition(":")[0].strip()
