"""`model.describe`: what a live model is, so that its package can tell it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starwhale.models.facts.declared import ModelFacts
from starwhale.models.facts.live import boosting, onnx, other, pytorch, sklearn
from starwhale.models.facts.live.asking import Kind
from starwhale.models.facts.live.signature import specs_of
from starwhale.models.facts.values import TensorSpec

__all__ = ["ModelFacts", "TensorSpec", "describe"]

# The estimators of boosters are estimators of scikit-learn too, so they are asked first.
_KINDS: tuple[Kind, ...] = (
    boosting.XGBOOST,
    boosting.LIGHTGBM,
    sklearn.KIND,
    pytorch.PIPELINE,
    pytorch.MODULE,
    onnx.MESSAGE,
    onnx.SESSION,
    pytorch.WEIGHTS,
    other.OTHER,
)


def describe(obj: Any, *, inputs: Any = None, outputs: Any = None, example: Any = None) -> ModelFacts:
    """Tell what a model is: framework and version, class, number of parameters, inputs and outputs.

    It knows scikit-learn, PyTorch, transformers, peft, XGBoost, LightGBM, ONNX and ONNX Runtime, and imports
    none of them. Of anything else it tells the class, and the signature where one is given.

    Args:
        obj: The model, fitted or loaded.
        inputs: What it takes, where it does not say so itself: names with pairs such as
            ``("float32", (None, 4))``, with `TensorSpec` or with values that have a dtype and a shape; or one
            of these alone. The first dimension of a value counts rows, of which there may be any number.
        outputs: What it gives, told in the same way.
        example: Something to run the model on once, to learn both. A tuple or a mapping are several arguments
            of a module of PyTorch, and several inputs of a session of ONNX Runtime.

    Returns:
        The facts; `ModelFacts.save` puts them where a build packs them.

    Raises:
        UserCodeError: the model fails on the example.
        UsageError: it cannot be run on one.

    Example:
        ```python
        from starwhale import model

        model.describe(classifier, example=x[:2]).save(".")
        model.build(["evaluate"], name="digits")
        ```
    """
    kind = next(each for each in _KINDS if each.matches(obj))
    found = kind.facts(obj)
    if example is not None:
        taken, given = kind.run(obj, example)
        found = replace(found, inputs=taken, outputs=given)
    if inputs is not None:
        found = replace(found, inputs=specs_of(inputs, "input"))
    if outputs is not None:
        found = replace(found, outputs=specs_of(outputs, "output"))
    return found
