"""What is asked of rows of datasets over HTTP, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.page import LARGEST
from starwhale.server.forms import Form

KEY_TOLD = "A number as it is; a text in double quotes, or bare where it is no number."
_LONGEST_KEY = 4096


class Row(BaseModel):
    """One row."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    key: int | str = Field(examples=[17])
    values: dict[str, Any] = Field(
        description="Column to value. Media are objects with `type`, `mime`, `size` and a `url` that is good "
        "for 15 minutes (`media_lasts`); it is null where the bytes lie elsewhere.",
        examples=[{"label": 3, "image": {"type": "image", "mime": "image/png", "size": 312, "url": "…"}}],
    )
    cut: list[str] = Field(description="Columns of which only the beginning is shown.")


class DatasetRows(BaseModel):
    """Some rows in the order of their keys, numbers before texts."""

    items: list[Row]
    next: str | None = Field(
        description="What to send as `cursor` to go on; with a filter there may be more to come although few "
        "rows, or none, are here."
    )
    looked_at: int = Field(description="Rows that were looked at for it.")
    total: int = Field(description="Rows of the version, filter or not.")
    places: list[int] = Field(
        description="Where each of these lies among all rows of the version, from 0; empty without `offset`."
    )


class Question(Form):
    """Which rows are wanted."""

    columns: list[str] | None = Field(default=None, max_length=1000, description="Those to show.")
    where: dict[str, Any] | None = Field(
        default=None,
        description="A filter tree as tables have it; the key is called `id`.",
        examples=[{"op": "and", "parts": [{"op": ">", "column": "score", "value": 0.5}]}],
    )
    start: int | str | None = Field(default=None, description="First key.")
    end: int | str | None = Field(default=None, description="First key that is not wanted any more.")
    offset: int | None = Field(
        default=None, ge=0, le=2**53, description="Rows to leave out first, in place of keys and a cursor."
    )
    size: int = Field(default=50, ge=1, le=LARGEST)
    cursor: str = Field(default="", max_length=8192)


class Counted(Form):
    """Which rows are to be counted."""

    where: dict[str, Any] | None = Field(default=None, description="A filter tree.")


class DatasetCount(BaseModel):
    """How many rows a filter wants, as far as they have been looked at; asking again goes on."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    matched: int
    looked_at: int = Field(description="As many as `total` once all have been looked at.")
    total: int = Field(description="Rows of the version.")


class Sought(Counted):
    """Which key is looked for, among which rows."""

    key: str = Field(max_length=_LONGEST_KEY, description=KEY_TOLD, examples=["17"])


class Place(BaseModel):
    """Where a key lies; asking again goes on where not all rows before it have been looked at."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    place: int = Field(description="Rows before it, of those that the filter wants; also an `offset`.")
    found: bool = Field(description="Whether there is a row of that key among them.")
    done: bool


class WantedKeys(Form):
    """Rows of which keys are wanted."""

    keys: list[int | Annotated[str, Field(max_length=_LONGEST_KEY)]] = Field(
        min_length=1, max_length=200, description="As rows have them: numbers, or texts.", examples=[[17, 4]]
    )
    columns: list[str] | None = Field(default=None, max_length=1000, description="Those to show.")


class RowsOfKeys(BaseModel):
    """The rows of some keys."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    items: list[Row] = Field(validation_alias="rows", description="In the order asked for.")
    missing: list[int | str] = Field(description="Keys of which there is no row.", examples=[[4]])
    left: list[int | str] = Field(
        description="Keys that are to be asked for again: the rows before them are large.", examples=[[]]
    )


class DatasetColumn(BaseModel):
    """What one column holds."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str
    type: str = Field(examples=["list<int>"])
    count: int = Field(description="Values that are not null.")
    nulls: int
    absent: int = Field(description="Rows that lack it.")
    minimum: Any = Field(description="Lowest value, or length of text and lists.")
    maximum: Any
    mean: float | None
    size: int | None = Field(description="Bytes of media.")
    values: list[tuple[Any, int]] = Field(description="Values and how often each occurs, where they are few.")
    histogram: list[tuple[float, float, int]] = Field(
        description="Ranges of numbers, or lengths of text and lists, from low to high: the low end, the high"
        " end, which belongs to the next, and how many values lie between."
    )


class Summary(BaseModel):
    """What a version consists of."""

    name: str
    project: str
    version: str
    tags: list[str]
    message: str
    rows: int
    bytes: int
    files: int
    columns: dict[str, str] = Field(description="Column to type.", examples=[{"label": "int"}])
    info: dict[str, Any]


class ColumnDifference(BaseModel):
    """A column that differs."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str
    before: str | None
    after: str | None


class RowDifference(BaseModel):
    """A row that differs."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    key: int | str
    kind: Literal["added", "removed", "changed"]
    fields: list[str]
    before: Row | None
    after: Row | None


class Differences(BaseModel):
    """What differs between two versions."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    added: int
    removed: int
    changed: int
    unchanged: int
    columns: list[ColumnDifference]
    examples: list[RowDifference]
