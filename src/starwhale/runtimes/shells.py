"""Shells in which an environment is active."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starwhale.runtimes.commands import activated


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A program to become.

    Attributes:
        words: Program and arguments.
        env: Its environment.
    """

    words: tuple[str, ...]
    env: dict[str, str]


def shell(prefix: Path, title: str, env: Mapping[str, str], home: Path, *, conda: bool = False) -> Launch:
    """An interactive shell of the user's own kind, in which an environment is active.

    The user's own files are read first, since they may change ``PATH``.

    Args:
        prefix: The environment.
        title: Shown before the prompt.
        env: Environment of the caller.
        home: Directory of ours for the files that the shell reads.
        conda: The environment is one of conda.
    """
    program = env.get("SHELL") or "/bin/sh"
    within = activated(prefix, env, conda=conda)
    home.mkdir(parents=True, exist_ok=True)
    user = Path(env.get("HOME") or Path.home())
    line = f"export PATH={shlex.quote(str(prefix / 'bin'))}:$PATH; PS1={shlex.quote(f'({title}) ')}$PS1"
    match Path(program).name:
        case "bash":
            rc = home / "bashrc"
            rc.write_text(_sourcing(user / ".bashrc") + line + "\n", encoding="utf-8")
            return Launch(words=(program, "--rcfile", str(rc), "-i"), env=within)
        case "zsh":
            theirs = Path(env.get("ZDOTDIR") or user) / ".zshrc"
            (home / ".zshrc").write_text(_sourcing(theirs) + line + "\n", encoding="utf-8")
            return Launch(words=(program, "-i"), env={**within, "ZDOTDIR": str(home)})
        case "fish":
            path = shlex.quote(str(prefix / "bin"))
            return Launch(words=(program, "-i", "-C", f"set -gx PATH {path} $PATH"), env=within)
        case _:
            return Launch(words=(program, "-i"), env={**within, "PS1": f"({title}) $ "})


def activation(prefix: Path, *, conda: bool = False) -> str:
    """The command that makes an environment active in a shell that runs already."""
    if conda:
        return f"conda activate {shlex.quote(str(prefix))}"
    return f"source {shlex.quote(str(prefix / 'bin' / 'activate'))}"


def _sourcing(file: Path) -> str:
    quoted = shlex.quote(str(file))
    return f"[ -f {quoted} ] && . {quoted}\n"
