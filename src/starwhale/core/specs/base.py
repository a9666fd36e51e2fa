"""What all specs have in common: how a YAML file becomes a value, and how a wrong field is told.

The `description` of a field completes the sentence "… must be …", so the schema, the documentation and
the message say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from starwhale.core.errors import InvalidSpec, StarwhaleError
from starwhale.core.specs.document import Document
from starwhale.kit.suggest import nearest

S = TypeVar("S", bound="Spec")
V = TypeVar("V")
Path = tuple[str | int, ...]

# Two names this alike differ by a slip of the pen; below it they may be fields of another release.
_SLIP = 0.75


class Spec(BaseModel):
    """Base of everything people write in YAML.

    A field that is nearly one of ours is a slip of the pen and refused. Any other unknown field is kept
    in `unknown`, since files written for other releases must go on working.
    """

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, data: Any) -> Any:
        # `run:` with nothing behind it says the same as no `run` at all.
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}

    @property
    def unknown(self) -> tuple[str, ...]:
        """Dotted names of the fields that mean nothing here, for a notice."""
        return tuple(".".join(map(str, path)) for path, _, _ in _strange(self, ()))


def spec_of(kind: type[S], document: Document, path: Path = ()) -> S:
    """Build a spec from a document, or from the part of it at `path`.

    Raises:
        InvalidSpec: one sentence about the first wrong field, with file, line, field and what it must be.
    """
    data: Any = document.data
    for part in path:
        data = data[part]
    try:
        spec = kind.model_validate(data)
    except ValidationError as exc:
        raise _first_wrong(kind, exc, document, path) from exc
    for place, name, known in _strange(spec, path):
        near = nearest(name, known, likeness=_SLIP)
        if near is not None:
            message = f"there is no field {_dotted(place)}"
            raise document.error(message, place, hint=f"did you mean {near!r}?")
    return spec


def checked(check: Callable[[V], Any]) -> Callable[[V], V]:
    """A validator for pydantic from one of our own checks, whose sentence it keeps."""

    def validate(value: V) -> V:
        try:
            check(value)
        except StarwhaleError as exc:
            raise ValueError(exc.message) from exc
        return value

    return validate


def _first_wrong(kind: type[Spec], exc: ValidationError, document: Document, path: Path) -> InvalidSpec:
    details = sorted(exc.errors(include_url=False), key=lambda each: document.line((*path, *each["loc"])))
    first = details[0]
    place: Path = (*path, *first["loc"])
    cause = first.get("ctx", {}).get("error")
    reason = getattr(cause, "__cause__", None)
    others = ", ".join(_dotted((*path, *each["loc"])) for each in details[1:])
    hints = [reason.hint if isinstance(reason, StarwhaleError) else "", others and f"also wrong: {others}"]
    return document.error(_sentence(kind, first, place), place, hint="; ".join(filter(None, hints)))


def _sentence(kind: type[Spec], detail: ErrorDetails, place: Path) -> str:
    name = _dotted(place) if place else "the file"
    if detail["type"] == "value_error":
        return f"{name}: {detail.get('ctx', {}).get('error', detail['msg'])}"
    expected = _expected(kind, detail["loc"])
    if detail["type"] == "missing":
        return f"{name} is missing, it must be {expected}"
    return f"{name} must be {expected}, not {_shown(detail['input'])}"


def _expected(kind: type[Spec], loc: Path) -> str:
    """The description of the innermost described field on the way to `loc`."""
    words, model = "fields and their values", kind
    for part in loc:
        field = next((f for n, f in model.model_fields.items() if part in {n, f.alias}), None)
        if field is not None:
            words = field.description or words
            model = next(_models(field.annotation), model)
    return words


def _models(annotation: Any) -> Iterator[type[Spec]]:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _strange(spec: Spec, path: Path) -> Iterator[tuple[Path, str, list[str]]]:
    """Fields nobody declared: where, their name, and the names that are declared there."""
    known = [field.alias or name for name, field in type(spec).model_fields.items()]
    for name in spec.model_extra or {}:
        yield (*path, name), name, known
    for name, field in type(spec).model_fields.items():
        value = getattr(spec, name)
        if isinstance(value, Spec):
            yield from _strange(value, (*path, field.alias or name))


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _shown(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return f"{value!r:.80}"
