"""``python -P -m starwhale.serving``: serves functions of a directory; `swcli model serve` starts it."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TextIO

from starwhale.core.errors import StarwhaleError
from starwhale.kit.children import die_with_parent

_LAST_SECONDS = 2.0


def main(words: list[str]) -> int:
    """Serve until a signal, and give the exit status: what goes wrong is one sentence on stderr."""
    given = _arguments(words)
    if given.attended:
        die_with_parent()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    if given.verbose:
        logging.getLogger("starwhale").setLevel(logging.DEBUG)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    try:
        return _serve(given)
    except StarwhaleError as error:
        sys.stderr.write(f"Error: {error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        return 130


def _serve(given: Namespace) -> int:
    from starwhale.serving.loading import load
    from starwhale.serving.running import bind, run

    result = _own_stdout()
    listening = bind(given.host, given.port)
    service = load(given.module, Path(given.workdir).resolve())

    def tell(url: str) -> None:
        names = list(service.apis)
        text = f"{given.title} is ready at {url} ({', '.join(names)}); Ctrl-C stops it"
        document = {"url": url, "title": given.title, "apis": names, "pid": os.getpid()}
        print(json.dumps(document) if given.json else text, file=result, flush=True)

    return run(service, listening, given.host, given.title, tell=tell)


def _own_stdout() -> TextIO:
    """Stdout for the one line that is the result; what the user's code prints goes to stderr from now on."""
    sys.stdout.flush()
    result = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    os.dup2(2, 1)
    return result


def _arguments(words: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m starwhale.serving")
    parser.add_argument("module", nargs="+", help="module that holds functions to serve")
    parser.add_argument("--workdir", default=".", help="where modules are looked for first")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on; 0 takes a free one")
    parser.add_argument("--title", default="Starwhale Model Serving", help="what the pages are called")
    parser.add_argument("--json", action="store_true", help="tell of the start as JSON")
    parser.add_argument("--verbose", action="store_true", help="log the tracebacks of failed calls")
    parser.add_argument("--attended", action="store_true", help="end when standard input does")
    return parser.parse_args(words)


def _end(status: int) -> None:
    """End the process although a thread of the user's may not."""
    timer = threading.Timer(_LAST_SECONDS, os._exit, (status,))
    timer.daemon = True
    timer.start()
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(status)


if __name__ == "__main__":
    _end(main(sys.argv[1:]))
