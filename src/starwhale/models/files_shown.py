"""What people see of the files of models and runtimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderEntry:
    """A file or a directory in a directory of a package.

    Attributes:
        name: Its name there.
        path: Its path from the root of the package.
        is_folder: Whether it is a directory.
        size: Bytes, of a directory those of all files below it.
        files: How many files it stands for.
        mode: Permissions of a file.
        digest: SHA-256 of a file, or of the list of its parts.
    """

    name: str
    path: str
    is_folder: bool
    size: int
    files: int
    mode: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextShown:
    """The beginning of a file that is text.

    Attributes:
        path: Which file.
        size: Its bytes, all of them.
        encoding: How the bytes were read.
        is_whole: Whether `text` is all of it.
    """

    path: str
    size: int
    encoding: str
    text: str
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRead:
    """A lock of a runtime.

    Attributes:
        name: That of its file, such as ``linux-x86_64.txt``.
        platform: Which platform it is for.
        python: Which Python.
        packages: Normal name of each package, and the line that pins it.
        problem: Why it cannot be read; empty where it can.
    """

    name: str
    platform: str = ""
    python: str = ""
    packages: Mapping[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockChange:
    """A package that two locks pin differently.

    Attributes:
        lock: Name of the lock.
        package: Normal name of the package.
        before: The line that pins it in the first; None where it is not there.
        after: The line in the second.
    """

    lock: str
    package: str
    before: str | None
    after: str | None
