# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import enum
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from starwhale import Context, argument, evaluation, handler, pass_context
from starwhale.base.context import Context as SameContext
from starwhale.consts.env import SWEnv
from starwhale.utils import console
from starwhale.utils.debug import init_logger

init_logger(3)
ROOT = Path(__file__).parent


class Mode(enum.Enum):
    FAST = "fast"
    SLOW = "slow"


@dataclass
class TrainingArguments:
    epochs: int = field(default=1, metadata={"help": "how often"})
    mode: Mode = field(default=Mode.FAST)
    learning_rate: float = 0.1
    layers: t.List[str] = field(default_factory=lambda: ["all"])
    device_map: t.Dict[str, t.Any] = field(default_factory=dict)
    dry_run: bool = False
    seed: t.Optional[int] = None


@dataclass
class DataArguments:
    split: str = field(default="train", metadata={"hidden": True})


@handler(replicas=3, resources={"cpu": 1, "memory": "200MiB"}, name="prepare")
@pass_context
def prepare(context: Context) -> None:
    assert (ROOT / "shards.txt").exists() and Path("shards.txt").exists()
    shards = Path("shards.txt").read_text().split()
    mine = shards[context.index :: context.total]
    evaluation.log("shards", id=context.index, metrics={"names": " ".join(mine), "size": {"rows": len(mine)}})
    console.print(f"replica {context.index} of {context.total}")


class Trainer:
    @handler(
        replicas=2,
        needs=[prepare],
        resources={
            "memory": {"request": 100 * 1024 * 1024, "limit": "1Gi"},
            "nvidia.com/gpu": 1,
        },
    )
    def train(self) -> None:
        ctx = Context.get_runtime_context()
        assert isinstance(ctx, SameContext)
        rows = sum(each["size/rows"] for each in evaluation.iter("shards"))
        evaluation.log("epochs", id=f"replica-{ctx.index}", metrics={"rows": rows})


@handler(needs=[prepare], extra_args=[2], extra_kwargs={"unit": "shards"})
def count(times: int, unit: str) -> None:
    found = len(list(evaluation.scan("shards")))
    evaluation.log_summary({"counted": times * found, "unit": unit})


@handler()
@argument(TrainingArguments, inject_name="options")
@pass_context
def single(ctx: Context, options: TrainingArguments) -> None:
    evaluation.log_summary(single=options.epochs, step=ctx.step, total=ctx.total)


@argument([TrainingArguments, DataArguments])
@handler(needs=[Trainer.train, count, single])
def report(argument: t.Tuple[TrainingArguments, DataArguments]) -> None:
    training, data = argument
    evaluation.log_summary(
        epochs=training.epochs,
        mode=training.mode.name,
        learning_rate=training.learning_rate,
        layers=",".join(training.layers),
        device=str(training.device_map),
        dry_run=training.dry_run,
        seed=training.seed,
        split=data.split,
        replicas=[each["id"] for each in evaluation.scan("epochs")],
        knows_project=SWEnv.project,
    )
