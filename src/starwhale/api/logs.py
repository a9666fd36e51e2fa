"""How much Starwhale says while user code runs."""

from __future__ import annotations

import logging
import os
import warnings

from starwhale.core.errors import UsageError

TRACE = 5
_LEVELS = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG, TRACE)
_HANDLER = "starwhale"


def init_logger(verbose: int = 0) -> None:
    """Show the log of Starwhale on stderr.

    Args:
        verbose: 0 errors only, 1 warnings, 2 information, 3 debugging, 4 and above everything. The variable
            ``SW_LOG_VERBOSE_COUNT`` goes before it.

    Raises:
        UsageError: it is negative or no number.
    """
    wanted = os.environ.get("SW_LOG_VERBOSE_COUNT") or verbose
    try:
        count = int(wanted)
    except ValueError:
        count = -1
    if count < 0:
        raise UsageError(f"verbose is {wanted!r}, expected a whole number of 0 or more")
    logging.addLevelName(TRACE, "TRACE")
    logger = logging.getLogger("starwhale")
    logger.setLevel(_LEVELS[min(count, len(_LEVELS) - 1)])
    if count == 0:
        warnings.simplefilter("ignore")
    if not any(handler.name == _HANDLER for handler in logger.handlers):
        handler = logging.StreamHandler()
        handler.name = _HANDLER
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
        logger.addHandler(handler)
