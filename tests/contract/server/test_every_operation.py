"""Every operation that the API describes is carried out, on both kinds of stores.

What else stands in this folder asks much of some operations. Here each one is asked once, in a world of the
authorization matrix, by somebody who may; it must succeed, and answer as it is described. Those of
`ELSEWHERE` need more than a request.
**Whoever adds an operation** does what `tests/slice/server/accounts/world.py` says. All tests of the
server run on PostgreSQL and S3 with ``make test-servers``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.contract.server import test_events, test_jobs
from tests.slice.server.accounts import test_oidc
from tests.slice.server.accounts.described import Described
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.ways import Way, expected, ways
from tests.slice.server.accounts.world import PASSWORD, Maker, World, make_app
from tests.slice.server.browse import test_rows
from tests.slice.server.jobs import test_services
from tests.slice.server.tables import conftest as tables
from tests.slice.server.tables import test_documents
from tests.stores import BACKENDS, stores_of, told_in_environment

# Of one application for each test, which is on PostgreSQL and S3 here, and on a file and a directory there.
issuer, house, port, media = test_oidc.issuer, test_services.house, test_services.port, test_rows.media
results = tables.results
test_another_provider = test_oidc.test_somebody_logs_in_with_a_real_provider
test_media = test_rows.test_media_are_told_with_an_address_that_needs_no_token
test_pictures = test_documents.test_pictures_of_a_published_report_are_seen_by_its_link_as_long_as_that_counts
test_a_service = test_services.test_an_address_lets_a_browser_in_for_what_its_maker_may_do

#: Operations that another test carries out on both: streams do not end, addresses of media must be told
#: first, a service needs a task that offers it, and another provider stands behind pages.
ELSEWHERE = {
    "stream_events": test_events.test_a_stream_tells_of_changes_and_goes_on_where_it_was_cut,
    "stream_project_events": test_events.test_a_stream_tells_of_changes_and_goes_on_where_it_was_cut,
    "stream_log": test_jobs.test_a_job_is_followed_canceled_resumed_and_ended,
    "read_media": test_media,
    "read_shared_media": test_pictures,
    "use_service": test_a_service,
    "address_service": test_a_service,
    "use_address": test_a_service,
    "log_in_elsewhere": test_another_provider,
    "come_back": test_another_provider,
}
_NUMBERS = itertools.count(1_000_000)
_PEOPLE = re.compile("/(me|users|login|logout|logins)(/|$)")


@pytest.fixture(scope="module", params=BACKENDS)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    stores = stores_of(request, request.param)
    with told_in_environment(stores.environment):
        made = make_app(stores, tmp_path_factory.mktemp("every"))
        assert made.state.services.catalog.dialect == request.param.partition("+")[0]
        yield made
        made.state.services.close()


class Asking:
    """Asks one operation after the other."""

    def __init__(self, app: FastAPI, client: TestClient, place: Path) -> None:
        self._app, self._client = app, client
        self._schemas, self._maker = Schemas(app), Maker.of(app, client, place)
        self._described = Described(app.openapi())
        self._world = self._maker.make(next(_NUMBERS))

    def fault(self, way: Way) -> str:
        """What was answered, if the operation was not carried out as it is described; empty if it was."""
        answer = self._ask(way)
        if not answer.is_success:  # perhaps those before it have used up what it is about
            self._maker.people.renew()
            self._world = self._maker.make(next(_NUMBERS))
            answer = self._ask(way)
        self._client.cookies.clear()
        if not way.is_safe and _PEOPLE.search(way.path):
            self._maker.people.renew()
        if not answer.is_success:
            return f"{way} {way.operation}: {answer.status_code} {answer.text[:300]}"
        drift = self._described.drift(re.sub(r":\w+}", "}", way.path), way.method, answer)
        return drift and f"{way} {way.operation}: {drift}"

    def _ask(self, way: Way) -> Any:
        world = self._world
        self._app.state.callers.forget()
        whoever = ("owner", "administrator", "job token")
        who = next(each for each in whoever if expected(way, each) in {"in", "any"})
        return world.send(way, who, self._schemas, asked=_asked(way, world))


def _asked(way: Way, world: World) -> dict[str, Any]:
    """What whoever is not logged in yet must know."""
    if way.operation == "login":
        return {"name": "owner", "password": PASSWORD}
    if way.operation == "look_at_invitation":
        return {"secret": world.invitation()}
    if way.operation == "sign_up":
        return {"secret": world.invitation(), "name": f"new-{world.fresh()}", "password": PASSWORD}
    return {}


def test_every_operation_is_carried_out(app: FastAPI, tmp_path: Path) -> None:
    described = [way for way in ways(app) if way.described]
    assert ELSEWHERE.keys() <= {way.operation for way in described}
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        asking = Asking(app, client, tmp_path)
        faults = [asking.fault(way) for way in described if way.operation not in ELSEWHERE]
    assert len(described) > 200
    assert not any(faults), "\n" + "\n".join(filter(None, faults))
