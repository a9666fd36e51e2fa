"""A package that brings everything along that its locks name, so that it is restored without any index."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.core.errors import InvalidSpec
from starwhale.runtimes import package
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.recipe import Recipe, Source
from starwhale.runtimes.uv import screen

if TYPE_CHECKING:
    from starwhale.runtimes.builder import Locks
    from starwhale.runtimes.uv import Uv


def with_downloads(recipe: Recipe, locks: Locks, uv: Uv, rough: Path) -> Recipe:
    """The recipe and the files that its lock for this machine names.

    Args:
        recipe: Whatever it has wheels of stays as it is.
        locks: Of the recipe.
        uv: Knows the indexes.
        rough: A directory of ours.

    Raises:
        InvalidSpec: it is locked for other machines too, or a file cannot be got.
    """
    here = this_platform()
    if set(locks.pip) != {here}:
        raise InvalidSpec(
            f"packages can be downloaded for {here} alone, and the runtime is for {', '.join(locks.pip)}",
            hint="build it without --download-all-deps",
        )
    lock = locks.pip[here]
    if lock.commits:
        raise InvalidSpec(f"{lock.commits[0].line!r} is a repository, which cannot be downloaded as a file")
    target = rough / "downloads"
    target.mkdir()
    listed = rough / "downloads.txt"
    listed.write_text("".join(each.to_text() for each in lock.packages), encoding="utf-8")
    words = ["download", "--quiet", "--no-deps", "--require-hashes", "--dest", str(target)]
    _pip(
        uv,
        [*words, "--python-version", lock.python, "--only-binary=:all:", "--requirement", str(listed)],
        recipe,
    )
    known = {each.name for each in recipe.wheels}
    made = [each for each in sorted(target.iterdir()) if each.name not in known]
    sources = [Source(path=f"{package.WHEELS}/{each.name}", place=each) for each in made]
    description = recipe.description
    return replace(
        recipe,
        sources=(*recipe.sources, *sources),
        description=replace(
            description, wheels=(*description.wheels, *(each.path for each in sources)), is_complete=True
        ),
    )


def _pip(uv: Uv, words: list[str], recipe: Recipe) -> None:
    indexes, env = uv.indexes, uv.environment()
    directories = dict.fromkeys(str(each.parent) for each in recipe.wheels)
    sources = {
        "PIP_INDEX_URL": env.get("UV_DEFAULT_INDEX", ""),
        "PIP_EXTRA_INDEX_URL": env.get("UV_INDEX", ""),
        "PIP_FIND_LINKS": " ".join([*directories, *env.get("UV_FIND_LINKS", "").split(",")]).strip(),
        "PIP_TRUSTED_HOST": " ".join(indexes.trusted),
        "PIP_NO_INDEX": "1" if indexes.alone else "",
    }
    kept = {name: value for name, value in env.items() if name not in sources}
    ran = subprocess.run(
        [*_program(uv), *words],
        env={**kept, **{name: value for name, value in sources.items() if value}},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise InvalidSpec(f"the packages cannot be downloaded:\n{screen(ran.stderr)}")


def _program(uv: Uv) -> list[str]:
    from importlib.util import find_spec

    # uv downloads only what it installs; pip is fetched by uv where this environment has none.
    return [sys.executable, "-m", "pip"] if find_spec("pip") else [str(uv.program), "tool", "run", "pip"]
