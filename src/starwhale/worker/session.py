"""A worker from its start to its end: it hears the scheduler, and runs what it is told to.

The first thread runs tasks, for user code may insist on it (signals, plots); a second one listens, so that
a wish to stop is heard while a row takes long; a third one keeps leases from running out, a fourth one looks
now and then at what is used.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

from starwhale.core.errors import StarwhaleError
from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.core.release import __version__
from starwhale.jobs.executors.wire import Channel, Message
from starwhale.jobs.leases import Lease, Unit
from starwhale.jobs.plan import StepPlan
from starwhale.jobs.planner import split_step
from starwhale.jobs.states import Want
from starwhale.kit.times import utc_now
from starwhale.worker.loading import Code
from starwhale.worker.metering import Lookout
from starwhale.worker.orders import Orders
from starwhale.worker.ports import Bench
from starwhale.worker.running import Running, holder_of
from starwhale.worker.settling import Settler
from starwhale.worker.stopping import Stopped
from starwhale.worker.threads import Threads

#: Seconds that the guard has to end a worker whose scheduler is gone.
GUARD_SECONDS = 0.5


class Session:
    """One worker process.

    Args:
        control: Descriptor of the socket to the scheduler.
        context: What builds the bench, as ``module:function``.
    """

    def __init__(self, control: int, context: str) -> None:
        self._channel = Channel(socket.socket(fileno=control))
        self._context = context
        self._bench: Bench | None = None
        self._opening = threading.Lock()
        self._code = Code(Path.cwd())
        self._orders = Orders()
        self._settler = Settler(lambda: self.bench().ledger, self._channel.send)
        self._threads = Threads()
        self._leasing = threading.Lock()
        self._leased: dict[tuple[str, int], Unit | StarwhaleError] = {}
        self._running: dict[tuple[str, int], Running] = {}
        self._stops: dict[tuple[str, int], Want] = {}
        self._in_main: Running | None = None
        self._masks = threading.local()
        self._beating = False
        self._lookout = Lookout(self._look)

    def serve(self) -> None:
        """Do what the scheduler says until it says ``exit`` or hangs up."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # A log is followed while it is written.
                stream.reconfigure(line_buffering=True)
        signal.signal(signal.SIGTERM, self._on_term)
        os.register_at_fork(
            before=self._hold_term, after_in_parent=self._let_term, after_in_child=self._be_nobody
        )
        self._channel.send({"op": "hello", "version": __version__, "pid": os.getpid()})
        threading.Thread(target=self._listen, name="starwhale-listen", daemon=True).start()
        while True:
            order = self._orders.take()
            if order["op"] == "exit":
                self._settler.drain()
                break
            if order["op"] == "run":
                if self._run(order):
                    break
            elif order["op"] == "warm":
                self._warm(order)
            else:
                self._answer(order)
        _leave()

    # Orders.

    def _listen(self) -> None:
        while (messages := self._channel.receive()) is not None:
            for message in messages:
                if message["op"] == "stop":
                    self._stop(message)
                elif message["op"] == "recall":
                    self._hand_back()
                else:
                    self._orders.put(message)
        # The scheduler is gone. Nobody would hear what is done from now on. The guard ends everything, what
        # has left the group as well, unless it is gone itself or cannot see that.
        time.sleep(GUARD_SECONDS)
        os.killpg(os.getpgid(0), signal.SIGKILL)

    def _stop(self, order: Message) -> None:
        key = (order["task"], order["attempt"])
        # It may still wait behind something else.
        self._stops[key] = Want(order["want"])
        running = self._running.get(key)
        if running is not None:
            running.stop(self._stops[key])

    def _hand_back(self) -> None:
        """Give back what waits behind a task that takes long, with the leases that came along."""
        keys = [(order["task"], order["attempt"]) for order in self._orders.recall()]
        with self._leasing:
            leases = [lease for key in keys if isinstance(lease := self._leased.pop(key, None), Lease)]
        with suppress(StarwhaleError):
            for lease in leases:
                self.bench().ledger.give_back(lease)
        self._channel.send({"op": "recalled", "attempts": keys})

    def _be_nobody(self) -> None:
        """In a child that user code has forked: it must neither speak for the worker nor end like it."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._let_term()
        self._channel.close()
        self._settler.begin_anew()

    def _hold_term(self) -> None:
        """Have a SIGTERM wait while this thread forks.

        The handler of this process would take one that the child gets at its very begin, and Python then
        forgets it: a pool that is terminated waited forever for a child that had not noticed.
        """
        self._masks.before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def _let_term(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._masks.before)

    def _on_term(self, *_: object) -> None:
        running = self._in_main
        if running is None:
            _leave()
        elif running.interruptible:
            running.interruptible = False
            raise Stopped
        else:
            # It is just ending, and must not be broken into.
            running.interrupted = True

    def _run(self, order: Message) -> bool:
        """Run an attempt; whether the worker has to end after it."""
        key = (order["task"], order["attempt"])
        running = Running(order, self._code, self.bench, self._channel.send, self._settler.add)
        self._running[key] = running
        if key in self._stops:
            running.stop(self._stops[key])
        self._beat(order["lease_seconds"])
        self._lookout.start()
        if order["threads"]:
            if order["spec"]["kind"] != HandlerKind.PREDICT:
                # Here, not in the thread: whatever has come meanwhile is leased together.
                self._lease_with_those_behind(order)
            self._threads.run(partial(self._run_in_thread, key, running))
            return False
        self._in_main = running
        try:
            running.go(partial(self._unit, order))
        finally:
            self._in_main = None
            del self._running[key]
        if running.interrupted:
            self._settler.drain()
        return running.interrupted

    def _unit(self, order: Message) -> Lease | None:
        """The unit of work of a task that reads no rows."""
        key = (order["task"], order["attempt"])
        if key not in self._leased:
            self._lease_with_those_behind(order)
        found = self._leased.pop(key)
        if isinstance(found, StarwhaleError):
            raise found
        return found

    def _lease_with_those_behind(self, order: Message) -> None:
        with self._leasing:
            if (order["task"], order["attempt"]) in self._leased:
                return
            orders = [order, *self._orders.like(order)]
            found: Sequence[Unit | StarwhaleError]
            try:
                found = self.bench().ledger.lease_units([holder_of(each) for each in orders], utc_now())
            except StarwhaleError as error:
                found, orders = [error], [order]
            for each, lease in zip(orders, found, strict=True):
                self._leased[each["task"], each["attempt"]] = lease

    def _run_in_thread(self, key: tuple[str, int], running: Running) -> None:
        try:
            running.go(partial(self._unit, running.order))
        finally:
            del self._running[key]

    def _answer(self, question: Message) -> None:
        answers: dict[str, Callable[[Message], Message]] = {"discover": self._discover, "split": self._split}
        reply: Message = {"op": "reply", "question": question["question"]}
        try:
            reply |= answers[question["op"]](question)
        except StarwhaleError as error:
            reply["error"] = {"code": error.code, "message": error.message, "hint": error.hint}
        self._channel.send(reply)

    def _warm(self, order: Message) -> None:
        # An error is told to whoever asks next: it comes again then.
        with suppress(StarwhaleError):
            self.bench()
            self._code.load(tuple(order["modules"]))

    def _discover(self, question: Message) -> Message:
        found: list[HandlerSpec] = self._code.load(tuple(question["modules"]))
        return {"handlers": [each.to_json() for each in found]}

    def _split(self, question: Message) -> Message:
        step = StepPlan.from_json(question["step"])
        ranges = split_step(question["position"], step, question["head"], self.bench().rows)
        return {"ranges": [asdict(each) for each in ranges]}

    # What tasks work with.

    def bench(self) -> Bench:
        """The bench, opened when it is first needed: a discovery needs none."""
        with self._opening:
            bench = self._bench
            if bench is None:
                module, _, name = self._context.partition(":")
                opened: Bench = getattr(import_module(module), name)()
                bench = self._bench = opened
            return bench

    def _beat(self, lease_seconds: float) -> None:
        if not self._beating:
            self._beating = True
            pause = lease_seconds / 3
            threading.Thread(target=self._keep, args=(pause,), name="starwhale-leases", daemon=True).start()

    def _look(self) -> None:
        for running in tuple(self._running.values()):
            # The scheduler may be gone; whoever listens to it notices that.
            with suppress(OSError):
                running.look()

    def _keep(self, pause: float) -> None:
        """Keep the leases in hand from running out."""
        while True:
            time.sleep(pause)
            for lease in self._settler.held():
                with suppress(StarwhaleError):
                    self.bench().ledger.prolong(lease, utc_now())
            for running in tuple(self._running.values()):
                try:
                    running.keep()
                except StarwhaleError as error:
                    # The catalog may answer again before the lease runs out; a commit will tell for certain.
                    sys.stderr.write(f"starwhale: a lease could not be prolonged: {error}\n")


def _leave() -> None:
    """End the process, running what user code has registered for that."""
    with suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    sys.exit(0)
