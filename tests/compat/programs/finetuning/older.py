# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""How a fine-tuning was written before it was handed its datasets."""

import json

from starwhale import Context, dataset, fine_tune
from starwhale import model as starwhale_model
from toy import WEIGHTS, predict


@fine_tune(resources={"nvidia.com/gpu": 1}, auto_build_model=False)
def older_fit():
    ctx = Context.get_runtime_context()
    train = dataset(ctx.dataset_uris[0], readonly=True, create="forbid")
    rows = [row.features for row in train]
    train.close()
    offset = sum(row["y"] - 2 * row["x"] for row in rows) / len(rows)
    WEIGHTS.write_text(json.dumps({"slope": 2, "offset": offset}))
    starwhale_model.build(name=f"{ctx.model_name}-ft", modules=[predict])
