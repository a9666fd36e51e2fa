"""`@api` and what it registers, in a process of its own: it is kept per process."""

from __future__ import annotations

import json
import subprocess
import sys

CODE = """
import json, sys
from starwhale.api.service import api, LLMChat
from starwhale.core.handlers import registered
from starwhale.serving.step import default_service

@api(inference_type=LLMChat())
def chat(user_input: str): ...

@api
def bare(x: int): ...

class Digits:
    @api()
    def predict(self, x: int): ...

spec = registered()["serving"][0]
print(json.dumps({
    "apis": list(default_service.apis),
    "spec": spec.to_json(),
    "same": bare.__name__,
    "heavy": sorted({"fastapi", "starlette", "uvicorn", "gradio", "numpy.random"} & set(sys.modules)),
}))
"""


def test_functions_make_a_step_that_serves_them() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    told = json.loads(ran.stdout)
    assert told["apis"] == ["chat", "bare", "predict"]
    assert told["same"] == "bare"
    spec = told["spec"]
    assert (spec["id"], spec["expose"], spec["options"]["virtual"]) == ("serving", 8080, True)
    assert spec["options"]["service_spec"]["apis"][0]["inference_type"] == "llm_chat"


def test_the_decorator_loads_no_server() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["heavy"] == []
