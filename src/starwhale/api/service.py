"""`@api`: a function of a model behind HTTP, and the types its inputs may have."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, overload

from starwhale.serving.inference import LLMChat, ServiceType, TextToImage
from starwhale.serving.service import Service
from starwhale.serving.spec import (
    ComponentValueSpecBool,
    ComponentValueSpecFloat,
    ComponentValueSpecInt,
    ComponentValueSpecString,
)
from starwhale.serving.step import default_service

__all__ = [
    "ComponentValueSpecBool",
    "ComponentValueSpecFloat",
    "ComponentValueSpecInt",
    "ComponentValueSpecString",
    "LLMChat",
    "Service",
    "ServiceType",
    "TextToImage",
    "api",
]

F = TypeVar("F", bound=Callable[..., Any])


@overload
def api(inputs: FunctionType) -> FunctionType: ...
@overload
def api(
    inputs: Any = None,
    outputs: Any = None,
    inference_type: ServiceType | None = None,
    *,
    batch_size: int = 1,
    batch_wait: float = 0.005,
    timeout: float | None = None,
) -> Callable[[F], F]: ...
def api(
    inputs: Any = None,
    outputs: Any = None,
    inference_type: ServiceType | None = None,
    *,
    batch_size: int = 1,
    batch_wait: float = 0.005,
    timeout: float | None = None,
) -> Any:
    """Serve a function, or a method of a class at the top of its module, under ``POST /api/NAME``.

    A plain function runs in a thread, an ``async`` one on the loop of the server; what a generator yields is
    sent piece by piece. Arguments come from a body of JSON, a form with files, or the query, and are checked
    by the type hints.

    Args:
        inputs: Components of a form (Gradio's, or their names), in the order of the parameters.
        outputs: Components of the results.
        inference_type: `LLMChat` or `TextToImage`: inputs that clients know. A chat is served to clients of
            OpenAI as well.
        batch_size: Requests that one call may serve; above 1 every argument is a list, and as long a list
            is returned.
        batch_wait: Seconds that the first request of a batch waits for others.
        timeout: Seconds a call may take; that of the server by default.

    Raises:
        InvalidSpec: the function cannot be served so, or another one has its name.

    Example:
        ```python
        @api()
        def caption(picture: Image, words: int = 10) -> str: ...

        @api(inference_type=LLMChat())
        def chat(user_input: str, history: list) -> Iterator[str]:
            yield from model.stream(user_input)
        ```
    """
    if isinstance(inputs, FunctionType):  # written without parentheses
        default_service.add_api(inputs, inputs.__name__)
        return inputs
    return default_service.api(
        inference_type, inputs, outputs, batch_size=batch_size, batch_wait=batch_wait, timeout=timeout
    )
