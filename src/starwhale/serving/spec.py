"""What a service offers, in the document that `GET /api/spec` gives and a package holds (version 0.0.2)."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

SPEC_VERSION = "0.0.2"


class ComponentSpecValueType(Enum):
    """Of what type the value of an input is."""

    float = "FLOAT"
    int = "INT"
    string = "STRING"
    bool = "BOOL"
    list = "LIST"


def _named(alias: str) -> Any:
    """Settings of a field that is called otherwise in JSON; both names are read."""
    own = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in alias)
    return {"validation_alias": AliasChoices(alias, own), "serialization_alias": alias}


class _Model(BaseModel):
    model_config = ConfigDict(protected_namespaces=())


class ComponentValueSpecInt(_Model):
    """A whole number in a form: what it begins with, and its bounds."""

    default_val: int | None = Field(default=None, **_named("defaultVal"))
    min: int | None = None
    max: int | None = None


class ComponentValueSpecFloat(_Model):
    """A number in a form: what it begins with, its bounds, and the step of a slider."""

    default_val: float | None = Field(default=None, **_named("defaultVal"))
    min: float | None = None
    max: float | None = None
    step: float | None = None


class ComponentValueSpecString(_Model):
    """A text in a form, and what it begins with."""

    default_val: str | None = Field(default=None, **_named("defaultVal"))


class ComponentValueSpecBool(_Model):
    """A tick in a form, and what it begins with."""

    default_val: bool | None = Field(default=None, **_named("defaultVal"))


ComponentValueSpec = (
    ComponentValueSpecInt | ComponentValueSpecFloat | ComponentValueSpecString | ComponentValueSpecBool
)


class ComponentSpec(_Model):
    """One input of a function; of the four value specs the one of its type is there, or none."""

    name: str
    component_spec_value_type: ComponentSpecValueType
    component_value_spec_int: ComponentValueSpecInt | None = Field(
        default=None, **_named("componentValueSpecInt")
    )
    component_value_spec_float: ComponentValueSpecFloat | None = Field(
        default=None, **_named("componentValueSpecFloat")
    )
    component_value_spec_string: ComponentValueSpecString | None = Field(
        default=None, **_named("componentValueSpecString")
    )
    component_value_spec_bool: ComponentValueSpecBool | None = Field(
        default=None, **_named("componentValueSpecBool")
    )


class ApiSpec(_Model):
    """One function that has an inference type."""

    uri: str
    inference_type: str | None = None
    components: list[ComponentSpec] | None = None


class ServiceSpec(_Model):
    """All functions of a service that have an inference type."""

    version: str | None = None
    title: str | None = None
    description: str | None = None
    apis: list[ApiSpec] | None = None


VALUE_SPECS: dict[ComponentSpecValueType, type[ComponentValueSpec]] = {
    ComponentSpecValueType.int: ComponentValueSpecInt,
    ComponentSpecValueType.float: ComponentValueSpecFloat,
    ComponentSpecValueType.string: ComponentValueSpecString,
    ComponentSpecValueType.bool: ComponentValueSpecBool,
}
"""Which value spec stands for a type; a list has none."""


def component_of(name: str, kind: ComponentSpecValueType, value: ComponentValueSpec | None) -> ComponentSpec:
    """The entry of one input."""
    component = ComponentSpec(name=name, component_spec_value_type=kind)
    if value is not None:
        setattr(component, f"component_value_spec_{_FIELD[type(value)]}", value)
    return component


_FIELD: dict[type[ComponentValueSpec], str] = {kind: each.name for each, kind in VALUE_SPECS.items()}
