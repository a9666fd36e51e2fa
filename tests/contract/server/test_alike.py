"""What PostgreSQL and SQLite do differently by themselves is the same for whoever asks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.contract.server.houses import Team

WORDS = ("b", "A", "a-b", "a_b", "ab", "Ab", "aa", "B", "Ä", "ä", "z", "_", "10", "9")


def test_names_are_listed_letter_by_letter(team: Team) -> None:
    for word in WORDS:
        team.owner.done("POST", f"{team.path}/views", 201, json={"name": word, "content": {}})
    found = [each["name"] for each in team.owner.pages(f"{team.path}/views", size=3)]
    assert found == sorted(WORDS)


def test_evaluations_whose_names_differ_in_case_are_two(team: Team) -> None:
    for job in ("night", "Night", "ni_ht", "ni-ht"):
        team.fill(job, [(1, {"x": 1})])
    paths = f"{team.path}/tables"
    found = [each["path"] for each in team.owner.pages(paths, beginning="evaluation/Night/")]
    assert found == ["evaluation/Night/results"]
    found = [each["path"] for each in team.owner.pages(paths, beginning="evaluation/ni_ht")]
    assert found == ["evaluation/ni_ht/results"]
    every = [each["path"] for each in team.owner.pages(paths, beginning="evaluation/", size=2)]
    assert every == sorted(f"evaluation/{job}/results" for job in ("night", "Night", "ni_ht", "ni-ht"))


def test_a_word_is_found_whatever_its_case_and_language(team: Team) -> None:
    told = {"description": f"Übergröße {team.number} 100%"}
    team.owner.done("PATCH", team.path, json=told)
    for word in (f"übergröße {team.number}", f"ÜBERGRÖßE {team.number}", "100%", "ÜBER"):
        found = [each["name"] for each in team.owner.pages("/projects", search=word, mine=True)]
        assert found == [team.name], word
    assert team.owner.pages("/projects", search="100_", mine=True) == []


def test_numbers_and_texts_in_documents_come_back_as_they_were(team: Team) -> None:
    content: dict[str, Any] = {
        "float": 7e16,
        "small": 5e-324,
        "long": 2**53 - 1,
        "text": "a\u2028\U0001f600'\"\\",
        "none": None,
        "nested": [{"z": 1, "a": [True, False, 1.0]}],
        "": "",
    }
    made = team.owner.done("POST", f"{team.path}/panels", 201, json={"name": "p", "content": content})
    read = team.owner.done("GET", f"{team.path}/panels/{made['id']}")["content"]
    assert repr(read) == repr(content)
    nul = {"name": "nul", "content": {"text": "a\x00b"}}
    told = team.owner.post(f"{team.path}/panels", json=nul)
    assert told.status_code in (201, 400, 422), told.text


def test_what_is_not_there_yet_is_sorted_the_same_way(team: Team) -> None:
    """Nulls: a version that was never told about comes where its absence belongs."""
    rows: list[tuple[int, dict[str, Any]]] = [(1, {"x": 2}), (2, {}), (3, {"x": 1}), (4, {"x": None})]
    path = team.fill("nulls", rows)
    for down, wanted in ((False, [3, 1, 2, 4]), (True, [1, 3, 2, 4])):
        body = {"tables": [path], "order": [{"column": "x", "descending": down}]}
        page = team.owner.done("POST", f"{team.path}/tables/query", json=body)
        assert [each["id"] for each in page["rows"]] == wanted


def test_what_is_removed_twice_or_was_never_there_is_told_the_same_way(team: Team) -> None:
    """Counts of rows that a statement has met."""
    view = team.owner.done("POST", f"{team.path}/views", 201, json={"name": "v", "content": {}})["id"]
    tokens = team.owner.done("POST", "/me/tokens", 201, json={"name": "t"})["id"]
    for path in (
        f"{team.path}/views/{view}",
        f"/me/tokens/{tokens}",
        f"{team.path}/schedules/nothing",
        f"{team.path}/templates/nothing",
        f"{team.path}/webhooks/{2**62}",
        f"{team.path}/views/{2**62}",
    ):
        team.owner.delete(path)
        assert team.owner.delete(path).status_code == 404, path
    told = [team.owner.get(f"{team.path}/views/{number}").status_code for number in (2**63, 2**64, -1)]
    assert set(told) <= {404, 422}


#: PostgreSQL keeps no NUL in a text, and no half of a surrogate pair.
@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"], ids=["nul", "surrogate"])
def test_text_that_one_of_them_cannot_keep_is_refused_by_both(team: Team, text: str) -> None:
    asked = (
        ("PATCH", team.path, {"description": text}),
        ("PATCH", team.path, {"readme": text}),
        ("POST", f"{team.path}/views", {"name": text, "content": {}}),
        ("POST", f"{team.path}/webhooks", {"url": "http://127.0.0.1:9/", "description": text}),
        ("POST", "/me/tokens", {"name": text}),
        ("POST", "/login", {"name": text, "password": text}),
        ("POST", "/projects", {"name": text}),
        ("POST", f"{team.path}/invitations", {"email": text}),
        ("POST", "/logins", {"challenge": "a" * 43, "machine": text}),
        ("POST", f"{team.path}/tables/query", {"tables": [f"evaluation/{text}/x"]}),
        ("POST", f"{team.path}/jobs", {"model": text, "comment": text}),
        ("POST", f"{team.path}/templates", {"name": text, "job": text}),
    )
    for method, path, told in asked:
        answer = team.owner.request(
            method, path, content=json.dumps(told), headers={"Content-Type": "application/json"}
        )
        assert 400 <= answer.status_code < 500, (method, path, answer.status_code)
    said = "a%00b" if text.isascii() else "a%ED%A0%80b"
    for path in ("/projects", f"{team.path}/datasets/packages", "/users", f"{team.path}/events"):
        answer = team.owner.get(f"{path}?search={said}&name={said}")
        assert answer.status_code < 500, path
    for path in (f"/projects/{said}", f"{team.path}/models/{said}/versions", f"{team.path}/jobs/{said}"):
        assert 400 <= team.owner.get(path).status_code < 500, path
