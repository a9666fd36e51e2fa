"""Which Python runs the code of a job: that of a runtime, or the one that runs us."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from starwhale.core.kinds import Kind
from starwhale.instance.elsewhere import bring_model, read_address

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.core.uri import ArtifactUri
    from starwhale.instance.local import LocalInstance
    from starwhale.models.builder import PackedRuntime

#: How a plan names the runtime that lies in the package of its model.
PACKED = "packaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python for workers.

    Attributes:
        runtime: Full address of its runtime with the version, `PACKED`, or empty for the Python that runs us.
        python: Path of the program; empty for the one that runs us.
        environment: Variables that its programs expect.
    """

    runtime: str = ""
    python: str = ""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


OWN = Interpreter()


def of_runtime(instance: LocalInstance, uri: ArtifactUri) -> Interpreter:
    """That of a runtime, made on this machine where it is not there yet.

    Raises:
        NotFound: there is no such runtime.
        Conflict: somebody has changed it since it was made.
        and what `RuntimeService.restore` raises.
    """
    other = cast("LocalInstance", instance.at(uri.instance))
    version = other.runtimes.resolve(other.actor, uri)
    return _of(other, version, str(version.uri))


def of_packed(instance: LocalInstance, packed: PackedRuntime) -> Interpreter:
    """That of a runtime in the package of a model."""
    version = instance.runtimes.unpacked(packed.name, packed.version, packed.files)
    return _of(instance, version, PACKED)


def of_plan(instance: LocalInstance, runtime: str, model: str) -> Interpreter:
    """That with which a job began.

    Args:
        instance: Where the job belongs.
        runtime: What its plan says.
        model: Full address of its model.
    """
    if not runtime:
        return OWN
    if runtime != PACKED:
        return of_runtime(instance, read_address(instance, runtime, Kind.RUNTIME))
    version = bring_model(instance, read_address(instance, model, Kind.MODEL))
    packed = instance.models.contents.runtime(version)
    return OWN if packed is None else of_packed(instance, packed)


def _of(instance: LocalInstance, version: VersionRead, runtime: str) -> Interpreter:
    from starwhale.runtimes.commands import activated

    made = instance.runtimes.environment(version)
    instance.runtimes.compare(made.python)
    before = dict(os.environ)
    after = activated(made.prefix, before)
    # Workers inherit our variables, so what is not to be seen must be empty.
    hidden = dict.fromkeys(before.keys() - after.keys(), "")
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return Interpreter(runtime=runtime, python=str(made.python), environment={**hidden, **changed})
