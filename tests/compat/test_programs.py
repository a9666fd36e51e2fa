"""Programs as people wrote them for Starwhale 0.6, run by the command of today."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.compat.conftest import Newcomer, real_data

pytestmark = pytest.mark.e2e

Come = Callable[[str], Newcomer]


def test_handlers_with_needs_replicas_arguments_and_the_context(newcomer: Come) -> None:
    user = newcomer("handlers")
    words = "--epochs 3 --mode slow --layers q --layers v --device-map cuda=0 --dry-run --seed 7"
    job = user.run("workflow:report", "--", *words.split())
    assert [(step["handler"], len(step["tasks"])) for step in job["steps"]] == [
        ("workflow:prepare", 3),
        ("workflow:Trainer.train", 2),
        ("workflow:count", 1),
        ("workflow:single", 1),
        ("workflow:report", 1),
    ]
    summary = job["summary"]
    assert (summary.pop("counted"), summary.pop("unit")) == (6, "shards")
    assert (summary.pop("single"), summary.pop("step"), summary.pop("total")) == (3, "workflow:single", 1)
    assert summary == {
        "epochs": 3,
        "mode": "SLOW",
        "learning_rate": 0.1,
        "layers": "q,v",
        "device": "{'cuda': '0'}",
        "dry_run": True,
        "seed": 7,
        "split": "train",
        "replicas": ["replica-0", "replica-1"],
        "knows_project": "SW_PROJECT",
    }
    assert [(each["id"], each["names"], each["size/rows"]) for each in user.rows(job, "shards")] == [
        (0, "a d g", 3),
        (1, "b e", 2),
        (2, "c f", 2),
    ]
    assert {each["rows"] for each in user.rows(job, "epochs")} == {7}
    assert "replica 2 of 3" in user("job", "logs", job["id"]).stdout


def test_classes_with_ppl_and_cmp_or_predict_and_evaluate(newcomer: Come) -> None:
    user = newcomer("pipelines")
    user.json("dataset", "build", "-f", "dataset.yaml")
    legacy = user.run("mnist.evaluator:Legacy.cmp", "-d", "numbers")
    summary = legacy["summary"]
    assert (summary["seen"], summary["failed_rows"], summary["kind"]) == (59, 1, "multi_classification")
    # Of 59 answers those to 1 and 2 are wrong.
    assert summary["accuracy"] == pytest.approx(57 / 59)
    assert {"hamming_loss", "cohen_kappa_score", "macro avg/f1-score", "weighted avg/recall"} <= set(summary)
    assert user.rows(legacy, "steps") == [{"id": "cmp", "index": 0}]
    tables = {"labels": 3, "confusion_matrix/binarylabel": 3, "roc_auc/0": None}
    for table, rows in tables.items():
        found = user.rows(legacy, table)
        assert len(found) == rows if rows else found
    failed = [each for each in user.rows(legacy) if each.get("_error")]
    assert [(each["_index"], each["_error"]) for each in failed] == [(30, "ValueError: no answer to thirty")]

    modern = user.run("mnist.evaluator:Modern.evaluate", "-d", "numbers")
    assert modern["summary"] == {"accuracy": 1.0}
    assert len(modern["steps"][0]["tasks"]) == 2
    (one,) = (each for each in user.rows(modern) if each["_index"] == 7)
    assert {name: one[name] for name in one if name != "duration_seconds"} == {
        "id": "self/numbers_#@#_7",
        "_index": 7,
        "_mode": "plain",
        "input/label": 1,
        "output/class": 1,
        "output/score/top": 0.5,
        "output/score/rest": [0.25, 0.25],
    }


def test_twenty_thousand_rows_are_each_done_exactly_once(newcomer: Come, tmp_path: Path) -> None:
    user = newcomer("replicas")
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    user.environ["CROWD_MEETS"] = str(meeting)
    rows = 20_000
    assert user.python("crowd.py").strip() == str(rows)
    job = user.run("crowd:evaluate", "-m", "crowd", "-d", "crowd")
    assert job["summary"] == {"count": rows, "total": 3 * sum(range(rows)), "last": rows - 1}
    assert (job["rows"], job["done"], job["failed"]) == (rows, rows, 0)
    calls = user.rows(job, "calls")
    assert Counter(each["row"] for each in calls) == dict.fromkeys(range(rows), 1)
    assert len(Counter(each["replica"] for each in calls)) > 1
    assert {each["_index"]: each["output"] for each in user.rows(job)} == {
        row: 3 * row for row in range(rows)
    }


def test_annotations_come_back_as_they_were(newcomer: Come) -> None:
    user = newcomer("annotations")
    version = user.python("build.py").strip()
    assert len(version) == 40
    job = user.run("evaluator:evaluate", "-d", "scenes/version/first")
    assert (job["summary"], job["failed"]) == ({"scenes": 12}, 0)
    (seventh,) = (each for each in user.rows(job) if each["_index"] == "scene-07")
    assert seventh["output/box"].to_list() == [7, 2, 3.5, 4]
    assert [each.category_id for each in seventh["output/objects"]] == [2, 3]
    assert seventh["output/objects"][1].segmentation == {"counts": [0, 3, 13], "size": [4, 4]}
    # A picture in a row of results is that of the dataset.
    assert seventh["output/image"].to_pil().size == (4, 4)


def test_spoken_digits_are_recognised(newcomer: Come) -> None:
    recordings = real_data("fsdd") / "recordings"
    pytest.importorskip("soundfile", reason="soundfile decodes the recordings")
    user = newcomer("speech")
    user.environ["SPEECH_DATA"] = str(recordings)
    count = len(list(recordings.glob("*.wav")))
    assert user.python("train.py").strip() == str(count)
    job = user.run("speech.evaluator:evaluate_speech", "-d", "spoken-digits")
    rows = user.rows(job)
    right = [each["output"][0] == each["input/digit"] for each in rows]
    assert len(right) == count
    assert job["summary"]["accuracy"] == pytest.approx(sum(right) / count)
    # Chance is a tenth; what it says is only this good when every recording arrives as it was.
    assert job["summary"]["accuracy"] > 0.6
    assert "input/speech" not in rows[0]
    assert {each["_index"]: each["output"][2] for each in rows} == {
        path.name: zlib.crc32(path.read_bytes()) for path in recordings.glob("*.wav")
    }


def test_word_problems_are_answered_from_a_script(newcomer: Come) -> None:
    problems = real_data("gsm8k") / "test.jsonl"
    user = newcomer("maths")
    rows = [json.loads(line) for line in problems.read_text().splitlines()]
    known = rows[::3]
    script = [json.dumps({"question": each["question"], "reply": each["answer"]}) for each in known]
    (user.code / "script.jsonl").write_text("\n".join(script) + "\n")
    user.json("dataset", "build", "-jf", str(problems), "-n", "gsm8k")
    job = user.run("evaluation_gsm8k:grade", "-d", "gsm8k")
    assert job["summary"] == {
        "exact_match": pytest.approx(len(known) / len(rows)),
        "total": len(rows),
        "nested/right": len(known),
    }
    wrong = user.rows(job, "wrong")
    assert len(wrong) == len(rows) - len(known)
    assert {each["said"] for each in wrong} == {"-1"}
    (first,) = (each for each in user.rows(job) if each["_index"] == 0)
    assert first["output/reply"].to_str() == rows[0]["answer"]
    assert first["input/question"] == rows[0]["question"]


def test_a_toy_is_fine_tuned_with_its_datasets_in_hand_or_from_the_context(newcomer: Come) -> None:
    user = newcomer("finetuning")
    user.python("toy.py")
    user.json("model", "build", ".")
    job = user.run("toy:fit", "-d", "train", "-vd", "check", model="toy")
    assert (job["summary"]["validation/loss"], job["summary"]["validation/rows"]) == (0, 5)
    versions = user.json("model", "history", "toy")
    assert len(versions) == 2
    (tag,) = (each for each in versions[0]["tags"] if each.startswith("finetune-"))
    assert re.fullmatch(rf"finetune-{job['id'][:12]}-\d+", tag)
    before, after = user.files("toy/version/v0"), user.files(f"toy/version/{tag}")
    changed = {path for path in before if before[path] != after.get(path)}
    assert changed - {".starwhale/package.json"} == {"weights/line.json"}
    assert not any("checkpoints" in path for path in after)
    user.run("older:older_fit", "-d", "train", model="toy/version/v0")
    again = user.run("toy:evaluate", "-d", "check", model="toy-ft")
    assert again["summary"] == {"worst": 0, "rows": 5}


def test_a_script_builds_its_model(newcomer: Come) -> None:
    user = newcomer("scripted")
    printed = user.python("src/build.py")
    assert re.search(r"local/project/self/model/named/version/[a-z0-9]{40}", printed)
    files = user.files("found")
    assert {"src/evaluator.py", "templates/data.json"} <= set(files)
    assert not any("diary" in path for path in files)
    job = user.run("src.build:evaluate", "-d", "sentences", model="named/version/t1")
    assert job["summary"] == {
        "letters": len("call me") + len("Ishmael"),
        "model": "named",
        "handler": "src.build:context_handle",
    }
    assert {each["output/text"] for each in user.rows(job)} == {"CALL ME", "ISHMAEL"}
