"""Making an environment out of a package and a lock, step by step."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from starwhale.core.errors import Conflict, Forbidden, InvalidSpec
from starwhale.core.specs.runtime_python import check_python, minor_of
from starwhale.kit.files import atomic_write
from starwhale.runtimes import package
from starwhale.runtimes.commands import activated, run_all
from starwhale.runtimes.conda import Conda
from starwhale.runtimes.fingerprint import MARK, Environment, fingerprint, packages, site_of
from starwhale.runtimes.indexes import Indexes
from starwhale.runtimes.lock import Lock
from starwhale.runtimes.own import OwnWheel
from starwhale.runtimes.package import Description
from starwhale.runtimes.uv import Uv, interpreter
from starwhale.storage.objects.disk_errors import disk_errors
from starwhale.storage.trees import check_path

LOCK_COPY = ".starwhale/lock.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made.

    Attributes:
        description: Of the runtime.
        content: Directory in which its package lies.
        lock: For this machine.
        conda_lock: The same of conda, a line each; None in other modes.
        runtime: Id of the version; empty where it is none.
    """

    description: Description
    content: Path
    lock: Lock
    conda_lock: tuple[str, ...] | None = None
    runtime: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What runtimes may have run while their environments are made.

    Attributes:
        programs: Whether their authors may run programs as the user of this process.
        patience: Seconds that such a program may take; None for as long as it likes.
    """

    programs: bool = True
    patience: float | None = None


EVERYTHING = Trust()


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes environments.

    Attributes:
        uv: Resolves nothing here, only installs.
        own: Starwhale itself, which goes over whatever a lock says of it.
        env: Environment of the caller.
        trust: What runtimes may have run.
    """

    uv: Uv
    own: OwnWheel
    env: Mapping[str, str]
    trust: Trust = EVERYTHING

    def make(self, order: Order, prefix: Path, rough: Path) -> Environment:
        """Make an environment at `prefix`, where nothing is.

        It is complete when it carries its mark, which is written last; whatever was left by somebody who was
        killed meanwhile has none.

        Args:
            order: What is to be made.
            prefix: Where it will be.
            rough: Where it is put together, beside `prefix`.

        Raises:
            InvalidSpec: there is no such Python, or a package cannot be installed; with uv's own reason.
            Unavailable: an index does not answer.
            UserCodeError: a command of the author's failed.
            Forbidden: its author would run programs here, and may not.
            StorageFull: there is no space for it.
        """
        description = order.description
        self._check(order)
        prefix, rough = prefix.absolute(), rough.absolute()
        self._run(description.pre, order, self.env, "hooks.pre")
        with disk_errors(prefix.parent):
            rough.parent.mkdir(parents=True, exist_ok=True)
            is_conda = description.mode == package.CONDA
            # Environments of conda know their own place, so they cannot be moved there.
            place = prefix if is_conda else rough
            try:
                self._set_up(order, place)
                self._install(order, place)
                _copy_files(order, place)
                if not is_conda:
                    rough.rename(prefix)
                within = activated(prefix, self.env, conda=is_conda)
                self._run(description.commands, order, within, "command")
                self._run(description.post, order, within, "hooks.post")
                return self._mark(order, prefix)
            except BaseException:
                shutil.rmtree(rough, ignore_errors=True)
                shutil.rmtree(prefix, ignore_errors=True)
                raise

    def _check(self, order: Order) -> None:
        if self.trust.programs:
            return
        told = order.description
        runs = {
            "hooks.pre": told.pre,
            "commands": told.commands,
            "hooks.post": told.post,
            "packages from a repository": order.lock.commits,
            "packages of conda, which have programs of their own run": told.mode == package.CONDA,
        }
        if found := [name for name, some in runs.items() if some]:
            raise Forbidden(
                f"this server runs no programs of a runtime as itself, and this one has {', '.join(found)}",
                hint="build one of wheels alone, or run the job where this one is restored",
            )

    def _run(self, commands: Sequence[str], order: Order, env: Mapping[str, str], what: str) -> None:
        run_all(commands, cwd=order.content, env=env, what=what, patience=self.trust.patience)

    def _set_up(self, order: Order, place: Path) -> None:
        if order.conda_lock is not None:
            Conda.find(self.env).create(place, order.conda_lock)
        else:
            # Not whatever a package names: it could be a program.
            self.uv.venv(place, check_python(order.description.python))
        told = interpreter(place / "bin" / "python", self.env)
        check_python(told["version"])
        wanted = order.description.python
        if told["version"] != wanted and minor_of(told["version"]) != wanted:
            raise InvalidSpec(
                f"the runtime wants Python {wanted}, and what was set up is {told['version']}",
                hint=f"install Python {wanted}, for instance with `uv python install {wanted}`",
            )

    def _install(self, order: Order, place: Path) -> None:
        python = place / "bin" / "python"
        written = place / LOCK_COPY
        atomic_write(written, order.lock.to_text().encode())
        links = [str(order.content / each) for each in order.description.wheels]
        directories = tuple(dict.fromkeys(str(Path(each).parent) for each in links))
        brought = Indexes(links=directories, alone=order.description.is_complete)
        uv = replace(self.uv, indexes=brought.over(self.uv.indexes))
        if order.lock.hashed:
            hashed = written.with_name("hashed.txt")
            hashed.write_text("".join(each.to_text() for each in order.lock.hashed), encoding="utf-8")
            uv.install(python, ["--require-hashes", "--requirement", str(hashed)], cwd=order.content)
            hashed.unlink()
        if order.lock.commits:
            uv.install(python, [each.line for each in order.lock.commits], cwd=order.content)
        uv.install(python, [str(self.own.path)], cwd=order.content)
        if order.lock.needs != self.own.needs:
            self._complete(uv, python, written)

    def _complete(self, uv: Uv, python: Path, lock: Path) -> None:
        """Install what this Starwhale needs and the one that made the lock did not; the lock still holds."""
        bounds = lock.with_name("bounds.txt")
        pinned = "".join(f"{line}\n" for line in _pins(lock))
        bounds.write_text(pinned, encoding="utf-8")
        words = ["pip", "install", "--python", str(python), "--constraints", str(bounds), str(self.own.path)]
        uv(words, cwd=python.parent, what="what Starwhale itself needs cannot be added to the lock")
        bounds.unlink()

    def _mark(self, order: Order, prefix: Path) -> Environment:
        told = interpreter(prefix / "bin" / "python", self.env)
        site = site_of(prefix)
        made = Environment(
            runtime=order.runtime,
            fingerprint=fingerprint(site, told["version"]),
            python=told["version"],
            platform=order.lock.platform,
            packages=packages(site),
            starwhale=self.own.version,
        )
        atomic_write(prefix / MARK, made.to_bytes())
        return made


def _pins(lock: Path) -> list[str]:
    from starwhale.runtimes.lock import parse_lock

    return [each.line for each in parse_lock(lock.read_text(encoding="utf-8"), lock.name).packages]


def _copy_files(order: Order, place: Path) -> None:
    for src, dest in order.description.files:
        source, target = order.content / check_path(src), place / check_path(dest)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise Conflict(f"the file {dest!r} of the runtime is there already in its environment")
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
