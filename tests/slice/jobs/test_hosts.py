"""Servers that run jobs are known while they live, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.hosts import JobHostRow
from starwhale.jobs.capacity import Capacity
from starwhale.jobs.hosts import Host, HostService, belongs
from starwhale.kit.process import ProcessId, start_of, this_host
from starwhale.kit.times import utc_now

SMALL = Host(labels={"zone": "a"}, capacity=Capacity(millicores=500, memory=1 << 40, gpus=("GPU-1",)))
PATIENCE = timedelta(seconds=60)


def alive(hosts: HostService) -> Sequence[Host]:
    with hosts.catalog.read() as session:
        return hosts.alive(session)


def be(catalog: Catalog, host: Host, process: ProcessId, silent: timedelta = timedelta()) -> None:
    """Have a server be another process, which was heard of so long ago."""
    owner = {"owner_host": process.host, "owner_pid": process.pid, "owner_started": process.started}
    with catalog.begin() as session:
        heard = update(JobHostRow).where(JobHostRow.id == host.id)
        session.execute(heard.values(**owner, seen_at=utc_now() - silent))


def test_a_server_is_known_from_its_first_word_to_its_last(catalog: Catalog) -> None:
    hosts = HostService(catalog=catalog, patience=PATIENCE)
    assert alive(hosts) == []
    hosts.announce(SMALL)
    hosts.announce(SMALL)
    assert alive(hosts) == [SMALL]
    hosts.withdraw(SMALL)
    assert alive(hosts) == []


def test_one_that_was_killed_counts_no_more(catalog: Catalog) -> None:
    hosts = HostService(catalog=catalog, patience=PATIENCE)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        other = ProcessId(host=this_host(), pid=process.pid, started=start_of(process.pid) or "")
        hosts.announce(SMALL)
        be(catalog, SMALL, other)
        assert alive(hosts) == [SMALL]
        process.kill()
        process.wait()
    assert alive(hosts) == []


def test_one_of_another_machine_is_waited_for(catalog: Catalog) -> None:
    hosts = HostService(catalog=catalog, patience=PATIENCE)
    far = ProcessId(host="elsewhere/1", pid=1, started="1")
    hosts.announce(SMALL)
    be(catalog, SMALL, far, PATIENCE / 2)
    assert alive(hosts) == [SMALL]
    be(catalog, SMALL, far, PATIENCE * 2)
    assert alive(hosts) == []
    # Whoever comes next tidies up.
    next_ = replace(SMALL, id="next")
    hosts.announce(next_)
    hosts.announce(SMALL)
    assert {each.id for each in alive(hosts)} == {"next", SMALL.id}


def test_a_server_belongs_to_a_pool_whose_labels_it_all_has() -> None:
    assert belongs({"gpu": "a100", "zone": "b"}, {"gpu": "a100"})
    assert belongs({}, {})
    assert not belongs({"gpu": "a100"}, {"gpu": "t4"})
    assert not belongs({"gpu": "a100"}, {"gpu": "a100", "zone": "b"})
