"""Counting attempts to come in, on both databases, by many at once; and that somebody is always left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from starwhale.accounts.attempts import Attempts, Bucket
from starwhale.accounts.doors import DoorService
from starwhale.accounts.members import MemberService
from starwhale.accounts.secrets import digest_of, is_token, mint_token
from starwhale.accounts.users import UserService
from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.accounts import AttemptRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, TooMany, Unauthorized
from starwhale.core.permissions import Role
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

ROOT = Actor(name="root", admin=True)
BUCKET = Bucket(room=10, seconds=3600)


@pytest.fixture
def attempts(catalog: Catalog) -> Attempts:
    return Attempts(catalog)


def succeeds(do: Callable[[], object]) -> bool:
    try:
        do()
    except (TooMany, Conflict):
        return False
    return True


def test_of_many_attempts_at_once_no_more_pass_than_there_is_room(attempts: Attempts) -> None:
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: succeeds(lambda: attempts.count("login:ada", BUCKET)), range(40)))
    assert sum(passed) == 10


def test_attempts_that_are_forgiven_meanwhile_do_no_harm(attempts: Attempts) -> None:
    def one(number: int) -> bool:
        if number % 3 == 0:
            attempts.forgive("login:ada")
            return True
        return succeeds(lambda: attempts.count("login:ada", BUCKET))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(12)))


def test_a_bucket_leaks(attempts: Attempts, catalog: Catalog) -> None:
    for _ in range(10):
        attempts.count("login:ada", BUCKET)
    with pytest.raises(TooMany) as refused:
        attempts.count("login:ada", BUCKET)
    assert refused.value.hint == "try again in 3600 seconds"
    attempts.count("login:bob", BUCKET)
    with catalog.begin() as session:
        session.execute(update(AttemptRow).values(at=utc_now() - timedelta(hours=2)))
    attempts.count("login:ada", BUCKET)
    attempts.count("login:ada", BUCKET)
    with pytest.raises(TooMany):
        attempts.count("login:ada", BUCKET)


def test_buckets_of_yesterday_are_forgotten(attempts: Attempts, catalog: Catalog) -> None:
    for number in range(5):
        attempts.count(f"login:{number}", BUCKET)
    with catalog.begin() as session:
        session.execute(update(AttemptRow).values(at=utc_now() - timedelta(days=2)))
    attempts.count("login:0", BUCKET)  # there already: nothing is tidied
    attempts.count("login:new", BUCKET)
    with catalog.read() as session:
        assert session.scalar(select(func.count()).select_from(AttemptRow)) == 2


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 5000, "login:login:", "", "é' OR 1=1"])
def test_whatever_is_typed_as_a_name_is_counted_and_refused(catalog: Catalog, name: str) -> None:
    doors = DoorService(catalog)
    with pytest.raises(Unauthorized):
        doors.login(name, "wrong", address="y" * 500)


def test_two_administrators_who_demote_each_other_at_once_leave_one(catalog: Catalog) -> None:
    users = UserService(catalog)
    for name in ("ada", "bob"):
        users.add(ROOT, name, password=None, admin=True)
    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            demoted = pool.map(
                lambda name: succeeds(lambda: users.change(ROOT, name, admin=False)), ("ada", "bob")
            )
            assert sum(demoted) == 1
        for name in ("ada", "bob"):
            users.change(ROOT, name, admin=True)


def test_two_owners_who_take_each_other_out_at_once_leave_one(catalog: Catalog) -> None:
    users, members = UserService(catalog), MemberService(catalog)
    ProjectService(catalog).create(ROOT, "vision")
    for name in ("ada", "bob"):
        users.add(ROOT, name, password=None)
    for _ in range(3):
        for name in ("ada", "bob"):
            members.put(ROOT, "vision", name, Role.OWNER)
        with ThreadPoolExecutor(2) as pool:
            out = pool.map(
                lambda name: succeeds(lambda: members.remove(ROOT, "vision", name)), ("ada", "bob")
            )
            assert sum(out) == 1


@given(st.text(max_size=80))
def test_a_text_that_was_not_minted_is_no_token(text: str) -> None:
    assert not is_token(text)


@given(st.integers(0, 51), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_typing_error_in_a_token_is_seen(place: int, letter: str) -> None:
    token = mint_token()
    changed = token[:place] + letter + token[place + 1 :]
    assert is_token(token)
    assert is_token(changed) == (changed == token)


@given(st.text())
def test_every_text_has_a_digest(text: str) -> None:
    assert len(digest_of(text)) == 64
