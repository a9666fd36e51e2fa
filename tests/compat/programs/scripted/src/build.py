# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
from pathlib import Path

from starwhale import Context, dataset, evaluation, handler, model, pass_context

try:
    from .evaluator import predict
except ImportError:
    from evaluator import predict

ROOTDIR = Path(__file__).parent.parent


@handler(replicas=1)
@pass_context
def context_handle(ctx: Context) -> None:
    evaluation.log_summary(model=ctx.model_name, handler=ctx.step)


@evaluation.evaluate(needs=[predict, context_handle])
def evaluate(results) -> None:
    evaluation.log_summary(letters=sum(each["output/length"] for each in results))


if __name__ == "__main__":
    ds = dataset("sentences", create="empty")
    ds.extend({"text": text} for text in ("call me", "Ishmael"))
    ds.commit()
    ds.close()

built = model.build(
    name="named", modules=[context_handle, predict, "src.build"], workdir=ROOTDIR, tags=["t1"]
)
model.build(name="found", workdir=ROOTDIR, excludes=["notes"])
print(built)
