from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.serving.answers import to_json
from starwhale.serving.media import base_name, media_document, upload_of
from starwhale.serving.metrics import BOUNDS, Metrics
from starwhale.serving.settings import MIB, ServeSettings


def test_bounds_come_from_the_environment() -> None:
    assert ServeSettings.from_env({}) == ServeSettings()
    found = ServeSettings.from_env({
        "SW_SERVE_THREADS": "2", "SW_SERVE_TIMEOUT": "0.5", "SW_SERVE_MAX_BODY_MIB": "1.5",
        "SW_SERVE_ALLOW_ORIGINS": " https://A.example/, ,http://b ", "SW_SERVE_GRACE": "",
    })  # fmt: skip
    assert (found.threads, found.timeout, found.max_body) == (2, 0.5, int(1.5 * MIB))
    assert found.origins == {"https://a.example", "http://b"}


@pytest.mark.parametrize("text", ["0", "-1", "many", "nan", "inf", "1.5"])
def test_a_wrong_bound_is_one_sentence(text: str) -> None:
    with pytest.raises(UsageError, match="SW_SERVE_THREADS is"):
        ServeSettings.from_env({"SW_SERVE_THREADS": text})


@given(st.binary(), st.sampled_from(["", "image/png"]), st.text())
def test_bytes_go_out_and_come_in_again(data: bytes, mime: str, name: str) -> None:
    assert upload_of(b64encode(data).decode()).data == data
    document = {"data": f"data:{mime};base64,{b64encode(data).decode()}", "display_name": name}
    found = upload_of(document)
    assert (found.data, found.mime, found.name) == (data, mime, base_name(name))
    assert upload_of(media_document(found)).data == data


@given(st.text())
def test_a_name_of_a_file_leads_nowhere_else(name: str) -> None:
    assert not set(base_name(name)) & {"/", "\\", "\x00"}


@given(st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.none()))
def test_an_upload_is_what_it_says_or_refused(value: object) -> None:
    try:
        upload_of(value)
    except ValueError:
        return
    assert isinstance(value, str)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)  # fmt: skip


@given(json_values)
def test_json_comes_back_as_it_went(value: object) -> None:
    import json

    assert json.loads(to_json(value)) == value


@given(st.lists(st.floats(0, 1000)))
def test_every_duration_is_counted_once_in_its_bucket(seconds: list[float]) -> None:
    metrics = Metrics()
    for each in seconds:
        metrics.observe('a"b', 200, each)
    lines = metrics.text({}).splitlines()
    buckets = [int(line.rpartition(" ")[2]) for line in lines if "_bucket{" in line]
    expected = [sum(each <= bound for each in seconds) for bound in (*BOUNDS, float("inf"))]
    assert buckets == (expected if seconds else [])
