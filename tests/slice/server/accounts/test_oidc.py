"""Coming in by way of another provider: a real one, and what a bad one could try."""

from __future__ import annotations

import hmac
import json
import re
import shutil
import socket
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from pydantic import SecretStr
from starlette.testclient import TestClient

from starwhale.accounts.providers import Provider, ProviderSettings, check_place
from starwhale.core.actor import Actor
from starwhale.core.errors import Unauthorized, Unavailable, UsageError
from starwhale.server.services import Services

ClientOf = Callable[..., TestClient]
FOLDER = Path(__file__).parents[4] / "build" / "oidc-provider"
CALLBACK = "http://localhost/api/v1/oidc/callback"
ROOT = Actor(name="root", admin=True)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider of its own: `oidc-provider` of npm, certified by the OpenID Foundation."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("needs Node.js, and `npm install --prefix build/oidc-provider oidc-provider`")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [node, str(Path(__file__).with_name("provider.mjs")), str(FOLDER), str(port), CALLBACK]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.strip() == "ready":
                break
        else:
            raise AssertionError("the provider did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.stdout.close()
        process.wait(10)


def configure(app: FastAPI, issuer: str, **changes: Any) -> None:
    secret = SecretStr("a-secret-of-the-test")
    values = {"oidc_issuer": issuer, "oidc_client_id": "starwhale", "oidc_client_secret": secret, **changes}
    app.state.provider = app.state.settings.model_copy(update=values).provider


def log_in_there(page: str, name: str) -> str:
    """Do what somebody does on the pages of the provider; the address that he is sent back to."""
    with httpx2.Client(follow_redirects=False, timeout=20) as browser:
        url, answer = page, browser.get(page)
        for _ in range(20):
            if answer.is_redirect:
                url = urljoin(url, answer.headers["location"])
                if url.startswith(CALLBACK):
                    return url
                answer = browser.get(url)
                continue
            form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert form is not None, answer.text
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
            url = urljoin(url, unescape(form[1]))
            answer = browser.post(url, data={**hidden, "login": name, "password": "x"})
    raise AssertionError("the provider never sent back")


def begin(client: TestClient, after: str = "home") -> str:
    gone = client.get("/api/v1/oidc/login", params={"after": after}, follow_redirects=False)
    assert gone.status_code == 303, gone.text
    return gone.headers["location"]


def come_back(client: TestClient, url: str) -> Any:
    return client.get(url, follow_redirects=False)


def refusal(answer: Any) -> str:
    """Why the page for logging in is shown again; empty where it is not."""
    assert answer.status_code == 303, answer.text
    page = urlsplit(answer.headers["location"])
    assert page.netloc == ""
    return parse_qs(page.query)["refused"][0] if page.path == "/login" else ""


def test_whoever_is_refused_sees_a_page_that_says_why(server_app: FastAPI, client_of: ClientOf) -> None:
    configure(server_app, "http://127.0.0.1:9")
    client = client_of("")
    back = "/api/v1/oidc/callback"
    assert refusal(come_back(client, f"{back}?error=access_denied&state=x")) == "provider"
    assert refusal(come_back(client, f"{back}?state=x")) == "provider"
    assert refusal(come_back(client, f"{back}?state=x&code=y")) == "again"
    assert refusal(client.get("/api/v1/oidc/login", follow_redirects=False)) == "away"
    assert client.cookies.get("starwhale_session") is None


def test_somebody_logs_in_with_a_real_provider(server_app: FastAPI, client_of: ClientOf, issuer: str) -> None:
    configure(server_app, issuer)
    client = client_of("")
    assert client.get("/api/v1/oidc").json() == {"enabled": True, "issuer": issuer}
    page = begin(client, "cli")
    asked = parse_qs(urlsplit(page).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 40
    back = log_in_there(page, "carol")
    answer = come_back(client, back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/cli-login"), answer.text
    me = client.get("/api/v1/me").json()
    assert (me["name"], me["email"], me["admin"]) == ("carol", "carol@example.com", False)
    assert not me["has_password"]
    assert refusal(come_back(client, back)) == "again"  # once

    again = client_of("")
    assert come_back(again, log_in_there(begin(again), "carol")).status_code == 303
    assert again.get("/api/v1/me").json()["name"] == "carol"


def test_nobody_is_brought_back_in_another_browser(
    server_app: FastAPI, client_of: ClientOf, issuer: str
) -> None:
    configure(server_app, issuer)
    mallory, victim = client_of(""), client_of("")
    back = log_in_there(begin(mallory), "mallory")
    begin(victim)
    assert refusal(come_back(victim, back)) == "again"
    assert victim.get("/api/v1/me").status_code == 401


def test_a_name_does_not_make_somebody_the_owner_of_an_account(
    server_app: FastAPI, client_of: ClientOf, services: Services, issuer: str
) -> None:
    services.users.add(ROOT, "admin", password=None, admin=True, email="admin@example.com")
    configure(server_app, issuer)
    client = client_of("")
    assert come_back(client, log_in_there(begin(client), "admin")).status_code == 303
    me = client.get("/api/v1/me").json()
    assert me["name"].startswith("admin-")
    assert me["admin"] is False


def test_only_those_of_the_domains_come_in_and_only_where_accounts_are_given(
    server_app: FastAPI, admin: TestClient, client_of: ClientOf, services: Services, issuer: str
) -> None:
    cases = [
        ("dan@evil.org", {"oidc_domains": ("example.com",)}, "account"),
        ("unverified@example.com", {"oidc_domains": ("example.com",)}, "account"),
        ("dan@example.com", {"oidc_domains": ("EXAMPLE.com",)}, ""),
        ("erin@example.com", {"oidc_create": False}, "account"),
        ("dan@example.com", {"oidc_create": False}, ""),
    ]
    for name, changes, reason in cases:
        configure(server_app, issuer, **changes)
        client = client_of("")
        answer = come_back(client, log_in_there(begin(client), name))
        assert refusal(answer) == reason, name
        assert client.get("/api/v1/me").status_code == (401 if reason else 200), name
    services.users.change(ROOT, "dan", disabled=True)
    again = client_of("")
    assert refusal(come_back(again, log_in_there(begin(again), "dan@example.com"))) == "account"


class Trusting(Provider):
    """One that lets everybody in, without being asked over the network."""

    def page(self, *, redirect: str, state: str, nonce: str, verifier: str) -> str:
        return f"{HOME}/login?state={state}"

    def redeem(self, code: str, *, redirect: str, nonce: str, verifier: str) -> dict[str, Any]:
        return claims()

    def check_sender(self, issuer: str) -> None:
        pass


@pytest.fixture
def trusted(server_app: FastAPI) -> None:
    settings = ProviderSettings(issuer=HOME, client_id="starwhale", client_secret="x")
    server_app.state.provider = Trusting(settings)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("after", "page"),
    [
        ("home", "/"),
        ("cli", "/cli-login"),
        ("/", "/"),
        (
            "/projects/a%20b/jobs?state=FAIL&sort=-%E7%94%B2",
            "/projects/a%20b/jobs?state=FAIL&sort=-%E7%94%B2",
        ),
    ],
)
def test_one_comes_back_to_the_page_that_one_wanted_to_see(
    client_of: ClientOf, after: str, page: str
) -> None:
    client = client_of("")
    state = parse_qs(urlsplit(begin(client, after)).query)["state"][0]
    answer = come_back(client, f"/api/v1/oidc/callback?state={state}&code=x")
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert client.get("/api/v1/me").status_code == 200


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "after",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/ok\n",
        "/ok\\evil",
        "javascript:alert(1)",
        "evil.example",
        "/" + "a" * 2000,
        "",
    ],
)
def test_pages_of_others_are_never_gone_to(client_of: ClientOf, after: str) -> None:
    answer = client_of("").get("/api/v1/oidc/login", params={"after": after}, follow_redirects=False)
    assert answer.status_code == 422


