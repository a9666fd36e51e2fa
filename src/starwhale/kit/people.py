"""Who runs this process."""

from __future__ import annotations

import getpass
import os


def system_user() -> str:
    """Login name of whoever runs this process; ``uid-1000`` where the system has none for him."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
