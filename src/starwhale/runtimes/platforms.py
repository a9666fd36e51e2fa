"""Names of platforms: ours, those of uv, of runtime.yaml and of Docker."""

from __future__ import annotations

import platform
import sys
import sysconfig
from collections.abc import Iterable

from starwhale.core.errors import UsageError

# uv takes one for the newest of its kind, which an old system may not be: only other machines are told so.
_TRIPLES = {
    "linux-x86_64": "x86_64-unknown-linux-gnu",
    "linux-aarch64": "aarch64-unknown-linux-gnu",
    "linux-x86_64-musl": "x86_64-unknown-linux-musl",
    "linux-aarch64-musl": "aarch64-unknown-linux-musl",
    "macos-arm64": "aarch64-apple-darwin",
    "macos-x86_64": "x86_64-apple-darwin",
}
_OF_ARCH = {"amd64": "linux-x86_64", "arm64": "linux-aarch64"}
_OF_CONDA = {
    "linux-x86_64": "linux-64",
    "linux-aarch64": "linux-aarch64",
    "macos-arm64": "osx-arm64",
    "macos-x86_64": "osx-64",
}


def this_platform() -> str:
    """This machine, such as ``linux-x86_64``, ``macos-arm64``, ``linux-aarch64-musl``."""
    machine = platform.machine().lower()
    if sys.platform == "darwin":
        return f"macos-{machine}"
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    musl = "-musl" if "musl" in str(sysconfig.get_config_var("SOABI")) else ""
    return f"linux-{machine}{musl}"


def wanted_platforms(arches: Iterable[str]) -> tuple[str, ...]:
    """The platforms that a runtime is locked for; ``noarch`` means the one of this machine."""
    return tuple(dict.fromkeys(_OF_ARCH.get(arch) or this_platform() for arch in arches))


def of_docker(arch: str) -> str:
    """The platform of images for ``amd64`` or ``arm64``."""
    return _OF_ARCH[arch]


def of_conda(name: str) -> str:
    """What conda calls a platform, such as ``linux-64``.

    Raises:
        UsageError: conda has no packages for it.
    """
    if name not in _OF_CONDA:
        raise UsageError(f"conda has no packages for {name}")
    return _OF_CONDA[name]


def triple(name: str) -> str | None:
    """What uv calls a platform; None where nothing need be said, for it is this machine's.

    Raises:
        UsageError: it is neither this machine's nor one that uv can resolve for from afar.
    """
    if name == this_platform():
        return None
    if name not in _TRIPLES:
        raise UsageError(
            f"nothing can be locked for {name} on this machine", hint="lock it on such a machine"
        )
    return _TRIPLES[name]
