"""Code in the documents runs as written.

Every page is run from its top to its end in a copy of `examples/` with an empty store:

- a block with a title (```python title="evaluate.py") is a file that is written there;
- a `python` block without one is a program;
- the lines of a `console` block that begin with `$ ` are one shell script; `# exits N` at the end of a line
  says which status the command has;
- a block after the line `<!-- not run: REASON -->` is not run;
- a page that begins with `<!-- needs a package index -->` is skipped where none answers;
- a page that begins with `<!-- needs a server -->` finds one: `team`, where `ada` is logged in, administers,
  and has the project `vision`; `$SERVER` is its address and `$TOKEN` a token of hers. Its `bash` blocks are
  run as well, one after the other in what seems one shell, and `curl` fails there where the server refuses.

Servers answer on ports that are free, whatever the page calls them, and end with the page. Passwords are
typed at the terminal, as they were told. What a block leaves running in the background ends with it, whether
it succeeds or not.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pexpect
import pytest

from starwhale.client.http import Http

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
#: Those that everybody begins with, which are run every day; the others are at length.
FIRST = {ROOT / "README.md", ROOT / "docs" / "first-evaluation.md", ROOT / "docs" / "server" / "instances.md"}
BLOCK = re.compile(
    r"^(?P<skip><!-- not run: .+ -->\n+)?```(?P<language>\w+)(?P<rest>[^\n]*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
EXITS = re.compile(r"\s+# exits (\d+)$")
NEEDS_INDEX = "<!-- needs a package index -->\n"
NEEDS_SERVER = "<!-- needs a server -->\n"
SHOWN = re.compile(r"with the password (\S+)")
PASSWORD = "correct horse battery staple"
PATIENCE = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    line: int
    language: str
    title: str
    code: str


@dataclass(slots=True, kw_only=True)
class House:
    """Where a page is run.

    Attributes:
        place: Its working directory.
        shell: Whether its `bash` blocks are run.
        called: What the page calls something, and what it is called here.
        password: What is typed where one is asked for.
    """

    place: Path
    env: dict[str, str]
    shell: bool = False
    called: dict[str, str] = field(default_factory=dict[str, str])
    password: str = PASSWORD

    def here(self, code: str) -> str:
        for name, own in self.called.items():
            code = code.replace(name, own)
        return code


def blocks(page: Path) -> Iterator[Block]:
    written = page.read_text("utf-8")
    for found in BLOCK.finditer(written):
        if found["skip"] is None:
            title = re.search(r'title="([^"]+)"', found["rest"])
            line = written.count("\n", 0, found.start("language")) + 1
            yield Block(
                line=line, language=found["language"], title=title[1] if title else "", code=found["code"]
            )


def script(code: str) -> str:
    lines, goes_on = ["set -e"], False
    for line in code.splitlines():
        if goes_on:
            lines[-1] += f"\n{line}"
        elif line.startswith("$ "):
            lines.append(line[2:])
        goes_on = (goes_on or line.startswith("$ ")) and line.endswith("\\")
    return "\n".join(map(expected, lines))


def expected(command: str) -> str:
    """A command, which has the status that stands behind it."""
    status = EXITS.search(command)
    if status is None:
        return command
    return f"set +e; {EXITS.sub('', command)}; [ $? -eq {status[1]} ] || exit 99; set -e"


def program(block: Block, house: House) -> list[str] | None:
    code = house.here(block.code)
    if block.language == "python":
        return [sys.executable, "-c", code]
    if block.language == "console":
        return ["bash", "-c", script(code)]
    if block.language == "bash" and house.shell:
        kept = house.place.parent / "shell.sh"
        begin = f"test -e {kept} && source {kept}; set -e"
        return ["bash", "-c", f"{begin}\n{code}\n{{ declare -f; export -p; }} > {kept}"]
    return None


def run(block: Block, house: House) -> None:
    if block.title:
        target = house.place / block.title
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.code, "utf-8")
        return
    command = program(block, house)
    if command is not None:
        status, said = at_a_terminal(command, house) if asks(block) else in_silence(command, house)
        assert status == 0, f"line {block.line}:\n{block.code}\n{said}"


def asks(block: Block) -> bool:
    """Whether a password is asked for."""
    return block.language == "console" and "--username" in block.code


def in_silence(command: list[str], house: House) -> tuple[int, str]:
    """Status, and all that was printed."""
    # A file rather than pipes: what goes on in the background holds them open.
    with (house.place.parent / "printed.txt").open("w+b") as printed:
        child = subprocess.Popen(
            command, cwd=house.place, env=house.env, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed,
            start_new_session=True,
        )  # fmt: skip
        try:
            status = child.wait(PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        printed.seek(0)
        return status, printed.read().decode(errors="replace")


def at_a_terminal(command: list[str], house: House) -> tuple[int, str]:
    """The same for what asks for a password, which is the one that was told last."""
    said = ""
    env = {**house.env, "TERM": "dumb"}
    child = pexpect.spawn(command[0], command[1:], timeout=PATIENCE, cwd=str(house.place), env=env)
    try:
        while child.expect([r"Password of \w+: ", pexpect.EOF]) == 0:
            said += text(child.before)
            told = SHOWN.findall(said)
            child.sendline(told[-1] if told else house.password)
        said += text(child.before)
        child.wait()
    finally:
        assert child.pid is not None
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.close(force=True)
    return -1 if child.exitstatus is None else child.exitstatus, said


def text(before: object) -> str:
    return before.decode(errors="replace") if isinstance(before, bytes) else ""


def swcli(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "starwhale.cli", *words],
        cwd=house.place,
        env=house.env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def move_in(house: House) -> None:
    """Start a server for a page, and log in to it."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not here")
    data = f"--data={house.place.parent / 'team'}"
    started = swcli(house, "server", "start", "--port=0", data, "-o", "json")
    url, told = str(json.loads(started.stdout)["url"]), SHOWN.search(started.stderr)
    assert told is not None
    with Http(url) as http:
        http.post("/login", {"name": "admin", "password": told[1]})
        http.post("/users", {"name": "ada", "password": PASSWORD, "admin": True})
    with Http(url) as http:
        http.post("/login", {"name": "ada", "password": PASSWORD})
        house.env["TOKEN"] = http.post("/me/tokens", {"name": "documents"})["token"]
        http.post("/projects", {"name": "vision"})
    swcli(house, "instance", "login", url, "--alias=team", f"--token={house.env['TOKEN']}")
    house.shell, house.env["SERVER"] = True, url
    names = ("https://sw.example.com", "http://localhost:8082", "http://127.0.0.1:8082")
    house.called = dict.fromkeys(names, url) | house.called  # the longest names first
    house.env["SW_SERVER_PORT"] = "0"
    (house.place.parent / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    house.env["CURL_HOME"] = str(house.place.parent)


def a_free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextmanager
def house_of(page: Path, root: Path) -> Generator[House]:
    place, port = root / "page", str(a_free_port())
    shutil.copytree(
        ROOT / "examples", place / "examples", ignore=shutil.ignore_patterns("__pycache__", "*.npz")
    )
    house = House(
        place=place,
        called={"8082": port, "/srv/": f"{root}/srv/"},
        env=os.environ
        | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SW_LOCAL_STORAGE": str(root / "store"),
            "SW_CLI_CONFIG": str(root / "config.yaml"),
            "SW_SERVER_PORT": port,
            "COLUMNS": "100",
        },
    )
    try:
        if page.read_text("utf-8").startswith(NEEDS_SERVER):
            move_in(house)
        yield house
    finally:
        # A page may write a file of that name too; that of a server lies in its data directory.
        records = (each for each in root.rglob("server.json") if (each.parent / "catalog.sqlite").exists())
        for record in records:
            swcli(house, "server", "stop", "--timeout=10", f"--data={record.parent}")


def an_index_answers() -> bool:
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    try:
        urllib.request.urlopen(f"{index.rstrip('/')}/humanize/", timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.e2e
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=str(page.relative_to(ROOT)), marks=[] if page in FIRST else [pytest.mark.slow])
        for page in PAGES
    ],
)
def test_code_of_the_page_runs_as_written(page: Path, tmp_path: Path) -> None:
    if page.read_text("utf-8").startswith(NEEDS_INDEX) and not an_index_answers():
        pytest.skip("no package index answers")
    with house_of(page, tmp_path) as house:
        for block in blocks(page):
            run(block, house)
