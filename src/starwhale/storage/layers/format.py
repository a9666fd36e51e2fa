"""One layer file: an Arrow IPC stream of rows sorted by key, and behind it an index.

    schema message, record batches, end-of-stream mark     any Arrow stream reader reads this part
    index: JSON                                            place, rows, key range, checksum per batch
    xxh3 of the mark and the index (8 bytes), length of the index (8), magic (8)

Columns: ``$key`` (int64 or string, strictly ascending), ``$op`` (absent where all rows are plain
upserts), ``$digest`` (128 bits per row, datasets only), a column per feature under its own name
(a leading "$" is written "$$"), and ``$has:NAME`` where only some rows carry the feature.
The schema and each batch have a checksum that is tested the first time they are touched.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, cast

import xxhash

if TYPE_CHECKING:
    import pyarrow as pa

Key = int | str
FORMAT = 1
MAGIC = b"SWLAYER1"
TRAILER = struct.Struct("<QQ8s")
END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"

UPSERT, REPLACE, DELETE = 0, 1, 2
KEY, OP, DIGEST, HAS = "$key", "$op", "$digest", "$has:"

BATCH_BYTES = 256 * 1024
# Compressed batches are read whole, by queries more than by single reads.
COMPRESSED_BATCH_BYTES = 4 * 1024 * 1024
BATCH_ROWS = 8192


def escape(name: str) -> str:
    """Arrow column name of a feature."""
    return "$" + name if name.startswith("$") else name


def checksum(buffer: pa.Buffer) -> str:
    """Checksum of a piece of a file."""
    return xxhash.xxh3_64_hexdigest(cast("Any", memoryview(buffer)))
