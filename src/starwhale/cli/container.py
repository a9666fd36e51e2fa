"""`swcli model run --in-container`: the same command again, inside."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.core.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import rich_click as click

    from starwhale.cli.session import Session

ENGINES = ("docker", "podman", "nerdctl")
CARRIED = ("SW_LEASE_SECONDS", "NO_COLOR", "COLUMNS")
#: What engines end with where the command has not begun: it says by itself how it has ended otherwise.
_ENGINE_FAILED = {125, 126, 127}
_FLAGS = {"--in-container"}
_VALUES = {"-i", "--image"}


def run_inside(session: Session, ctx: click.Context, *, image: str) -> None:
    """Run the command of `ctx` in a container that sees the store, the settings and the directory of code.

    Raises:
        Unavailable: there is no engine, or it does not start the container.
        UsageError: neither the user nor the runtime names an image.
    """
    engine = find_engine()
    image = image or _image_of_runtime(session, ctx.params["runtime"])
    if not image:
        raise UsageError("no image is named", hint="name one with --image, or in the runtime")
    settings = session.instance.settings
    workdir = Path(ctx.params["workdir"] or ".").resolve()
    settings.root.mkdir(parents=True, exist_ok=True)
    wheel = session.instance.runtimes.own(settings.cache).path
    words = command(
        engine,
        image,
        inner_words(sys.argv[1:]),
        root=settings.root.resolve(),
        config=settings.config_path.resolve(),
        workdir=workdir,
        wheel=wheel,
        environ=session.environ,
    )
    session.out.say(f"in a container of {image}, by {engine}")
    # The terminal sends Ctrl-C to both; the container decides what becomes of the job.
    status = subprocess.run(words, check=False).returncode
    if status in _ENGINE_FAILED:
        raise Unavailable(f"{engine} could not start the container", hint="why stands above, in its words")
    if status:
        ctx.exit(status)


def find_engine() -> str:
    """The engine of containers on this machine.

    Raises:
        Unavailable: there is none.
    """
    for name in ENGINES:
        if shutil.which(name):
            return name
    raise Unavailable(
        "this machine has no engine of containers",
        hint="install docker, podman or nerdctl, or leave --in-container out",
    )


def inner_words(words: Sequence[str]) -> list[str]:
    """The words of the command without those about the container."""
    end = words.index("--") if "--" in words else len(words)
    kept: list[str] = []
    skip = False
    for word in words[:end]:
        if skip or word in _FLAGS or word.startswith("--image="):
            skip = False
        elif word in _VALUES:
            skip = True
        else:
            kept.append(word)
    return [*kept, *words[end:]]


def command(
    engine: str,
    image: str,
    words: Sequence[str],
    *,
    root: Path,
    config: Path,
    workdir: Path,
    wheel: Path,
    environ: Mapping[str, str],
) -> list[str]:
    """What starts the container.

    Args:
        engine: Program to start it with.
        image: What to start.
        words: What swcli gets inside.
        root: The store; it lies at the same place inside, so that paths mean the same.
        config: The settings.
        workdir: Directory of code; where the command begins.
        wheel: This Starwhale, for images that have none or another one.
        environ: Variables of this process.
    """
    mounts = [root, workdir, wheel.parent, *([config] if config.exists() else [])]
    variables = {
        "SW_LOCAL_STORAGE": str(root),
        "SW_CLI_CONFIG": str(config),
        **{name: environ[name] for name in CARRIED if name in environ},
    }
    inner = shlex.join(["python3", "-m", "starwhale.cli", *words])
    install = f"python3 -m pip install -q --no-input {shlex.quote(str(wheel))}"
    return [
        engine,
        "run",
        "--rm",
        "--init",
        *(["-it"] if sys.stdin.isatty() and sys.stdout.isatty() else []),
        *(["--gpus", "all"] if engine != "podman" and shutil.which("nvidia-smi") else []),
        *(["--user", f"{os.getuid()}:{os.getgid()}"] if engine == "podman" else []),
        *(part for mount in dict.fromkeys(mounts) for part in ("-v", f"{mount}:{mount}")),
        *(part for name, value in variables.items() for part in ("-e", f"{name}={value}")),
        "-w",
        str(workdir),
        "--entrypoint",
        "/bin/sh",
        image,
        "-ec",
        f"{install}; exec {inner}",
    ]


def _image_of_runtime(session: Session, runtime: str) -> str:
    if not runtime:
        return ""
    runtimes = session.instance.runtimes
    version = runtimes.resolve(session.actor, session.address(runtime, "runtime"))
    return runtimes.contents.description(version).image
