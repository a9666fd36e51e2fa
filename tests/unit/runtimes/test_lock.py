from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import InvalidSpec
from starwhale.runtimes.lock import Lock, Locked, header_of, parse_lock

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}(\+cpu|rc1|\.post2)?", fullmatch=True)
DIGESTS = st.lists(
    st.binary(min_size=32, max_size=32).map(lambda data: f"sha256:{data.hex()}"),
    min_size=1,
    max_size=3,
    unique=True,
)
COMMIT = "git+https://host/x.git@" + "0" * 40


@st.composite
def packages(draw: st.DrawFn) -> Locked:
    name = draw(NAMES)
    match draw(st.integers(0, 2)):
        case 0:
            return Locked(line=f"{name} @ {COMMIT}")
        case 1:
            line = f"{name} @ https://host/{name}-1-py3-none-any.whl"
        case _:
            line = f"{name}=={draw(VERSIONS)}"
    return Locked(line=line, hashes=tuple(sorted(draw(DIGESTS))))


LOCKS = st.builds(
    Lock,
    platform=st.sampled_from(["linux-x86_64", "macos-arm64"]),
    python=st.sampled_from(["3.11", "3.14"]),
    packages=st.lists(packages(), max_size=6, unique_by=lambda each: each.name).map(
        lambda found: tuple(sorted(found, key=lambda each: each.name))
    ),
    inputs=st.sampled_from(["", "abc"]),
    needs=st.sampled_from(["", "def"]),
)


@given(LOCKS)
def test_a_lock_reads_back(lock: Lock) -> None:
    text = lock.to_text()
    assert parse_lock(text, "here") == lock
    assert parse_lock(lock.to_text(["--index-url=https://host"]), "here") == lock
    assert parse_lock(text, "here").to_text() == text
    assert {*lock.hashed, *lock.commits} == set(lock.packages)


@pytest.mark.parametrize(
    "line",
    [
        "a" + " " * 500_000 + "b",
        "a @ git+" + ("x@" + "0" * 40 + "#") * 10_000 + " x",
        "a==1" + " --hash=x" * 50_000,
        "a @ https://" + "x" * 500_000 + " y",
    ],
)
def test_a_line_of_any_length_is_refused_at_once(line: str) -> None:
    """In proportion to its square, one of these would take hours."""
    text = f"# starwhale-lock: 1\n{line}\n"
    with pytest.raises(InvalidSpec, match=r"not locked|hash that is none"):
        parse_lock(text, "here")


@given(LOCKS)
def test_packages_can_be_left_out(lock: Lock) -> None:
    names = {each.name for each in lock.packages}
    assert lock.without(names).packages == ()
    assert lock.without([]) == lock


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(InvalidSpec):
        parse_lock(text, "here")


@pytest.mark.parametrize(
    "line",
    [
        "alpha>=1 --hash=sha256:" + "0" * 64,
        "alpha==1",
        "alpha==1 --hash=sha256:xyz",
        "alpha @ git+https://host/x.git@main",
        "alpha @ file:///a.whl --hash=sha256:" + "0" * 64,
        f"alpha @ {COMMIT} --hash=sha256:" + "0" * 64,
        "-e .",
    ],
)
def test_what_is_not_exact_is_no_lock(line: str) -> None:
    text = Lock(platform="linux-x86_64", python="3.11", packages=()).to_text() + line + "\n"
    with pytest.raises(InvalidSpec, match="here: "):
        parse_lock(text, "here")


def test_a_lock_of_a_later_release_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="has format '2'") as caught:
        parse_lock("# starwhale-lock: 2\n", "here")
    assert "upgrade" in caught.value.hint


def test_only_a_lock_has_a_head() -> None:
    assert header_of("# platform: linux-x86_64\nalpha==1\n") == {}
    assert header_of("alpha\n") == {}
