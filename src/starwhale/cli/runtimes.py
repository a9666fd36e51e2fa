"""Runtimes in a terminal: making them, showing them, being in them."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.cli import copying, packages, units
from starwhale.core.errors import NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.session import Session
    from starwhale.core.uri import ArtifactUri
    from starwhale.runtimes.builder import BuildRequest
    from starwhale.runtimes.environments import Made
    from starwhale.runtimes.service import RuntimeService
    from starwhale.runtimes.workbench import Workbench


def runtimes_of(session: Session) -> RuntimeService:
    """Runtimes of the instance, for which the environment of this process names indexes."""
    from starwhale.runtimes.service import RuntimeService

    instance = session.instance
    return RuntimeService(instance.artifacts, instance.blobs, instance.settings, session.environ)


def workbench_of(session: Session) -> Workbench:
    """What works in a directory of the user's."""
    from starwhale.runtimes.workbench import Workbench

    return Workbench(runtimes_of(session))


def build_runtime(session: Session, *, given: set[str], **told: Any) -> None:
    """Build a version of a runtime and tell which one it is.

    Args:
        session: Of the command.
        given: The sources that were typed.
        **told: All parameters of `swcli runtime build`.
    """
    if len(given) > 1:
        named = ", ".join("--" + name.replace("_", "-") for name in sorted(given))
        raise UsageError(f"only one of {named} can be the source of a runtime")
    place = session.project(told["project"])
    session.instance.projects.get(session.actor, place)
    request = _request(given or {"yaml"}, told)
    _check_description(request.yaml, "--yaml")
    if told["push"]:
        copying.destination(session, "runtime", told["name"] or "any", told["push"])
    with waiting(session, "resolving the packages"):
        built = runtimes_of(session).build(session.actor, place, request, tell=session.out.say)
    copying.tell_built(
        session,
        built,
        _in_short(built),
        push=told["push"],
        force=told["force_push"],
        more={"meta": dict(built.meta)},
    )


def _check_description(path: Path | None, option: str) -> None:
    """Tell who has no runtime.yaml yet how to get one."""
    if path is not None and not path.exists():
        where = shlex.quote(str(path.parent))
        hint = f"`swcli runtime quickstart shell {where}` writes one; {option} names another file"
        raise NotFound(f"there is no file {str(path)!r}", hint=hint)


def _request(given: set[str], told: Mapping[str, Any]) -> BuildRequest:
    from starwhale.runtimes.builder import BuildRequest

    (way,) = given
    place = Path(told[way]) if way in {"yaml", "venv", "conda_prefix"} else None
    return BuildRequest(
        yaml=place if way == "yaml" else None,
        venv=place if way == "venv" else None,
        conda_prefix=place if way == "conda_prefix" else None,
        conda=told["conda"] if way == "conda" else "",
        image=told["docker"] if way == "docker" else "",
        shell=way == "shell",
        name=told["name"],
        tags=told["tags"],
        lock=not told["disable_env_lock"],
        cache=not told["no_cache"],
        include_editable=told["include_editable"],
        include_local_wheel=told["include_local_wheel"],
        dump_pip_options=told["dump_pip_options"],
        dump_condarc=told["dump_condarc"],
        download_all=told["download_all_deps"],
        arches=() if told["arch"] == "noarch" else (told["arch"],),
        cuda=told["cuda"],
        cudnn=told["cudnn"],
    )


def lock_runtime(
    session: Session,
    *,
    target_dir: str | None,
    yaml_path: str,
    env_name: str,
    env_prefix_path: str,
    env_use_shell: bool,
    stdout: bool,
    no_cache: bool,
    **told: Any,
) -> None:
    """Lock a runtime in a directory, or what an environment holds."""
    from starwhale.runtimes.builder import BuildRequest

    workdir = Path(target_dir or ".")
    if not workdir.is_dir():
        raise NotFound(f"there is no directory {target_dir!r}")
    if sum(map(bool, (env_name, env_prefix_path, env_use_shell))) > 1:
        raise UsageError("only one of --env-name, --env-prefix-path and --env-use-shell can be locked")
    from_env = bool(env_name or env_prefix_path or env_use_shell)
    request = BuildRequest(
        yaml=None if from_env else workdir / yaml_path,
        conda=env_name,
        venv=Path(env_prefix_path) if env_prefix_path else None,
        shell=env_use_shell,
        cache=not no_cache,
        **told,
    )
    _check_description(request.yaml, "--yaml-path")
    bench = workbench_of(session)
    with waiting(session, "resolving the packages"):
        files = bench.lock(request, tell=session.out.say)
    if stdout:
        session.out.line("\n".join(text.rstrip("\n") for text in files.values()), files)
        return
    written = bench.write_locks(files, workdir)
    session.out.line(
        "\n".join(f"wrote {path}" for path in written), {"files": [str(path) for path in written]}
    )


