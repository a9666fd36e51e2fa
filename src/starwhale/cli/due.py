"""Making the jobs that are due, and working through the queue: what cron calls each minute."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from starwhale.core.errors import StarwhaleError, Unavailable
from starwhale.kit.files import take

if TYPE_CHECKING:
    from collections.abc import Generator

    from starwhale.cli.session import Session

LOOK_SECONDS = 20.0


def run_due(session: Session, *, watch: bool) -> None:
    """Make what is due, then run what waits unless somebody does that already.

    Args:
        session: The run of swcli.
        watch: Stay, and look again now and then.
    """
    while True:
        _make_due(session)
        with _alone(session) as alone:
            if alone:
                _work(session, watch=watch)
            elif not watch:
                session.out.say("another process works through the queue")
        if not watch:
            return
        time.sleep(LOOK_SECONDS)


def _make_due(session: Session) -> None:
    from starwhale.cli.running import run_blueprint
    from starwhale.jobs.schedules import Fired
    from starwhale.kit.times import utc_now

    instance = session.instance
    for due in instance.job_schedules.due(session.actor, utc_now()):
        schedule = due.schedule
        try:
            try:
                found = instance.job_templates.get(session.actor, schedule.project, schedule.template)
                fire = partial(instance.job_schedules.fire, due=due)
                run_blueprint(session, found.blueprint, schedule.project, queue=True, within=fire)
            except Unavailable as error:
                session.out.say(f"schedule {schedule.name} waits: {error}")
            except Fired:
                raise
            except StarwhaleError as error:
                # The others are due as well.
                session.out.say(f"schedule {schedule.name}: {error}")
                instance.job_schedules.miss(due, str(error))
        except Fired:
            continue


def _work(session: Session, *, watch: bool) -> None:
    from starwhale.cli.running import work

    try:
        work(session, keep_on=False)
    except StarwhaleError as error:
        if not watch:
            raise
        session.out.say(str(error))


@contextmanager
def _alone(session: Session) -> Generator[bool]:
    """Whether nobody else runs what is due in this store; it stays so while the block runs."""
    place = session.instance.settings.run
    place.mkdir(parents=True, exist_ok=True)
    with (place / "queue.lock").open("w") as lock:
        yield take(lock.fileno())
