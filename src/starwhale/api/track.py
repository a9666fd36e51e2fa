"""Follow the training of a model: `track.start`, `metrics`, `params`, `artifacts`, `end`.

Example:
    ```python
    from starwhale import track

    with track.start("digits", tags=["baseline"]):
        track.params(lr=0.1, layers=3)
        for batch in batches:
            track.metrics(loss=step(batch))
        track.artifacts(model="model.pt")
    ```

`swcli track list`, `info`, `compare` and `plot` show what was tracked, also while it goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from starwhale.api import track_endings
from starwhale.api.place import Project
from starwhale.api.track_place import Destination, destination_of
from starwhale.api.track_run import Collecting, Run
from starwhale.core.errors import Conflict, UsageError
from starwhale.experiments.schemas import RunRequest
from starwhale.experiments.values import merge_given

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Run", "artifacts", "end", "metrics", "params", "start"]

_starting = threading.Lock()
_runs: list[Run] = []
"""The run of this process, or nothing."""


def start(  # noqa: PLR0917 - as code of 0.6 calls it
    name: str | None = None,
    project_uri: str | Project = "",
    access_token: str | None = None,
    auto_run_collect: bool = True,
    auto_framework_hook: bool = True,
    auto_console_log_redirect: bool = True,
    mode: Literal["online", "offline"] = "online",
    with_id: str | None = None,
    tags: Sequence[str] | None = None,
    description: str | None = None,
    collector_sample_interval: float = 1,
    collector_report_interval: float = 30,
    saved_dir: str | Path | None = None,
) -> Run:
    """Begin to track what this process does. It ends with `end`, or with the process.

    Args:
        name: What to call the run; the name of the program by default.
        project_uri: Project to keep it in, of this machine or of a server; the current one by default. Within
            a job of a server that is the project of the job.
        access_token: What to show at the door of the server, in place of what a login has left.
        auto_run_collect: Keep the state of the git repository, the Python environment and the packages, and
            gauges of the machine.
        auto_framework_hook: Log what PyTorch Lightning, transformers, scikit-learn, XGBoost and Keras tell of
            their training, where the program uses them.
        auto_console_log_redirect: Keep what is printed.
        mode: ``offline`` keeps a run on this machine although its project lies on a server.
        with_id: Id of the run: one that is there is joined or taken up again, otherwise it gets this id.
            So several processes write into one run.
        tags: To find it by.
        description: What to remember about it.
        collector_sample_interval: Seconds from one look at the gauges of the machine to the next.
        collector_report_interval: Seconds over which mean and peak of the gauges are kept.
        saved_dir: Directory of a store to keep the run in, in place of the user's own; ``swcli`` reads it
            where ``SW_LOCAL_STORAGE`` names it. For a run on a server, where what was not sent yet waits.

    Returns:
        The run, which is also a context manager: it ends with the block, as failed when that raises.

    Raises:
        Conflict: this process tracks a run already, or the run lies in the trash.
        UsageError: an argument is wrong.
        Unavailable: the project lies on a server that does not answer.
        Unauthorized: nobody is logged in there.
        InvalidName: the name, the id or a tag cannot be used.
        NotFound: there is no such project.
    """
    place = destination_of(project_uri, mode, saved_dir, _text(access_token, "access_token"))
    collecting = Collecting(
        facts=auto_run_collect,
        console=auto_console_log_redirect,
        sample_seconds=_seconds(collector_sample_interval, "collector_sample_interval"),
        report_seconds=_seconds(collector_report_interval, "collector_report_interval"),
    )
    request = RunRequest(
        project=place.project,
        name=_text(name, "name") or ("" if with_id else track_endings.program()),
        id=_text(with_id, "with_id"),
        tags=_tags(tags),
        description=_text(description, "description"),
        destination=place.meant_for,
    )
    with _starting:
        if _runs:
            raise Conflict(
                f"this process tracks run {_runs[0].id} already", hint="end it with track.end() first"
            )
        return _begun(place, request, collecting, hooks=auto_framework_hook)


def _begun(place: Destination, request: RunRequest, collecting: Collecting, *, hooks: bool) -> Run:
    run = Run(place, request, collecting, on_end=_forget)
    _runs.append(run)
    if hooks:
        from starwhale.integrations.hooks import install

        run.undo_at_end(install(current))
    track_endings.watch(current)
    return run


def metrics(*values: Mapping[str, Any], step: int | None = None, commit: bool = True, **named: Any) -> None:
    """Log a point of each metric; it is kept when this returns, even if the process is killed.

    Args:
        *values: One dict of numbers by name; nested dicts become names joined with "/".
        step: Their place on the x axis; without it, the step after that of the call before.
        commit: The step is complete. With False the next call without `step` belongs to the same step.
        **named: Numbers by name.

    Raises:
        UnsupportedValue: a value is no number; nothing is logged.
        UsageError: no run is tracked, or an argument is wrong.
    """
    run = _needed()
    given = named if not values and named else merge_given(values, named, "track.metrics")
    run.recorder.metrics(given, step, commit=commit)


def params(*values: Mapping[str, Any], **named: Any) -> None:
    """Log what was set: hyperparameters, names of files, seeds. Logged again, it is replaced.

    Args:
        *values: One dict by name; nested dicts become names joined with "/".
        **named: Values by name.

    Raises:
        UnsupportedValue: a value that no row can hold; nothing is logged.
        UsageError: no run is tracked.
    """
    run = _needed()
    run.recorder.params(merge_given(values, named, "track.params"))


def artifacts(*values: Mapping[str, Any], step: int | None = None, **named: Any) -> None:
    """Keep files and other large values.

    Args:
        *values: One dict by name: paths of files or directories (also as text, where such a file is there),
            bytes, text, numpy arrays, Starwhale's data types such as `Image` and `Audio`, figures of
            matplotlib, pictures of Pillow.
        step: The step they belong to; without it, a name holds the content that was logged last.
        **named: Values by name.

    Raises:
        NotFound: there is no such file.
        UnsupportedValue: a value that no row can hold; nothing is logged.
        UsageError: no run is tracked.
    """
    run = _needed()
    run.recorder.artifacts(merge_given(values, named, "track.artifacts"), step)


def end() -> None:
    """End the run of this process; without one, nothing happens."""
    run = current()
    if run is not None:
        run.end()


def current() -> Run | None:
    """The run of this process; None where none is tracked."""
    return _runs[0] if _runs else None


def _needed() -> Run:
    run = current()
    if run is None:
        raise UsageError("no run is tracked in this process", hint="begin one with track.start('NAME')")
    return run


def _forget(run: Run) -> None:
    if run in _runs:
        _runs.remove(run)


def _text(value: object, what: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise UsageError(f"{what} is text, not {value!r}")


def _tags(tags: Sequence[str] | None) -> tuple[str, ...]:
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in tags or ()):  # pyright: ignore[reportUnnecessaryIsInstance] - users hand over anything
        raise UsageError(f"tags are a list of texts, not {tags!r}", hint="tags=['baseline']")
    return tuple(tags or ())


def _seconds(value: object, what: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0.01 <= value <= 86_400:
        return float(value)
    raise UsageError(f"{what} is a number of seconds from 0.01 to 86400, not {value!r}")
