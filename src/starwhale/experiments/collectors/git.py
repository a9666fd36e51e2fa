"""The state of the repository that the code of a run lies in."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

PATIENCE = 10.0
MOST_DIFF = 256 << 10
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def git_facts(place: Path) -> dict[str, Any]:
    """Commit, branch, remote and uncommitted changes; empty where there is no repository or no git.

    Args:
        place: A directory of the working tree.
    """
    root = _git(place, "rev-parse", "--show-toplevel")
    if not root:
        return {}
    top = Path(root)
    changed = (_git(top, "status", "--porcelain", "--untracked-files=normal") or "").splitlines()
    facts: dict[str, Any] = {
        "root": root,
        "commit": _git(top, "rev-parse", "--verify", "--quiet", "HEAD") or "",
        "branch": _git(top, "symbolic-ref", "--short", "--quiet", "HEAD") or "",
        "remote": without_credentials(_git(top, "config", "--get", "remote.origin.url") or ""),
        "message": _git(top, "log", "-1", "--format=%s") or "",
        "dirty": bool(changed),
    }
    if changed:
        diff = _git(top, "diff", "HEAD", "--no-color", "--no-ext-diff") or ""
        facts["changed"] = changed[:1000]
        facts["diff"] = diff[:MOST_DIFF]
        facts["diff_is_whole"] = len(diff) <= MOST_DIFF
    return facts


def without_credentials(url: str) -> str:
    """An address without user name, password or token."""
    return _CREDENTIALS.sub("", url)


def _git(place: Path, *words: str) -> str | None:
    # Nothing of the user's repository may be changed by a look at it, and nobody is there to be asked.
    env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        ran = subprocess.run(
            ["git", "-C", str(place), *words],
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            env=env,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout.decode("utf-8", "replace").rstrip() if ran.returncode == 0 else None
