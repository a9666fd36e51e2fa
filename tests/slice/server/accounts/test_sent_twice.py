"""Every route that makes something makes it once, however often it is sent; every edit minds what was seen.

Both follow from the route table: whoever adds a route that makes or changes something finds it here.
"""

from __future__ import annotations

import itertools
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.ways import Way, ways
from tests.slice.server.accounts.world import Maker, World, unknown

from starwhale.accounts.pending import challenge_of
from starwhale.server.once import HEADER, ONCE, SECRET, STREAMED

_NUMBERS = itertools.count(3_000_000)
_NOTHING = "it makes nothing"
_SAME = "twice does as once"
#: Routes with POST that take no idempotency key, and why none is needed.
NEEDS_NO_KEY = {
    **dict.fromkeys(("login", "logout"), "a session is the browser's own"),
    "sign_up": "an invitation is used up",
    "accept_invitation": "an invitation is used up",
    "look_at_invitation": _NOTHING,
    "redeem_login": "a token is given once",
    **dict.fromkeys(("allow_login", "refuse_login"), "whoever has decided has decided"),
    **dict.fromkeys(("missing", "renew", "post_blobs"), "blobs are called by their digests"),
    **dict.fromkeys(("append_batch", "append_run_batch"), "a batch counts once by its number"),
    "change_rows": "rows are set by their keys",
    **dict.fromkeys(("join_consumption", "claim_rows", "prolong_rows", "advance_rows"), _SAME),
    **{f"{verb}_job": _SAME for verb in ("cancel", "pause", "resume", "recover")},
    "address_service": "an address of so long, and nothing is kept of it",
    "restore_from_trash": _SAME,
    **dict.fromkeys(("recover_project", "recover_run"), _SAME),
    "purge_project": _SAME,
    **{
        f"{verb}_{kind}": why
        for kind in ("dataset", "model", "runtime")
        for verb, why in (("tag", _SAME), ("recover", _SAME), ("revert", _SAME))
    },
    **{f"{verb}_tables": _NOTHING for verb in ("query", "aggregate", "compare", "merge")},
    **dict.fromkeys(("count_rows", "scan_table", "query_dataset_rows"), _NOTHING),
    **dict.fromkeys(("count_dataset_rows", "place_dataset_row", "measure_intervals"), _NOTHING),
    **dict.fromkeys(("get_dataset_rows", "renew_media"), _NOTHING),
}
#: Routes with PUT or PATCH of what nobody looks at before he sets it.
NOT_EDITED = {
    "change_password": "whoever changes it shows the old one",
    "put_blob": "it is called by its digest",
    **{
        f"prefer_{kind}": "one of them is preferred, whichever was before"
        for kind in ("view", "panel", "report")
    },
    "publish_report": "a link is there or not",
}


def fresh(app: FastAPI, maker: Maker) -> World:
    """A new world, of which everybody knows that it is there."""
    app.state.callers.forget()
    return maker.make(next(_NUMBERS))


def described(app: FastAPI, *methods: str) -> list[Way]:
    """Routes of these methods that stand in the reference; workers have others, which name each attempt."""
    return [way for way in ways(app) if way.method in methods and way.described and "{path" not in way.path]


def takes(way: Way, header: str) -> bool:
    return header in {each["name"].title() for each in way.described.get("parameters", ())}


def test_whatever_makes_something_takes_an_idempotency_key(app: FastAPI) -> None:
    posts = described(app, "POST")
    without = {way.operation for way in posts if not takes(way, HEADER)}
    assert without == NEEDS_NO_KEY.keys(), "a route that makes something answers 201, or says once=True"
    assert [str(way) for way in posts if "201" in way.described["responses"] and not takes(way, HEADER)] == []


def test_whatever_is_sent_twice_with_one_key_is_carried_out_once(app: FastAPI, maker: Maker) -> None:
    schemas, wrong = Schemas(app), list[str]()
    for way in described(app, "POST"):
        if not takes(way, HEADER) or unknown(way):
            continue
        world = fresh(app, maker)
        first, again = sent_twice(world, way, schemas)
        # Of one that tells how it goes on, the end is kept.
        told = first.text.splitlines()[-1] if way.described.get(ONCE) == STREAMED else first.text
        secret = way.described.get(ONCE) == SECRET
        if first.status_code >= 300:
            wrong.append(f"{way}: {first.status_code} {first.text[:200]}")
        elif secret and again.status_code != 409:
            wrong.append(f"{way}: a secret twice, {again.status_code} {again.text[:200]}")
        elif not secret and (again.text.rstrip(), again.headers.get("idempotent-replay")) != (told, "true"):
            wrong.append(f"{way}: {again.status_code} {again.text[:200]} after {first.text[:200]}")
        maker.people.renew()
    assert not wrong, "\n" + "\n".join(wrong)


def sent_twice(world: World, way: Way, schemas: Schemas) -> tuple[Any, Any]:
    """Send the very same request twice: what the first one made is there by then."""
    first = world.send(way, "administrator", schemas, shown={HEADER: "k"})
    request = first.request
    again = world.client.request(
        request.method, str(request.url), content=request.content, headers=dict(request.headers)
    )
    return first, again


def test_whoever_waits_to_be_let_in_waits_once(client: TestClient) -> None:
    """Nobody is logged in there: the challenge says that it is the same request."""
    asked = {"challenge": challenge_of("a secret of this program, and of no other"), "machine": "laptop"}
    first, again = (client.post("/api/v1/logins", json=asked, headers={HEADER: "k"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = client.post("/api/v1/logins", json={**asked, "challenge": challenge_of("another secret" * 3)})
    assert other.json()["code"] != first.json()["code"]


def test_whatever_is_edited_has_an_etag_and_minds_it(app: FastAPI, maker: Maker) -> None:
    schemas, wrong = Schemas(app), list[str]()
    edits = described(app, "PUT", "PATCH")
    assert {way.operation for way in edits if not takes(way, "If-Match")} == NOT_EDITED.keys()
    looks = {way.path: way for way in ways(app) if way.method == "GET"}
    for way in edits:
        if way.operation in NOT_EDITED or unknown(way):
            continue
        world, look = fresh(app, maker), looks[way.path]
        seen = world.send(look, "administrator", schemas).headers.get("etag")
        if seen is None:
            wrong.append(f"{look} has no ETag")
            continue
        late = world.send(way, "administrator", schemas, shown={"If-Match": '"of-long-ago"'})
        if (late.status_code, late.json().get("code")) != (412, "outdated"):
            wrong.append(f"{way}: {late.status_code} {late.text[:200]} for what was not seen")
        done = world.send(way, "administrator", schemas, shown={"If-Match": seen})
        if done.status_code != 200 or "etag" not in done.headers:
            wrong.append(f"{way}: {done.status_code} {done.text[:200]} for what was seen")
        elif done.headers["etag"] != world.send(look, "administrator", schemas).headers["etag"]:
            wrong.append(f"{way}: tells another ETag than {look}")
        maker.people.renew()
    assert not wrong, "\n" + "\n".join(wrong)
