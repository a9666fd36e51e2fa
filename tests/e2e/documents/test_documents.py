"""Code in the documents runs as written.

Every page is run from its top to its end in a copy of `examples/` with an empty store:

- a block with a title (```python title="evaluate.py") is a file that is written there;
- a `python` block without one is a program;
- the lines of a `console` block that begin with `$ ` are one shell script; `# exits N` at the end of a line
  says which status the command has;
- a block after the line `<!-- not run: REASON -->` is not run;
- a page that begins with `<!-- needs a package index -->` is skipped where none answers.

What a block leaves running in the background ends with it, whether it succeeds or not.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(
    r"^(?P<skip><!-- not run: .+ -->\n+)?```(?P<language>\w+)(?P<rest>[^\n]*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
EXITS = re.compile(r"\s+# exits (\d+)$")
NEEDS_INDEX = "<!-- needs a package index -->\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    line: int
    language: str
    title: str
    code: str


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        if found["skip"] is None:
            title = re.search(r'title="([^"]+)"', found["rest"])
            line = text.count("\n", 0, found.start("language")) + 1
            yield Block(
                line=line, language=found["language"], title=title[1] if title else "", code=found["code"]
            )


def script(block: Block) -> str:
    lines = ["set -e"]
    for line in block.code.splitlines():
        if not line.startswith("$ "):
            continue
        command, status = line[2:], EXITS.search(line)
        if status:
            command = f"set +e; {EXITS.sub('', command)}; [ $? -eq {status[1]} ] || exit 99; set -e"
        lines.append(command)
    return "\n".join(lines)


def run(block: Block, place: Path, env: dict[str, str]) -> None:
    if block.title:
        target = place / block.title
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.code, "utf-8")
        return
    if block.language == "python":
        command = [sys.executable, "-c", block.code]
    elif block.language == "console":
        command = ["bash", "-c", script(block)]
    else:
        return
    # A file rather than pipes: what goes on in the background holds them open.
    with (place.parent / "printed.txt").open("w+b") as printed:
        child = subprocess.Popen(
            command, cwd=place, env=env, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed,
            start_new_session=True,
        )  # fmt: skip
        try:
            status = child.wait(240)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        printed.seek(0)
        said = printed.read().decode(errors="replace")
    assert status == 0, f"line {block.line}:\n{block.code}\n{said}"


def an_index_answers() -> bool:
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    try:
        urllib.request.urlopen(f"{index.rstrip('/')}/humanize/", timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.e2e
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_of_the_page_runs_as_written(page: Path, tmp_path: Path) -> None:
    if page.read_text("utf-8").startswith(NEEDS_INDEX) and not an_index_answers():
        pytest.skip("no package index answers")
    shutil.copytree(
        ROOT / "examples",
        tmp_path / "page" / "examples",
        ignore=shutil.ignore_patterns("__pycache__", "*.npz"),
    )
    env = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SW_LOCAL_STORAGE": str(tmp_path / "store"),
        "SW_CLI_CONFIG": str(tmp_path / "config.yaml"),
        "COLUMNS": "100",
    }
    for block in blocks(page):
        run(block, tmp_path / "page", env)
