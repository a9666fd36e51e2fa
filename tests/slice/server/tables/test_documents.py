"""Views, panels and reports: kept, changed by whoever has seen them, published by a link."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from starwhale import Image
from starwhale.catalog.tables.reports import DocumentRow
from starwhale.evaluations.results import ResultStore
from starwhale.server.services import Services

HERE = "/api/v1/projects/vision"
TABLE = "evaluation/night/results"
VIEW = {"name": "hardest", "place": "evaluation/results", "content": {"sort": "-score"}}
PANEL = {
    "type": "panel",
    "title": "best",
    "question": {"tables": ["summary"], "columns": ["accuracy"], "size": 10},
}
REPORT = {"name": "week", "content": {"blocks": [{"type": "text", "markdown": "# Week"}, PANEL]}}


@pytest.mark.parametrize("kind", ["views", "panels"])
def test_one_is_kept_and_changed_by_whoever_has_seen_it(ada: TestClient, kind: str) -> None:
    made = ada.post(f"{HERE}/{kind}", json=VIEW)
    assert made.status_code == 201
    where = f"{HERE}/{kind}/{made.json()['id']}"
    seen = ada.get(where).headers["etag"]
    changed = ada.patch(where, json={"content": {"sort": "label"}}, headers={"If-Match": seen})
    assert changed.json()["content"] == {"sort": "label"}
    late = ada.patch(where, json={"name": "mine"}, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "outdated")
    assert ada.post(f"{HERE}/{kind}", json=VIEW).status_code == 409
    copy = ada.post(f"{where}/duplicate", json={"name": "copy"})
    assert copy.json()["content"] == {"sort": "label"}
    assert ada.patch(where, json={"name": "copy"}).status_code == 409
    assert ada.put(f"{HERE}/{kind}/{copy.json()['id']}/default").json()["preferred"]
    assert ada.put(f"{where}/default").json()["preferred"]
    assert not ada.get(f"{HERE}/{kind}/{copy.json()['id']}").json()["preferred"]
    # What is no default is none when that is said again, and takes nothing from the one that is.
    assert not ada.delete(f"{HERE}/{kind}/{copy.json()['id']}/default").json()["preferred"]
    assert ada.get(where).json()["preferred"]
    assert not ada.delete(f"{where}/default").json()["preferred"]
    assert not ada.get(where).json()["preferred"]
    assert [each["name"] for each in ada.get(f"{HERE}/{kind}").json()["items"]] == ["copy", "hardest"]
    assert ada.get(f"{HERE}/{kind}", params={"place": "elsewhere"}).json()["total"] == 0
    assert ada.delete(where).status_code == 204
    assert ada.get(where).status_code == 404


def test_a_report_is_read_by_its_link_and_nothing_else_is(
    ada: TestClient, results: ResultStore, client_of: Callable[..., TestClient]
) -> None:
    results.log_summary({"accuracy": 0.5, "secret": "of the house"})
    results.flush()
    where = f"{HERE}/reports/{ada.post(f'{HERE}/reports', json=REPORT).json()['id']}"
    anybody = client_of("")
    assert anybody.get(where).status_code == 401
    link = ada.put(f"{where}/link").json()
    read = anybody.get(link["path"])
    assert read.json()["content"]["blocks"][0] == {"type": "text", "markdown": "# Week"}
    assert read.headers["referrer-policy"] == "no-referrer"
    rows = anybody.get(f"{link['path']}/panels/1").json()["rows"]
    assert rows == [{"id": "night", "values": {"accuracy": 0.5}}]
    assert anybody.get(f"{link['path']}/panels/0").status_code in (401, 404)
    assert anybody.get(f"{HERE}/tables").status_code == 401
    again = ada.put(f"{where}/link").json()
    assert anybody.get(link["path"]).status_code == 401
    assert ada.get(link["path"]).status_code == 404
    assert anybody.get(again["path"]).status_code == 200
    assert ada.delete(f"{where}/link").status_code == 204
    assert ada.get(again["path"]).status_code == 404
    assert not ada.get(where).json()["published"]


def test_nobody_shows_others_what_he_may_not_see_himself(
    ada: TestClient, client_of: Callable[..., TestClient]
) -> None:
    made = ada.post("/api/v1/me/tokens", json={"name": "w", "scopes": ["project:read", "report:write"]})
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    writer = client_of("")
    one = writer.post(f"{HERE}/reports", json={"name": "mine", "content": {"blocks": []}}, headers=headers)
    assert one.status_code == 201, one.text
    mine = f"{HERE}/reports/{one.json()['id']}"
    assert writer.put(f"{mine}/link", headers=headers).status_code == 403
    assert writer.patch(mine, json={"name": "ours"}, headers=headers).status_code == 200
    assert ada.put(f"{mine}/link").status_code == 200
    assert writer.patch(mine, json={"content": {"blocks": []}}, headers=headers).status_code == 403
    assert writer.delete(f"{mine}/link", headers=headers).status_code == 204


def test_a_panel_asks_several_questions_and_shows_what_it_was_frozen_with(
    ada: TestClient, results: ResultStore, client_of: Callable[..., TestClient]
) -> None:
    results.log_summary({"accuracy": 0.5})
    results.flush()
    count = {"tables": ["summary"], "measures": {"rows": {"function": "count"}}}
    asks = [
        {"type": "rows", "question": {"tables": ["summary"], "columns": ["accuracy"]}},
        {"type": "groups", "question": count},
    ]
    live = {"type": "panel", "title": "live", "chart": {"kind": "figures"}, "asks": asks}
    answers = [{"rows": [{"id": "night", "values": {"accuracy": 0.1}}]}]
    frozen = {**live, "frozen": {"at": "2026-01-01T00:00:00Z", "answers": answers}}
    report = {"name": "two", "content": {"blocks": [live, frozen]}}
    where = f"{HERE}/reports/{ada.post(f'{HERE}/reports', json=report).json()['id']}"
    path = ada.put(f"{where}/link").json()["path"]
    anybody = client_of("")
    rows = anybody.get(f"{path}/panels/0/asks/0").json()["rows"]
    arrow = {"Accept": "application/vnd.apache.arrow.stream"}
    as_arrow = anybody.get(f"{path}/panels/0/asks/0", headers=arrow)
    described = anybody.get("/api/v1/openapi.json").json()["paths"]
    told = described["/api/v1/shared/reports/{secret}/panels/{block}/asks/{ask}"]["get"]["responses"]["200"]
    assert as_arrow.headers["content-type"] in told["content"]
    assert as_arrow.headers["content-type"] == arrow["Accept"]
    assert rows == [{"id": "night", "values": {"accuracy": 0.5}}]
    assert anybody.get(f"{path}/panels/0/asks/1").json() == {"groups": [{"rows": 1}], "edges": []}
    for nothing in ("0/asks/2", "1/asks/0", "2/asks/0", "0"):
        assert ada.get(f"{path}/panels/{nothing}").status_code == 404
    assert anybody.get(path).json()["content"]["blocks"][1]["frozen"]["answers"] == answers


def test_a_question_that_is_refused_by_now_is_a_fault_of_the_report_and_not_of_the_server(
    ada: TestClient, results: ResultStore, services: Services, client_of: Callable[..., TestClient]
) -> None:
    number = ada.post(f"{HERE}/reports", json={"name": "old", "content": {"blocks": []}}).json()["id"]
    path = ada.put(f"{HERE}/reports/{number}/link").json()["path"]
    question = {"tables": ["summary"], "measures": {"a": {"function": "count"}}, "by": ["a"]}
    panel = {"type": "panel", "title": "", "chart": {}, "asks": [{"type": "groups", "question": question}]}
    with services.catalog.begin() as session:
        session.execute(
            update(DocumentRow).where(DocumentRow.id == number).values(content={"blocks": [panel]})
        )
    refused = client_of("").get(f"{path}/panels/0/asks/0")
    assert refused.status_code == 400
    assert "none that is answered" in refused.json()["detail"]


def test_pictures_of_a_published_report_are_seen_by_its_link_as_long_as_that_counts(
    ada: TestClient, results: ResultStore, client_of: Callable[..., TestClient]
) -> None:
    large = b"\x89PNG\r\n\x1a\n" + b"p" * 10_000
    for key, picture in (("seen", large), ("unseen", large[::-1])):
        results.log("results", key, {"picture": Image(picture, mime_type="image/png"), "other": key})
    results.flush()
    question = {
        "tables": [TABLE],
        "columns": ["picture"],
        "where": {"column": "other", "op": "=", "value": "seen"},
    }
    blocks = [{"type": "panel", "title": "pictures", "question": question}]
    anybody, links = client_of(""), list[str]()
    for name in ("one", "two"):
        made = ada.post(f"{HERE}/reports", json={"name": name, "content": {"blocks": blocks}}).json()
        links.append(ada.put(f"{HERE}/reports/{made['id']}/link").json()["path"])
    shown = anybody.get(f"{links[0]}/panels/0")
    assert shown.status_code == 200, shown.text
    (row,) = shown.json()["rows"]
    address = row["values"]["picture"]["url"]
    told = anybody.get(address)
    assert (told.content, told.headers["content-type"]) == (large, "image/png")
    assert "sandbox" in told.headers["content-security-policy"]
    assert anybody.get(address, headers={"Range": "bytes=0-3"}).content == large[:4]
    # An address belongs to its link, and to the cell that was shown.
    for wrong in (
        address.replace(links[0], links[1]),
        address[:-6] + "AAAAAA",
        f"{links[0]}/media?cell=1.x.y",
    ):
        assert (anybody.get(wrong).status_code, ada.get(wrong).status_code) == (401, 403)
    # What is written into the cell later is what is shown, but for a panel that shows rows of back then.
    revision = ada.get(f"{HERE}/tables/info", params={"path": TABLE}).json()["revision"]
    pinned = [{"type": "panel", "title": "then", "question": {**question, "revision": revision}}]
    second = f"{HERE}/reports/{made['id']}"
    assert ada.patch(second, json={"content": {"blocks": pinned}}).status_code == 200
    (row,) = anybody.get(f"{links[1]}/panels/0").json()["rows"]
    then = row["values"]["picture"]["url"]
    results.log("results", "seen", {"picture": Image(large[::-1], mime_type="image/png"), "other": "seen"})
    results.flush()
    assert (anybody.get(then).content, anybody.get(address).content) == (large, large[::-1])
    # A panel that is another one by now gives nothing of what it showed.
    assert ada.patch(second, json={"content": {"blocks": blocks}}).status_code == 200
    assert ada.get(then).status_code == 403
    ada.delete(f"{HERE}/reports/{made['id'] - 1}/link")
    assert anybody.get(address).status_code in {401, 404}


def test_a_link_to_a_removed_project_shows_nothing(ada: TestClient) -> None:
    where = f"{HERE}/reports/{ada.post(f'{HERE}/reports', json=REPORT).json()['id']}"
    link = ada.put(f"{where}/link").json()
    ada.delete(HERE)
    assert ada.get(link["path"]).status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        {"blocks": [{"type": "script", "markdown": ""}]},
        {"blocks": [{"type": "panel", "question": {"tables": []}}]},
        {"blocks": [], "more": 1},
        {"blocks": [{"type": "prose", "nodes": [{"type": "script"}]}]},
        {"blocks": [{"type": "image", "source": "https://evil.example/x.png"}]},
    ],
)
def test_a_report_has_a_form(ada: TestClient, content: dict[str, object]) -> None:
    assert ada.post(f"{HERE}/reports", json={"name": "x", "content": content}).status_code == 422


def test_documents_belong_to_their_project(ada: TestClient, client_of: Callable[..., TestClient]) -> None:
    number = ada.post(f"{HERE}/views", json=VIEW).json()["id"]
    eve = client_of("eve")
    eve.post("/api/v1/projects", json={"name": "mine"})
    assert eve.get(f"{HERE}/views/{number}").status_code == 404
    assert eve.get(f"/api/v1/projects/mine/views/{number}").status_code == 404
    assert eve.patch(f"/api/v1/projects/mine/views/{number}", json={"name": "x"}).status_code == 404
    assert eve.delete(f"/api/v1/projects/mine/views/{number}").status_code == 404
    assert ada.get(f"{HERE}/panels/{number}").status_code == 404
    picture = "data:image/png;base64,iVBORw0KGgo" + "A" * (1_200_000) + "="
    pictures = {"blocks": [{"type": "image", "alt": "", "source": picture}]}
    assert ada.post(f"{HERE}/reports", json={"name": "pictures", "content": pictures}).status_code == 201
    large = {"name": "large", "content": {"text": "x" * (2 << 20)}}
    assert ada.post(f"{HERE}/views", json=large).status_code == 400
