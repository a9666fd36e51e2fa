"""Which process is meant."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from starwhale.kit.process import is_alive, start_of, this_host, this_process


def test_this_process_lives() -> None:
    assert is_alive(this_process()) is True


def test_a_number_that_was_given_again_is_another_process() -> None:
    assert is_alive(replace(this_process(), started="before")) is False


def test_a_process_that_ended_is_dead_even_before_it_is_waited_for() -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as child:
        started = start_of(child.pid)
        assert started is not None
        process = replace(this_process(), pid=child.pid, started=started)
        assert is_alive(process) is True
        child.kill()
        while is_alive(process):
            continue
        assert child.returncode is None
    assert is_alive(process) is False


def test_a_process_of_another_machine_cannot_be_seen() -> None:
    assert is_alive(replace(this_process(), host="elsewhere")) is None


def test_the_host_names_machine_and_boot() -> None:
    name, boot, _ = this_host().split("/")
    assert name
    assert boot
