"""Traces by OpenTelemetry, where it is installed and the settings say where to send them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import MissingDependency
from starwhale.core.release import __version__
from starwhale.server.logbook import template

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from starwhale.server.settings import ServerSettings


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
    provider = sdk.TracerProvider(resource=about)
    exporter = exporting.OTLPSpanExporter(endpoint=f"{settings.telemetry}/v1/traces")
    provider.add_span_processor(batches.BatchSpanProcessor(exporter))
    app.add_middleware(Traced, provider=provider)
    app.state.tracing = provider


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
        self._kind = import_module("opentelemetry.trace").SpanKind.SERVER

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        carrier = {name: sent[name] for name in ("traceparent", "tracestate") if name in sent}
        context = self._propagator.TraceContextTextMapPropagator().extract(carrier)
        with self._tracer.start_as_current_span(
            scope["method"], context=context, kind=self._kind, record_exception=False
        ) as span:

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            try:
                await self._app(scope, receive, watched)
            finally:
                route = template(scope) or "none"
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("http.route", route)
                span.set_attribute("starwhale.request", scope.get("state", {}).get("request_id", ""))
