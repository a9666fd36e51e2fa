"""Images of runtimes: a directory that `docker build` takes, and docker itself where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.core.errors import InvalidSpec, MissingDependency, Unavailable, UsageError
from starwhale.core.specs.runtime_python import check_python
from starwhale.runtimes import package
from starwhale.runtimes.dockerfile import Image, dockerfile, ignored
from starwhale.runtimes.lock import Lock, parse_lock
from starwhale.runtimes.package import lock_path
from starwhale.runtimes.platforms import of_docker
from starwhale.storage.trees import Trees

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.runtimes.service import RuntimeService

BUILDER = "starwhale-multiarch-runtime-builder"
_ARGUMENTS = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INSECURE_HOST")
_IMAGE = re.compile(r"[\w][\w.:/@-]{0,250}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """How docker is called.

    Attributes:
        tags: Names for the image.
        arches: ``amd64``, ``arm64``.
        push: Send it to its registry.
        use_builder: Let a builder of its own make it, which can do several platforms.
        reset_qemu: Set the emulation of other platforms up first.
    """

    tags: tuple[str, ...] = ()
    arches: tuple[str, ...] = ("amd64",)
    push: bool = False
    use_builder: bool = False
    reset_qemu: bool = False


def write_context(
    runtimes: RuntimeService, version: VersionRead, arches: Sequence[str], target: Path
) -> Path:
    """Write the Dockerfile of a version, and what it copies, into a directory that is made anew.

    Returns:
        The Dockerfile.

    Raises:
        UsageError: it is of another mode, was built without a lock, or not for one of the platforms.
    """
    description = runtimes.contents.description(version)
    if description.mode != package.VENV:
        raise UsageError(
            f"runtime {version} is of mode {description.mode}, of which no Dockerfile is written",
            hint="mode venv can be dockerized",
        )
    check_python(description.python)
    if description.image:
        _check_image(description.image)
    locks = {arch: _lock(runtimes, version, arch) for arch in dict.fromkeys(arches)}
    shutil.rmtree(target, ignore_errors=True)
    own = runtimes.tools.own()
    image = Image(
        title=f"runtime {version}",
        description=description,
        locks=locks,
        uv=_uv_version(runtimes),
        own=own.path.name,
    )
    Trees(runtimes.blobs).materialise(runtimes.contents.files(version), target / "content")
    (target / "own").mkdir()
    shutil.copy(own.path, target / "own" / own.path.name)
    for arch, lock in locks.items():
        text = "".join(each.to_text() for each in lock.hashed)
        (target / f"lock.{arch}.txt").write_text(text, encoding="utf-8")
    (target / ".dockerignore").write_text(ignored(), encoding="utf-8")
    made = target / "Dockerfile"
    made.write_text(dockerfile(image), encoding="utf-8")
    return made


def commands(context: Path, options: BuildOptions) -> list[list[str]]:
    """The command lines that build an image of a directory.

    Raises:
        UsageError: a tag is none, or several platforms are asked for without a place to push them to.
    """
    for tag in options.tags:
        _check_image(tag)
    if options.push and not options.tags:
        raise UsageError("nothing can be pushed without a name", hint="name the image with --tag")
    if len(options.arches) > 1 and not options.push:
        raise UsageError(
            "an image of several platforms can only be pushed", hint="add --push, or ask for one --platform"
        )
    lines: list[list[str]] = []
    if options.reset_qemu:
        image = "multiarch/qemu-user-static"
        lines.append(["docker", "run", "--rm", "--privileged", image, "--reset", "-p", "yes"])
    words = ["docker", "buildx", "build"]
    if options.use_builder:
        lines.append(["docker", "buildx", "create", "--name", BUILDER, "--node", BUILDER, "--bootstrap"])
        words += ["--builder", BUILDER]
    words += ["--platform", ",".join(f"linux/{each}" for each in options.arches)]
    for argument in _ARGUMENTS:
        words += ["--build-arg", argument]  # without a value: docker takes it from its environment
    for tag in options.tags:
        words += ["--tag", tag]
    words.append("--push" if options.push else "--load")
    return [*lines, [*words, str(context)]]


def build(runtimes: RuntimeService, version: VersionRead, context: Path, options: BuildOptions) -> None:
    """Let docker build an image; what it says goes to the terminal.

    Raises:
        MissingDependency: there is no docker.
        Unavailable: its engine does not answer.
        InvalidSpec: it does not build.
    """
    lines = commands(context, options)
    program = shutil.which("docker", path=runtimes.env.get("PATH"))
    if program is None:
        raise MissingDependency("there is no docker here", hint=f"build {str(context)!r} where there is one")
    env = runtimes.tools.uv(runtimes.contents.description(version).indexes).environment()
    need_engine(program, env, context)
    for line in lines:
        ran = subprocess.run([program, *line[1:]], env=env, check=False)
        if ran.returncode and line[1:3] != ["buildx", "create"]:
            raise InvalidSpec(f"`{' '.join(line[:3])}` exited with status {ran.returncode}, see above")


def need_engine(program: str, env: Mapping[str, str], context: Path) -> None:
    """Return when docker's engine answers.

    Raises:
        Unavailable: it does not.
    """
    ran = subprocess.run(
        [program, "version", "--format", "{{.Server.Version}}"],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        said = (ran.stderr.strip().splitlines() or ["it does not say why"])[-1]
        raise Unavailable(
            f"the engine of docker does not answer: {said}", hint=f"the build is ready in {str(context)!r}"
        )


def _check_image(name: str) -> None:
    if _IMAGE.fullmatch(name) is None:
        raise UsageError(f"{name!r} is not the name of an image")


def _lock(runtimes: RuntimeService, version: VersionRead, arch: str) -> Lock:
    platform = of_docker(arch)
    text = runtimes.contents.read(version, lock_path(platform))
    if text is None:
        known = ", ".join(runtimes.contents.description(version).platforms) or "no platform"
        raise UsageError(
            f"runtime {version} is locked for {known}, and linux/{arch} needs {platform}",
            hint="build it with `environment.arch: [amd64, arm64]`, or name another --platform",
        )
    return parse_lock(text.decode(), lock_path(platform))


def _uv_version(runtimes: RuntimeService) -> str:
    ran = subprocess.run(
        [str(runtimes.tools.uv().program), "self", "version", "--output-format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return str(json.loads(ran.stdout)["version"])
    except (ValueError, KeyError):
        return ""
