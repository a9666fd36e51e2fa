"""Train a classifier on the second half of the dataset `digits` and save its weights as plain arrays.

The first half is left for the evaluation.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression

from starwhale import dataset

HELD_OUT = 898  # rows 0 to 897 are never seen in training


def main() -> None:
    """Read, fit, save."""
    rows = list(dataset("digits", readonly=True)[HELD_OUT:])
    pixels = np.stack([row.features.img.to_numpy().reshape(-1) for row in rows]) / 255
    labels = [row.features.label for row in rows]
    model = LogisticRegression(max_iter=1000).fit(pixels, labels)
    np.savez("weights.npz", coef=model.coef_, intercept=model.intercept_)
    print(f"trained on {len(rows)} digits, {model.score(pixels, labels):.1%} of them right")


if __name__ == "__main__":
    main()
