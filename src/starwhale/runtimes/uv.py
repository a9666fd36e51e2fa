"""The program `uv`, which resolves, locks and installs; what it says when it cannot becomes our error."""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from starwhale.core.errors import InvalidSpec, MissingDependency, StarwhaleError, StorageFull, Unavailable
from starwhale.core.specs.runtime_python import minor_of
from starwhale.kit.children import end
from starwhale.kit.reflink import reflink
from starwhale.runtimes.indexes import Indexes

_log = logging.getLogger(__name__)
_WIDTH = 78
_LINES = 16
_FOREIGN = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__")
_UNREACHABLE = re.compile(
    r"error sending request|Failed to fetch|Request failed|dns error|Connection refused|timed out|"
    r"HTTP status (server error|client error \((401|403|429))",
    re.IGNORECASE,
)
_FULL = re.compile(r"No space left on device|Disk quota exceeded")
_SUM = "Hash mismatch"
_UNSOLVED = "No solution found"
# What uv says beside the reason.
_TALK = ("warning:", "Using ", "Resolved ", "Creating virtual", "Prepared ", "Building ")


def find_uv(env: Mapping[str, str]) -> Path:
    """The program: that of ``PATH``, or the one installed beside us.

    Raises:
        MissingDependency: there is none.
    """
    beside = Path(sys.executable).parent
    for place in (env.get("PATH"), str(beside)):
        found = shutil.which("uv", path=place) if place else None
        if found:
            return Path(found)
    raise MissingDependency("runtimes need the program uv, which is not here", hint="pip install uv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uv:
    """Runs uv, in a directory where it finds nobody's project.

    Attributes:
        program: Where it lies.
        env: Environment of the caller.
        indexes: Where packages come from.
        cache: Whether what was fetched before may be used.
    """

    program: Path
    env: Mapping[str, str]
    indexes: Indexes
    cache: bool = True

    def __call__(self, words: Sequence[str], *, cwd: Path, what: str) -> str:
        """Run a command of uv and return what it prints.

        Args:
            words: Command, options, arguments.
            cwd: A directory of ours; relative paths of files begin there.
            what: What is tried, to complete "… cannot be …".

        Raises:
            InvalidSpec: no set of packages fits, or a requirement is none; with uv's own reason.
            Unavailable: an index does not answer.
            StorageFull: there is no space for it.
            StarwhaleError: anything else that uv says.
        """
        alone = ["--no-index"] if self.indexes.alone and words[0] in {"pip", "build"} else []
        command = [str(self.program), "--color=never", "--no-progress", *words, *alone]
        _log.debug("running %s", command)
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = (each.decode(errors="replace") for each in child.communicate())
        finally:
            end(child)
        if child.returncode:
            raise _failure(err or out, what)
        _log.debug("uv says: %s", err.strip())
        return out

    def environment(self) -> dict[str, str]:
        """The environment that uv gets."""
        env = {name: value for name, value in self.env.items() if name not in _FOREIGN}
        for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"):
            env.pop(name, None)  # they are part of `indexes`
        env.update(self.indexes.to_env(self.env))
        if not self.cache:
            env["UV_NO_CACHE"] = "1"
        if env.get("PIP_CERT") and "SSL_CERT_FILE" not in env:
            env["SSL_CERT_FILE"] = env["PIP_CERT"]
        return env

    def venv(self, place: Path, python: str) -> None:
        """Make an empty environment that can be moved.

        Raises:
            InvalidSpec: there is no such Python, and none can be got.
        """
        # Ours where it is of that version: uv would take the first on PATH, which may be a poor one.
        ours = Path(sys.base_prefix) / "bin" / "python3"
        is_ours = platform.python_version() == python or minor_of(platform.python_version()) == python
        chosen = str(ours) if is_ours and ours.exists() else python
        words = ["venv", "--no-project", "--relocatable", "--python", chosen, str(place)]
        self(words, cwd=place.parent, what=f"Python {python} cannot be set up")

    def install(self, python: Path, words: Sequence[str], *, cwd: Path) -> None:
        """Install into the environment of `python` exactly what `words` name, and nothing that these need."""
        mode = [] if self.env.get("UV_LINK_MODE") else [f"--link-mode={_link_mode(python.parent)}"]
        command = ["pip", "install", "--python", str(python), "--no-deps", *mode, *words]
        self(command, cwd=cwd, what="the packages cannot be installed")

    def freeze(self, python: Path) -> list[str]:
        """What is installed in the environment of `python`, as requirements."""
        words = ["pip", "freeze", "--python", str(python)]
        asked = replace(self, indexes=Indexes())
        return asked(words, cwd=python.parent, what="the packages cannot be listed").splitlines()


def _link_mode(place: Path) -> str:
    # Never a hard link: what a user writes into his environment must not reach uv's cache.
    one, two = place / f".share-{os.getpid()}-1", place / f".share-{os.getpid()}-2"
    try:
        with one.open("xb") as source, two.open("xb") as target:
            source.write(b"x" * 4096)
            source.flush()
            return "clone" if reflink(source.fileno(), target.fileno()) else "copy"
    except OSError:
        return "copy"
    finally:
        one.unlink(missing_ok=True)
        two.unlink(missing_ok=True)


def _failure(said: str, what: str) -> StarwhaleError:
    reason = screen(said)
    message = f"{what}:\n{reason}"
    if _FULL.search(said):
        return StorageFull(message, hint="free some space and try again")
    if _SUM in said:
        return InvalidSpec(message, hint="the index serves another file than the one that was locked")
    if _UNSOLVED in said or "Couldn't parse" in said or "Failed to parse" in said:
        return InvalidSpec(message, hint="change the requirements, or name another index")
    if _UNREACHABLE.search(said):
        return Unavailable(message, hint="check the network, or name an index that answers under configs.pip")
    return InvalidSpec(message)


def screen(said: str) -> str:
    """What a program says, as a paragraph that one screen has room for: its beginning and its end."""
    lines: list[str] = []
    if _UNSOLVED in said:
        said = re.sub(r"\n {7,}(?=\S)", " ", said)  # uv breaks its own sentences over lines
    for line in said.strip().splitlines():
        text = re.sub(r"^(error|  (cause|×|╰─▶|├─▶)):? ?", "", line.rstrip())
        if text.startswith(_TALK):
            continue
        indent = "  " + " " * (len(text) - len(text.lstrip()))
        lines += textwrap.wrap(text.lstrip(), _WIDTH, initial_indent=indent, subsequent_indent=indent) or [""]
    if len(lines) > _LINES:
        half = _LINES // 2
        lines = [*lines[:half], f"  … {len(lines) - 2 * half} lines …", *lines[-half:]]
    return "\n".join(lines) or "  it does not say why"


def interpreter(python: Path, env: Mapping[str, str]) -> dict[str, str]:
    """What an interpreter says of itself: ``version``, ``implementation``, ``prefix``, ``site`` of packages.

    Raises:
        InvalidSpec: it does not run.
    """
    program = (
        "import json, platform, sys, sysconfig;"
        "print(json.dumps({'version': platform.python_version(), 'site': sysconfig.get_path('purelib'),"
        "'implementation': sys.implementation.name, 'prefix': sys.prefix}))"
    )
    clean = {name: value for name, value in env.items() if name not in _FOREIGN}
    try:
        ran = subprocess.run(
            [str(python), "-I", "-S", "-c", program],
            env=clean,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return json.loads(ran.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as exc:
        raise InvalidSpec(f"{python} is no Python that runs") from exc
