"""``python -P -m starwhale.server.upload_build DESCRIPTOR REQUEST``: make a version of files that were sent.

A process of its own, with limits: what reads files that anybody may have made can neither exhaust nor end the
server. It works in the directory that it is started in, where what was sent lies as `SENT`, and acts as
whoever sent it. Progress and the result go to the descriptor, a JSON document a line.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import traceback
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from starwhale.core.actor import Actor
from starwhale.core.errors import StarwhaleError
from starwhale.core.permissions import Permission, Role
from starwhale.core.settings import Settings
from starwhale.datasets.schemas import OnError
from starwhale.datasets.upload_formats import Format, Reading, source_of
from starwhale.datasets.uploaded import lay_out
from starwhale.kit.children import Answers, die_with_parent
from starwhale.server.services import Services
from starwhale.storage.objects.disk_errors import disk_errors

PROGRAM = "starwhale.server.upload_build"
SENT = "sent.tar"
REPORT = "report.jsonl"
#: Rows that were left out of which the reason is told.
MOST_TOLD = 1000
# Seconds of a processor within which a build that has had its time must say so, before it is killed.
_LAST_WORDS = 10
_NOBODY = Actor(name="")
# How code fails that meets what no file should hold.
_UPSET = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRequest:
    """What is to be made of what was sent.

    Attributes:
        actor: Who sent it.
        project: Project that it goes to.
        name: Name of the dataset.
        reading: How the files are read.
        overwrite: Begin with no rows instead of those of the latest version.
        message: What to say about it in the history.
        tags: Tags to put on the version.
        on_error: What to do about rows that cannot be used.
        largest: Bytes of all files together.
        memory: Bytes of memory that it may have.
        seconds: Seconds of a processor that it may take.
    """

    actor: Actor
    project: str
    name: str
    reading: Reading
    overwrite: bool
    message: str
    tags: tuple[str, ...]
    on_error: OnError
    largest: int
    memory: int
    seconds: int

    def to_json(self) -> str:
        """As an argument of the program."""
        actor = {
            **{field.name: getattr(self.actor, field.name) for field in fields(Actor)},
            "roles": {str(number): role.value for number, role in self.actor.roles.items()},
            "scopes": None if self.actor.scopes is None else sorted(map(str, self.actor.scopes)),
            "until": None,  # whoever was let in is let go on
        }
        return json.dumps({**asdict(replace(self, actor=_NOBODY)), "actor": actor})

    @classmethod
    def of_json(cls, text: str) -> UploadRequest:
        """The other way round."""
        told: dict[str, Any] = json.loads(text)
        actor, reading = told.pop("actor"), told.pop("reading")
        scopes = actor.pop("scopes")
        roles = {int(number): Role(role) for number, role in actor.pop("roles").items()}
        return cls(
            actor=Actor(
                **actor,
                roles=roles,
                scopes=None if scopes is None else frozenset(Permission.parse(each) for each in scopes),
            ),
            reading=Reading(
                format=Format(reading.pop("format")),
                annotations=tuple(reading.pop("annotations")),
                **reading,
            ),
            tags=tuple(told.pop("tags")),
            on_error=OnError(told.pop("on_error")),
            **told,
        )


class _TooLongError(BaseException):
    """It has had its time; nothing that reads files may take that for a fault of a row."""


def _limit(request: UploadRequest) -> None:
    def too_long(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # the system says so every second from now on
        raise _TooLongError

    signal.signal(signal.SIGXCPU, too_long)
    resource.setrlimit(resource.RLIMIT_CPU, (request.seconds, request.seconds + _LAST_WORDS))
    resource.setrlimit(resource.RLIMIT_DATA, (request.memory, request.memory))


def main(arguments: list[str]) -> None:
    """Build, answer, and end the process."""
    answers = Answers(int(arguments[0]))
    die_with_parent()
    os.dup2(2, 1)
    request = UploadRequest.of_json(arguments[1])
    answers.beat()
    try:
        _limit(request)
        _build(request, answers)
    except StarwhaleError as error:
        answers.say(error={"code": error.code, "message": error.message, "hint": error.hint})
    except MemoryError:
        answers.say(error=_too_much("these files need too much memory"))
    except _TooLongError:
        answers.say(error=_too_much("these files take too long to read"))
    except _UPSET as error:
        traceback.print_exc()
        message = f"these files cannot be read: {type(error).__name__}: {error}"[:500]
        answers.say(error={"code": "usage", "message": message, "hint": "see that they are whole"})
    os._exit(0)


def _too_much(message: str) -> dict[str, str]:
    hint = "make several datasets of them, or build it with swcli"
    return {"code": "usage", "message": message, "hint": hint}


def _build(request: UploadRequest, answers: Answers) -> None:
    sent, report = Path(SENT).absolute(), Path(REPORT).absolute()
    # A room of its own, so that messages name files as they were sent.
    Path("room").mkdir()
    os.chdir("room")
    place = Path(request.name)
    with disk_errors("the place for what is sent"), sent.open("rb") as file:
        count = lay_out(file, place, largest=request.largest)
    sent.unlink()
    answers.say(files=count)
    source = source_of(place, request.reading)
    services = Services(Settings.from_env(os.environ))
    built = services.datasets.build(
        request.actor,
        request.project,
        request.name,
        source,
        overwrite=request.overwrite,
        tags=request.tags,
        message=request.message,
        on_error=request.on_error,
        report=report if request.on_error is OnError.COLLECT else None,
        progress=lambda progress: answers.say(progress=asdict(progress)),
    )
    for told in _left_out(report):
        answers.say(left_out=told)
    answers.say(built={key: value for key, value in asdict(built).items() if key != "examples"})


def _left_out(report: Path) -> list[dict[str, Any]]:
    if not report.exists():
        return []
    with report.open(encoding="utf-8") as lines:
        return [json.loads(line) for line, _ in zip(lines, range(MOST_TOLD), strict=False)]


if __name__ == "__main__":
    main(sys.argv[1:])