def test_who_finds_the_provider_away_still_knows_where_he_was_going(
    server_app: FastAPI, client_of: ClientOf
) -> None:
    configure(server_app, "http://127.0.0.1:9")
    after = "/projects/vision?sort=name"
    answer = client_of("").get("/api/v1/oidc/login", params={"after": after}, follow_redirects=False)
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (refusal(answer), asked["next"]) == ("away", [after])


def test_without_a_provider_there_is_no_such_way(client_of: ClientOf) -> None:
    assert client_of("").get("/api/v1/oidc").json()["enabled"] is False
    assert client_of("ada").get("/api/v1/oidc/login", follow_redirects=False).status_code == 404


KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
HOME = "https://id.example.com"


@pytest.fixture
def provider() -> Provider:
    """One whose keys are known already, so that nothing is asked over the network."""
    made = Provider(ProviderSettings(issuer=HOME, client_id="starwhale", client_secret="x"))
    made._known = {"issuer": HOME, "jwks_uri": f"{HOME}/keys"}
    made._asked_at = made._keys_at = time.monotonic()
    made._keys = KeySet.import_key_set({"keys": [KEY.as_dict(private=False)]})
    return made


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": HOME, "aud": "starwhale", "sub": "7", "nonce": "n", "iat": now, "exp": now + 60}
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(body: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    return jwt.encode(
        {"alg": "RS256", "kid": "one", **header}, body, key, algorithms=[header.get("alg", "RS256")]
    )


def test_a_good_token_is_taken(provider: Provider) -> None:
    assert provider._claims(signed(claims()), "n")["sub"] == "7"
    several = claims(aud=["starwhale", "other"], azp="starwhale")
    assert provider._claims(signed(several), "n")["sub"] == "7"


def plain(header: dict[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")


BAD = {
    "another issuer": {"iss": "https://evil.example"},
    "issuer with a slash": {"iss": HOME + "/"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "other"},
    "an audience that begins so": {"aud": "starwhale2"},
    "several audiences without azp": {"aud": ["starwhale", "other"]},
    "another azp": {"azp": "other"},
    "another nonce": {"nonce": "m"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a number as subject": {"sub": 7},
    "a long subject": {"sub": "x" * 256},
    "an old one": {"exp": 1_000_000_000},
    "no end": {"exp": None},
    "no beginning": {"iat": None},
    "one of tomorrow": {"nbf": int(time.time()) + 86400},
}


@pytest.mark.parametrize("what", BAD)
def test_a_token_that_is_not_for_this_login_is_refused(provider: Provider, what: str) -> None:
    with pytest.raises(Unauthorized):
        provider._claims(signed(claims(**BAD[what])), "n")


def test_a_token_that_the_provider_did_not_sign_is_refused(provider: Provider) -> None:
    whole = signed(claims())
    body = whole.split(".")[1]
    none = f"{plain({'alg': 'none'})}.{body}."
    # The confusion of old: the public key, which everybody has, taken for a shared secret.
    shared = f"{plain({'alg': 'HS256', 'kid': 'one'})}.{body}"
    mac = hmac.digest(KEY.as_pem(private=False), shared.encode(), "sha256")
    forged = [
        signed(claims(), OTHER),
        f"{shared}.{urlsafe_b64encode(mac).decode().rstrip('=')}",
        none,
        whole[:-4] + "AAAA",
        whole.rsplit(".", 1)[0] + ".",
        "",
        "a.b.c",
    ]
    provider._keys_at = time.monotonic() + 1000
    for token in forged:
        with pytest.raises(Unauthorized):
            provider._claims(token, "n")


def test_an_answer_of_another_provider_is_refused(provider: Provider) -> None:
    provider.check_sender("")
    provider.check_sender(HOME)
    with pytest.raises(Unauthorized):
        provider.check_sender("https://evil.example")
    provider._known["authorization_response_iss_parameter_supported"] = True
    with pytest.raises(Unauthorized):
        provider.check_sender("")


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example.com",
        "ftp://x",
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "https://",
        "http://[::1",
        "",
    ],
)
def test_secrets_do_not_go_in_the_clear(url: str) -> None:
    with pytest.raises(UsageError):
        check_place(url, HOME)


def test_a_provider_that_sends_elsewhere_is_not_followed() -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    asked: list[str] = []

    class Sending(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            asked.extend([])

    with HTTPServer(("127.0.0.1", 0), Sending) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        home = f"http://127.0.0.1:{server.server_port}"
        found = Provider(ProviderSettings(issuer=home, client_id="x", client_secret="x"))
        with pytest.raises(Unavailable):
            found.page(redirect=CALLBACK, state="s", nonce="n", verifier="v" * 43)
        server.shutdown()
        thread.join()
    assert asked == ["/.well-known/openid-configuration"]
