"""Traces by OpenTelemetry, where it is installed and the settings say where to send them."""

from __future__ import annotations

from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import MissingDependency
from starwhale.core.release import __version__
from starwhale.server.logbook import template
from starwhale.server.metrics import METHODS

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from starwhale.server.settings import ServerSettings


#: Seconds for which a collector may leave a server waiting, and those until it is given up at the end.
_PATIENCE = 5.0
_LAST = 1.0
_ERROR = 500


def install(app: FastAPI, settings: ServerSettings) -> None:
    """Have an application send a trace of each request; no-op where the settings name no collector.

    Raises:
        MissingDependency: OpenTelemetry is not installed.
    """
    if not settings.telemetry:
        return
    try:
        exporting = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        resources = import_module("opentelemetry.sdk.resources")
        sdk = import_module("opentelemetry.sdk.trace")
        batches = import_module("opentelemetry.sdk.trace.export")
    except ModuleNotFoundError as exc:
        raise MissingDependency(
            f"traces need the package {exc.name}", hint="install it with `pip install 'starwhale[otel]'`"
        ) from exc
    about = resources.Resource.create({"service.name": "starwhale", "service.version": __version__})
    provider = sdk.TracerProvider(resource=about, shutdown_on_exit=False)
    exporter = exporting.OTLPSpanExporter(endpoint=f"{settings.telemetry}/v1/traces", timeout=_PATIENCE)
    provider.add_span_processor(batches.BatchSpanProcessor(exporter))
    app.add_middleware(Traced, provider=provider)
    app.state.tracing = (provider, exporter)


def finish(app: FastAPI) -> None:
    """Send what was not sent yet, as far as the collector takes it soon; no-op where nothing is traced."""
    tracing: tuple[Any, Any] | None = getattr(app.state, "tracing", None)
    if tracing is None:
        return
    provider, exporter = tracing
    sending = Thread(target=provider.shutdown, name="starwhale-traces", daemon=True)
    sending.start()
    sending.join(_PATIENCE)
    if sending.is_alive():
        exporter.shutdown()
        sending.join(_LAST)


class Traced:
    """Makes a span of each request; in it stands the route, and nothing that the caller has sent.

    Args:
        app: What the requests are for.
        provider: A `TracerProvider` of OpenTelemetry.
    """

    def __init__(self, app: ASGIApp, provider: Any) -> None:
        self._app = app
        self._tracer = provider.get_tracer("starwhale", __version__)
        self._propagator = import_module("opentelemetry.trace.propagation.tracecontext")
        trace = import_module("opentelemetry.trace")
        self._kind, self._failed = trace.SpanKind.SERVER, trace.Status(trace.StatusCode.ERROR)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Its companion `tracestate` holds whatever its sender likes.
        parents = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
        carrier = {"traceparent": parents[0]} if parents else {}
        context = self._propagator.TraceContextTextMapPropagator().extract(carrier)
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        status = _ERROR
        # What an error says may hold anything: that there was one is enough.
        with self._tracer.start_as_current_span(
            method, context=context, kind=self._kind, record_exception=False, set_status_on_exception=False
        ) as span:

            async def watched(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await self._app(scope, receive, watched)
            finally:
                route = template(scope) or "none"
                span.update_name(f"{method} {route}")
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
                span.set_attribute("starwhale.request", scope.get("state", {}).get("request_id", ""))
                if status >= _ERROR:
                    span.set_status(self._failed)