def begin_runtime(
    session: Session,
    *,
    workdir: str,
    force: bool,
    python_env: str,
    name: str,
    disable_create_env: bool,
    interactive: bool,
) -> None:
    """Write a runtime.yaml and make its environment."""
    if interactive:
        import rich_click as click

        name = click.prompt("name of the runtime", default=name or Path(workdir).resolve().name, err=True)
        python_env = click.prompt(
            "kind of environment", default=python_env, type=click.Choice(["venv", "conda"]), err=True
        )
        disable_create_env = not click.confirm(
            "make the environment", default=not disable_create_env, err=True
        )
    with waiting(session, "making the environment"):
        prefix = workbench_of(session).begin(
            Path(workdir), name=name, mode=python_env, force=force, create=not disable_create_env
        )
    _tell_begun(session, Path(workdir), prefix, conda=python_env == "conda")


def begin_from_runtime(
    session: Session, *, uri: str, workdir: str, force: bool, name: str, disable_restore: bool
) -> None:
    """Lay a runtime out in a directory and make its environment there."""
    version = session.package(uri, "runtime")
    bench = workbench_of(session)
    packages.check_room(Path(workdir), force=force)
    with waiting(session, "making the environment"):
        prefix = bench.take_apart(version, Path(workdir), name=name, force=force, restore=not disable_restore)
    _tell_begun(
        session, Path(workdir), prefix, conda=bench.runtimes.contents.description(version).mode == "conda"
    )


def _tell_begun(session: Session, workdir: Path, prefix: Path | None, *, conda: bool) -> None:
    from starwhale.runtimes.shells import activation

    path = workdir / "runtime.yaml"
    value = {"runtime_yaml": str(path), "environment": str(prefix) if prefix else None}
    lines = [f"wrote {path}"]
    if prefix is not None:
        lines.append(f"made {prefix}; `{activation(prefix, conda=conda)}` activates it")
    session.out.line("\n".join(lines), value)


def restore_runtime(session: Session, target: str) -> None:
    """Make the environment of a runtime, or of a directory that one was extracted to."""
    if Path(target).is_dir():
        with waiting(session, "making the environment"):
            python = workbench_of(session).restore_directory(Path(target).resolve())
        session.out.line(str(python), {"python": str(python)})
        return
    version = session.package(target, "runtime")
    runtimes = runtimes_of(session)
    made = made_of(session, runtimes, version)
    facts = made.facts
    value = {
        "python": str(made.python),
        "version": version.version,
        "python_version": facts.python,
        "fingerprint": facts.fingerprint,
        "packages": facts.packages,
        "is_new": made.is_new,
    }
    session.out.line(str(made.python), value)


def made_of(session: Session, runtimes: RuntimeService, version: VersionRead, *, force: bool = False) -> Made:
    """The environment of a version, made where there is none."""
    with waiting(session, f"restoring runtime {version}"):
        return runtimes.environment(version, force=force)


def extract_runtime(session: Session, uri: ArtifactUri, target: str, *, force: bool) -> None:
    """Lay the files of a runtime out."""
    bench = workbench_of(session)
    version = bench.runtimes.resolve(session.actor, uri)
    wanted = Path(target or version.name)
    packages.check_room(wanted, force=force)
    place = bench.extract(version, wanted, force=force)
    session.out.line(
        f"extracted runtime {version} to {place}", {"path": str(place), "version": version.version}
    )


def _in_short(built: VersionRead) -> str:
    meta = built.meta
    if meta.get("mode") == "docker":
        return "an image"
    locked = (
        f"{units.counted(meta['packages'], 'package')} for {', '.join(meta['platforms'])}"
        if meta["platforms"]
        else "no lock"
    )
    return f"Python {meta['python']}, {locked}"


@contextmanager
def waiting(session: Session, text: str) -> Generator[None]:
    """Shows in a terminal that something takes its time."""
    console = session.out.console(stderr=True)
    if session.json or not console.is_terminal:
        yield
        return
    with console.status(text):
        yield
