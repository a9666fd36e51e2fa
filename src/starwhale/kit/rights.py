"""Giving up the ways to more rights than one has."""

from __future__ import annotations

import ctypes
import sys

_NO_NEW_PRIVILEGES = 38


def renounce() -> None:
    """Have no program that this process starts run with more rights, as some of root's do.

    Source: ``PR_SET_NO_NEW_PRIVS`` of prctl(2); elsewhere than on Linux nothing happens.

    Raises:
        OSError: the system does not do it.
    """
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot give up the ways to more rights")
