"""The client of OpenAI, as it is, against a chat of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.slice.serving.process import Server, module_command, running

pytestmark = pytest.mark.e2e

openai: Any = pytest.importorskip("openai", reason="the client of OpenAI is not installed")

CODE = """
from starwhale.api.service import LLMChat, api

@api(inference_type=LLMChat())
def parrot(user_input: str, history: list, temperature: float = 0.5):
    yield f"{len(history)}@{temperature}:"
    for word in user_input.split():
        yield " " + word

@api(inference_type=LLMChat())
def old(user_input: str, history: list) -> list:
    return [*history, LLMChat.Message(content=user_input), LLMChat.Message(content="ok", bot=True)]

@api(inference_type=LLMChat())
def broken(user_input: str, history: list) -> list:
    raise RuntimeError("secret")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: Path = tmp_path_factory.mktemp("chat")
    (home / "app.py").write_text(CODE)
    with running(module_command(home, "app"), home) as found:
        yield found


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as made:
        yield made


ASKED = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": [{"type": "text", "text": "hello there"}]},
]


def test_models_are_listed(client: Any) -> None:
    assert [each.id for each in client.models.list()] == ["parrot", "old", "broken"]
    assert client.models.retrieve("old").owned_by == "starwhale"


def test_a_whole_answer(client: Any) -> None:
    got = client.chat.completions.create(model="parrot", messages=ASKED, temperature=0.25)
    assert got.choices[0].message.content == "1@0.25: hello there"
    assert (got.choices[0].finish_reason, got.model) == ("stop", "parrot")
    assert client.chat.completions.create(model="old", messages=ASKED).choices[0].message.content == "ok"


@pytest.mark.parametrize(("model", "expected"), [("parrot", "1@0.5: hello there"), ("old", "ok")])
def test_an_answer_in_pieces(client: Any, model: str, expected: str) -> None:
    stream = client.chat.completions.create(model=model, messages=ASKED, stream=True)
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(pieces) == expected
    if model == "parrot":
        assert len([each for each in pieces if each]) == 3


def test_an_answer_in_pieces_may_be_left(client: Any, server: Server) -> None:
    with client.chat.completions.create(model="parrot", messages=ASKED, stream=True) as stream:
        next(iter(stream))
    assert server.ask("GET", "/healthz")[0] == 200


def test_errors_are_those_that_the_client_knows(client: Any) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt", messages=ASKED)
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError, match="'n' is not supported"):
        client.chat.completions.create(model="old", messages=ASKED, n=2)
    with pytest.raises(openai.InternalServerError) as failed:
        client.chat.completions.create(model="broken", messages=ASKED)
    assert "secret" not in str(failed.value)
