from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import InvalidSpec, NotFound
from starwhale.runtimes.indexes import Indexes
from starwhale.runtimes.requirements import name_of, normal, read_file, read_lines

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,12}[A-Za-z0-9])?", fullmatch=True).filter(
    lambda name: not name.endswith(".whl")
)
BOUNDS = st.sampled_from(
    ["", "==1.0", ">=1,<2", "~=1.4", "[extra]>=2", '; python_version < "3.13"', " != 1.2.*"]
)
HASHES = st.lists(
    st.sampled_from(["a", "b", "c"]).map(lambda one: f"sha256:{one * 64}"), unique=True, max_size=3
)
SPACES = st.sampled_from(["", " ", "\t", "  "])


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, str, frozenset[str]]:
    """A requirement, as somebody may write it, and what it means."""
    plain = draw(NAMES) + draw(BOUNDS)
    hashes = draw(HASHES)
    split = draw(st.sampled_from([" ", " \\\n    "]))
    comment = draw(st.sampled_from(["", "  # a comment", "\t# --hash=sha256:no"]))
    written = draw(SPACES) + plain + "".join(f"{split}--hash={each}" for each in hashes) + comment
    return written, plain, frozenset(hashes)


@given(st.lists(lines(), max_size=8))
def test_a_file_gives_its_requirements_in_order(
    tmp_path_factory: pytest.TempPathFactory, found: list
) -> None:
    path = tmp_path_factory.getbasetemp() / "requirements.txt"
    path.write_text("# head\n\n" + "\n".join(written for written, _, _ in found))
    asked = read_file(path)
    assert asked.lines == tuple(dict.fromkeys(" ".join(plain.split()) for _, plain, _ in found))
    for _, plain, hashes in found:
        line = " ".join(plain.split())
        if hashes and sum(" ".join(other.split()) == line for _, other, _ in found) == 1:
            assert asked.hashes[line] == hashes


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(InvalidSpec, NotFound):
        read_file(path)


@given(NAMES)
def test_every_spelling_of_a_name_is_one(name: str) -> None:
    assert normal(name.upper().replace("-", "_")) == normal(name) == normal(normal(name))
    assert name_of(f"{name}>=1") == normal(name)


@pytest.mark.parametrize(
    ("text", "indexes"),
    [
        ("-i https://a/simple", Indexes(default="https://a/simple")),
        ("--index-url=https://a/simple", Indexes(default="https://a/simple")),
        ("--extra-index-url https://b", Indexes(extra=("https://b",))),
        ("--trusted-host b", Indexes(trusted=("b",))),
        ("-f https://c/list.html", Indexes(links=("https://c/list.html",))),
        ("--find-links 'https://c/list.html'", Indexes(links=("https://c/list.html",))),
        ("--no-index", Indexes(alone=True)),
    ],
)
def test_options_name_indexes(text: str, indexes: Indexes) -> None:
    assert read_lines([text], Path("/x"), "here").indexes == indexes


def test_paths_of_options_begin_at_the_file(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.txt").write_text("-rdeep/b.txt\n--requirement deep/c.txt\n")
    (tmp_path / "deep/b.txt").write_text("-f wheels\nalpha\n./p-1-py3-none-any.whl\n")
    (tmp_path / "deep/c.txt").write_text("-c d.txt\n")
    (tmp_path / "deep/d.txt").write_text("beta<2\n")
    asked = read_file(tmp_path / "a.txt")
    assert asked.lines == ("alpha",)
    assert asked.constraints == ("beta<2",)
    assert asked.indexes.links == (str(tmp_path / "deep/wheels"),)
    assert [each.path for each in asked.local] == [tmp_path / "deep/p-1-py3-none-any.whl"]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("git+https://host/x.git@main#egg=thing", "thing @ git+https://host/x.git@main"),
        ("-e git+https://host/x.git#egg=thing", "thing @ git+https://host/x.git"),
        ("thing @ https://host/thing-1-py3-none-any.whl", "thing @ https://host/thing-1-py3-none-any.whl"),
        ("thing[a,b] >= 1 ; python_version<'4'", "thing[a,b] >= 1 ; python_version<'4'"),
        ("thing==1 --config-settings=x=y", "thing==1"),
    ],
)
def test_one_line_each(line: str, meant: str) -> None:
    assert read_lines([line], Path("/x"), "here").lines == (meant,)


@pytest.mark.parametrize(
    ("line", "path", "editable"),
    [
        ("-e .", "/x", True),
        ("-e ./p[extra]", "/x/p", True),
        ("../p", "/p", False),
        ("file:///a/b%20c-1-py3-none-any.whl", "/a/b c-1-py3-none-any.whl", False),
        ("c @ file:///a/c-1-py3-none-any.whl#sha256=0", "/a/c-1-py3-none-any.whl", False),
        ("dist/c-1-py3-none-any.whl", "/x/dist/c-1-py3-none-any.whl", False),
    ],
)
def test_what_lies_on_this_machine_is_told_apart(line: str, path: str, editable: bool) -> None:
    (found,) = read_lines([line], Path("/x"), "here").local
    assert (str(found.path), found.editable, found.where) == (path, editable, "here")


def test_a_circle_of_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("-r b.txt\n")
    (tmp_path / "b.txt").write_text("-r a.txt\n")
    with pytest.raises(InvalidSpec, match="includes itself"):
        read_file(tmp_path / "a.txt")


@pytest.mark.parametrize("text", ["--what x", "-z", "???", "-r https://host/x.txt", "-f 'open", "=1"])
def test_what_pip_would_not_take_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"alpha\n{text}\n")
    with pytest.raises(InvalidSpec, match=r"requirements.txt, line 2: "):
        read_file(path)
