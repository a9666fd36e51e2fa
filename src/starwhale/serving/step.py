"""The functions of `@api`, and the step ``serving`` that a model with such functions has."""

from __future__ import annotations

from starwhale.core.handlers import HandlerSpec, register
from starwhale.jobs.service_ports import port_of
from starwhale.serving.service import TITLE, Service

PORT = 8080
STEP = "serving"


class DefaultService(Service):
    """The service of `@api`; the process gets a step that serves it with the first function."""

    def add_api(self, *args: object, **kwargs: object) -> None:
        super().add_api(*args, **kwargs)  # pyright: ignore[reportArgumentType] - handed on as they came
        spec = self.get_spec()
        assert spec is not None
        document = spec.model_dump(by_alias=True, exclude_none=True, mode="json")
        register(
            HandlerSpec(
                id=STEP,
                module=__name__,
                qualname=STEP,
                name=STEP,
                expose=PORT,
                options={"virtual": True, "service_spec": document},
            ),
            serving,
        )


default_service = DefaultService()


def serving() -> None:
    """Serve the functions of `@api` to everybody who reaches this machine, until the task is canceled."""
    default_service.serve("0.0.0.0", port_of(PORT), TITLE)  # noqa: S104 - the step is there to be reached
