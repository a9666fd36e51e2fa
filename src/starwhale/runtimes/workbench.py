"""Runtimes in a directory of the user's: locking one there, beginning one there, taking one apart there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from starwhale.core.errors import Conflict, NotFound, UsageError
from starwhale.core.names import check_name
from starwhale.core.specs.runtime import RUNTIME_YAML
from starwhale.kit.files import atomic_write
from starwhale.runtimes import found, package
from starwhale.runtimes.builder import LOCK_DIRECTORY, BuildRequest, make_recipe, solve_conda, write_lock
from starwhale.runtimes.fingerprint import Environment, read_mark
from starwhale.runtimes.lock import parse_lock
from starwhale.runtimes.making import Order
from starwhale.runtimes.package import DESCRIPTION, Description, conda_lock_path, lock_path
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.recipe import read_recipe, this_python
from starwhale.runtimes.resolve import resolve
from starwhale.storage.trees import Trees
from starwhale.storage.trees.extraction import extract

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.runtimes.service import RuntimeService, Tell

VENV, CONDA_ENV = ".venv", ".conda"


@dataclass(frozen=True, slots=True)
class Workbench:
    """Works with runtimes outside of the store.

    Args:
        runtimes: Those of the instance.
    """

    runtimes: RuntimeService

    def lock(self, request: BuildRequest, *, tell: Tell) -> dict[str, str]:
        """The locks that a build of `request` would make, by the name of their file.

        Raises:
            InvalidSpec: nothing fits together, with the resolver's own reason; and all that a build raises.
        """
        recipe = make_recipe(request, self.runtimes.tools.uv(cache=request.cache))
        for notice in recipe.notices:
            tell(notice)
        files: dict[str, str] = {}
        with TemporaryDirectory(prefix="starwhale-runtime.") as rough:
            recipe, locks = self.runtimes.locked(recipe, request, Path(rough))
        write_lock(recipe, locks, files.__setitem__, indexes=request.dump_pip_options)
        return files

    def write_locks(self, files: dict[str, str], workdir: Path) -> list[Path]:
        """Put locks where a build looks for them; returns where."""
        written: list[Path] = []
        for name, text in files.items():
            path = workdir / LOCK_DIRECTORY / name
            atomic_write(path, text.encode())
            written.append(path)
        return written

    def begin(
        self,
        workdir: Path,
        *,
        name: str = "",
        mode: str = package.VENV,
        force: bool = False,
        create: bool = True,
    ) -> Path | None:
        """Write a runtime.yaml and make its environment beside it.

        A requirements.txt that is there becomes what the runtime asks for.

        Args:
            workdir: The directory; made where it is missing.
            name: Of the runtime; that of the directory where it is empty.
            mode: ``venv`` or ``conda``.
            force: Write over what is there.
            create: Make the environment too.

        Returns:
            The environment; None where none was asked for.

        Raises:
            Conflict: one of them is there, and `force` is not set.
        """
        workdir.mkdir(parents=True, exist_ok=True)
        path, prefix = workdir / RUNTIME_YAML, workdir / (VENV if mode == package.VENV else CONDA_ENV)
        _make_room([path, *([prefix] if create else [])], force=force)
        has_requirements = (workdir / "requirements.txt").is_file()
        plain = {
            "name": check_name(name or workdir.resolve().name, "runtime"),
            "mode": mode,
            "environment": {"python": this_python()},
            "dependencies": ["requirements.txt"] if has_requirements else [{"pip": []}],
        }
        atomic_write(path, found.to_yaml(plain).encode())
        if not create:
            return None
        recipe = read_recipe(path)
        order = self._order(recipe.description, workdir)
        self.runtimes.tools.maker(recipe.description.indexes).make(order, prefix, _rough(prefix))
        return prefix

    def take_apart(
        self,
        version: VersionRead,
        workdir: Path,
        *,
        name: str = "",
        force: bool = False,
        restore: bool = True,
    ) -> Path | None:
        """Lay a runtime out in a directory, ready to be changed and built again, and make its environment.

        Returns:
            The environment; None where none was asked for.

        Raises:
            Conflict: something is there, and `force` is not set.
        """
        self.extract(version, workdir, force=force)
        if name:
            _rename(workdir / RUNTIME_YAML, check_name(name, "runtime"))
        if not restore:
            return None
        is_conda = self.runtimes.contents.description(version).mode == package.CONDA
        prefix = workdir / (CONDA_ENV if is_conda else VENV)
        _make_room([prefix], force=force)
        self.runtimes.restorer.make_at(version, prefix)
        return prefix

    def extract(self, version: VersionRead, target: Path, *, force: bool = False) -> Path:
        """Lay the files of a version out in a directory of the user's own.

        Args:
            version: Which one.
            target: Where to; made with its parents.
            force: Go into a directory that is not empty, over files of the same name; others stay.

        Raises:
            Conflict: something is there, and `force` is not set.
        """
        files = self.runtimes.contents.files(version)
        return extract(Trees(self.runtimes.blobs), files, target, force=force)

    def restore_directory(self, directory: Path) -> Path:
        """Make the environment of a runtime that was laid out in `directory`, below it.

        Returns:
            Its interpreter.

        Raises:
            NotFound: no runtime lies there.
            UsageError: it is locked for another platform.
        """
        try:
            description = Description.from_bytes((directory / DESCRIPTION).read_bytes())
        except OSError as exc:
            raise NotFound(
                f"no runtime lies in {str(directory)!r}", hint="lay one out with `swcli runtime extract`"
            ) from exc
        prefix = directory / "export" / description.mode
        if read_mark(prefix) is None:
            shutil.rmtree(prefix, ignore_errors=True)
            order = self._order(description, directory)
            self.runtimes.tools.maker(description.indexes).make(order, prefix, _rough(prefix))
        return prefix / "bin" / "python"

    def _order(self, description: Description, content: Path) -> Order:
        here = this_platform()
        if description.platforms and here not in description.platforms:
            known = ", ".join(description.platforms)
            raise UsageError(f"the runtime is locked for {known}, and this machine is {here}")
        is_conda = description.mode == package.CONDA
        path = content / lock_path(here)
        if path.is_file():
            lines = (content / conda_lock_path(here)).read_text("utf-8").split() if is_conda else None
            lock = parse_lock(path.read_text("utf-8"), path.name)
        else:
            uv = self.runtimes.tools.uv(description.indexes)
            lines = solve_conda(description, uv, here) if is_conda else None
            recipe = read_recipe(content / RUNTIME_YAML)
            lock = resolve(uv, recipe.wanted, platform=here, own=self.runtimes.tools.own())
        conda = None if lines is None else tuple(lines)
        return Order(description=description, content=content, lock=lock, conda_lock=conda)


def facts_of(prefix: Path) -> Environment:
    """What is known of an environment.

    Raises:
        NotFound: it is not complete.
    """
    facts = read_mark(prefix)
    if facts is None:
        raise NotFound(f"there is no complete environment at {prefix}")
    return facts


def _make_room(places: list[Path], *, force: bool) -> None:
    for place in places:
        if not place.exists() and not place.is_symlink():
            continue
        if not force:
            raise Conflict(f"there is {str(place)!r} already", hint="write over it with --force")
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)


def _rename(path: Path, name: str) -> None:
    import re

    text = path.read_text(encoding="utf-8")
    line = f"name: {name}"
    changed, count = re.subn(r"(?m)^name:.*$", line, text, count=1)
    atomic_write(path, (changed if count else f"{line}\n{text}").encode())


def _rough(prefix: Path) -> Path:
    import os

    return prefix.with_name(f".{prefix.name}.{os.urandom(4).hex()}")
