"""From what is asked for to a lock, by uv."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from starwhale.core.errors import Conflict, InvalidSpec
from starwhale.core.manifest import digest_of
from starwhale.core.names import quoted
from starwhale.core.specs.runtime_python import minor_of
from starwhale.runtimes.indexes import Indexes
from starwhale.runtimes.lock import Lock, Locked, read_packages
from starwhale.runtimes.own import NAME, OwnWheel
from starwhale.runtimes.platforms import triple
from starwhale.runtimes.requirements import Requirements, name_of, normal
from starwhale.runtimes.uv import Uv
from starwhale.storage.objects.disk_errors import source_errors

_WHEEL = re.compile(r"(?P<name>[A-Za-z0-9][\w.]*)-(?P<version>\d[\w.!+]*)(-\d\w*)?(-[\w.]+){3}\.whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an environment is to hold.

    Attributes:
        requirements: As the user wrote them.
        wheels: Files that go before what an index has of the same name.
        python: Such as ``3.12`` or ``3.12.1``.
        is_exact: The requirements are all that is to be there, at these versions, whatever they say of each
            other: they were found in an environment that works.
    """

    requirements: Requirements = field(default_factory=Requirements)
    wheels: tuple[Path, ...] = ()
    python: str
    is_exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelFile:
    """A wheel as its name tells it."""

    path: Path
    name: str
    version: str
    digest: str


def wheel_of(path: Path) -> WheelFile:
    """Look at a wheel.

    Raises:
        NotFound: there is no such file.
        InvalidSpec: its name is none of a wheel.
    """
    match = _WHEEL.fullmatch(path.name)
    if match is None:
        raise InvalidSpec(
            f"{quoted(path.name)} is not a wheel", hint="wheels are called NAME-VERSION-…-any.whl"
        )
    with source_errors(path), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WheelFile(
        path=path, name=normal(match["name"]), version=match["version"].replace("_", "+"), digest=digest
    )


def inputs_of(wanted: Wanted, platform: str, own: OwnWheel) -> str:
    """Digest of everything that a lock follows from, but the indexes and what they hold today."""
    asked = wanted.requirements
    return digest_of(
        {
            "lines": sorted(asked.lines),
            "constraints": sorted(asked.constraints),
            "hashes": {line: sorted(hashes) for line, hashes in asked.hashes.items()},
            "options": sorted(asked.options),
            "wheels": sorted(wheel_of(each).digest for each in wanted.wheels),
            "python": wanted.python,
            "exact": wanted.is_exact,
            "platform": platform,
            "needs": own.needs,
        }
    ).hex()[:32]


def resolve(uv: Uv, wanted: Wanted, *, platform: str, own: OwnWheel) -> Lock:
    """Choose a version of every package, for one platform and one Python.

    Raises:
        InvalidSpec: nothing fits, with uv's own reason; or something cannot be locked to one file.
        Conflict: the index has other files than the author of the requirements allows.
        Unavailable: an index does not answer.
    """
    wheels = [wheel_of(each) for each in wanted.wheels]
    with TemporaryDirectory(prefix="starwhale-lock.") as rough:
        place = Path(rough)
        links = place / "links"
        links.mkdir()
        for each in (*(wheel.path for wheel in wheels), own.path):
            (links / each.name).symlink_to(each.resolve())
        _write_inputs(place, wanted, wheels, own)
        asked = replace(uv, indexes=Indexes(links=(str(links),)).over(uv.indexes))
        what = f"the requirements cannot be resolved for {platform}, Python {minor_of(wanted.python)}"
        text = asked(_words(wanted, platform), cwd=place, what=what)
    found = [each for each in read_packages(text, "the lock") if each.name != NAME]
    own_digests = {wheel.name: f"sha256:{wheel.digest}" for wheel in wheels}
    checked = [_checked(_with_wheel(each, own_digests), wanted.requirements.hashes) for each in found]
    return Lock(
        platform=platform,
        python=minor_of(wanted.python),
        packages=tuple(sorted(checked, key=lambda each: each.name)),
        inputs=inputs_of(wanted, platform, own),
        needs=own.needs,
    )


def _write_inputs(place: Path, wanted: Wanted, wheels: list[WheelFile], own: OwnWheel) -> None:
    pins = [f"{each.name}=={each.version}" for each in wheels]
    asked = [line for line in wanted.requirements.lines if name_of(line) != NAME]
    overrides = [own.requirement, *(asked if wanted.is_exact else ())]
    contents = {
        "requirements.in": [*asked, *pins, own.requirement],
        "overrides.txt": [*overrides, *(pins if wanted.is_exact else ())],
        "constraints.txt": [line for line in wanted.requirements.constraints if name_of(line) != NAME],
    }
    for name, lines in contents.items():
        (place / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _words(wanted: Wanted, platform: str) -> list[str]:
    target = triple(platform)
    return [
        *("pip", "compile", "requirements.in", "--generate-hashes", "--no-header", "--no-annotate"),
        *("--overrides", "overrides.txt", "--constraints", "constraints.txt", "--no-python-downloads"),
        *("--python", sys.executable, "--python-version", wanted.python),
        *(["--python-platform", target] if target else []),
        *wanted.requirements.options,
    ]


def _with_wheel(package: Locked, wheels: Mapping[str, str]) -> Locked:
    digest = wheels.get(package.name)
    return replace(package, hashes=(digest,)) if digest else package


def _checked(package: Locked, given: Mapping[str, frozenset[str]]) -> Locked:
    """Only the hashes that the author of the requirements allows, where he names some."""
    allowed = frozenset[str]().union(
        *(hashes for line, hashes in given.items() if name_of(line) == package.name)
    )
    if not allowed:
        return package
    left = tuple(sorted(allowed.intersection(package.hashes)))
    if not left:
        raise Conflict(
            f"the index has {package.line}, but none of its files with the hashes that the requirements name",
            hint="find out who changed them",
        )
    return replace(package, hashes=left)
