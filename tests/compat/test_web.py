"""A service of 0.6 behind `swcli model serve`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.compat.conftest import Newcomer
from tests.e2e.cli.conftest import SWCLI
from tests.slice.serving.process import Server, running

pytestmark = pytest.mark.e2e


def test_functions_chats_services_and_methods_answer_requests(newcomer: Callable[[str], Newcomer]) -> None:
    user = newcomer("web")
    with running(_serve("-w", str(user.code)), user.home) as server:
        _check_answers(server)
        assert server.end() == 0


def _serve(*words: str) -> list[str]:
    return [str(SWCLI), "model", "serve", *words, "--port", "0", "-o", "json"]


def _check_answers(server: Server) -> None:
    assert sorted(server.told["apis"]) == ["chat", "count", "greet", "shout"]
    assert server.post("/api/greet", {"name": "whale", "times": 2}) == (200, "hello whale hello whale")
    assert server.post("/api/shout", {"text": "ahoy"}) == (200, {"text": "AHOY", "letters": 4})
    assert [server.post("/api/count", {"by": 2}) for _ in range(2)] == [(200, 2), (200, 4)]
    asked = {"user_input": "why", "history": [{"content": "hi", "bot": True}], "temperature": 0.25}
    assert server.post("/api/chat", asked) == (
        200,
        [
            {"content": "hi", "bot": True},
            {"content": "why", "bot": False},
            {"content": "why? 0.25 0.9 100", "bot": True},
        ],
    )
    status, spec = server.ask("GET", "/api/spec")
    assert (status, spec["version"]) == (200, "0.0.2")
    # Only what a form of 0.6 can show is in there; OpenAPI has all of them.
    (chat,) = (each for each in spec["apis"] if each["uri"] == "chat")
    assert chat["inference_type"] == "llm_chat"
    _, openapi = server.ask("GET", "/openapi.json")
    assert {"/api/chat", "/api/count", "/api/greet", "/api/shout"} <= set(openapi["paths"])
    assert server.post("/api/greet", {"nome": "whale"})[0] == 422
