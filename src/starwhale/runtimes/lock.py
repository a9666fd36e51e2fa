r"""What a lock says: every package with its version and its hashes, for one platform and one Python.

It is a file of requirements that pip and uv install as it is, with a few comments at the top:

    # starwhale-lock: 1
    # platform: linux-x86_64
    # python: 3.12
    # inputs: …            digest of what was asked for
    # needs: …             digest of what Starwhale itself needs
    click==8.1.8 \
        --hash=sha256:…
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from starwhale.core.errors import InvalidSpec
from starwhale.core.names import quoted
from starwhale.runtimes.requirements import name_of

FORMAT = "1"
FILE_NAME = "requirements-sw-lock.txt"
_HEAD = re.compile(r"# (starwhale-lock|platform|python|inputs|needs): (\S*)")
_TITLE = r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?"
_PINNED = re.compile(rf"{_TITLE}(==[^\s;=]+|===\S+)(\s*;.*)?")
_COMMIT = re.compile(rf"{_TITLE} @ git\+\S+@[0-9a-f]{{40}}(#\S*)?(\s*;.*)?")
_ADDRESS = re.compile(rf"{_TITLE} @ https?://\S+(\s*;.*)?")
_OF_HASH = "--hash="
#: Characters of what pins a package, without its hashes; patterns take long to refuse a longer one.
_LONGEST_LINE = 4096
_HASH = re.compile(r"[a-z0-9]{2,10}:[0-9a-f]{32,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One package.

    Attributes:
        line: ``name==version``, ``name @ https://…`` or ``name @ git+…@commit``.
        hashes: ``sha256:…`` of every file that may be installed; none where the commit says it all.
    """

    line: str
    hashes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Normal name of the package."""
        return name_of(self.line)

    def to_text(self) -> str:
        """The lines of a file of requirements."""
        return " \\\n    --hash=".join([self.line, *self.hashes]) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """All packages of an environment but Starwhale itself.

    Attributes:
        platform: Such as ``linux-x86_64``.
        python: Such as ``3.12``.
        packages: Sorted by name.
        inputs: Digest of what was asked for.
        needs: Digest of what Starwhale itself needs, which the lock holds too.
    """

    platform: str
    python: str
    packages: tuple[Locked, ...]
    inputs: str = ""
    needs: str = ""

    def to_text(self, options: Iterable[str] = ()) -> str:
        """The same lock gives the same text, in later releases too.

        Args:
            options: Lines for pip, such as ``--index-url=…``; reading passes over them.
        """
        head = {
            "starwhale-lock": FORMAT,
            "platform": self.platform,
            "python": self.python,
            "inputs": self.inputs,
            "needs": self.needs,
        }
        first = "".join(f"# {name}: {value}\n" for name, value in head.items() if value)
        first += "".join(f"{line}\n" for line in options)
        return first + "".join(each.to_text() for each in self.packages)

    @property
    def hashed(self) -> tuple[Locked, ...]:
        """What is installed by its hash."""
        return tuple(each for each in self.packages if each.hashes)

    @property
    def commits(self) -> tuple[Locked, ...]:
        """What is installed by its commit."""
        return tuple(each for each in self.packages if not each.hashes)

    def without(self, names: Iterable[str]) -> Lock:
        """The same lock without some packages."""
        left_out = set(names)
        kept = tuple(each for each in self.packages if each.name not in left_out)
        return Lock(
            platform=self.platform, python=self.python, packages=kept, inputs=self.inputs, needs=self.needs
        )


def header_of(text: str) -> dict[str, str]:
    """The comments at the top of a lock; empty for any other file."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _HEAD.fullmatch(line.rstrip())
        if match is None:
            break
        found[match[1]] = match[2]
    return found if "starwhale-lock" in found else {}


def parse_lock(text: str, origin: str) -> Lock:
    """Read a lock.

    Args:
        text: What `Lock.to_text` wrote.
        origin: What messages call it.

    Raises:
        InvalidSpec: it is none, of a later release, or a line pins nothing.
    """
    head = header_of(text)
    if not head:
        raise InvalidSpec(f"{origin} is not a lock of Starwhale", hint="make one with `swcli runtime lock`")
    if head["starwhale-lock"] != FORMAT:
        raise InvalidSpec(
            f"{origin} has format {quoted(head['starwhale-lock'])}", hint="upgrade Starwhale to read it"
        )
    return Lock(
        platform=head.get("platform", ""),
        python=head.get("python", ""),
        packages=tuple(sorted(read_packages(text, origin), key=lambda each: each.name)),
        inputs=head.get("inputs", ""),
        needs=head.get("needs", ""),
    )


def read_packages(text: str, origin: str) -> Iterator[Locked]:
    """The packages of a file in which each is pinned.

    Raises:
        InvalidSpec: one is not, or by no hash.
    """
    joined = re.sub(r"\\[ \t]*\n", " ", text)
    for line in joined.splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        if not bare or bare.startswith("--"):
            continue
        words = bare.split()
        hashes = {each.removeprefix(_OF_HASH) for each in words if each.startswith(_OF_HASH)}
        pin = " ".join(each for each in words if not each.startswith(_OF_HASH))
        found = Locked(line=pin, hashes=tuple(sorted(hashes)))
        if not all(_HASH.fullmatch(each) for each in hashes):
            raise InvalidSpec(f"{origin}: {quoted(found.line)} has a hash that is none")
        if len(found.line) > _LONGEST_LINE or not _is_exact(found):
            raise InvalidSpec(
                f"{origin}: {quoted(found.line)} is not locked to one file",
                hint="lock it with `swcli runtime lock`",
            )
        yield found


def _is_exact(package: Locked) -> bool:
    if _COMMIT.fullmatch(package.line):
        return not package.hashes
    known = _PINNED.fullmatch(package.line) or _ADDRESS.fullmatch(package.line)
    return known is not None and bool(package.hashes)
