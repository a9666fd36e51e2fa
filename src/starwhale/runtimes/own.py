"""Starwhale itself as a wheel: jobs run the release that starts them, whatever a lock says of it."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from starwhale.core.errors import Unavailable
from starwhale.kit.files import make_dirs

NAME = "starwhale"
_MOMENT = (1980, 1, 1, 0, 0, 0)
_WHEEL = "Wheel-Version: 1.0\nGenerator: starwhale\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWheel:
    """The running Starwhale.

    Attributes:
        path: Its wheel.
        version: Such as ``1.0.0``.
        key: Differs whenever its content does.
        needs: Digest of what it asks for, without extras.
    """

    path: Path
    version: str
    key: str
    needs: str

    @property
    def requirement(self) -> str:
        """What asks for this release and no other."""
        return f"{NAME}=={self.version}"


def own_wheel(cache: Path) -> OwnWheel:
    """Pack the running Starwhale, however it was installed; what was packed before is used again.

    Args:
        cache: Directory for the wheel.

    Raises:
        Unavailable: it was not installed at all.
    """
    try:
        installed = metadata.distribution(NAME)
        facts = installed.read_text("METADATA") or ""
    except metadata.PackageNotFoundError as exc:
        raise Unavailable("this Starwhale was never installed, so no runtime can get it") from exc
    root = Path(__file__).parents[1]
    files = sorted(_files(root))
    key = _key(root, files, facts)
    version = re.sub(r"[^\w.+!]+", "_", installed.version)
    path = cache / "own" / key / f"{NAME}-{version}-py3-none-any.whl"
    if not path.exists():
        scripts = installed.read_text("entry_points.txt") or ""
        _pack(path, root, files, {"METADATA": facts, "entry_points.txt": scripts, "WHEEL": _WHEEL}, version)
    return OwnWheel(path=path, version=installed.version, key=key, needs=_needs(installed.requires or []))


def _files(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            yield path


def _key(root: Path, files: list[Path], facts: str) -> str:
    found = hashlib.sha256(facts.encode())
    for path in files:
        stat = path.stat()
        found.update(f"{path.relative_to(root).as_posix()}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return found.hexdigest()[:16]


def _needs(requires: list[str]) -> str:
    own = sorted(each for each in requires if "extra ==" not in each)
    return hashlib.sha256("\n".join(own).encode()).hexdigest()[:16]


def _pack(path: Path, root: Path, files: list[Path], facts: dict[str, str], version: str) -> None:
    import os

    make_dirs(path.parent)
    rough = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    info = f"{NAME}-{version}.dist-info"
    rows: list[str] = []
    try:
        with zipfile.ZipFile(rough, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as wheel:
            for each in files:
                _add(wheel, rows, f"{NAME}/{each.relative_to(root).as_posix()}", each.read_bytes())
            for name, text in facts.items():
                _add(wheel, rows, f"{info}/{name}", text.encode())
            rows.append(f"{info}/RECORD,,")
            wheel.writestr(_entry(f"{info}/RECORD"), "\n".join(rows) + "\n")
        rough.replace(path)
    finally:
        rough.unlink(missing_ok=True)


def _add(wheel: zipfile.ZipFile, rows: list[str], name: str, content: bytes) -> None:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    rows.append(
        f'"{name}",sha256={digest},{len(content)}'
        if "," in name
        else f"{name},sha256={digest},{len(content)}"
    )
    wheel.writestr(_entry(name), content)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
