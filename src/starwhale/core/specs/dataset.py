"""dataset.yaml: what a dataset is built from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from starwhale.core.errors import InvalidSpec
from starwhale.core.resources import parse_size
from starwhale.core.specs.base import Spec, spec_of
from starwhale.core.specs.document import read_document
from starwhale.core.specs.text import Handler, LooseText, name_of

_MIB = 1 << 20


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_size(value)
    except InvalidSpec as exc:
        raise ValueError(exc.message) from exc
    except OverflowError as exc:
        raise ValueError("the size is too large") from exc


Size = Annotated[int, BeforeValidator(_bytes), Field(strict=True, gt=0, lt=1 << 63)]


class DatasetAttr(Spec):
    """How older releases laid out blobs; read so that their files go on working, without effect here."""

    volume_size: Size = Field(default=64 * _MIB, description="a number of bytes, or a size such as '64M'")
    alignment_size: Size = Field(default=128, description="a number of bytes, or a size such as '4k'")


class DatasetSpec(Spec):
    """dataset.yaml."""

    handler: Handler = Field(description="text of the form 'module:name'")
    name: Annotated[str, name_of("dataset")] = Field(
        default="", description="the name of the dataset, as text"
    )
    version: LooseText = Field(default="1.0", description="text such as '1.0'")
    desc: str = Field(default="", description="text")
    attr: DatasetAttr = Field(default=DatasetAttr(), description="the fields volume_size and alignment_size")
    pkg_data: tuple[str, ...] = Field(default=(), description="a list of file patterns")
    exclude_pkg_data: tuple[str, ...] = Field(default=(), description="a list of file patterns")
    project_uri: str = Field(default="", description="the address of a project, as text")
    runtime_uri: str = Field(default="", description="the address of a runtime, as text")


def load_dataset_spec(path: Path) -> DatasetSpec:
    """Read dataset.yaml.

    Raises:
        NotFound: there is no such file.
        InvalidSpec: a field is wrong; one sentence with file, line, field and what it must be.
    """
    return spec_of(DatasetSpec, read_document(path))
