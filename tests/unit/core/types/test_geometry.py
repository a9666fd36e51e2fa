"""Points, lines, polygons and boxes."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import MissingDependency, UnsupportedValue, UsageError
from starwhale.core.types.boxes import BoundingBox, BoundingBox3D
from starwhale.core.types.plain import Geometry
from starwhale.core.types.points import Line, Point, Polygon

WHOLE = st.integers(-(2**53), 2**53)
NUMBER = WHOLE | st.floats(allow_nan=False)
PIXEL = st.floats(-1e5, 1e5)
SIDE = st.floats(0.5, 1e5)
BOX = st.builds(BoundingBox, NUMBER, NUMBER, NUMBER, NUMBER)
POINT = st.builds(Point, NUMBER, NUMBER)
SHAPES = st.one_of(
    BOX,
    POINT,
    st.builds(BoundingBox3D, BOX, BOX),
    st.builds(Line, st.lists(POINT, max_size=4)),
    st.builds(Polygon, st.lists(POINT, max_size=4)),
)


def column_type(plain: Any) -> Any:
    """The type that a column would need."""
    if isinstance(plain, dict):
        return {key: column_type(value) for key, value in plain.items()}
    return {"list": [column_type(item) for item in plain[:1]]} if isinstance(plain, list) else type(plain)


@given(shape=SHAPES)
def test_stored_shapes_come_back_equal(shape: Geometry) -> None:
    back = type(shape).from_plain(json.loads(json.dumps(shape.to_plain())))
    assert back == shape
    assert pickle.loads(pickle.dumps(shape)) == shape


@given(numbers=st.lists(WHOLE, min_size=4, max_size=4))
def test_whole_numbers_come_back_as_ints_so_that_one_can_slice_with_them(numbers: list[int]) -> None:
    pairs = [numbers[:2], numbers[2:]]
    for shape in (
        BoundingBox(*numbers),
        Point(*numbers[:2]),
        Line(pairs),
        BoundingBox3D(BoundingBox(*numbers)),
    ):
        back = type(shape).from_plain(shape.to_plain())
        assert np.array(back.to_list()).dtype.kind == "i"
        assert back.to_list() == shape.to_list()


@given(one=BOX, other=BOX)
def test_every_box_has_the_same_column_type(one: BoundingBox, other: BoundingBox) -> None:
    assert column_type(one.to_plain()) == column_type(other.to_plain())
    assert column_type(BoundingBox3D(one, other).to_plain()) == column_type(BoundingBox3D().to_plain())


@given(points=st.lists(POINT, min_size=1, max_size=4))
def test_every_line_has_the_same_column_type(points: list[Point]) -> None:
    assert column_type(Line(points).to_plain()) == column_type(Polygon([Point(0, 0)]).to_plain())
    assert column_type(points[0].to_plain()) == column_type(Point().to_plain())


@given(x=PIXEL, y=PIXEL, width=SIDE, height=SIDE, image_width=SIDE, image_height=SIDE)
def test_every_notation_of_a_box_reads_back(
    x: float, y: float, width: float, height: float, image_width: float, image_height: float
) -> None:
    box = BoundingBox(x, y, width, height)
    size = (image_width, image_height)
    cx, cy, across, down = box.to_darknet(*size)
    for back in (
        BoundingBox.from_xywh(*box.to_list()),
        BoundingBox.from_xyxy(*box.to_xyxy()),
        BoundingBox.from_ccwh(*box.to_ccwh()),
        BoundingBox.from_darknet(cx, cy, across, down, *size),
    ):
        assert back.to_list() == pytest.approx(box.to_list(), rel=1e-6, abs=1e-6)


@given(box=st.builds(BoundingBox, PIXEL, PIXEL, SIDE, SIDE))
def test_notations_agree_with_arithmetic_on_arrays(box: BoundingBox) -> None:
    corner, size = np.split(box.to_numpy(), 2)
    assert np.allclose(box.to_xyxy(), np.concatenate([corner, corner + size]))
    assert np.allclose(box.to_ccwh(), np.concatenate([corner + size / 2, size]))
    image = np.array([640.0, 480.0])
    assert np.allclose(box.to_darknet(640, 480), np.concatenate([(corner + size / 2) / image, size / image]))


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (BoundingBox.from_xyxy(1, 2, 4, 6), [1, 2, 3, 4]),
        (BoundingBox.from_xyxy(4, 6, 1, 2), [4, 6, -3, -4]),
        (BoundingBox.from_ccwh(5, 5, 3, 3), [3.5, 3.5, 3, 3]),
        (BoundingBox.from_darknet(0.5, 0.5, 0.2, 0.4, 10, 20), [4, 6, 2, 8]),
        (BoundingBox(), [0, 0, 0, 0]),
    ],
)
def test_boxes_are_those_of_old(box: BoundingBox, expected: list[float]) -> None:
    assert box.to_list() == expected


def test_whole_corners_stay_whole() -> None:
    assert [type(item) for item in BoundingBox(1, 2, 3, 4).to_xyxy()] == [int] * 4


def test_shares_of_an_image_without_size_are_refused() -> None:
    for size in ((0, 20), (10, 0)):
        with pytest.raises(UsageError, match="no shares"):
            BoundingBox(1, 2, 3, 4).to_darknet(*size)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (BoundingBox(1, 2, 3, 4), [1.0, 2, 3, 4]),
        (BoundingBox3D(BoundingBox(1, 2, 3, 4), BoundingBox(5, 6, 7, 8)), [[1.0, 2, 3, 4], [5, 6, 7, 8]]),
        (Point(1, 2.5), [1, 2.5]),
        (Line([Point(1, 2), Point(3, 4)]), [[1.0, 2], [3, 4]]),
        (Polygon([Point(1, 2)]), [[1.0, 2]]),
        (Line(), np.empty((0, 2))),
    ],
)
def test_shapes_are_arrays_of_float64(shape: Geometry, expected: Any) -> None:
    wanted = np.array(expected, dtype=np.float64)
    assert shape.dtype == shape.to_numpy().dtype == np.float64
    assert np.array_equal(shape.to_numpy(), wanted)
    assert shape.to_numpy().shape == wanted.shape
    assert shape.to_bytes() == wanted.tobytes()


def test_boxes_tell_the_shape_of_their_array() -> None:
    assert BoundingBox().shape == BoundingBox().to_numpy().shape
    assert BoundingBox3D().shape == BoundingBox3D.SHAPE == BoundingBox3D().to_numpy().shape


def test_tensors_of_shapes_need_pytorch_and_are_float32() -> None:
    box = BoundingBox(1, 2, 3, 4)
    try:
        import torch  # pyright: ignore[reportMissingImports]
    except ImportError:
        for convert in (box.to_tensor, box.to_pt_tensor):
            with pytest.raises(MissingDependency, match="pip install torch"):
                convert()
        return
    assert box.to_tensor().dtype is torch.float32
    assert box.to_pt_tensor().tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "value",
    [np.float32(1.5), np.float16(1.5), np.longdouble(1.5), Decimal("1.5"), Fraction(3, 2), np.array(1.5)],
)
def test_numbers_of_every_make_become_floats(value: Any) -> None:
    assert type(Point(value).x) is float
    assert Point(value) == Point(1.5)


@pytest.mark.parametrize("value", [np.int8(3), np.uint64(3), np.array(3)])
def test_whole_numbers_of_every_make_become_ints(value: Any) -> None:
    assert type(Point(value).x) is int
    assert Point(value) == Point(3)


@pytest.mark.parametrize("value", ["1", None, True, 1j, [1], np.array([1, 2]), b"1"])
def test_what_is_no_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(UnsupportedValue, match="y must be a number"):
        Point(0, value)
    with pytest.raises(UnsupportedValue, match="height must be a number"):
        BoundingBox(0, 0, 0, value)


def test_a_bad_assignment_is_refused_when_it_is_stored() -> None:
    box: Any = BoundingBox(1, 2, 3, 4)
    box.x += 1
    assert box.to_plain()["x"] == 2
    box.width = "wide"
    with pytest.raises(UnsupportedValue, match="width must be a number, not 'wide'"):
        box.to_plain()


@pytest.mark.parametrize("value", [2**53 + 1, 10**400])
def test_a_whole_number_that_no_float_equals_is_refused(value: int) -> None:
    with pytest.raises(UnsupportedValue, match="too large"):
        Point(value).to_plain()


@pytest.mark.parametrize("points", [[1, 2], ["ab"], [(1, 2, 3)], [None]])
def test_what_is_no_point_is_refused(points: Any) -> None:
    with pytest.raises(UnsupportedValue):
        Line(points)


def test_points_may_be_pairs() -> None:
    assert Line(np.array([[1, 2], [3, 4]])) == Line([Point(1, 2), Point(3, 4)])
    assert Line([(1, 2), [3, 4], Point(5, 6)]) == Line([Point(1, 2), Point(3, 4), Point(5, 6)])


def test_shapes_of_different_kinds_are_not_equal() -> None:
    assert Line([(1, 2)]) != Polygon([(1, 2)])
    assert Line([(1, 2)]) != Line([(1, 3)])
    assert Point(1, 2) != Point(2, 2)
    assert Point(1, 2) != Point(1, 1)
    assert BoundingBox(1, 2, 3, 4) != BoundingBox(1, 2, 3, 5)
    assert BoundingBox3D(BoundingBox(1)) != BoundingBox3D(None, BoundingBox(1))
    assert Point(1, 2) == Point(1.0, 2.0)
    assert Point(1, 2) != [1, 2]


@pytest.mark.parametrize("shape", [Point(), Line(), BoundingBox(), BoundingBox3D()])
def test_shapes_can_be_changed_and_are_therefore_no_keys(shape: Geometry) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(shape)


def test_a_box_in_space_has_two_boxes() -> None:
    with pytest.raises(UnsupportedValue, match="bbox_b must be a BoundingBox"):
        BoundingBox3D(BoundingBox(), [1, 2, 3, 4])  # pyright: ignore[reportArgumentType]


def test_the_dicts_have_the_keys_of_old() -> None:
    box = {"_type": "bounding_box", "x": 1, "y": 2, "width": 3, "height": 4}
    assert BoundingBox(1, 2, 3, 4).asdict() == box
    assert BoundingBox(1, 2, 3, 4).asdict(ignore_keys=["x"]) == {k: v for k, v in box.items() if k != "x"}
    assert json.loads(BoundingBox(1, 2, 3, 4).jsonify()) == box
    solid = BoundingBox3D(BoundingBox(1, 2, 3, 4), BoundingBox(1, 2, 3, 4))
    assert solid.asdict() == {"_type": "bounding_box3D", "bbox_a": box, "bbox_b": box}
    point = {"_type": "point", "x": 1, "y": 2}
    assert Point(1, 2).asdict() == point
    assert Line([Point(1, 2)]).asdict() == {"_type": "line", "points": [point]}
    assert Polygon([Point(1, 2)]).asdict() == {"_type": "polygon", "points": [point]}


def test_shapes_show_themselves_as_they_are_written() -> None:
    for shape in (BoundingBox(1, 2, 3, 4.5), BoundingBox3D(), Point(1, 2), Line([(1, 2)]), Polygon()):
        assert eval(repr(shape)) == shape
