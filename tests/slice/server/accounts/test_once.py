"""Idempotency keys, and how often somebody may ask."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from starwhale.accounts.answers import AnswerService, Question
from starwhale.catalog.engine import Catalog
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.doorways import AnswerRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, KeyReused, TooMany
from starwhale.kit.times import utc_now
from starwhale.server.rates import Levels, OwnLevels, Rate, Rates, SharedLevels
from starwhale.server.services import Services

ClientOf = Callable[..., TestClient]
PROJECTS = "/api/v1/projects"


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_a_request_that_is_sent_twice_is_carried_out_once(client_of: ClientOf) -> None:
    ada = client_of("ada")
    first = ada.post(PROJECTS, json={"name": "vision"}, headers=keyed("a"))
    second = ada.post(PROJECTS, json={"name": "vision"}, headers=keyed("a"))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert "idempotent-replay" not in first.headers
    assert second.headers["idempotent-replay"] == "true"
    assert ada.post(PROJECTS, json={"name": "vision"}).status_code == 409
    view = {"name": "mine", "content": {}}
    seen = [ada.post(f"{PROJECTS}/vision/views", json=view, headers=keyed("v")).headers for _ in range(2)]
    assert seen[0]["etag"] == seen[1]["etag"], "whoever did not hear the first answer can go on with this one"


def test_a_key_is_for_one_request_one_path_and_one_user(client_of: ClientOf) -> None:
    ada, bob = client_of("ada"), client_of("bob")
    assert ada.post(PROJECTS, json={"name": "vision"}, headers=keyed("a")).status_code == 201
    other = ada.post(PROJECTS, json={"name": "speech"}, headers=keyed("a"))
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert bob.post(PROJECTS, json={"name": "speech"}, headers=keyed("a")).status_code == 201
    path = f"{PROJECTS}/vision/datasets/digits/builds"
    assert ada.post(path, json={}, headers=keyed("a")).status_code == 201


def test_a_refused_request_is_tried_again(client_of: ClientOf) -> None:
    ada, bob = client_of("ada"), client_of("bob")
    assert bob.post(PROJECTS, json={"name": "vision"}).status_code == 201
    assert ada.post(PROJECTS, json={"name": "vision"}, headers=keyed("a")).status_code == 409
    assert bob.delete(f"{PROJECTS}/vision").status_code == 204
    assert ada.post(PROJECTS, json={"name": "vision"}, headers=keyed("a")).status_code == 201


def test_a_key_that_is_none_is_refused(client_of: ClientOf) -> None:
    ada = client_of("ada")
    for key in ("", "x" * 256, "a b", "\x7f", "é"):
        headers = [(b"Idempotency-Key", key.encode("latin-1"))]
        assert ada.post(PROJECTS, json={"name": "x"}, headers=headers).status_code == 400, key


def test_a_secret_is_not_kept_and_not_made_twice(client_of: ClientOf, services: Services) -> None:
    ada = client_of("ada")
    first = ada.post("/api/v1/me/tokens", json={"name": "one"}, headers=keyed("a"))
    second = ada.post("/api/v1/me/tokens", json={"name": "one"}, headers=keyed("a"))
    assert (first.status_code, second.status_code) == (201, 409)
    assert len([each for each in ada.get("/api/v1/me/tokens").json()["items"] if each["name"] == "one"]) == 1
    with services.catalog.read() as session:
        assert list(session.scalars(select(AnswerRow.body))) == [None]


def test_less_rights_do_not_get_the_answer_of_more(client_of: ClientOf) -> None:
    whole, small = client_of("ada"), client_of("")
    assert whole.post(PROJECTS, json={"name": "vision"}, headers=keyed("a")).status_code == 201
    made = whole.post("/api/v1/me/tokens", json={"name": "small", "scopes": ["project:write"]}).json()
    small.headers["Authorization"] = f"Bearer {made['token']}"
    assert small.post(PROJECTS, json={"name": "vision"}, headers=keyed("a")).status_code == 422


def test_of_many_at_once_one_is_carried_out_and_all_are_answered(
    client_of: ClientOf, services: Services
) -> None:
    ada = client_of("ada")

    def make(_: int) -> tuple[int, str]:
        answer = ada.post(PROJECTS, json={"name": "vision"}, headers=keyed("a"))
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(make, range(16)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    with services.catalog.read() as session:
        made = select(func.count()).where(ProjectRow.name == "vision")
        assert session.scalar(made) == 1


def asks(request: str, asked: str = "x") -> Question:
    return Question(user=1, key="k", asked=asked, request=request)


@pytest.fixture
def answers(catalog: Catalog) -> AnswerService:
    from starwhale.accounts.users import UserService

    UserService(catalog).add(Actor(name="root", admin=True), "ada", password=None)
    return AnswerService(catalog)


def end_lease(catalog: Catalog) -> None:
    with catalog.begin() as session:
        session.execute(update(AnswerRow).values(leased_until=utc_now() - timedelta(seconds=1)))


def test_after_a_crash_before_anything_was_committed_it_is_carried_out(
    answers: AnswerService, catalog: Catalog
) -> None:
    assert answers.begin(asks("first")) is None
    waiting = answers.begin(asks("second"))
    assert waiting is not None
    assert waiting.status is None
    end_lease(catalog)
    assert answers.begin(asks("second")) is None


def test_after_a_crash_that_lost_only_the_answer_it_is_not_done_twice(
    answers: AnswerService, catalog: Catalog
) -> None:
    assert answers.begin(asks("first")) is None
    with catalog.begin() as session:
        emit(session, Actor(name="ada", user=1, request="first"), "project.created", {})
    end_lease(catalog)
    for _ in range(2):
        with pytest.raises(Conflict, match=r"project\.created"):
            answers.begin(asks("second"))


def test_the_answer_of_a_request_that_lost_its_lease_is_not_taken(
    answers: AnswerService, catalog: Catalog
) -> None:
    from starwhale.accounts.answers import Answer

    assert answers.begin(asks("first")) is None
    end_lease(catalog)
    assert answers.begin(asks("second")) is None
    answers.finish(asks("first"), Answer(201, "stale"))
    answers.finish(asks("second"), Answer(201, "right"))
    assert answers.begin(asks("third")) == Answer(201, "right")
    with pytest.raises(KeyReused):
        answers.begin(asks("third", "other"))


def test_of_many_that_begin_at_once_one_carries_it_out(answers: AnswerService) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda number: answers.begin(asks(str(number))), range(16)))
    assert begun.count(None) == 1


def test_answers_are_forgotten_after_a_day(answers: AnswerService, catalog: Catalog) -> None:
    assert answers.begin(asks("first")) is None
    with catalog.begin() as session:
        session.execute(update(AnswerRow).values(created_at=utc_now() - timedelta(hours=25)))
    assert answers.begin(asks("second", "other")) is None


@pytest.mark.parametrize("levels", [OwnLevels, SharedLevels])
def test_a_bucket_that_is_full_leaks(levels: Callable[[], Levels]) -> None:
    now = 0.0
    rates = Rates(Rate(10, 100), Rate(0, 0), levels(), clock=lambda: now)
    for _ in range(100):
        rates.count(None, "10.0.0.1")
    with pytest.raises(TooMany, match="too many") as refused:
        rates.count(None, "10.0.0.1")
    assert refused.value.hint == "try again in 1 seconds"
    rates.count(None, "10.0.0.2")
    for _ in range(200):
        rates.count(7, "10.0.0.1")  # no limit for users here
    now = 1.0
    for _ in range(10):
        rates.count(None, "10.0.0.1")
    with pytest.raises(TooMany):
        rates.count(None, "10.0.0.1")


def test_processes_of_one_server_count_together() -> None:
    rates = Rates(Rate(1, 3), Rate(1, 10), SharedLevels(), clock=lambda: 5.0)
    for _ in range(2):
        child = os.fork()
        if not child:
            for _ in range(5):
                rates.count(7, "")
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    with pytest.raises(TooMany):
        rates.count(7, "")
    rates.count(8, "")


def test_of_more_callers_than_there_is_room_for_the_oldest_are_forgotten() -> None:
    levels, rate = SharedLevels(8), Rate(1, 1)
    for number in range(100):
        assert levels.fill(f"user:{number}", rate, float(number)) == 0
    assert levels.fill("user:99", rate, 99.0) > 0
    assert levels.fill("user:0", rate, 99.0) == 0


def test_whoever_runs_wild_is_told_when_to_come_again(server_app: FastAPI, client_of: ClientOf) -> None:
    server_app.state.rates = Rates(Rate(1, 3), Rate(1, 5))
    nobody, ada = client_of(""), client_of("ada")
    assert [nobody.get("/healthz").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [ada.get("/api/v1/me").status_code for _ in range(6)] == [200] * 5 + [429]
    refused = ada.get("/api/v1/me")
    assert refused.json()["code"] == "too_many"
    assert int(refused.headers["retry-after"]) >= 1
    wrong = {"Authorization": "Bearer " + os.urandom(8).hex()}
    assert nobody.get("/api/v1/me", headers=wrong).status_code == 429
