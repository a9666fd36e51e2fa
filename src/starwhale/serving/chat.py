"""Between chats as clients of OpenAI know them and as functions of `LLMChat` do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.errors import UsageError
from starwhale.serving.inference import ChatQuery, MessageItem

_UNSUPPORTED = ("tools", "functions", "audio", "logprobs", "prediction")


class TextPart(BaseModel):
    """A part of a message; parts of other kinds are not for chats of text."""

    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
    """One message of a request."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """Its text; several parts are lines of it."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream holds beside the text."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """``POST /v1/chat/completions``; what is not listed is passed over, what changes the answer refused."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    top_k: int | None = Field(None, ge=1)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    n: int | None = None
    stop: str | list[str] | None = None
    response_format: dict[str, Any] | None = None


def query_of(request: ChatRequest) -> ChatQuery:
    """The same request for a function of `LLMChat`.

    The last message is what the user writes; those before are the history. There, instructions of the system
    stand as messages that the model did not write.

    Raises:
        UsageError: it asks for what such functions cannot do.
    """
    extra = request.model_extra or {}
    asked = next((name for name in _UNSUPPORTED if extra.get(name)), None)
    if asked is None and request.n not in {None, 1}:
        asked = "n"
    if asked is None and request.response_format and request.response_format.get("type") != "text":
        asked = "response_format"
    if asked is not None:
        raise UsageError(f"{asked!r} is not supported", hint="leave it away")
    *before, last = request.messages
    if last.role == "assistant":
        raise UsageError("the last message is of the assistant", hint="end with a message of the user")
    given: dict[str, Any] = {
        "user_input": last.text,
        "history": [MessageItem(content=each.text, bot=each.role == "assistant") for each in before],
    }
    limits: dict[str, Any] = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "max_new_tokens": request.max_completion_tokens or request.max_tokens,
    }
    return ChatQuery(**given, **{name: value for name, value in limits.items() if value is not None})


def stops_of(request: ChatRequest) -> tuple[str, ...]:
    """Texts at which the answer ends."""
    stop = request.stop
    return tuple(each for each in ([stop] if isinstance(stop, str) else stop or ()) if each)


def text_of(result: Any) -> str:
    """The answer of the model in what a function returned: text, or the history with its answer last.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(result, str):
        return result
    if isinstance(result, Sequence) and not isinstance(result, bytes):
        for each in reversed(result):
            said = _message(each)
            if said is not None and said.bot:
                return said.content
        raise TypeError("a chat returned a history without an answer of the model")
    said = _message(result)
    if said is not None:
        return said.content
    raise TypeError(f"a chat returned {type(result).__name__}, expected text or the history")


def _message(value: Any) -> MessageItem | None:
    if isinstance(value, MessageItem):
        return value
    if isinstance(value, dict):
        fields: dict[str, Any] = value
        bot = fields.get("bot", fields.get("role") == "assistant")
        content = fields.get("content")
    else:
        bot, content = getattr(value, "bot", True), getattr(value, "content", None)
    return MessageItem(content=content, bot=bool(bot)) if isinstance(content, str) else None


@dataclass(slots=True)
class Deltas:
    """What is new in each piece that a chat yields.

    A piece of text is new as a whole. A history or a message holds the answer as far as it has come.
    """

    _so_far: str = ""

    def feed(self, piece: Any) -> str:
        """The new text of a piece."""
        if isinstance(piece, str):
            self._so_far += piece
            return piece
        whole = text_of(piece)
        new = whole.removeprefix(self._so_far)
        self._so_far = whole
        return new


@dataclass(slots=True)
class StopCutter:
    """Ends a text at the first of some stop texts, which is not part of it.

    Attributes:
        stops: The stop texts, none empty.
        ended: One was met.
    """

    stops: tuple[str, ...]
    ended: bool = False
    _held: str = ""

    def feed(self, text: str) -> str:
        """What can be told by now; the beginning of what may become a stop text is held back."""
        if self.ended:
            return ""
        if not self.stops:
            return text
        self._held += text
        cuts = [at for stop in self.stops if (at := self._held.find(stop)) >= 0]
        if cuts:
            self.ended = True
            told, self._held = self._held[: min(cuts)], ""
            return told
        keep = max(self._overlap(stop) for stop in self.stops)
        at = len(self._held) - keep
        told, self._held = self._held[:at], self._held[at:]
        return told

    def rest(self) -> str:
        """What was held back, once nothing more comes."""
        told, self._held = self._held, ""
        return told

    def _overlap(self, stop: str) -> int:
        longest = min(len(stop) - 1, len(self._held))
        return next((size for size in range(longest, 0, -1) if self._held.endswith(stop[:size])), 0)
