"""A Python that every user of this machine may run, with all that is installed for the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import starwhale

#: Of the standard library, what no server and no worker needs.
_LEFT_OUT = shutil.ignore_patterns(
    "site-packages",
    "test",
    "tests",
    "__pycache__",
    "idlelib",
    "tkinter",
    "turtledemo",
    "ensurepip",
    "config-*",
)
_LOOK = "import starwhale, numpy, pyarrow, sys; print(sys.executable)"


def readable_python(place: Path, user: str = "nobody") -> Path | None:
    """An interpreter that `user` may run.

    The one that runs the tests, if he may run that; else a copy of it and of the standard library, which
    finds the installed packages where they are.

    Args:
        place: Directory for a copy; everybody may pass through those above it.
        user: Name of the user.

    Returns:
        None where he may not read the installed packages either.
    """
    if _may_run(Path(sys.executable), user):
        return Path(sys.executable)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = place / "bin" / version
    python.parent.mkdir(parents=True)
    shutil.copy2(Path(sys.executable).resolve(), python)
    standard = Path(sysconfig.get_path("stdlib"))
    for library in standard.parent.glob(f"libpython{version[6:]}*.so*"):
        (place / "lib").mkdir(exist_ok=True)
        shutil.copy2(library, place / "lib" / library.name)
    shutil.copytree(standard, place / "lib" / version, ignore=_LEFT_OUT, symlinks=True)
    packages = place / "lib" / version / "site-packages"
    packages.mkdir()
    installed = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    # First of all the code that is tested, which need not be the one that is installed.
    ours = str(Path(starwhale.__file__).parents[1])
    lines = [ours, *(f"import site; site.addsitedir({each!r})" for each in dict.fromkeys(installed))]
    (packages / "installed.pth").write_text("\n".join(lines) + "\n")
    subprocess.run(["chmod", "-R", "a+rX", place], check=True)
    return python if _may_run(python, user) else None


def environment_of(python: Path) -> dict[str, str]:
    """What a copied interpreter needs in its environment to find its own library."""
    return {"LD_LIBRARY_PATH": str(python.parent.parent / "lib")}


def _may_run(python: Path, user: str) -> bool:
    found = pwd.getpwnam(user)
    words = [str(python), "-P", "-c", _LOOK]
    try:
        ended = subprocess.run(
            words,
            user=found.pw_uid,
            group=found.pw_gid,
            extra_groups=[],
            cwd="/",
            env=environment_of(python),
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return ended.returncode == 0 and os.fsdecode(ended.stdout).strip() == str(python)
