"""Programs that run in an environment: a shell command of the author's, or what a user wants to run."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from starwhale.core.errors import UserCodeError
from starwhale.core.names import quoted

_FOREIGN = (
    "PYTHONHOME",
    "PYTHONPATH",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)
_SHOWN = 12


def activated(prefix: Path, env: Mapping[str, str], *, conda: bool = False) -> dict[str, str]:
    """The environment in which the programs of `prefix` are found first."""
    kept = {name: value for name, value in env.items() if name not in _FOREIGN}
    rest = env.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    own = {"CONDA_PREFIX": str(prefix)} if conda else {"VIRTUAL_ENV": str(prefix)}
    return {**kept, **own, "PATH": f"{prefix / 'bin'}:{rest}"}


def run_all(
    commands: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    what: str,
    patience: float | None = None,
) -> None:
    """Run shell commands one after the other.

    Args:
        commands: For ``/bin/sh``.
        cwd: Where they begin.
        env: Their environment.
        what: What they are, for the message.
        patience: Seconds that each may take; None for as long as it likes.

    Raises:
        UserCodeError: one failed, or took too long; the message has the end of what it printed.
    """
    for command in commands:
        with subprocess.Popen(
            ["/bin/sh", "-ec", command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # So that what it has started ends with it; else Ctrl-C is to reach it.
            start_new_session=patience is not None,
        ) as ran:
            try:
                printed, _ = ran.communicate(timeout=patience)
            except subprocess.TimeoutExpired as exc:
                os.killpg(ran.pid, signal.SIGKILL)
                raise UserCodeError(f"{what} {quoted(command)} took longer than {patience:,.0f} s") from exc
        if ran.returncode:
            lines = printed.strip().splitlines()[-_SHOWN:]
            said = "".join(f"\n  {line[:200]}" for line in lines)
            raise UserCodeError(
                f"{what} {quoted(command)} exited with status {ran.returncode}{':' if said else ''}{said}"
            )
