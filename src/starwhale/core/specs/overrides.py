"""What a run may change about the steps of its job: replicas and resources.

Two forms are read: ``{step: {replicas, resources}}``, which is what Python users pass, and the steps as
jobs.yaml lists them, alone or below their handler, of which only these two fields count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from starwhale.core.errors import InvalidSpec
from starwhale.core.names import quoted
from starwhale.core.resources import Resources, normalise
from starwhale.core.specs.base import Path as Place
from starwhale.core.specs.base import Spec, spec_of
from starwhale.core.specs.document import Document, read_document
from starwhale.kit.suggest import nearest

MOST_REPLICAS = 10_000


def _resources(value: Any) -> Any:
    if isinstance(value, list):
        value = _from_list(value)
    if not isinstance(value, dict):
        return value
    try:
        return normalise(value)
    except InvalidSpec as exc:
        raise ValueError(exc.message) from exc
    except OverflowError as exc:
        raise ValueError("an amount is too large") from exc


def _from_list(listed: list[Any]) -> dict[str, Any]:
    # As jobs.yaml has them: one mapping per resource, with its type beside the bounds.
    found: dict[str, Any] = {}
    for each in listed:
        kind = each.get("type") if isinstance(each, dict) else None
        if not kind:
            raise ValueError("a resource of a list needs a type, such as {type: cpu, request: 1}")
        bounds = {key: value for key, value in each.items() if key != "type" and value is not None}
        found[kind] = bounds
    return found


class StepOverride(Spec):
    """What one step gets instead of what its handler asked for; None leaves it as it is."""

    replicas: Annotated[int, Field(strict=True, ge=1, le=MOST_REPLICAS)] | None = Field(
        default=None, description=f"a whole number from 1 to {MOST_REPLICAS}"
    )
    resources: Annotated[Resources, BeforeValidator(_resources)] | None = Field(
        default=None, description="amounts such as {cpu: 2, memory: 1Gi}"
    )


def read_overrides(path: Path, steps: Iterable[str]) -> dict[str, StepOverride]:
    """Read overrides from a YAML file.

    Raises:
        NotFound: there is no such file.
        InvalidSpec: as in `parse_overrides`.
    """
    return _overrides(read_document(path), steps)


def parse_overrides(data: Mapping[str, Any] | list[Any], steps: Iterable[str]) -> dict[str, StepOverride]:
    """Read overrides that were passed as values.

    Args:
        data: In one of the two forms.
        steps: Ids of the steps that the job has.

    Raises:
        InvalidSpec: a step that the job does not have, or a wrong field; one sentence.
    """
    return _overrides(Document(origin="overwrite_specs", data=data), steps)


def _overrides(document: Document, steps: Iterable[str]) -> dict[str, StepOverride]:
    known = list(steps)
    found: dict[str, StepOverride] = {}
    for step, place in _places(document):
        if step not in known:
            near = nearest(step, known)
            hint = f"did you mean {near!r}?" if near else f"the steps are {', '.join(known) or 'none'}"
            raise document.error(f"the job has no step {quoted(step)}", place, hint=hint)
        found[step] = spec_of(StepOverride, document, place)
    return found


def _places(document: Document) -> Iterator[tuple[str, Place]]:
    """Every step that is spoken of, and where."""
    data = document.data
    if isinstance(data, Mapping) and not any(isinstance(value, list) for value in data.values()):
        yield from ((str(step), (step,)) for step in data)
    elif isinstance(data, Mapping):
        for handler, listed in data.items():
            yield from _listed(document, listed, (handler,))
    else:
        yield from _listed(document, data, ())


def _listed(document: Document, listed: object, place: Place) -> Iterator[tuple[str, Place]]:
    if not isinstance(listed, list):
        raise document.error("steps must be a mapping or a list", place)
    for index, step in enumerate(listed):
        here = (*place, index)
        if not isinstance(step, dict) or not isinstance(step.get("name"), str):
            raise document.error("a step of a list needs a name", here)
        yield step["name"], here
