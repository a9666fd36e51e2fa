"""Components of forms: what `inputs=` and `outputs=` of `@api` may hold.

They are Gradio's components, or the short names it has for them. Gradio itself is never imported: a component
is known by the name of its class and read by its attributes, so that it works with whatever release the user
has installed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from starwhale.core.errors import InvalidSpec
from starwhale.core.types.mime import MIMEType
from starwhale.core.types.optional import is_a, need
from starwhale.kit.suggest import nearest
from starwhale.serving.hints import opaque
from starwhale.serving.media import OCTETS, Upload, picture_of, upload_of
from starwhale.serving.scratch import path_of

KINDS = {
    "textbox": "text",
    "text": "text",
    "textarea": "text",
    "code": "text",
    "markdown": "text",
    "html": "text",
    "highlightedtext": "any",
    "colorpicker": "text",
    "datetime": "text",
    "number": "number",
    "slider": "number",
    "checkbox": "flag",
    "radio": "choice",
    "dropdown": "choice",
    "checkboxgroup": "choices",
    "image": "image",
    "imageeditor": "any",
    "audio": "audio",
    "video": "video",
    "file": "file",
    "uploadbutton": "file",
    "json": "any",
    "label": "any",
    "dataframe": "table",
    "numpy": "table",
    "chatbot": "any",
    "state": "any",
    "plot": "plot",
    "gallery": "any",
}
"""Lower-case name of a component to how its values travel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component of a form.

    Attributes:
        kind: One of the values of `KINDS`.
        label: What a form calls it; empty for the name of the parameter.
        source: What the user gave: a component of Gradio, or the name of one.
    """

    kind: str
    label: str
    source: Any

    @property
    def wants(self) -> str:
        """In what shape the function wants a picture or sound: ``numpy``, ``pil`` or ``filepath``."""
        return str(getattr(self.source, "type", "") or "")

    def get(self, name: str) -> Any:
        """An attribute of the component; None where it has none."""
        return getattr(self.source, name, None)


def components_of(given: Any) -> tuple[Component, ...]:
    """The components of `inputs=` or `outputs=`: one, a list, or None for none.

    Raises:
        InvalidSpec: one is no component that is known.
    """
    if given is None:
        return ()
    many: Sequence[Any] = given if isinstance(given, list | tuple) else [given]
    return tuple(_component(each) for each in many)


def _component(source: Any) -> Component:
    if isinstance(source, str):
        name = source.lower()
        if name not in KINDS:
            near = nearest(name, KINDS)
            hint = (
                f"did you mean {near!r}?"
                if near
                else "use a component of Gradio, or leave inputs and outputs away"
            )
            raise InvalidSpec(f"there is no component {source!r}", hint=hint)
        return Component(kind=KINDS[name], label="", source=None)
    for base in type(source).__mro__:
        name = base.__name__.lower()
        if base.__module__.partition(".")[0] == "gradio" and name in KINDS:
            label = getattr(source, "label", None)
            return Component(kind=KINDS[name], label=label if isinstance(label, str) else "", source=source)
    if type(source).__module__.partition(".")[0] == "gradio":
        return Component(kind="any", label=str(getattr(source, "label", "") or ""), source=source)
    raise InvalidSpec(
        f"{type(source).__name__} is no component of a form",
        hint="leave inputs and outputs away: type hints of the function say the same",
    )


def needs_path(component: Component) -> bool:
    """Whether the function gets the path of a file."""
    return component.kind in {"video", "file"} or component.wants == "filepath"


def hint_of(component: Component) -> Any:
    """The type of the parameter that a component fills."""
    title: dict[str, Any] = {"title": component.label} if component.label else {}
    first = component.get("value")
    if isinstance(first, bool | int | float | str) and first != "":
        title["default"] = first
    match component.kind:
        case "text":
            return opaque(_text, {"type": "string", **title})
        case "number":
            bounds = {"minimum": component.get("minimum"), "maximum": component.get("maximum")}
            step = component.get("step")
            known = {name: each for name, each in bounds.items() if each is not None}
            more = {"x-step": step} if step else {}
            whole = component.get("precision") == 0
            return opaque(
                lambda value: _number(value, known, whole), {"type": "number", **known, **more, **title}
            )
        case "flag":
            return opaque(_flag, {"type": "boolean", **title})
        case "choice" | "choices":
            return _choice(component, title)
        case "image" | "audio" | "video" | "file":
            media = "binary" if component.kind == "file" else component.kind
            schema = {
                "type": "string",
                "format": "binary",
                "contentEncoding": "base64",
                "x-media": media,
                **title,
            }
            return opaque(_reader(component), schema)
        case "table":
            return opaque(
                lambda value: _table(value, component.wants), {"type": "array", "items": {}, **title}
            )
        case _:
            return opaque(lambda value: value, title)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected text")  # noqa: TRY004 - what pydantic reports is a ValueError
    return value


def _number(value: Any, bounds: dict[str, Any], whole: bool) -> float:
    try:
        found = float(value) if not isinstance(value, int) or isinstance(value, bool) else value
    except (TypeError, ValueError):
        raise ValueError("expected a number") from None
    if found < bounds.get("minimum", found) or found > bounds.get("maximum", found):
        low, high = bounds.get("minimum", "any"), bounds.get("maximum", "any")
        raise ValueError(f"expected a number from {low} to {high}")
    return round(found) if whole else found


def _flag(value: Any) -> bool:
    words = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False, "": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise ValueError("expected true or false")


def _choice(component: Component, title: dict[str, Any]) -> Any:
    pairs = [
        each if isinstance(each, tuple | list) else (each, each) for each in component.get("choices") or ()
    ]
    values = [pair[-1] for pair in pairs]
    several = component.kind == "choices" or bool(component.get("multiselect"))
    free = bool(component.get("allow_custom_value")) or not values

    def one(value: Any) -> Any:
        found = next((each for each in values if each == value or str(each) == value), None)
        if found is None and not free:
            raise ValueError(f"expected one of {', '.join(map(str, values))}")
        return value if found is None else found

    schema: dict[str, Any] = {} if free else {"enum": values}
    if not several:
        return opaque(one, {**schema, **title})
    return opaque(
        lambda value: [one(each) for each in (value if isinstance(value, list) else [value])],
        {"type": "array", "items": schema, **title},
    )


def _reader(component: Component) -> Callable[[Any], Any]:
    wants = component.wants
    if component.kind == "image" and wants != "filepath":
        return picture_of if wants == "pil" else _pixels
    if component.kind == "audio" and wants != "filepath":
        return _samples
    if component.kind == "file" and wants == "binary":
        return lambda value: upload_of(value).data
    if component.kind == "file" and component.get("file_count") in {"multiple", "directory"}:
        return lambda value: [
            path_of(upload_of(each)) for each in (value if isinstance(value, list) else [value])
        ]
    return lambda value: path_of(upload_of(value))


def _pixels(value: Any) -> Any:
    import numpy as np

    return np.asarray(picture_of(value).convert("RGB"))


def _samples(value: Any) -> tuple[int, Any]:
    soundfile = need("soundfile", "'starwhale[media]'")
    try:
        samples, rate = soundfile.read(BytesIO(upload_of(value).data), dtype="int16")
    except RuntimeError as exc:
        raise ValueError("this is no sound that can be read") from exc
    return rate, samples


def _table(value: Any, wants: str) -> Any:
    if wants in {"numpy", ""}:
        import numpy as np

        return np.asarray(value)
    if wants == "pandas":
        return need("pandas", "'starwhale[frames]'").DataFrame(value)
    return value


def shown(component: Component, value: Any) -> Any:
    """What a function returned for an output, as a value that an answer can hold."""
    if value is None:
        return None
    match component.kind:
        case "image" | "plot":
            return _shown_picture(value)
        case "audio" if isinstance(value, tuple):
            return _shown_sound(*value)
        case "image" | "audio" | "video" | "file" if isinstance(value, str | Path):
            return _file(value)
        case _:
            return value


def _shown_picture(value: Any) -> Any:
    if isinstance(value, str | Path):
        return _file(value)
    if is_a(value, "numpy", "ndarray"):
        from starwhale.core.types.image import Image

        return Image(value if value.dtype.kind != "f" else (value.clip(0, 1) * 255).astype("uint8"))
    if hasattr(value, "savefig"):
        out = BytesIO()
        value.savefig(out, format="png")
        return Upload(data=out.getvalue(), mime="image/png")
    return value


def _shown_sound(rate: int, samples: Any) -> Upload:
    soundfile = need("soundfile", "'starwhale[media]'")
    out = BytesIO()
    soundfile.write(out, samples, rate, format="WAV")
    return Upload(data=out.getvalue(), mime="audio/wav")


def _file(place: str | Path) -> Upload:
    path = Path(place)
    mime = MIMEType.create_by_file_suffix(path)
    return Upload(
        data=path.read_bytes(), name=path.name, mime=OCTETS if mime is MIMEType.UNDEFINED else mime.value
    )
