"""The 1,797 handwritten digits that scikit-learn carries, one row each.

`swcli dataset build` reads `dataset.yaml`, imports this module and stores what `rows` yields.
"""

from __future__ import annotations

from collections.abc import Iterator

from sklearn.datasets import load_digits

from starwhale import GrayscaleImage


def rows() -> Iterator[tuple[int, dict[str, object]]]:
    """Key and features of each digit: an image of 8x8 grey pixels, and the number that was meant."""
    images, labels = load_digits(return_X_y=True)
    for key, (pixels, label) in enumerate(zip(images, labels, strict=True)):
        grey = (pixels * 255 / 16).round().astype("uint8")
        yield key, {"img": GrayscaleImage(grey.tobytes(), shape=(8, 8, 1)), "label": int(label)}
