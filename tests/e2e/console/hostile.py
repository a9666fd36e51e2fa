"""A project in which every text that somebody may write is an attack on whoever reads it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import httpx2
from tests.e2e.console.corpus import ATTACKS
from tests.e2e.console.visiting import PASSWORD, PATIENCE, House

from starwhale import Image, MIMEType, Text
from starwhale.artifacts.packages import FilePackage
from starwhale.client.http import Http
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.instance.remote import RemoteInstance
from starwhale.models.builder import BuildRequest
from starwhale.models.discovery import discover
from starwhale.runtimes.builder import Locks, pack
from starwhale.runtimes.lock import Lock, Locked
from starwhale.runtimes.package import manifest_bytes
from starwhale.runtimes.recipe import read_recipe
from starwhale.storage.blobs import Blobs
from starwhale.storage.trees import Trees

WHO, PROJECT = "mallory", "attacks"
PATH = f"/projects/{PROJECT}"
SHORT = "<img src=x onerror=alert(1)>"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
ALL = "\n".join(ATTACKS)
HTML = f"<!doctype html><title>{SHORT}</title><body onload=alert(1)>{ALL}</body>"
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": [*ATTACKS]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "source": ["alert(1)"],
            "outputs": [
                {"output_type": "display_data", "metadata": {}, "data": {"text/html": [ALL]}},
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"application/javascript": ["alert(1)"]},
                },
            ],
        },
    ],
}
PLOT = {
    "data": [{"type": "bar", "x": [SHORT], "y": [1], "text": [ALL]}],
    "layout": {"title": {"text": SHORT}},
}
FILES = {
    "README.md": "\n\n".join(ATTACKS),
    "page.html": HTML,
    "picture.svg": SVG,
    "table.csv": "a,b\n" + "\n".join(f'"{each}","=cmd()"' for each in ATTACKS if '"' not in each),
    "notes.ipynb": json.dumps(NOTEBOOK),
    "plot.json": json.dumps(PLOT),
    "<img src=x onerror=alert(1)>.txt": ALL,
}
CODE = f'''
"""{SHORT}"""

from dataclasses import dataclass, field

from starwhale import argument, evaluation, handler

ATTACKS = {list(ATTACKS)!r}


@dataclass
class Told:
    """{SHORT}"""

    word: str = field(default={SHORT!r}, metadata={{"help": {SHORT!r}}})


@argument(Told)
@handler(name={SHORT!r})
def shout(argument):
    for each in ATTACKS:
        print(each)
    raise RuntimeError({SHORT!r})


@evaluation.predict
def predict(data):
    print(data["text"])
    return {{"said": data["text"], "more": [data["text"]]}}


@evaluation.evaluate(needs=[predict])
def evaluate(rows):
    for number, row in enumerate(rows):
        evaluation.log("notes", number, {{"note": ATTACKS[number % len(ATTACKS)], "number": number}})
    evaluation.log_summary({{"note": {SHORT!r}, "accuracy": 0.5}})
'''


def fill(house: House, place: Path) -> dict[str, str]:
    """Fill it; what stands for the parameters in the addresses of pages."""
    with house.as_("admin") as http:
        http.post("/users", {"name": WHO, "password": PASSWORD, "email": "<img/src=x/onerror=alert(1)>@x.y"})
        labels = {SHORT: SHORT}
        http.post("/pools", {"name": "attacked", "description": ALL, "labels": labels, "users": [WHO]})
        http.post("/invitations", {"email": "<svg/onload=alert(1)>@x.y"})
    with httpx2.Client(base_url=house.url, trust_env=False, headers={"User-Agent": SHORT}) as client:
        client.post("/api/v1/login", json={"name": WHO, "password": PASSWORD})
    with house.as_(WHO) as http:
        http.post("/projects", {"name": PROJECT, "description": ALL})
        http.patch(PATH, {"readme": "\n\n".join(ATTACKS)})
        token = http.post("/me/tokens", {"name": SHORT})["token"]
        link = http.post(f"{PATH}/invitations", {"email": "<svg/onload=alert(1)>@x.y"})
        hook = http.post(
            f"{PATH}/webhooks",
            {"url": "https://evil.example/?<svg/onload=alert(1)>", "description": SHORT},
        )
        with RemoteInstance("team", house.url, token=token, user=WHO, settings=Settings.at(place)) as there:
            _rows(there, "rows")
            _rows(there, "gone")
            there.artifacts.remove(there.actor, _uri(Kind.DATASET, "gone"))
            _model(there, place)
            _runtime(there, place)
        job, failing = _jobs(http)
        report = _report(http)
    return {
        "project": PROJECT,
        "datasets/:name": "rows",
        "models/:name": "net",
        "runtimes/:name": "env",
        "version": "latest",
        "job": job,
        "failing": failing,
        "webhook": str(hook["id"]),
        **report,
        "invitation": link["secret"],
    }


def _uri(kind: Kind, name: str) -> ArtifactUri:
    return ArtifactUri(instance="team", project=PROJECT, kind=kind, name=name)


def _rows(there: RemoteInstance, name: str) -> None:
    for turn in range(2):
        head = there.datasets.find(there.actor, _uri(Kind.DATASET, name))
        writer = there.datasets.writer(there.actor, PROJECT, name, head)
        try:
            for number, each in enumerate(ATTACKS):
                writer.put(
                    f"{number} {each}",
                    {
                        "text": each,
                        SHORT: each,
                        "page": Text(HTML),
                        "svg": Image(SVG.encode(), mime_type=MIMEType.SVG),
                        "nested": {SHORT: [each, {"deep": each}]},
                        "turn": turn,
                    },
                )
            writer.commit(message=SHORT)
        finally:
            writer.close()


def _model(there: RemoteInstance, place: Path) -> None:
    code = place / "net"
    code.mkdir()
    (code / "shouting.py").write_text(CODE, "utf-8")
    for turn in range(2):
        for name, text in FILES.items():
            (code / name).write_text(text + "\n" * turn, "utf-8")
        request = BuildRequest(workdir=code, name="net", modules=("shouting",), desc=SHORT)
        there.models.build(there.actor, PROJECT, request, discover=discover)


def _runtime(there: RemoteInstance, place: Path) -> None:
    recipe_file = place / "runtime.yaml"
    recipe_file.write_text(
        f"# {SHORT}\nname: env\nmode: venv\nenvironment:\n  python: '3.12'\ndependencies:\n  - pip: [numpy]\n"
    )
    recipe = read_recipe(recipe_file)
    for turn in range(2):
        lines = (
            Locked(line=f"numpy==2.0.{turn}"),
            Locked(line="x @ https://evil.example/?<svg/onload=alert(1)>"),
        )
        lock = Lock(platform="linux-x86_64", python="3.12", packages=lines)

        def packed(blobs: Blobs, lock: Lock = lock) -> FilePackage:
            files = pack(recipe, Locks(pip={"linux-x86_64": lock}, conda={}), Trees(blobs), blobs)
            return FilePackage(
                message=SHORT, meta={"mode": "venv"}, files=files, manifest=manifest_bytes(files)
            )

        there.runtimes.published(there.actor, PROJECT, "env", packed, tags=(), force_tags=False)


def _jobs(http: Http) -> tuple[str, str]:
    """One that has results, and one that printed all of it and failed."""
    asked = {"model": "net", "runtime": "none", "comment": ALL}
    failing = http.post(f"{PATH}/jobs", {**asked, "handler": SHORT})["id"]
    job = http.post(f"{PATH}/jobs", {**asked, "handler": "shouting:evaluate", "datasets": ["rows"]})["id"]
    http.post(f"{PATH}/templates", {"name": "again", "job": job})
    for each, end in ((failing, "FAIL"), (job, "SUCCESS")):
        patience = time.monotonic() + PATIENCE / 1000
        while (found := http.get(f"{PATH}/jobs/{each}"))["state"] not in {"FAIL", "SUCCESS"}:
            assert time.monotonic() < patience, found
            time.sleep(0.1)
        assert found["state"] == end, found
    return job, failing


def _report(http: Http) -> dict[str, str]:
    blocks = [
        {"type": "text", "markdown": "\n\n".join(ATTACKS)},
        {"type": "panel", "title": SHORT, "chart": {"title": SHORT}},
    ]
    content = {"description": ALL[:10_000], "blocks": blocks}
    made = http.post(f"{PATH}/reports", {"name": SHORT, "content": content})
    http.post(f"{PATH}/views", {"name": SHORT, "content": {SHORT: ALL}})
    shared = http.send("PUT", f"{PATH}/reports/{made['id']}/link", json={}).json()
    return {"number": str(made["id"]), "secret": shared["secret"]}
