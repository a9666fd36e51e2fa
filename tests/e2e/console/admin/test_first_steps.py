"""The commands that a project shows to newcomers are run, as they stand there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from tests.e2e.console.admin.conftest import OWNER, PROJECT, Office
from tests.e2e.console.visiting import PASSWORD, PATIENCE, ROOT, Visit, expect

EMPTY = "nothing-yet"
pytestmark = pytest.mark.e2e

CODE = """
from starwhale import evaluation


@evaluation.predict
def predict(data):
    return data["x"] % 2


@evaluation.evaluate(needs=[predict])
def evaluate(rows):
    evaluation.log_summary({"odd": sum(row["output"] for row in rows)})
"""


def test_every_command_of_the_first_steps_works_for_this_very_project(
    visit: Visit, office: Office, tmp_path: Path
) -> None:
    visitor = visit(OWNER)
    with office.house.as_(OWNER) as http:
        http.post("/projects", {"name": EMPTY})
    builds: list[str] = []
    for kind in ("datasets", "models"):
        page = visitor.go(f"/projects/{EMPTY}/{kind}")
        builds.append(page.locator(".steps .command code", has_text=" build ").inner_text(timeout=PATIENCE))
    page = visitor.go(f"/projects/{PROJECT}")
    commands = page.locator(".steps .command code").all_inner_texts()
    assert commands[0] == "pip install starwhale"
    (tmp_path / "evaluate.py").write_text(CODE, "utf-8")
    (tmp_path / "rows.jsonl").write_text("\n".join(f'{{"x": {number}}}' for number in range(6)), "utf-8")
    _run(tmp_path, "swcli dataset build --json rows.jsonl --name digits")
    _run(tmp_path, "swcli model build . --name digits --module evaluate")
    for command in commands[1:]:
        # Who sits before a terminal is asked for it.
        asked = f" --password '{PASSWORD}'" if " instance login " in command else ""
        _run(tmp_path, command + asked)
    # What an empty list shows leads here too, whatever is selected.
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "photos" / "cat" / "1.png")
    for selected in ("team", "local"):
        _run(tmp_path, f"swcli instance select {selected}")
        for command in builds:
            _run(tmp_path, command)
    with office.house.as_(OWNER) as http:
        found = http.get(f"/projects/{EMPTY}/datasets/digits/versions/latest/rows")["items"]
        assert [each["key"] for each in found] == ["cat/1.png"]
        jobs = http.get(f"/projects/{PROJECT}/jobs")["items"]
    assert [each["handler"] for each in jobs] == ["evaluate:evaluate"]
    page.reload()
    expect(page.locator(".counts div", has_text="Jobs").locator("dd")).to_have_text("1")


def _run(place: Path, command: str) -> str:
    env = {
        **os.environ,
        "HOME": str(place),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
    }
    env = {name: value for name, value in env.items() if not name.startswith("SW_")}
    ran = subprocess.run(
        command, shell=True, cwd=place, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
    return ran.stdout
