"""Being in the environment of a runtime: a shell, a program, an image."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.cli.runtimes import made_of, runtimes_of
from starwhale.core.errors import NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starwhale.cli.session import Session
    from starwhale.core.uri import ArtifactUri


def activate_runtime(session: Session, uri: ArtifactUri, *, force: str | None) -> None:
    """Become a shell in which the environment is active; only tell how where there is no terminal."""
    from starwhale.runtimes.shells import activation, shell

    runtimes = runtimes_of(session)
    version = runtimes.resolve(session.actor, uri)
    is_forced = force is not None and force.lower() not in {"", "0", "no", "false"}
    made = made_of(session, runtimes, version, force=is_forced)
    conda = runtimes.contents.description(version).mode == "conda"
    if session.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        command = activation(made.prefix, conda=conda)
        session.out.line(
            command, {"prefix": str(made.prefix), "python": str(made.python), "command": command}
        )
        return
    home = made.prefix / ".starwhale" / "shell"
    launch = shell(made.prefix, str(version), session.environ, home, conda=conda)
    _become(session, launch.words, launch.env)


def run_in_runtime(session: Session, uri: str, command: tuple[str, ...], *, cwd: str | None) -> None:
    """Become a program that runs in the environment of a runtime."""
    import shutil

    from starwhale.runtimes.commands import activated

    words = command[1:] if command[:1] == ("--",) else command
    if not words:
        raise UsageError(
            "nothing says what to run", hint="write it behind `--`: swcli runtime run NAME -- python …"
        )
    if cwd is not None and not Path(cwd).is_dir():
        raise NotFound(f"there is no directory {cwd!r}")
    version = session.package(uri, "runtime")
    runtimes = runtimes_of(session)
    made = made_of(session, runtimes, version)
    env = activated(made.prefix, runtimes.env, conda=runtimes.contents.description(version).mode == "conda")
    program = shutil.which(words[0], path=env["PATH"])
    if program is None:
        raise NotFound(f"there is no program {words[0]!r} in runtime {version}, nor on this machine")
    if cwd is not None:
        os.chdir(cwd)
    _become(session, (program, *words[1:]), env)


def _become(session: Session, words: tuple[str, ...], env: Mapping[str, str]) -> None:
    session.close()
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(words[0], list(words), dict(env))  # noqa: S606  no shell is wanted: the words are the user's


def dockerize_runtime(
    session: Session,
    uri: ArtifactUri,
    *,
    tags: tuple[str, ...],
    push: bool,
    platforms: tuple[str, ...],
    dry_run: bool,
    use_starwhale_builder: bool,
    reset_qemu_static: bool,
) -> None:
    """Write the Dockerfile of a runtime and let docker build it."""
    from starwhale.runtimes.docker import BuildOptions, build, commands, write_context

    runtimes = runtimes_of(session)
    version = runtimes.resolve(session.actor, uri)
    options = BuildOptions(
        tags=tags,
        arches=platforms,
        push=push,
        use_builder=use_starwhale_builder,
        reset_qemu=reset_qemu_static,
    )
    context = runtimes.settings.cache / "dockerize" / version.version
    lines = [shlex.join(words) for words in commands(context, options)]
    path = write_context(runtimes, version, platforms, context)
    value = {
        "dockerfile": str(path),
        "context": str(context),
        "tags": list(tags),
        "commands": lines,
        "built": not dry_run,
    }
    if dry_run:
        text = path.read_text(encoding="utf-8").rstrip()
        session.out.line(text, {**value, "text": text})
        session.out.say("\n".join([f"wrote {path}", *lines]))
        return
    build(runtimes, version, context, options)
    named = ", ".join(tags) or "an image without a name"
    session.out.line(f"built {named} of runtime {version}", value)
