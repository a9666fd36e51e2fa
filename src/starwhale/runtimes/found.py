"""Runtimes that nobody has written down: an environment as it is found, or a container image."""

from __future__ import annotations

import configparser
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from starwhale.core.errors import InvalidSpec, NotFound
from starwhale.core.names import check_name
from starwhale.core.specs.runtime_python import check_python
from starwhale.runtimes import package
from starwhale.runtimes.conda import Conda
from starwhale.runtimes.indexes import Indexes, of_environment, without_password
from starwhale.runtimes.own import NAME
from starwhale.runtimes.package import Description
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.recipe import Recipe, Source
from starwhale.runtimes.requirements import Requirements, name_of, read_lines
from starwhale.runtimes.uv import Uv, interpreter

_LEFT_OUT = {NAME, "pip", "uv"}

Change = Callable[[Description], Description]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What of an environment goes into a package; see `BuildRequest`."""

    name: str = ""
    include_editable: bool = False
    include_local_wheel: bool = False


def of_image(image: str, *, name: str, change: Change) -> Recipe:
    """A runtime that is a container image and nothing else."""
    fallback = image.rsplit("/", 1)[-1].partition("@")[0].partition(":")[0]
    description = change(Description(mode=package.DOCKER, python="", image=image))
    plain = {"name": name or fallback, "environment": {"docker": {"image": image}}}
    return Recipe(name=check_name(name or fallback, "runtime"), yaml=to_yaml(plain), description=description)


def prefix_of_shell(env: Mapping[str, str]) -> Path:
    """The environment that a shell has activated, or the one of the `python3` that it would start.

    Raises:
        NotFound: there is none.
    """
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if env.get(variable):
            return Path(env[variable])
    python = shutil.which("python3", path=env.get("PATH")) or shutil.which("python", path=env.get("PATH"))
    if python is None:
        raise NotFound("this shell has no Python", hint="activate an environment first")
    return Path(interpreter(Path(python), env)["prefix"])


def of_prefix(prefix: Path, uv: Uv, options: Options, *, change: Change) -> Recipe:
    """A runtime that holds what an environment holds, at the same versions.

    Raises:
        NotFound: there is no environment.
        InvalidSpec: its Python is too old, or something in it was installed from nowhere that is known.
    """
    prefix = prefix.expanduser().resolve()
    python = prefix / "bin" / "python"
    if not python.exists():
        raise NotFound(f"there is no environment of Python at {str(prefix)!r}")
    version = check_python(interpreter(python, uv.env)["version"])
    conda_lock = Conda.find(uv.env).installed(prefix) if (prefix / "conda-meta").is_dir() else ()
    found, notices = _taken(read_lines(_frozen(uv, python, prefix), prefix, str(prefix)), options)
    wheels = tuple(each.path for each in found.local if each.path.suffix == ".whl")
    description = change(
        Description(
            mode=package.CONDA if conda_lock else package.VENV,
            python=version,
            requirements=found.lines,
            wheels=tuple(f"{package.WHEELS}/{each.name}" for each in wheels),
        )
    )
    name = check_name(options.name or _name_of(prefix), "runtime")
    return Recipe(
        name=name,
        yaml=to_yaml(_yaml_of(name, description)),
        description=description,
        sources=tuple(Source(path=f"{package.WHEELS}/{each.name}", place=each) for each in wheels),
        wheels=wheels,
        projects=tuple(each for each in found.local if each.path.suffix != ".whl"),
        platforms=(this_platform(),),
        is_exact=True,
        conda_lock=conda_lock,
        notices=notices,
    )


def to_yaml(plain: Mapping[str, Any]) -> str:
    """Text of a runtime.yaml."""
    import yaml

    return yaml.safe_dump(dict(plain), sort_keys=False, allow_unicode=True)


def _frozen(uv: Uv, python: Path, prefix: Path) -> list[str]:
    """What pip has installed; what conda has installed is not pip's, though pip would list it too."""
    lines = uv.freeze(python)
    if not (prefix / "conda-meta").is_dir():
        return lines
    site = Path(interpreter(python, uv.env)["site"])
    return [line for line in lines if not _is_of_conda(site, line)]


