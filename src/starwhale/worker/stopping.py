"""How a task is broken off."""

from __future__ import annotations


class Stopped(BaseException):
    """The attempt ends before its end, because it was told to. No error: user code must not catch it."""
