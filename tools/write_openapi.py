"""Write the description of the server's API, as the golden file and the clients have it.

python tools/write_openapi.py tests/golden/server/openapi.json
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from starwhale.core.settings import Settings
from starwhale.server.app import create_app, openapi
from starwhale.server.settings import ServerSettings


def description() -> str:
    """The description as text that is easy to compare: sorted, one thing a line."""
    with TemporaryDirectory() as rough:
        app = create_app(ServerSettings.model_validate({"store": Settings.at(Path(rough))}), background=False)
        found = openapi(app)
    found["info"]["version"] = "0"
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(description(), encoding="utf-8")
