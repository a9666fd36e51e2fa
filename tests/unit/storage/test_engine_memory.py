"""What questions to tables have freed goes back to the machine."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

#: Per cent of what questions took that may be left.
MOST = 30
# More questions at once than there are processors, for long enough that an engine ends in between; and then
# how much of what they took is there after a while.
PROGRAM = """
    import sys, threading, time
    from pathlib import Path
    from starwhale.kit import heap
    from starwhale.storage.tables import engine

    QUESTION = "SELECT a::VARCHAR AS b, count(*) FROM range(60000) AS t(a) GROUP BY b ORDER BY b DESC LIMIT 9"
    heap.be_frugal()

    def held():
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

    def ask():
        for _ in range(50):
            with engine._cursor() as cursor:
                cursor.execute(QUESTION).fetchall()

    with engine._cursor() as cursor:
        cursor.execute("SELECT 1").fetchall()
    heap.give_back()
    begun = held()
    threads = [threading.Thread(target=ask) for _ in range(5)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    taken = held() - begun
    heap.give_back()
    for _ in range(int(sys.argv[1])):
        left = 100 * (held() - begun) // taken
        if left < int(sys.argv[2]):
            break
        time.sleep(1)
    print(left)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_what_questions_free_goes_back() -> None:
    command = [sys.executable, "-c", dedent(PROGRAM), "60", str(MOST)]
    left = subprocess.run(command, capture_output=True, text=True, check=True, timeout=200).stdout
    assert int(left) < MOST
