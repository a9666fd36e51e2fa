"""LightGBM: models as it writes them, in text; trees are counted, not built."""

from __future__ import annotations

from starwhale.models.facts.plain import whole
from starwhale.models.facts.source import Cursor, Source, Unreadable
from starwhale.models.facts.values import FileFacts, TensorSpec

MAGIC = b"tree\n"
_LONGEST_LINE = 4 << 20
_MOST_LINES = 200
_MOST_TREES = 100_000
_MOST_FEATURES = 1000


def read_lightgbm(source: Source, path: str) -> FileFacts:
    """Read the head of the model and the number of leaves of each tree.

    Raises:
        Unreadable: it is no model of LightGBM, is cut off, or too much.
    """
    cursor = Cursor(source)
    if cursor.take(len(MAGIC)) != MAGIC:
        raise Unreadable("it does not begin as a model of LightGBM does")
    head = _head(cursor)
    sizes = [whole(each) for each in head.get("tree_sizes", "").split()]
    last = whole(head.get("max_feature_idx"))
    if "version" not in head or last is None or len(sizes) > _MOST_TREES:
        raise Unreadable("its head is not that of a model of LightGBM")
    leaves = [_leaves(cursor, size) for size in sizes if size is not None]
    classes = whole(head.get("num_class")) or 1
    objective, _, options = head.get("objective", "").partition(" ")
    many = objective in {"multiclass", "multiclassova"} and classes > 1
    prediction = (None, classes) if many else (None,)
    details = {
        "objective": objective[:200],
        "objective_options": options[:200],
        "trees": len(leaves),
        "leaves": sum(leaves),
        "classes": classes,
        "features": last + 1,
        "feature_names": [each[:200] for each in head.get("feature_names", "").split()[:_MOST_FEATURES]],
        "model_format": head["version"][:50],
    }
    return FileFacts(
        path=path,
        format="lightgbm",
        framework="lightgbm",
        class_name="gbdt",
        # A tree with so many leaves has one split less.
        parameters=sum(max(2 * each - 1, 1) for each in leaves),
        inputs=(TensorSpec(name="data", dtype="float64", shape=(None, last + 1)),),
        outputs=(TensorSpec(name="prediction", dtype="float64", shape=prediction),),
        details={name: value for name, value in details.items() if value},
    )


def _head(cursor: Cursor) -> dict[str, str]:
    """The lines before the first tree; the cursor stands at the tree after."""
    head: dict[str, str] = {}
    for _ in range(_MOST_LINES):
        line = cursor.line(_LONGEST_LINE)
        if not line and "tree_sizes" in head:
            return head
        name, _, value = line.decode("utf-8", "replace").partition("=")
        head[name[:100]] = value
    raise Unreadable("its head does not end")


def _leaves(cursor: Cursor, size: int) -> int:
    """How many leaves the tree has that begins here and takes so many bytes."""
    start = cursor.position
    found = None
    if cursor.line(100).startswith(b"Tree="):
        name, _, value = cursor.line(100).partition(b"=")
        found = whole(value.decode("ascii", "replace")) if name == b"num_leaves" else None
    rest = start + size - cursor.position
    if found is None or rest < 0:
        raise Unreadable(f"there is no tree at {start}")
    cursor.skip(rest)
    return found
