"""Log rows of four fields to a table of an evaluation, make them durable, read them back."""

from __future__ import annotations

import json
import sys

from clock import Clock

from starwhale import Evaluation


def main(rows: int, run: int) -> None:
    evaluation = Evaluation("b" * 39 + "cdefghijklm"[run], "self")
    with Clock() as writing:
        for i in range(rows):
            evaluation.log("bench", i, {"step": i, "loss": i * 0.5, "name": f"row-{i}", "ok": i % 2 == 0})
        evaluation.flush_all()
    with Clock() as reading:
        seen = sum(1 for _ in evaluation.scan("bench"))
    evaluation.close()
    assert seen == rows, seen
    print(json.dumps({"rows": rows, "log": writing.figures(), "scan": reading.figures()}))


main(int(sys.argv[1]), int(sys.argv[2]))
