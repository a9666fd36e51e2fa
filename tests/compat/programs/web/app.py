# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import typing as t
from pathlib import Path

from starwhale import PipelineHandler, evaluation
from starwhale.api.service import LLMChat, Service, api
from starwhale.base.client.models.models import ComponentValueSpecFloat, ComponentValueSpecInt

GREETING = (Path(__file__).parent / "greeting.txt").read_text().strip()


@evaluation.predict
def predict(data: t.Dict) -> str:
    return greet(data["name"])


@api()
def greet(name: str, times: int = 1) -> str:
    return " ".join([f"{GREETING} {name}"] * times)


@api(
    inference_type=LLMChat(
        top_p=ComponentValueSpecFloat(defaultVal=0.9, max=1.0, min=0.1, step=0.1),
        temperature=ComponentValueSpecFloat(defaultVal=0.5, step=0.01),
        max_new_tokens=ComponentValueSpecInt(defaultVal=100, max=1000, min=10),
    )
)
def chat(
    user_input: str,
    history: t.List[t.Dict],
    temperature: float,
    top_p: float,
    max_new_tokens: int,
) -> t.List[t.Dict]:
    reply = f"{user_input}? {temperature} {top_p} {max_new_tokens}"
    history.extend([{"content": user_input, "bot": False}, {"content": reply, "bot": True}])
    return history


service = Service()


@service.api()
def shout(text: str) -> t.Dict[str, t.Any]:
    return {"text": text.upper(), "letters": len(text)}


class Counter(PipelineHandler):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def predict(self, data: t.Dict) -> int:
        return len(data)

    def evaluate(self, results: t.Iterator) -> None:
        pass

    @api()
    def count(self, by: int) -> int:
        self.calls += by
        return self.calls
