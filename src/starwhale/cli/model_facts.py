"""What a model is, in a terminal: its framework, its signature, its files, and what to beware of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.cli import units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starwhale.cli.session import Session
    from starwhale.models.facts.declared import ModelFacts
    from starwhale.models.facts.package import PackageFacts
    from starwhale.models.facts.values import FileFacts, Import, Label, TensorSpec

_MOST_LINES = 20
_LONGEST = 200


def labels_text(labels: Sequence[Label]) -> str:
    """The models of a package, each as ``scikit-learn 1.7.2, LogisticRegression, 650 parameters``."""
    return _lines(_label(each) for each in labels)


def show_facts(session: Session, facts: PackageFacts) -> None:
    """Print all that is known of the model in a package."""
    parts: list[list[tuple[str, str]]] = []
    if facts.declared is not None:
        parts.append(_declared(facts.declared))
    if facts.problem:
        parts.append([("described by its program", f"cannot be read: {facts.problem}")])
    parts.extend(_file(each) for each in facts.files)
    if not parts:
        session.out.say("no file of the package tells what the model is")
    for number, fields in enumerate(parts):
        if number:
            session.out.blank()
        session.out.record(fields, None)
    if facts.dangers:
        session.out.say(
            f"beware: unpickling this package would import {', '.join(facts.dangers[:_MOST_LINES])}; "
            "load it only if you trust who made it"
        )


def _label(label: Label) -> str:
    parts = [f"{label.framework} {label.version}".strip(), label.class_name.rpartition(".")[2]]
    if label.parameters is not None:
        parts.append(f"{units.number(label.parameters)} parameters")
    return ", ".join(part for part in parts if part)


def _declared(facts: ModelFacts) -> list[tuple[str, str]]:
    trainable = "" if facts.trainable is None else f", {units.number(facts.trainable)} of them trainable"
    count = "" if facts.parameters is None else units.number(facts.parameters)
    return [
        ("described by its program", f"{facts.framework} {facts.version}".strip() or "unknown framework"),
        ("class", facts.class_name),
        ("parameters", count and f"{count}{_dtypes(facts.dtypes)}{trainable}"),
        *_signature(facts.inputs, facts.outputs),
        *_details(facts.details),
    ]


def _file(facts: FileFacts) -> list[tuple[str, str]]:
    made = f"{facts.framework} {facts.version}".strip()
    count = "" if facts.parameters is None else units.number(facts.parameters)
    return [
        ("file", facts.path),
        ("format", facts.format),
        ("framework", made if made != facts.format else ""),
        ("class", facts.class_name),
        ("parameters", count and f"{count}{_dtypes(facts.dtypes)}"),
        ("tensors", units.number(facts.tensor_count) if facts.tensor_count else ""),
        *_signature(facts.inputs, facts.outputs),
        *_details(facts.details),
        *_imports(facts.imports),
        ("problem", facts.problem),
    ]


def _signature(inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> list[tuple[str, str]]:
    return [("inputs", _lines(map(str, inputs))), ("outputs", _lines(map(str, outputs)))]


def _dtypes(dtypes: Mapping[str, int]) -> str:
    if len(dtypes) < 2:
        return "".join(f" of {name}" for name in dtypes)
    return f" ({', '.join(f'{name} {units.number(count)}' for name, count in dtypes.items())})"


def _details(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), _value(value)) for name, value in details.items()]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        text = ", ".join(f"{name or 'default'}: {_value(each)}" for name, each in value.items())
    elif isinstance(value, list):
        text = ", ".join(_value(each) for each in value)
    elif isinstance(value, bool) or value is None:
        text = str(value).lower()
    else:
        text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _imports(imports: Sequence[Import]) -> list[tuple[str, str]]:
    """What unpickling would import; what is to be expected is only counted."""
    told: list[tuple[str, str]] = []
    for trust in ("dangerous", "unknown"):
        names = [each.name for each in imports if each.trust == trust]
        told.append((f"{trust} imports", _lines(names)))
    expected = sum(each.trust == "expected" for each in imports)
    told.append(("expected imports", units.number(expected) if expected else ""))
    return told


def _lines(texts: Iterable[str]) -> str:
    lines = list(texts)
    more = len(lines) - _MOST_LINES
    return "\n".join([*lines[:_MOST_LINES], *([f"and {more} more"] if more > 0 else [])])
