from __future__ import annotations

import threading
from typing import Any

import pytest

from starwhale import Context, pass_context
from starwhale.api import context
from starwhale.core.errors import InvalidSpec, UsageError

HERE = Context(step="m:f", index=1, total=3, version="job", run_project="self")


def test_without_a_task_there_is_no_context() -> None:
    with pytest.raises(RuntimeError, match="no task of a job runs here"):
        Context.get_runtime_context()


def test_a_context_that_was_set_is_found() -> None:
    Context.set_runtime_context(HERE)
    assert Context.get_runtime_context() is HERE
    with pytest.raises(UsageError):
        Context.set_runtime_context("nothing")  # pyright: ignore[reportArgumentType]


def test_results_go_to_the_project_of_the_run_unless_said_otherwise() -> None:
    assert Context(run_project="vision").log_project.name == "vision"
    assert Context(run_project="vision", log_project="other").log_project.name == "other"


def in_thread(ask: Any) -> Any:
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()
    thread.join()
    return answers[0]


def test_a_thread_of_the_users_own_sees_the_one_task_of_the_process() -> None:
    context.enter(HERE)
    assert in_thread(context.current) is HERE


def test_where_several_tasks_run_a_foreign_thread_sees_none() -> None:
    context.enter(HERE)
    other = Context(step="m:f", index=2, total=3)
    ready, done = threading.Event(), threading.Event()
    seen: list[Any] = []

    def task() -> None:
        context.enter(other)
        ready.set()
        done.wait()
        seen.append(context.current())
        context.leave()

    thread = threading.Thread(target=task)
    thread.start()
    ready.wait()
    assert in_thread(context.current) is None
    assert context.current() is HERE
    done.set()
    thread.join()
    assert seen == [other]
    assert in_thread(context.current) is HERE


def by_name(data: Any, context: Any) -> Any:
    return context


def annotated(task: Context, data: Any) -> Any:
    return task


def quoted(data: Any, task: Context | None = None, more: int = 3) -> Any:
    return task


def last(data: Any, anything: Any) -> Any:
    return anything


def open_ended(data: Any, **kwargs: Any) -> Any:
    return kwargs["context"]


def only(it: Any) -> Any:
    return it


@pytest.mark.parametrize("function", [by_name, quoted, last, open_ended])
def test_the_context_reaches_whatever_parameter_waits_for_it(function: Any) -> None:
    context.enter(HERE)
    assert pass_context(function)("data") is HERE


def test_the_context_reaches_an_annotated_first_parameter_and_an_only_one() -> None:
    context.enter(HERE)
    assert pass_context(annotated)(data="data") is HERE
    assert pass_context(only)() is HERE


def test_a_parameter_can_be_named() -> None:
    context.enter(HERE)
    assert pass_context(name="data")(last)(anything=1) == 1
    with pytest.raises(InvalidSpec, match="no parameter 'nothing'"):
        pass_context(name="nothing")(last)


def test_a_caller_may_pass_a_context_himself() -> None:
    other = Context(step="other", run_project="self")
    assert pass_context(by_name)("data", context=other) is other


def test_a_function_without_room_for_the_context_is_refused() -> None:
    def full(data: Any) -> None: ...

    with pytest.raises(InvalidSpec, match="no parameter for the context"):
        pass_context(full)
