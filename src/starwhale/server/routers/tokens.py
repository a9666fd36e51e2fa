"""One's own tokens."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from starwhale.server.access import ACCOUNT, Routes
from starwhale.server.callers import Caller, services_of, shown_token
from starwhale.server.forms import Form, Number
from starwhale.server.paging import Listed, WantedPage, listed_whole, newest

routes = Routes("/me", "tokens")


class NewToken(Form):
    """A token to be made."""

    name: str = Field(min_length=1, max_length=80, examples=["laptop"])
    scopes: list[str] | None = Field(default=None, max_length=100, examples=[["*:read", "job:write"]])
    project: str = Field(default="", max_length=80, examples=[""])
    expires_at: AwareDatetime | None = None


class Token(BaseModel):
    """One token, without its secret."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    name: str
    shown: str = Field(examples=["sw_a1B2c"])
    scopes: list[str] | None
    project: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class MintedToken(Token):
    """A token with its secret, which is shown this once."""

    token: str


@routes.get("/tokens", ACCOUNT, response_model=Listed[Token])
def list_tokens(request: Request, caller: Caller, page: WantedPage) -> Any:
    """One's tokens, the newest first."""
    return listed_whole(
        services_of(request).tokens.list(caller), page, Token.model_validate, newest, of=(int,)
    )


@routes.post("/tokens", ACCOUNT, status_code=HTTPStatus.CREATED, once="secret")
def create_token(request: Request, caller: Caller, body: NewToken) -> MintedToken:
    """Make a token."""
    made, token = services_of(request).tokens.create(
        caller, body.name, scopes=body.scopes, project=body.project, expires_at=body.expires_at
    )
    return MintedToken(**Token.model_validate(made).model_dump(), token=token)


@routes.delete("/token", ACCOUNT, status_code=HTTPStatus.NO_CONTENT, reads=True)
def give_token_back(request: Request, caller: Caller) -> None:
    """Have the token that comes with this very request count no more."""
    services_of(request).tokens.give_back(caller, shown_token(request))
    request.app.state.callers.forget()


@routes.delete("/tokens/{number}", ACCOUNT, status_code=HTTPStatus.NO_CONTENT)
def revoke_token(request: Request, caller: Caller, number: Number) -> None:
    """Have a token count no more."""
    services_of(request).tokens.revoke(caller, number)
    request.app.state.callers.forget()
