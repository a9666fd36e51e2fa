# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import io
import typing as t

import numpy as np

from starwhale import Audio, Binary, Image, Line, Link, MIMEType, NumpyBinary, Point, Polygon, Text, Video
from starwhale.base.data_type import (
    BoundingBox,
    BoundingBox3D,
    ClassLabel,
    COCOObjectAnnotation,
    GrayscaleImage,
)

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def png() -> bytes:
    import PIL.Image

    out = io.BytesIO()
    PIL.Image.fromarray(PIXELS).save(out, format="PNG")
    return out.getvalue()


def coco(number: int, rle: bool) -> COCOObjectAnnotation:
    annotation = COCOObjectAnnotation(
        id=number,
        image_id=number * 10,
        category_id=number % 5,
        area=12.5,
        bbox=BoundingBox(1, 2, 3, 4),
        iscrowd=int(rle),
    )
    if rle:
        annotation.segmentation = {"counts": [0, 3, 13], "size": [4, 4]}
    else:
        annotation.segmentation = [[0.0, 0.0, 1.5, 0.0, 1.5, 1.5]]
    return annotation


def scene(number: int) -> t.Dict[str, t.Any]:
    box = BoundingBox(x=number, y=2, width=3.5, height=4)
    return {
        "image": Image(fp=png(), display_name=f"{number}.png", shape=(4, 4, 3), mime_type=MIMEType.PNG),
        "mask": GrayscaleImage(PIXELS[:, :, 0].tobytes(), shape=(4, 4, 1)),
        "array": NumpyBinary(PIXELS.tobytes(), dtype=np.uint8, shape=(4, 4, 3)),
        "raw": Binary(b"\x00\x01\xff" * number, mime_type=MIMEType.UNDEFINED),
        "caption": Text(f"scene {number} \u9cb8", encoding="utf-8"),
        "sound": Audio(b"RIFF" + bytes([number]), mime_type=MIMEType.WAV),
        "film": Video(b"ftyp" + bytes([number]), mime_type=MIMEType.MP4),
        "classes": ClassLabel(["cat", "dog", "whale"]),
        "numbered": ClassLabel.from_num_classes(4),
        "box": box,
        "box3d": BoundingBox3D(box, BoundingBox(2, 3, 4, 5)),
        "boxes": [BoundingBox.from_xyxy(0, 0, n + 1, n + 1) for n in range(number)],
        "point": Point(x=0.5, y=number),
        "line": Line([Point(0, 0), Point(1, number)]),
        "polygon": Polygon([Point(0, 0), Point(1, 0), Point(1, number)]),
        "objects": [coco(number, rle=False), coco(number + 1, rle=True)],
        "mixed": [1, "two", 3.0, None, {"deep": Point(1, 2)}],
        "link": Link("s3://bucket/key", offset=1, size=2),
        "label": number % 3,
    }
