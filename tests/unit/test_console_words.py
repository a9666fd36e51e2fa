"""The console has words for whatever the server tells of itself by name."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

from starwhale.core.settings import Settings
from starwhale.server import doctor
from starwhale.server.configuration import Configuration
from starwhale.server.settings import ServerSettings

ADMIN = Path(__file__).parents[2] / "web" / "src" / "admin"


def told(path: str) -> dict[str, str]:
    """The words of a file, each by its name."""
    text = (ADMIN / "words" / path).read_text("utf-8")
    lines = re.findall(r'^  (\w+):\s*("(?:[^"\\]|\\.)*"),$', text, re.MULTILINE)
    return {name: json.loads(text) for name, text in lines}


def test_what_each_setting_means_is_said_in_both_languages() -> None:
    settings = Configuration.of(ServerSettings(store=Settings.at(Path("data")))).shown()
    meant = {each.name: each.meaning for each in settings}
    assert told("meaningsEn.ts") == meant
    assert set(told("meaningsZh.ts")) == set(meant)


def test_whatever_the_doctor_looks_at_has_a_name() -> None:
    known = re.search(r"KNOWN = \[(.*?)\]", (ADMIN / "health" / "names.ts").read_text("utf-8"), re.DOTALL)
    assert known is not None
    names = set(re.findall(r'"([^"]+)"', known[1]))
    source = inspect.getsource(doctor)
    assert set(re.findall(r'Finding\(name="([^"]+)"', source)) | set(doctor.CHECKS) <= names
