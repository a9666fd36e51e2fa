"""conda, mamba, micromamba or pixi, whichever is found: driven, never done again.

All of them resolve to the same thing: a list of archives, each with its address and its hash, which is our
lock for conda. All but pixi install such a list as it is; pixi gets it as a project.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starwhale.core.errors import InvalidSpec, MissingDependency
from starwhale.runtimes.platforms import of_conda
from starwhale.runtimes.uv import screen

PROGRAMS = ("micromamba", "mamba", "conda", "pixi")
_ARCHIVE = re.compile(
    r"(?P<url>\S+/(?P<name>[^/\s#]+?)-(?P<version>[^-/\s#]+)-[^-/\s#]+\.(conda|tar\.bz2))#(?P<hash>(sha256:)?[0-9a-f]{32,64})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conda:
    """One of the programs.

    Attributes:
        program: Where it lies.
        env: Environment of the caller.
    """

    program: Path
    env: Mapping[str, str]

    @classmethod
    def find(cls, env: Mapping[str, str]) -> Conda:
        """The first of the programs that is found.

        Raises:
            MissingDependency: there is none of them.
        """
        named = env.get("CONDA_EXE") or env.get("MAMBA_EXE")
        found = next(filter(None, (shutil.which(each, path=env.get("PATH")) for each in PROGRAMS)), named)
        if not found:
            raise MissingDependency(
                "a runtime in mode conda needs conda, mamba, micromamba or pixi, and none is on PATH",
                hint="install one of them, or use mode venv",
            )
        return cls(program=Path(found), env=env)

    @property
    def name(self) -> str:
        """Which of them it is."""
        return self.program.name

    def solve(
        self, packages: Sequence[str], channels: Sequence[str], platform: str, condarc: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Choose an archive for every package, for one platform; nothing is installed.

        Returns:
            ``URL#HASH`` of each, sorted.

        Raises:
            InvalidSpec: nothing fits, with the program's own reason.
        """
        target = of_conda(platform)
        what = f"the packages of conda cannot be resolved for {platform}"
        with TemporaryDirectory(prefix="starwhale-conda.") as rough:
            place = Path(rough)
            if self.name == "pixi":
                (place / "pixi.toml").write_text(pixi_project(packages, channels, target), encoding="utf-8")
                self._run(["lock", "--manifest-path", str(place / "pixi.toml")], what, place, {})
                return archives_of_pixi((place / "pixi.lock").read_text(encoding="utf-8"), target)
            words = ["create", "--prefix", str(place / "prefix"), "--dry-run", "--json", "--yes"]
            # An empty store of packages, so that each has to be fetched and is told with its hash.
            more = {
                "CONDA_SUBDIR": target,
                "CONDA_PKGS_DIRS": str(place / "packages"),
                **_condarc(condarc, place),
            }
            said = self._run([*words, *_channels(channels), *packages], what, place, more)
            return archives(_json(said, what))

    def create(self, prefix: Path, locked: Iterable[str]) -> None:
        """Make an environment of exactly these archives.

        Raises:
            InvalidSpec: one cannot be fetched or is another than it was; with the program's own reason.
        """
        what = "the packages of conda cannot be installed"
        prefix.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="starwhale-conda.") as rough:
            place = Path(rough)
            if self.name == "pixi":
                self._create_by_pixi(prefix, tuple(locked), place, what)
                return
            listed = place / "explicit.txt"
            listed.write_text(
                "@EXPLICIT\n" + "".join(f"{_plain(line)}\n" for line in locked), encoding="utf-8"
            )
            self._run(["create", "--prefix", str(prefix), "--yes", "--file", str(listed)], what, place, {})

    def installed(self, prefix: Path) -> tuple[str, ...]:
        """What is installed in an environment, ``URL#HASH`` of each, sorted.

        Raises:
            InvalidSpec: it is no environment of conda, or was not installed from archives.
        """
        found: list[str] = []
        for path in sorted((prefix / "conda-meta").glob("*.json")):
            facts = json.loads(path.read_text(encoding="utf-8"))
            digest = f"sha256:{facts['sha256']}" if facts.get("sha256") else facts.get("md5", "")
            if not facts.get("url") or not digest:
                raise InvalidSpec(f"{path.stem} in {prefix} was installed from nowhere that is known")
            found.append(f"{facts['url']}#{digest}")
        if not found:
            raise InvalidSpec(f"{prefix} is no environment of conda")
        return tuple(sorted(found))

    def prefix_of(self, name: str) -> Path:
        """Where the environment called `name` lies.

        Raises:
            InvalidSpec: there is none.
        """
        said = self._run(
            ["env", "list", "--json"], "the environments of conda cannot be listed", Path.cwd(), {}
        )
        known = [Path(each) for each in _json(said, "conda").get("envs", [])]
        for each in known:
            if each.name == name or (name == "base" and each.parent.name != "envs"):
                return each
        raise InvalidSpec(
            f"conda has no environment {name!r}", hint=f"it has {', '.join(e.name for e in known) or 'none'}"
        )

    def _create_by_pixi(self, prefix: Path, locked: tuple[str, ...], place: Path, what: str) -> None:
        home = prefix.with_name(f".{prefix.name}.pixi")
        home.mkdir(parents=True, exist_ok=True)
        try:
            (home / "pixi.toml").write_text(pixi_project_of(locked), encoding="utf-8")
            self._run(["install", "--manifest-path", str(home / "pixi.toml")], what, place, {})
            made = home / ".pixi" / "envs" / "default"
            prefix.symlink_to(made)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise

    def _run(self, words: Sequence[str], what: str, cwd: Path, more: Mapping[str, str]) -> str:
        kept = {name: value for name, value in self.env.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
        ran = subprocess.run(
            [str(self.program), *words],
            cwd=cwd,
            env={**kept, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if ran.returncode:
            raise InvalidSpec(f"{what}:\n{screen(_reason(ran.stdout) or ran.stderr or ran.stdout)}")
        return ran.stdout


def archives(said: Mapping[str, Any]) -> tuple[str, ...]:
    """The archives in what ``create --dry-run --json`` answers, ``URL#HASH`` each, sorted.

    Raises:
        InvalidSpec: one has no hash.
    """
    actions = said.get("actions", {})
    found: dict[str, str] = {}
    for each in (*actions.get("FETCH", ()), *actions.get("LINK", ())):
        name = each.get("fn") or each.get("dist_name", "")
        digest = f"sha256:{each['sha256']}" if each.get("sha256") else each.get("md5", "")
        stem = re.sub(r"\.(conda|tar\.bz2)$", "", name)
        if each.get("url") and digest:
            found[stem] = f"{each['url']}#{digest}"
        elif stem not in found:
            raise InvalidSpec(
                f"conda tells no hash of {stem or each}", hint="update conda, or use micromamba"
            )
    return tuple(sorted(found.values()))


def archives_of_pixi(text: str, target: str) -> tuple[str, ...]:
    """The archives that a pixi.lock names for one platform, ``URL#HASH`` each, sorted."""
    from starwhale.core.specs.document import parse_document

    known = parse_document(text, origin="pixi.lock").data
    chosen = known["environments"]["default"]["packages"][target]
    urls = {each["conda"] for each in chosen if "conda" in each}
    hashes = {each["conda"]: each for each in known["packages"] if "conda" in each}
    return tuple(sorted(f"{url}#sha256:{hashes[url]['sha256']}" for url in urls))


def pixi_project(packages: Sequence[str], channels: Sequence[str], target: str) -> str:
    """A project of pixi that asks for packages."""
    wanted = "".join(f"{json.dumps(name)} = {json.dumps(bound)}\n" for name, bound in map(_split, packages))
    return _pixi(channels or ("conda-forge",), target) + wanted


def pixi_project_of(locked: Sequence[str]) -> str:
    """A project of pixi that asks for archives."""
    lines: list[str] = []
    targets: set[str] = set()
    for line in locked:
        match = _ARCHIVE.fullmatch(line)
        if match is None:
            raise InvalidSpec(f"{line!r} is no archive of conda")
        digest = match["hash"]
        key = "sha256" if digest.startswith("sha256:") else "md5"
        targets.add(match["url"].rsplit("/", 2)[1])
        url, bare = json.dumps(match["url"]), json.dumps(digest.removeprefix("sha256:"))
        lines.append(f"{json.dumps(match['name'])} = {{ url = {url}, {key} = {bare} }}\n")
    target = next(iter(sorted(targets - {"noarch"})), "linux-64")
    return _pixi(("conda-forge",), target) + "".join(lines)


def _pixi(channels: Sequence[str], target: str) -> str:
    return (
        f'[workspace]\nname = "runtime"\nchannels = {json.dumps(list(channels))}\n'
        f'platforms = ["{target}"]\n\n[dependencies]\n'
    )


def _split(package: str) -> tuple[str, str]:
    match = re.fullmatch(r"\s*([\w.-]+)\s*(.*)", package)
    if match is None:
        raise InvalidSpec(f"{package!r} is not a package of conda", hint="write it like 'numpy=1.26'")
    return match[1], match[2] or "*"


def _plain(line: str) -> str:
    # Files of explicit archives have an MD5 bare, a SHA-256 bare as well: the length tells them apart.
    return line.replace("#sha256:", "#")


def _channels(channels: Sequence[str]) -> list[str]:
    return [word for each in channels for word in ("--channel", each)]


def _condarc(condarc: Mapping[str, Any], place: Path) -> dict[str, str]:
    if not condarc:
        return {}
    import yaml

    path = place / ".condarc"
    path.write_text(yaml.safe_dump(dict(condarc)), encoding="utf-8")
    return {"CONDARC": str(path), "MAMBARC": str(path)}


def _json(said: str, what: str) -> dict[str, Any]:
    try:
        return json.loads(said[said.index("{") :])
    except ValueError as exc:
        raise InvalidSpec(f"{what}: what the program answers is not JSON") from exc


def _reason(said: str) -> str:
    try:
        told = json.loads(said)
    except ValueError:
        return ""
    problems = told.get("solver_problems")
    return os.linesep.join(problems) if problems else str(told.get("message") or told.get("error") or "")
