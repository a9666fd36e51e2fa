# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""Stands in for a language model: it says what a script has it say."""

import json
import re
from pathlib import Path

SCRIPT = Path(__file__).parent / "script.jsonl"


class Answerer:
    def __init__(self) -> None:
        with SCRIPT.open(encoding="utf-8") as lines:
            self.script = {each["question"]: each["reply"] for each in map(json.loads, lines)}

    def __call__(self, question: str) -> str:
        return self.script.get(question, "I would have to guess.\n#### -1")


def final_number(text: str) -> str:
    found = re.search(r"####\s*(-?[\d,.]+)", text)
    return found[1].replace(",", "").rstrip(".") if found else ""
