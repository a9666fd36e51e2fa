"""Chats and pictures of a text: the inference types, over their own address and as OpenAI's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tests.slice.serving.client import Client, Got, served, talk

from starwhale import Image
from starwhale.api.service import ComponentValueSpecFloat, LLMChat, Service, TextToImage
from starwhale.core.errors import InvalidSpec

Message = LLMChat.Message


def polite(
    user_input: str, history: list[Message], temperature: float = 0.5, top_k: int = 7
) -> list[Message]:
    said = f"{len(history)} before, {temperature} warm, {top_k} best: {user_input}"
    return [*history, Message(content=user_input), Message(content=said, bot=True)]


def words(user_input: str, history: list[Message]) -> Iterator[str]:
    for each in user_input.split():
        yield each + " "


def growing(user_input: str, history: list[Message]) -> Iterator[list[Message]]:
    for end in range(1, len(user_input) + 1):
        yield [*history, Message(content=user_input[:end], bot=True)]


def text(user_input: str) -> str:
    return user_input.upper()


def chats(*functions: Callable[..., Any]) -> Service:
    service = Service()
    for each in functions:
        service.add_api(each, each.__name__, LLMChat())
    return service


def complete(function: Callable[..., Any], *said: str, **more: Any) -> Got:
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": each} for n, each in enumerate(said)]
    asked = {"model": function.__name__, "messages": messages, **more}
    return talk(chats(function), lambda client: client.post("/v1/chat/completions", asked))


def test_a_chat_takes_the_request_of_old_clients_and_returns_the_history() -> None:
    asked = {"user_input": "hi", "history": [{"content": "a"}, {"content": "b", "bot": True}], "top_k": 1}
    got = talk(chats(polite), lambda client: client.post("/api/polite", asked)).json
    assert got[-1] == {"content": "2 before, 0.5 warm, 1 best: hi", "bot": True}
    assert got[-2] == {"content": "hi", "bot": False}


def test_what_is_left_out_keeps_the_default_of_the_function_then_of_the_form() -> None:
    def warm(user_input: str, temperature: float, top_p: float | None) -> Any:
        return {"content": f"{temperature} {top_p}"}

    service = Service()
    service.add_api(warm, "warm", LLMChat(temperature=ComponentValueSpecFloat(default_val=0.7)))
    got = talk(service, lambda client: client.post("/api/warm", {"user_input": "x"}))
    assert got.json["content"] == "0.7 None"


@pytest.mark.parametrize(
    ("function", "expected"),
    [(polite, "0 before, 0.5 warm, 7 best: how are you"), (words, "how are you "), (growing, "how are you"),
     (text, "HOW ARE YOU")],
)  # fmt: skip
def test_every_form_of_chat_answers_clients_of_openai(function: Callable[..., Any], expected: str) -> None:
    got = complete(function, "how are you").json
    assert got["object"] == "chat.completion"
    assert got["choices"][0]["message"] == {"role": "assistant", "content": expected}
    streamed = complete(function, "how are you", stream=True)
    assert streamed.events[-1] == ("message", "[DONE]")
    chunks = [data for _, data in streamed.events[:-1]]
    assert "".join(each["choices"][0]["delta"].get("content", "") for each in chunks) == expected
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert len({each["id"] for each in chunks}) == 1


def test_history_and_limits_reach_the_function() -> None:
    got = complete(polite, "a", "b", "c", temperature=0.25, max_completion_tokens=9).json
    assert got["choices"][0]["message"]["content"] == "2 before, 0.25 warm, 7 best: c"


def test_the_answer_ends_at_a_stop_text() -> None:
    assert complete(words, "one two three", stop="two").json["choices"][0]["message"]["content"] == "one "
    assert complete(text, "one two", stop=["W", "X"]).json["choices"][0]["message"]["content"] == "ONE T"
    events = complete(words, "one two three", stop=["o th"], stream=True).events
    assert "".join(e["choices"][0]["delta"].get("content", "") for _, e in events[:-1]) == "one tw"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"n": 2}, 400),
        ({"tools": [{}]}, 400),
        ({"response_format": {"type": "json_object"}}, 400),
        ({"temperature": 9}, 422),
        ({"model": "gpt"}, 404),
        ({"messages": []}, 422),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 400),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 422),
    ],
)
def test_what_is_not_supported_is_refused_in_the_words_of_openai(more: dict[str, Any], status: int) -> None:
    got = complete(text, "x", **more)
    assert got.status == status
    assert got.json["error"]["type"] == "invalid_request_error"
    assert got.json["error"]["message"]


def test_a_chat_that_fails_tells_clients_of_openai() -> None:
    def broken(user_input: str) -> Any:
        raise RuntimeError("secret")

    def late(user_input: str) -> Iterator[str]:
        yield "a"
        raise RuntimeError("secret")

    got = complete(broken, "x")
    assert (got.status, got.json["error"]["type"]) == (500, "server_error")
    assert b"secret" not in got.body
    streamed = complete(late, "x", stream=True)
    assert streamed.events[-1][1]["error"]["code"] == "user_code"
    assert b"secret" not in streamed.body


def test_models_are_listed_by_the_names_of_the_functions() -> None:
    async def what(client: Client) -> None:
        listed = (await client.get("/v1/models")).json
        assert [each["id"] for each in listed["data"]] == ["text"]
        assert (await client.get("/v1/models/text")).json["object"] == "model"
        assert (await client.get("/v1/models/other")).status == 404
        asked = {"model": "digits", "messages": [{"role": "user", "content": "x"}]}
        assert (await client.post("/v1/chat/completions", asked)).json["model"] == "digits"

    talk(chats(text), what)


def test_the_spec_is_that_of_old_clients() -> None:
    def chat(user_input: str, history: list[Any], temperature: float = 0.5) -> Any: ...

    service = Service()
    assert service.get_spec() is None
    service.add_api(chat, "chat", LLMChat(temperature=ComponentValueSpecFloat(min=0, max=1)))
    service.add_api(text, "text")
    got = talk(service, lambda client: client.get("/api/spec")).json
    assert got == {
        "version": "0.0.2",
        "title": "digits",
        "apis": [
            {
                "uri": "chat",
                "inference_type": "llm_chat",
                "components": [
                    {
                        "name": "temperature",
                        "component_spec_value_type": "FLOAT",
                        "componentValueSpecFloat": {"defaultVal": 0.5, "min": 0.0, "max": 1.0},
                    },
                    {"name": "user_input", "component_spec_value_type": "STRING"},
                    {"name": "history", "component_spec_value_type": "LIST"},
                ],
            }
        ],
    }


def test_two_chats_do_not_share_what_their_forms_show() -> None:
    one, two = LLMChat(temperature=ComponentValueSpecFloat(default_val=0.1)), LLMChat()
    one.update_from_func(text)
    assert two.args == {}


def test_an_input_that_the_type_does_not_know_is_refused() -> None:
    def chat(user_input: str, temprature: float) -> Any: ...

    with pytest.raises(InvalidSpec, match=r"llm_chat has no input 'temprature' \(did you mean 'temperature'"):
        chats(chat)


def test_pictures_of_a_text() -> None:
    def paint(prompt: str, width: int = 2, height: int = 3, batch_count: int = 1) -> list[Image]:
        return [Image(np.zeros((height, width, 3), np.uint8)) for _ in range(batch_count)]

    service = Service()
    service.add_api(paint, "paint", TextToImage())
    asked = {"prompt": "a whale", "batch_count": 2, "negative_prompt": "a shark"}
    got = talk(service, lambda client: client.post("/api/paint", asked)).json
    assert [each["mime_type"] for each in got] == ["image/png"] * 2


def test_chats_may_be_batched() -> None:
    def many(user_input: list[str]) -> list[str]:
        return [each[::-1] for each in user_input]

    service = served(many, inference_type=LLMChat(), batch_size=2)
    asked = {"model": "many", "messages": [{"role": "user", "content": "abc"}]}
    got = talk(service, lambda client: client.post("/v1/chat/completions", asked)).json
    assert got["choices"][0]["message"]["content"] == "cba"
