"""Inference types: functions whose inputs have names that clients and pages know."""

from __future__ import annotations

import inspect
from abc import ABC
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.errors import InvalidSpec
from starwhale.kit.suggest import nearest
from starwhale.serving.spec import (
    VALUE_SPECS,
    ComponentSpec,
    ComponentSpecValueType,
    ComponentValueSpec,
    ComponentValueSpecFloat,
    ComponentValueSpecInt,
    component_of,
)

_INT = ComponentSpecValueType.int
_FLOAT = ComponentSpecValueType.float
_STRING = ComponentSpecValueType.string
_LIST = ComponentSpecValueType.list


class ServiceType(ABC):
    """Base of inference types.

    A function of one takes any of the inputs that the type knows, by their names.

    Attributes:
        name: What the spec calls it.
        arg_types: The inputs it knows, by name.
        query: What a request holds, as a pydantic model.
        args: What a form shows of the inputs of one function.
    """

    name: ClassVar[str]
    arg_types: ClassVar[Mapping[str, ComponentSpecValueType]]
    query: ClassVar[type[BaseModel]]

    def __init__(self, **args: ComponentValueSpec | None) -> None:
        self.args: dict[str, ComponentValueSpec | None] = {
            name: value for name, value in args.items() if value is not None
        }

    def components_spec(self) -> list[ComponentSpec]:
        """The inputs for the spec of the service."""
        return [component_of(name, self.arg_types[name], value) for name, value in self.args.items()]

    def update_arg(self, name: str, default_value: Any) -> None:
        """Note that a function takes an input.

        Args:
            name: Of the input.
            default_value: Shown in a form where the type itself says nothing; None for no default.

        Raises:
            InvalidSpec: the type knows no such input.
        """
        if name not in self.arg_types:
            near = nearest(name, self.arg_types)
            known = f"did you mean {near!r}?" if near else f"it knows {', '.join(self.arg_types)}"
            raise InvalidSpec(f"{self.name} has no input {name!r}", hint=known)
        value = self.args.setdefault(name, None)
        if default_value is None:
            return
        if value is None:
            kind = VALUE_SPECS.get(self.arg_types[name])
            self.args[name] = None if kind is None else kind(default_val=default_value)
        elif value.default_val is None:
            self.args[name] = value.model_copy(update={"default_val": default_value})

    def update_from_func(self, func: Callable[..., Any]) -> None:
        """Note every input that a function takes.

        Raises:
            InvalidSpec: it takes one that the type does not know.
        """
        for name in _own(func):
            default = inspect.signature(func).parameters[name].default
            self.update_arg(name, None if default is inspect.Parameter.empty else default)

    def arguments(self, func: Callable[..., Any], query: BaseModel) -> dict[str, Any]:
        """What to call a function with.

        An input that the request leaves out keeps the default of the function; one without any gets that of
        the form, or None.
        """
        given = query.model_fields_set
        found: dict[str, Any] = {}
        for name, parameter in _own(func).items():
            if name in given or (parameter.default is inspect.Parameter.empty and name in _always(query)):
                found[name] = getattr(query, name)
            elif parameter.default is inspect.Parameter.empty:
                shown = self.args.get(name)
                found[name] = None if shown is None else shown.default_val
        return found


def _own(func: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(func).parameters
    return {name: each for name, each in parameters.items() if name != "self"}


def _always(query: BaseModel) -> set[str]:
    """Inputs that have a value of their own when a request leaves them out."""
    return {name for name, each in type(query).model_fields.items() if each.default_factory is not None}


class MessageItem(BaseModel):
    """One message of a chat: its text, and whether the model wrote it."""

    content: str
    bot: bool = False


class ChatQuery(BaseModel):
    """Request of a chat: what the user writes now, and what was said before."""

    model_config = ConfigDict(protected_namespaces=())

    user_input: str
    history: list[MessageItem] = Field(default_factory=list[MessageItem])
    top_k: int | None = None
    top_p: float | None = None
    temperature: float | None = None
    max_new_tokens: int | None = None


class LLMChat(ServiceType):
    """A chat: the function takes `user_input` and `history`, and returns the history with its answer.

    It may as well return the answer as text, or yield the answer in pieces.

    Args:
        top_k: How a form shows this input; the others likewise.

    Example:
        ```python
        @api(inference_type=LLMChat(temperature=ComponentValueSpecFloat(default_val=0.7, min=0, max=1)))
        def chat(user_input: str, history: list[LLMChat.Message], temperature: float = 0.7) -> list:
            return [*history, LLMChat.Message(content=user_input), LLMChat.Message(content="…", bot=True)]
        ```
    """

    name = "llm_chat"
    Message = MessageItem
    query = ChatQuery
    arg_types = MappingProxyType({
        "user_input": _STRING,
        "history": _LIST,
        "top_k": _INT,
        "top_p": _FLOAT,
        "temperature": _FLOAT,
        "max_new_tokens": _INT,
    })  # fmt: skip

    def __init__(
        self,
        top_k: ComponentValueSpecInt | None = None,
        top_p: ComponentValueSpecFloat | None = None,
        temperature: ComponentValueSpecFloat | None = None,
        max_new_tokens: ComponentValueSpecInt | None = None,
    ) -> None:
        super().__init__(top_k=top_k, top_p=top_p, temperature=temperature, max_new_tokens=max_new_tokens)


class PictureQuery(BaseModel):
    """Request of pictures: what is to be seen, and how."""

    prompt: str
    negative_prompt: str | None = None
    sampling_steps: int | None = None
    width: int | None = None
    height: int | None = None
    seed: int | None = None
    batch_size: int | None = None
    batch_count: int | None = None
    guidance_scale: float | None = None


class TextToImage(ServiceType):
    """Pictures of a text: the function takes `prompt` and more, and returns one picture or a list.

    Args:
        sampling_steps: How a form shows this input; the others likewise.
    """

    name = "text_to_image"
    query = PictureQuery
    arg_types = MappingProxyType({
        "prompt": _STRING,
        "negative_prompt": _STRING,
        "sampling_steps": _INT,
        "width": _INT,
        "height": _INT,
        "seed": _INT,
        "batch_size": _INT,
        "batch_count": _INT,
        "guidance_scale": _FLOAT,
    })  # fmt: skip

    def __init__(
        self,
        sampling_steps: ComponentValueSpecInt | None = None,
        width: ComponentValueSpecInt | None = None,
        height: ComponentValueSpecInt | None = None,
        seed: ComponentValueSpecInt | None = None,
        batch_size: ComponentValueSpecInt | None = None,
        batch_count: ComponentValueSpecInt | None = None,
        guidance_scale: ComponentValueSpecFloat | None = None,
    ) -> None:
        super().__init__(
            sampling_steps=sampling_steps,
            width=width,
            height=height,
            seed=seed,
            batch_size=batch_size,
            batch_count=batch_count,
            guidance_scale=guidance_scale,
        )
