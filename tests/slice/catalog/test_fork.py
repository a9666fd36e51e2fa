"""A forked child goes on with the catalog of its parent."""

from __future__ import annotations

import subprocess
import sys

_FORK = """
import os, sys
from starwhale.catalog.engine import Catalog
from tests.slice.catalog.rows import count, write_one

catalog = Catalog.open(sys.argv[1], patience=10)
write_one(catalog, "before")
child = os.fork()
who = "child" if child == 0 else "parent"
for turn in range(50):
    write_one(catalog, f"{who}-{turn}")
    assert count(catalog) > turn
if child == 0:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert count(catalog) == 101, count(catalog)
"""


def test_a_forked_child_uses_connections_of_its_own(catalog_url: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", _FORK, catalog_url], check=True, timeout=60)


_FORK_AND_CLOSE = """
import os, sys
from starwhale.catalog.engine import Catalog
from tests.slice.catalog.rows import count, write_one

catalog = Catalog.open(sys.argv[1], patience=10)
write_one(catalog, "before")
to_parent, to_child = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    assert count(catalog) == 1
    os.write(to_parent[1], b".")
    os.read(to_child[0], 1)
    write_one(catalog, "child")
    os._exit(0)
os.read(to_parent[0], 1)
# Whoever closes the last connection removes the log: it must not be the one that the child writes to.
catalog.close()
os.write(to_child[1], b".")
assert os.waitpid(child, 0)[1] == 0
assert count(catalog) == 2, count(catalog)
"""


def test_a_parent_that_closes_leaves_its_child_a_log_to_write_to(catalog_url: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _FORK_AND_CLOSE, catalog_url], check=True, timeout=60
    )
