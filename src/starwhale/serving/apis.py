"""Functions by address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from starwhale.core.errors import InvalidSpec
from starwhale.serving.endpoint import Endpoint, endpoint_of
from starwhale.serving.inference import ServiceType
from starwhale.serving.spec import SPEC_VERSION, ApiSpec, ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])


class Apis:
    """What a `Service` serves.

    Attributes:
        apis: The functions by the last part of their address.
    """

    def __init__(self) -> None:
        self.apis: dict[str, Endpoint] = {}

    def api(
        self,
        inference_type: ServiceType | None = None,
        inputs: Any = None,
        outputs: Any = None,
        *,
        batch_size: int = 1,
        batch_wait: float = 0.005,
        timeout: float | None = None,
    ) -> Callable[[F], F]:
        """Decorate a function that is to be served under its own name; see `starwhale.api.service.api`."""

        def decorate(func: F) -> F:
            self.add_api(
                func,
                func.__name__,
                inference_type,
                inputs,
                outputs,
                batch_size=batch_size,
                batch_wait=batch_wait,
                timeout=timeout,
            )
            return func

        return decorate

    def add_api(
        self,
        func: Callable[..., Any],
        uri: str,
        inference_type: ServiceType | None = None,
        inputs: Any = None,
        outputs: Any = None,
        *,
        batch_size: int = 1,
        batch_wait: float = 0.005,
        timeout: float | None = None,
    ) -> None:
        """Serve a function under ``/api/URI``.

        A function of the same module and name takes the place of what is there, as a reload does.

        Raises:
            InvalidSpec: another function has the address, or this one cannot be served.
        """
        uri = uri.strip("/")
        if not uri or any(sign in uri for sign in " ?#%{}"):
            raise InvalidSpec(f"{uri!r} is no address for an api", hint="use the name of the function")
        old = self.apis.get(uri)
        if old is not None and _origin(old.func) != _origin(func):
            raise InvalidSpec(
                f"two functions want the address /api/{uri}: {'.'.join(_origin(old.func))} and "
                f"{'.'.join(_origin(func))}",
                hint="rename one",
            )
        self.apis[uri] = endpoint_of(
            func,
            uri,
            inference_type=inference_type,
            inputs=inputs,
            outputs=outputs,
            batch_size=batch_size,
            batch_wait=batch_wait,
            timeout=timeout,
        )

    def get_spec(self) -> ServiceSpec | None:
        """The functions that have an inference type; None where there is no function at all."""
        if not self.apis:
            return None
        typed = [
            ApiSpec(uri=each.uri, inference_type=kind.name, components=kind.components_spec())
            for each in self.apis.values()
            if (kind := each.inference_type) is not None
        ]
        return ServiceSpec(version=SPEC_VERSION, apis=typed)


def _origin(func: Callable[..., Any]) -> tuple[str, str]:
    return getattr(func, "__module__", ""), getattr(func, "__qualname__", repr(func))
