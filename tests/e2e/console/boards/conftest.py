"""A project with two evaluations of a classifier of digits, and a model that brings a board."""

from __future__ import annotations

import gzip
import io
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from tests.e2e.console.corpus import ATTACKS
from tests.e2e.console.visiting import House

from starwhale import Image, MIMEType
from starwhale.client.http import Http
from starwhale.client.tables import RemoteResults
from starwhale.core.errors import Conflict
from starwhale.core.settings import Settings
from starwhale.evaluations.metrics.curves import roc
from starwhale.instance.remote import RemoteInstance
from starwhale.models.builder import BuildRequest
from starwhale.models.discovery import discover

PROJECT = "pixels"
NIGHT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
LONG = "0f1e2d3c4b5a69788796a5b4c3d2e1f001122334"
DATA = Path(os.environ.get("STARWHALE_TEST_DATA") or Path(__file__).parents[5] / "shared" / "data")
ROWS = 400
CODE = """
from starwhale import handler


@handler()
def look():
    print("looked")
"""
LAYOUT = """
panels:
  - {kind: text, text: "Brought **along**.", title: Words, width: 12, height: 2}
  - {kind: bars, table: waits, x: id, y: [wait], title: How long each waits, width: 8, height: 5}
"""
LABELS = range(10)


@pytest.fixture(scope="session")
def pixels(house: House) -> str:
    """The project: ada owns it, bob maintains it, wu looks."""
    with house.as_("ada") as http:
        http.post("/projects", {"name": PROJECT, "description": "What a small classifier makes of digits."})
        http.put(f"/projects/{PROJECT}/members/bob", {"role": "MAINTAINER"})
        http.put(f"/projects/{PROJECT}/members/wu", {"role": "GUEST"})
        _evaluate(http)
        _train(http)
    return PROJECT


@pytest.fixture(scope="session")
def shipped(house: House, pixels: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A job of a model that brings a board of its own."""
    place = tmp_path_factory.mktemp("boards")
    (place / "model" / ".starwhale").mkdir(parents=True)
    (place / "model" / "look.py").write_text(CODE)
    (place / "model" / ".starwhale" / "eval_panel_layout.yaml").write_text(LAYOUT)
    with house.as_("ada") as http:
        token = http.post("/me/tokens", {"name": "boards"})["token"]
    settings = Settings.at(place / "home")
    with RemoteInstance("team", house.url, token=token, user="ada", settings=settings) as team:
        request = BuildRequest(workdir=place / "model", name="looker", modules=("look",))
        team.models.build(team.actor, pixels, request, discover=discover)
    with house.as_("ada") as http:
        job = http.post(
            f"/projects/{pixels}/jobs", {"model": "looker/version/latest", "handler": "look:look"}
        )["id"]
        rows = [{"id": key, "values": {"wait": key * 2}} for key in range(5)]
        http.post(f"/projects/{pixels}/tables/rows", {"table": f"evaluation/{job}/waits", "rows": rows})
        with suppress(Conflict):
            http.post(f"/projects/{pixels}/jobs/{job}/cancel", {"force": True})
    return job


def _evaluate(http: Http) -> None:
    """Nearest centre: each digit is taken for the one whose mean it is closest to."""
    pictures, truth = _digits()
    centres = np.stack([pictures[truth == label].mean(axis=0) for label in LABELS])
    distances = ((pictures[:, None] - centres) ** 2).sum(axis=(2, 3)) ** 0.5
    chances = np.exp(-distances / distances.mean() * 8)
    chances /= chances.sum(axis=1, keepdims=True)
    found = chances.argmax(axis=1)
    results = RemoteResults(http, project=PROJECT, job=NIGHT)
    for key, picture in enumerate(pictures):
        row = {
            "image": _image(picture, str(key)),
            "label": int(truth[key]),
            "answer": int(found[key]),
            "certainty": float(chances[key].max()),
            "note": ATTACKS[key % len(ATTACKS)] if key < len(ATTACKS) else "",
        }
        results.log("results", key, row)
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (truth, found), 1)
    for label in LABELS:
        results.log(
            "confusion_matrix/binarylabel", label, {str(i): int(n) for i, n in enumerate(matrix[label])}
        )
        hits, support = int(matrix[label, label]), int(matrix[label].sum())
        precision, recall = hits / max(int(matrix[:, label].sum()), 1), hits / max(support, 1)
        curve = roc(truth == label, chances[:, label])
        assert curve is not None
        score = 2 * precision * recall / max(precision + recall, 1e-9)
        figures = {"precision": precision, "recall": recall, "f1-score": score, "support": support}
        results.log("labels", str(label), {**figures, "TP-True Positive": hits, "auc": curve.area})
        for place, point in enumerate(curve.rows):
            results.log(f"roc_auc/{label}", place, {"fpr": point["fpr"], "tpr": point["tpr"]})
    right = float((truth == found).mean())
    results.log_summary(
        {"kind": "multi_classification", "accuracy": right, "hamming_loss": 1 - right, "rows": ROWS}
    )
    results.flush()
    results.close()


def _train(http: Http) -> None:
    """A run of 3,000 steps, more than a chart reads row by row."""
    results = RemoteResults(http, project=PROJECT, job=LONG)
    drawn = np.random.default_rng(7)
    for step in range(3000):
        loss = float(2.3 * np.exp(-step / 700) + 0.1 + drawn.normal(0, 0.05))
        results.log(
            "steps", step, {"loss": loss, "rate": 0.01 * (1 - step / 3000), "part": ("a", "b")[step % 2]}
        )
    results.log_summary({"loss": 0.13})
    results.flush()
    results.close()


def _digits() -> tuple[Any, Any]:
    """Written digits of MNIST; stripes where there are none."""
    place = DATA / "mnist"
    if not place.is_dir():
        truth = np.arange(ROWS) % 10
        pictures = np.random.default_rng(1).integers(0, 160, (ROWS, 28, 28))
        for key, label in enumerate(truth):
            pictures[key, label * 2 : label * 2 + 6] += 90
        return pictures.astype(float), truth
    read: list[Any] = []
    for pattern, offset in (("t10k-images*", 16), ("t10k-labels*", 8)):
        path = next(place.glob(pattern))
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        read.append(np.frombuffer(data, np.uint8, offset=offset))
    return read[0][: ROWS * 784].reshape(ROWS, 28, 28).astype(float), read[1][:ROWS].astype(int)


def _image(picture: Any, name: str) -> Image:
    file = io.BytesIO()
    PIL.Image.fromarray(picture.astype(np.uint8)).save(file, "PNG")
    return Image(file.getvalue(), mime_type=MIMEType.PNG, shape=(28, 28, 1), display_name=name)
