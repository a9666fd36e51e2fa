"""Evaluations as they lie on a server after many nights: jobs in its catalog, the rest in its tables."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import PIL.Image
from sqlalchemy import select

from starwhale import Image, MIMEType
from starwhale.catalog.tables.jobs import JobRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.handlers import HandlerSpec
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance
from starwhale.jobs.plan import DatasetInput, JobPlan, StepPlan
from starwhale.jobs.states import JobState, Want
from starwhale.kit.times import utc_now

MODELS = ("cnn-small", "cnn-large", "vit-tiny", "mlp")
DATASETS = ("digits", "mnist", "street-signs")
PEOPLE = ("ada", "bob", "wu")
STATES = [*[JobState.SUCCESS] * 8, JobState.FAIL, JobState.CANCELED]


def job_id(number: int) -> str:
    """Forty characters, as ids of jobs have."""
    dice = random.Random(number)
    return "".join(dice.choices("abcdefghijklmnopqrstuvwxyz234567", k=40))


def metrics(number: int, many: int) -> dict[str, Any]:
    """What an evaluation might have found, in `many` numbers."""
    dice = random.Random(number)
    accuracy = 0.7 + 0.29 * dice.random()
    found: dict[str, Any] = {
        "accuracy": accuracy,
        "loss": (1 - accuracy) * 2,
        "macro avg/f1-score": accuracy - 0.01,
        "latency_ms": 5 + 40 * dice.random(),
        "samples": 10_000,
        "quantized": number % 3 == 0,
        "optimizer": dice.choice(["adam", "sgd", "lion"]),
    }
    for place in range(many - len(found)):
        kind = ("precision", "recall", "f1-score", "support")[place % 4]
        value = 100 + dice.randrange(900) if kind == "support" else min(1.0, accuracy + dice.gauss(0, 0.03))
        found[f"labels/{place // 4}/{kind}"] = value
    return found


class Filling:
    """Fills a project of a server that runs, past its doors.

    Args:
        settings: Where the server keeps its store.
        project: The project, which is there already.
    """

    def __init__(self, settings: Settings, project: str) -> None:
        self.instance = LocalInstance(settings)
        self.project = project

    def add_jobs(
        self, numbers: Sequence[int], *, newest: datetime | None = None, read: DatasetInput | None = None
    ) -> None:
        """Jobs that have ended, an hour apart, the first of them the newest, which have read `read`."""
        newest = newest or utc_now()
        with self.instance.catalog.begin() as session:
            place = session.scalar(select(ProjectRow.id).where(ProjectRow.name == self.project))
            for number in numbers:
                session.add(
                    JobRow(project_id=place, **self._job(number, newest - timedelta(hours=number), read))
                )

    def _job(self, number: int, at: datetime, read: DatasetInput | None) -> dict[str, Any]:
        version = f"{number:04d}{'abcdefghij' * 3}"
        name = DATASETS[number % 3]
        read = read or DatasetInput(
            uri=f"local/project/{self.project}/dataset/{name}/version/{version}",
            project=self.project,
            name=name,
            version=version,
        )
        model = MODELS[number % 4]
        plan = JobPlan(
            project=self.project,
            handler="evaluate:evaluate",
            steps=(
                StepPlan(
                    spec=HandlerSpec(id="evaluate:evaluate", module="evaluate", qualname="evaluate"),
                    datasets=(read,),
                ),
            ),
            datasets=(read,),
            model=f"local/project/{self.project}/model/{model}/version/{version}",
            model_name=model,
            comment=f"night {number}" if number % 5 == 0 else "",
        )
        state = STATES[number % len(STATES)]
        return {
            "id": job_id(number),
            "handler": plan.handler,
            "state": state.value,
            "want": Want.RUN.value,
            "want_cause": "",
            "want_hurry": False,
            "cause": "" if state == JobState.SUCCESS else "out of memory",
            "epoch": 0,
            "owner_host": "",
            "owner_pid": 0,
            "owner_started": "",
            "heartbeat_at": at,
            "plan": plan.to_json(),
            "rows": 10_000,
            "created_at": at,
            "created_by": PEOPLE[number % 3],
            "started_at": at + timedelta(seconds=4),
            "finished_at": at + timedelta(seconds=64 + 7 * number),
            "removed_at": None,
        }

    def log_summaries(self, found: Mapping[str, Mapping[str, Any]]) -> None:
        """Summaries by the id of their job."""
        writer = self.instance.tables.writer()
        for job, values in found.items():
            writer.put(f"{self.project}/summary", job, dict(values))
        writer.flush()
        writer.close()

    def log_rows(self, number: int, rows: Iterator[tuple[int | str, dict[str, Any]]]) -> None:
        """Rows of the table ``results`` of a job."""
        store = self.instance.results(self.project, job_id(number))
        for key, row in rows:
            store.log("results", key, row)
        store.flush()
        store.close()

    def close(self) -> None:
        """Give everything back."""
        self.instance.close()


def digits(number: int, many: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """What a model says of `many` pictures; each is wrong elsewhere, the later ones less often."""
    dice = random.Random(number)
    for key in range(many):
        label = key % 10
        right = dice.random() < 0.8 + 0.04 * number
        yield (
            key,
            {
                "input/image": Image(_picture(key), mime_type=MIMEType.PNG),
                "input/label": label,
                "output": label if right else (label + 1 + dice.randrange(8)) % 10,
                "correct": right,
                "probability": round(0.5 + dice.random() / 2, 4),
                "duration_seconds": dice.random(),
            },
        )


def _picture(key: int) -> bytes:
    picture = PIL.Image.new("L", (28, 28), 12)
    for step in range(4 + key % 10 * 2):
        picture.putpixel((4 + (step * 7 + key) % 20, 4 + step), 235)
        picture.putpixel((5 + (step * 7 + key) % 20, 4 + step), 160)
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()
