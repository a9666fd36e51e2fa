"""Log lines as a terminal may safely show them."""

from __future__ import annotations

import logging

from starwhale.cli.plain import visible


class LogLines(logging.Formatter):
    """Level, logger and message; what a server or code of a model put into it cannot drive the terminal."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))