def _is_of_conda(site: Path, line: str) -> bool:
    name = name_of(line).replace("-", "_")
    for each in site.glob("*.dist-info"):
        if each.name.lower().replace("-", "_").startswith(f"{name}_") or each.name.lower().startswith(
            f"{name}-"
        ):
            installer = each / "INSTALLER"
            return installer.is_file() and installer.read_text(encoding="utf-8").strip() == "conda"
    return False


def _taken(found: Requirements, options: Options) -> tuple[Requirements, tuple[str, ...]]:
    """What goes along, and what is left out and why."""
    notices: list[str] = []
    kept = []
    for each in found.local:
        is_wheel = each.path.suffix == ".whl"
        is_wanted = options.include_local_wheel if is_wheel else options.include_editable
        if is_wheel and not each.path.exists() and is_wanted:
            raise InvalidSpec(
                f"the wheel {str(each.path)!r} was installed, but is gone", hint="install it again"
            )
        if is_wanted:
            kept.append(each)
        elif not _is_own(each.path):
            option = "--include-local-wheel" if is_wheel else "--include-editable"
            notices.append(f"left out {each.path}, which is of this machine; {option} takes it along")
    lines = tuple(line for line in found.lines if name_of(line) not in _LEFT_OUT)
    return replace(found, lines=lines, local=tuple(each for each in kept if not _is_own(each.path))), tuple(
        notices
    )


def _is_own(path: Path) -> bool:
    return path == Path(__file__).resolve().parents[3] or path.name.startswith(f"{NAME}-")


def _name_of(prefix: Path) -> str:
    # `.venv` is what most are called, which tells nothing.
    return prefix.parent.name if prefix.name.lstrip(".") in {"venv", "env", ""} else prefix.name.lstrip(".")


def _yaml_of(name: str, description: Description) -> dict[str, Any]:
    pip: dict[str, Any] = {
        "index_url": description.indexes.default,
        "extra_index_url": list(description.indexes.extra),
        "trusted_host": list(description.indexes.trusted),
    }
    configs: dict[str, Any] = {"pip": {key: value for key, value in pip.items() if value}}
    if description.condarc:
        configs["conda"] = {"condarc": dict(description.condarc)}
    dependencies: list[Any] = [{"pip": list(description.requirements)}]
    if description.wheels:
        dependencies.append({"wheels": list(description.wheels)})
    found: dict[str, Any] = {
        "name": name,
        "mode": description.mode,
        "environment": {"python": description.python},
        "dependencies": dependencies,
    }
    return found | ({"configs": configs} if any(configs.values()) else {})


def configured_indexes(env: Mapping[str, str]) -> Indexes:
    """The indexes of pip's own files and of the environment, without passwords."""
    said = of_environment(env).over(_pip_files(env))
    return Indexes(
        default=without_password(said.default),
        extra=tuple(map(without_password, said.extra)),
        trusted=said.trusted,
    )


def _pip_files(env: Mapping[str, str]) -> Indexes:
    home = Path(env.get("HOME") or Path.home())
    named = env.get("PIP_CONFIG_FILE")
    places = (
        [Path(named)]
        if named
        else [home / ".config/pip/pip.conf", home / ".pip/pip.conf", Path("/etc/pip.conf")]
    )
    found = Indexes()
    for place in places:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(place, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as exc:
            raise InvalidSpec(f"{str(place)!r} is no file of pip's settings") from exc
        for section in ("install", "global"):
            found = found.over(
                Indexes(
                    default=parser.get(section, "index-url", fallback=""),
                    extra=tuple(parser.get(section, "extra-index-url", fallback="").split()),
                    trusted=tuple(parser.get(section, "trusted-host", fallback="").split()),
                )
            )
    return found


def configured_conda(env: Mapping[str, str]) -> dict[str, Any]:
    """The user's own settings of conda; empty where he has none."""
    from starwhale.core.specs.document import read_document

    path = Path(env.get("CONDARC") or Path(env.get("HOME") or Path.home()) / ".condarc")
    data = read_document(path).data if path.is_file() else {}
    return data if isinstance(data, dict) else {}
