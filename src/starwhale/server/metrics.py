"""What a server counts of itself, for Prometheus. No label ever holds what a caller has sent."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.jobs import JobRow
from starwhale.catalog.tables.turns import TurnRow
from starwhale.catalog.tables.webhooks import DeliveryRow
from starwhale.core.errors import StarwhaleError, Unauthorized
from starwhale.kit import heap
from starwhale.kit.times import utc_now
from starwhale.server.callers import caller, shown_token
from starwhale.server.collecting import FREED_IN_ALL, GARBAGE
from starwhale.server.logbook import SCOPE, template
from starwhale.server.streams import check_system
from starwhale.webhooks.states import WAITING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from starwhale.catalog.engine import Catalog, Session
    from starwhale.server.life import Life

#: Where several processes of one server count together; see `prometheus_client`.
SHARED = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
#: Others are told as one: what a caller makes up is no label.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Counters of one process; together with those of its siblings where there are several.

    Args:
        catalog: Gives the catalog whose state is told as well.
    """

    def __init__(self, catalog: Callable[[], Catalog]) -> None:
        self._registry = CollectorRegistry()
        self._state = _State(catalog)
        labels = ("method", "route", "status")
        self.requests = Counter(
            "starwhale_requests", "Requests that were answered.", labels, registry=self._registry
        )
        self.seconds = Histogram(
            "starwhale_request_seconds",
            "Time from a request to the end of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge(
            "starwhale_requests_in_flight",
            "Requests that are being answered.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )

    def text(self) -> bytes:
        """Everything, in the form that Prometheus reads."""
        state = CollectorRegistry()
        state.register(_Memory())
        state.register(self._state)
        return generate_latest(self._together()) + generate_latest(state)

    def counted(self) -> Iterable[Metric]:
        """What was counted of requests."""
        return self._together().collect()

    def _together(self) -> CollectorRegistry:
        registry = CollectorRegistry() if SHARED in os.environ else self._registry
        if registry is not self._registry:
            MultiProcessCollector(registry)
        return registry


class _Memory(Collector):
    """What the process that answers holds in memory: by these it is seen whether one leaks."""

    def collect(self) -> Iterator[Metric]:
        process = str(os.getpid())
        told = {
            "starwhale_python_blocks": ("Blocks of memory that objects of Python take.", heap.blocks()),
            "starwhale_heap_bytes": ("Bytes of the C library's heap that are in use.", heap.in_use()),
        }
        for name, (about, value) in told.items():
            if value is not None:
                gauge = GaugeMetricFamily(name, about, labels=["process"])
                gauge.add_metric([process], value)
                yield gauge


class _State(Collector):
    """What the catalog knows: jobs, what is waiting to be delivered, connections."""

    def __init__(self, catalog: Callable[[], Catalog]) -> None:
        self._catalog = catalog

    def collect(self) -> Iterator[Metric]:
        reachable = GaugeMetricFamily("starwhale_catalog_up", "Whether the catalog answers.")
        try:
            found = list(self._figures(self._catalog()))
        except StarwhaleError:
            reachable.add_metric([], 0)
            yield reachable
            return
        reachable.add_metric([], 1)
        yield reachable
        yield from found

    def _figures(self, catalog: Catalog) -> Iterator[Metric]:
        with catalog.read() as session:
            jobs = GaugeMetricFamily("starwhale_jobs", "Jobs by their state.", labels=["state"])
            counted = select(JobRow.state, func.count()).group_by(JobRow.state)
            for state, count in session.execute(counted):
                jobs.add_metric([state], count)
            yield jobs
            last = session.scalar(select(func.max(EventRow.id))) or 0
            events = GaugeMetricFamily("starwhale_events_last", "Number of the last event.")
            events.add_metric([], last)
            yield events
            oldest, count = session.execute(
                select(func.min(DeliveryRow.due_at), func.count()).where(DeliveryRow.state == WAITING)
            ).one()
            waiting = GaugeMetricFamily("starwhale_deliveries_waiting", "Deliveries to webhooks that wait.")
            waiting.add_metric([], count)
            yield waiting
            lag = GaugeMetricFamily("starwhale_outbox_lag_seconds", "How long the oldest due delivery waits.")
            lag.add_metric([], max(0.0, (utc_now() - oldest).total_seconds()) if oldest else 0.0)
            yield lag
            yield from _collections(session)
        with catalog.connect() as connection:
            pool: Any = connection.engine.pool
            used = GaugeMetricFamily("starwhale_catalog_connections", "Connections of this process in use.")
            used.add_metric([], pool.checkedout() - 1 if hasattr(pool, "checkedout") else 0)
            yield used


def _collections(session: Session) -> Iterator[Metric]:
    """What is known of the last collection of garbage, of whichever server."""
    query = select(TurnRow.ended_at, TurnRow.failure, TurnRow.done).where(TurnRow.name == GARBAGE)
    ended, failure, done = session.execute(query).one_or_none() or (None, "", {})
    freed = CounterMetricFamily("starwhale_garbage_freed_bytes", "Bytes that collections have freed.")
    freed.add_metric([], done.get(FREED_IN_ALL, 0))
    yield freed
    if ended is not None:
        at = GaugeMetricFamily("starwhale_garbage_collected_seconds", "When one ended last, in Unix time.")
        at.add_metric([], ended.timestamp())
        yield at
        failed = GaugeMetricFamily("starwhale_garbage_failed", "Whether that one failed.")
        failed.add_metric([], bool(failure))
        yield failed


class Counted:
    """Counts and times the requests of an application, whatever becomes of them.

    Args:
        app: What they are for.
        metrics: Where they are counted.
        life: The process, which counts them too.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, life: Life) -> None:
        self._app = app
        self._metrics = metrics
        self._life = life

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()
        # Not set back: a failure is logged by whoever stands around this.
        SCOPE.set(scope)
        self._life.in_flight += 1
        self._metrics.in_flight.inc()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._life.in_flight -= 1
            self._life.requests += 1
            self._metrics.in_flight.dec()
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = template(scope) or "none"
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - began)


async def scraper(request: Request) -> None:
    """Let only Prometheus and administrators see the figures.

    Raises:
        Unauthorized: nobody is logged in, and the token of the setting `metrics_token` is not shown.
        Forbidden: somebody else is.
    """
    state, shown = request.app.state, shown_token(request).encode()
    for wanted in (state.settings.metrics_token.get_secret_value(), getattr(state, "key", "")):
        if wanted and hmac.compare_digest(wanted.encode(), shown):
            return
    found = await caller(request)
    if found.user is None:
        raise Unauthorized("nobody is logged in", hint="show the `metrics_token` as bearer token")
    check_system(found)
