"""What an environment holds, as one short text: jobs compare it before they start.

It follows from the version of Python, the packages with the list of their files, and whatever else Python
would load by itself. It costs a few small reads; `changed_files` hashes everything.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from starwhale.core.errors import Corrupted

MARK = ".starwhale/environment.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What is known of an environment that was made for a runtime.

    Attributes:
        runtime: Full id of the version; empty where it was made from elsewhere.
        fingerprint: Of the moment when it was complete.
        python: Version in full, such as ``3.12.1``.
        platform: Such as ``linux-x86_64``.
        packages: Versions by normal name.
        starwhale: Version of ours in it.
    """

    runtime: str
    fingerprint: str
    python: str
    platform: str
    packages: dict[str, str]
    starwhale: str

    def to_bytes(self) -> bytes:
        """The mark that a complete environment carries."""
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode()


def read_mark(prefix: Path) -> Environment | None:
    """What the environment at `prefix` says of itself; None for one that is not complete."""
    try:
        plain = json.loads((prefix / MARK).read_bytes())
        if plain.pop("format") != _FORMAT:
            return None
        return Environment(**plain)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def fingerprint(site: Path, python: str) -> str:
    """The fingerprint of an environment.

    Args:
        site: Its directory of packages.
        python: Version of its Python in full.
    """
    found = hashlib.sha256(f"{python}\n".encode())
    for name in sorted(_names(site)):
        found.update(f"{name}\0".encode())
        if name.endswith(".dist-info"):
            found.update(_files_of(site, name))
        elif name.endswith(".pth"):
            found.update(_digest(site / name))
    return found.hexdigest()[:32]


def packages(site: Path) -> dict[str, str]:
    """Versions of the packages in a directory, by normal name."""
    found: dict[str, str] = {}
    for name in sorted(_names(site)):
        if name.endswith(".dist-info"):
            title, _, version = name.removesuffix(".dist-info").rpartition("-")
            found[re.sub(r"[-_.]+", "-", title).lower()] = version
    return found


def site_of(prefix: Path) -> Path:
    """The directory of packages of an environment.

    Raises:
        Corrupted: there is none, or more than one.
    """
    found = [each for each in (prefix / "lib").glob("python3*/site-packages") if not each.parent.is_symlink()]
    if len(found) != 1:
        raise Corrupted(f"{prefix} is no environment of Python")
    return found[0]


def changed_files(site: Path) -> Iterator[str]:
    """Files of installed packages that are not what their package says they are."""
    for name in sorted(_names(site)):
        if not name.endswith(".dist-info"):
            continue
        try:
            text = (site / name / "RECORD").read_text(encoding="utf-8")
        except OSError:
            yield f"{name}/RECORD"
            continue
        for path, told, _ in (row for row in csv.reader(text.splitlines()) if len(row) == 3):
            kind, _, expected = told.partition("=")
            if kind == "sha256" and _url_digest(site / path) != expected:
                yield path


def difference(old: dict[str, str], new: dict[str, str]) -> str:
    """What has become of the packages of an environment, in few words; empty when nothing has."""
    words = [f"{name} {new[name]} came" for name in sorted(new.keys() - old.keys())]
    words += [f"{name} {old[name]} went" for name in sorted(old.keys() - new.keys())]
    words += [
        f"{name} {old[name]} became {new[name]}"
        for name in sorted(old.keys() & new.keys())
        if old[name] != new[name]
    ]
    more = f" and {len(words) - 5} more" if len(words) > 5 else ""
    return ", ".join(words[:5]) + more


def _names(site: Path) -> Iterator[str]:
    return (each.name for each in site.iterdir() if each.name != "__pycache__")


def _files_of(site: Path, name: str) -> bytes:
    """Digest of what a package says of its files, without those that each installation writes for itself."""
    try:
        lines = (site / name / "RECORD").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return b"none"
    kept = sorted(line for line in lines if not line.startswith(("../", name)))
    return hashlib.sha256("\n".join(kept).encode()).digest()


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b"none"


def _url_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return ""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
