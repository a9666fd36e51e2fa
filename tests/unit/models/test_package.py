from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import Corrupted
from starwhale.core.handlers import HandlerSpec
from starwhale.models.package import Description, manifest_bytes, manifest_files
from starwhale.storage.trees import TreeEntry

words = st.text("abcé_. ", min_size=1, max_size=8)
entries = st.lists(
    st.builds(
        TreeEntry,
        path=words,
        mode=st.integers(0, 0o777),
        size=st.integers(0, 2**60),
        digest=st.text("0123456789abcdef", min_size=64, max_size=64),
    ),
    unique_by=lambda entry: entry.path,
)
handlers = st.builds(
    lambda module, name, replicas, needs, options: HandlerSpec(
        id=f"{module}:f",
        module=module,
        qualname="f",
        name=name,
        replicas=replicas,
        needs=needs,
        options=options,
    ),
    module=words,
    name=st.just("") | words,
    replicas=st.integers(1, 4),
    needs=st.lists(words, max_size=2).map(tuple),
    options=st.dictionaries(words, st.floats(allow_nan=False) | st.booleans(), max_size=2),
)


@given(entries, st.randoms())
def test_a_manifest_reads_back_and_does_not_depend_on_the_order(
    files: list[TreeEntry], random: object
) -> None:
    shuffled = list(files)
    random.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]
    data = manifest_bytes(files)
    assert manifest_bytes(shuffled) == data
    assert manifest_files(data) == tuple(sorted(files))


@given(
    st.lists(words, max_size=2).map(tuple),
    st.lists(words, max_size=2).map(tuple),
    st.lists(handlers, max_size=3),
)
def test_a_description_reads_back(
    modules: tuple[str, ...], envs: tuple[str, ...], found: list[HandlerSpec]
) -> None:
    description = Description(modules=modules, envs=envs, handlers=tuple(found))
    assert Description.from_bytes(description.to_bytes()) == description


def test_what_is_written_today_must_read_for_ever() -> None:
    spec = HandlerSpec(
        id="m:f", module="m", qualname="f", kind="predict", resources={"cpu": {"request": 0.5}}
    )
    data = Description(modules=("m",), envs=("A=1",), handlers=(spec,)).to_bytes()
    assert json.loads(data) == {
        "format": 1,
        "modules": ["m"],
        "envs": ["A=1"],
        "handlers": [
            {
                "id": "m:f",
                "kind": "predict",
                "module": "m",
                "qualname": "f",
                "resources": {"cpu": {"request": 0.5}},
            }
        ],
    }
    # Its bytes are part of every version id.
    assert sha256(data).hexdigest() == "f655ccb466171161eaa2aeab68e585aac02ee3d11daab15fd039846e833ed459"
    entry = TreeEntry(path="a.py", mode=0o644, size=3, digest="0" * 64)
    assert manifest_bytes([entry]).decode() == (
        '{"files":[["a.py",420,3,"' + "0" * 64 + '"]],"format":"starwhale.model/1"}'
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b'{"format": "starwhale.model/2", "files": []}',
        b'{"format": "starwhale.model/1"}',
        b'{"format": "starwhale.model/1", "files": [1]}',
        b'{"format": "starwhale.model/1", "files": [["a", 1, 2]]}',
    ],
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(Corrupted):
        manifest_files(data)


@pytest.mark.parametrize("data", [b"", b"3", b'{"format": 2}'])
def test_what_is_no_description_is_refused(data: bytes) -> None:
    with pytest.raises(Corrupted):
        Description.from_bytes(data)
