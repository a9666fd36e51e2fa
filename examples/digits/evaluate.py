"""Evaluate the classifier: `predict` runs once per row, in parallel; `evaluate` once, over all results."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from starwhale import evaluation, multi_classification

WEIGHTS = np.load(Path(__file__).with_name("weights.npz"))  # plain arrays: nothing is unpickled


@evaluation.predict(replicas=2)
def predict(data):
    """Most likely digit of one image, and how likely each of the ten is."""
    pixels = data.img.to_numpy().reshape(-1) / 255
    scores = np.exp(WEIGHTS["coef"] @ pixels + WEIGHTS["intercept"])
    return {"label": int(scores.argmax()), "probability": (scores / scores.sum()).tolist()}


@evaluation.evaluate(needs=[predict])
@multi_classification(all_labels=list(range(10)))
def evaluate(rows):
    """What was meant, what was said, and how sure; the decorator makes the metrics of it."""
    results = list(rows)
    meant = [row["input"]["label"] for row in results]
    said = [row["output"]["label"] for row in results]
    return meant, said, [row["output"]["probability"] for row in results]
