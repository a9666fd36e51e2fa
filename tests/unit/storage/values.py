"""Hypothesis strategies for everything that a row may hold."""

from __future__ import annotations

from datetime import UTC

import numpy as np
from hypothesis import strategies as st

from starwhale.core.types.audio import Audio
from starwhale.core.types.binary import Binary, NumpyBinary
from starwhale.core.types.boxes import BoundingBox
from starwhale.core.types.image import GrayscaleImage, Image
from starwhale.core.types.labels import ClassLabel
from starwhale.core.types.points import Line, Point, Polygon
from starwhale.core.types.text import Text

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
dtypes = st.sampled_from(["u1", "i2", "<i8", ">u4", "f2", "<f8", "?", "c8", "U3", "M8[s]"])


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    raw = np.arange(int(np.prod(shape)), dtype="i8").reshape(shape)
    return raw.astype(draw(dtypes))


floats = st.floats(allow_nan=False)
coordinates = st.floats(-1e6, 1e6, allow_nan=False)
points = st.builds(Point, coordinates, coordinates)
media = st.one_of(
    st.builds(lambda b: Image(b, display_name="x.png", shape=(2, 2, 3)), st.binary(max_size=20)),
    st.builds(lambda b: GrayscaleImage(b, shape=(2, 2)), st.binary(max_size=20)),
    st.builds(Audio, st.binary(max_size=20)),
    st.builds(Binary, st.binary(max_size=20)),
    st.builds(Text, texts),
    st.just(NumpyBinary(np.zeros(3, dtype="f4").tobytes(), dtype=np.float32, shape=(3,))),
)
plain_objects = st.one_of(
    st.builds(BoundingBox, coordinates, coordinates, coordinates, coordinates),
    points,
    st.builds(Line, st.lists(points, min_size=2, max_size=3)),
    st.builds(Polygon, st.lists(points, min_size=3, max_size=4)),
    st.builds(ClassLabel, st.lists(texts, min_size=1, max_size=3)),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(),
    floats,
    texts,
    st.binary(max_size=10),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.complex_numbers(allow_nan=False),
)
leaves = st.one_of(scalars, media, plain_objects)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(texts, inner, max_size=3),
        st.dictionaries(st.integers(0, 9), inner, max_size=2),
    ),
    max_leaves=8,
)
keys = st.one_of(st.integers(-5, 30), st.sampled_from(["a", "b", "ab", "ö", "zz"]))
