"""A process that was told to be frugal gives back what it frees; and knows what is in use."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

from starwhale.kit import heap

MIB = 1 << 20
# Eight threads that each hash a password, in a way: blocks of some MiB, one after the other.
PROGRAM = """
    import ctypes, sys, threading
    from pathlib import Path
    from starwhale.kit import heap

    if sys.argv[1] == "frugal":
        assert heap.be_frugal()
    library = ctypes.CDLL(None)
    library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    library.malloc.argtypes = [ctypes.c_size_t]
    library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    begun = threading.Barrier(8)

    def hash():
        begun.wait()
        for _ in range(5):
            block = library.malloc(19 << 20)
            library.memset(block, 1, 19 << 20)
            library.free(block)
        begun.wait()

    threads = [threading.Thread(target=hash) for _ in range(8)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    lines = Path("/proc/self/status").read_text().splitlines()
    print(next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")))
"""

# Blocks of which every other one is freed: no end of an arena, so that nothing goes back by itself.
HOLES = """
    import ctypes
    from pathlib import Path
    from starwhale.kit import heap

    heap.be_frugal()
    library = ctypes.CDLL(None)
    library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    library.malloc.argtypes = [ctypes.c_size_t]
    library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]

    def held():
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

    blocks = [library.malloc(100_000) for _ in range(1000)]
    for block in blocks:
        library.memset(block, 1, 100_000)
    for block in blocks[::2]:
        library.free(block)
    before = held()
    heap.give_back()
    print(before - held())
"""


def held(how: str) -> int:
    """Bytes of a process after its threads have freed all."""
    return int(printed(PROGRAM, how)) * 1024


def printed(program: str, *words: str) -> str:
    command = [sys.executable, "-c", dedent(program), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


@pytest.mark.skipif(heap.in_use() is None, reason="only glibc keeps what is freed")
def test_what_threads_free_goes_back() -> None:
    assert held("frugal") < 40 * MIB
    assert held("as it comes") > 80 * MIB


@pytest.mark.skipif(heap.in_use() is None, reason="only glibc keeps what is freed")
def test_what_lies_between_goes_back_when_told() -> None:
    assert int(printed(HOLES)) * 1024 > 30 * MIB


@pytest.mark.skipif(heap.in_use() is None, reason="only glibc tells")
def test_what_is_in_use_is_known() -> None:
    before = heap.in_use()
    block = bytes(64 * MIB)
    after = heap.in_use()
    assert before is not None
    assert after is not None
    assert 64 * MIB <= after - before < 70 * MIB
    del block
    assert (heap.in_use() or 0) < after - 60 * MIB


def test_blocks_are_counted() -> None:
    before = heap.blocks()
    kept = [object() for _ in range(10_000)]
    assert 9_000 < heap.blocks() - before < 20_000
    assert len(kept) == 10_000


@pytest.mark.skipif(heap.in_use() is None, reason="only glibc is told so")
def test_arrow_takes_its_memory_from_there_too() -> None:
    program = """
        from starwhale.kit import heap

        heap.be_frugal()
        import pyarrow

        print(pyarrow.default_memory_pool().backend_name)
    """
    assert printed(program) == "system"
