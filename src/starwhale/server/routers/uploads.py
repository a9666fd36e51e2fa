"""Datasets made of files that are sent: tables, media, shards, rows for fine-tuning."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from starwhale.core.kinds import Kind
from starwhale.core.names import check_name, check_tag
from starwhale.core.permissions import writing
from starwhale.datasets.schemas import OnError
from starwhale.datasets.upload_formats import Format, Reading
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.life import life_of
from starwhale.server.once import STREAMED, Once
from starwhale.server.upload_build import UploadRequest
from starwhale.server.uploading import LINES, UploadBuilds

routes = Routes("/projects/{project}/datasets", "datasets")

_EXAMPLE = (
    '{"files":1}\n{"progress":{"rows":2000,"seconds":0.4,"size":96000}}\n'
    '{"left_out":{"file":"digits/a.csv","row":7,"reason":"…"}}\n'
    '{"built":{"version":"7savsrzxvlax7savsrzxvlax7savsrzxvlax7sav","rows":2999,"yielded":2999,'
    '"is_new":true,"rejected":1}}\n'
)
_TOLD: dict[str, Any] = {
    "description": "How it goes on, a JSON document a line: `waiting`, `files` (how many there are),"
    " `progress`, `left_out` (rows that could not be used, with `on_error=collect`, the first 1000), `beat`"
    " where there is nothing to tell; the last has `built`, or the `problem` for which there is no version.",
    "content": {LINES: {"schema": {"type": "string"}, "example": _EXAMPLE}},
}
#: Events of a build of which there is no version yet.
_BEGINS = ("build.opened", "build.closed")
_BODY: dict[str, Any] = {
    "required": True,
    "description": "A tar archive of the files, not compressed; ZIP and gzip among them are unpacked.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


FormatWanted = Annotated[
    Format, Query(alias="format", description="What the files are; by their names, unless told.")
]


async def _csv(
    infer_types: Annotated[
        bool, Query(description="Numbers and dates in columns of CSV that hold nothing else.")
    ] = True,
    delimiter: Annotated[
        str, Query(max_length=1, description="Between fields of CSV; by default as the file is called.")
    ] = "",
    quotechar: Annotated[
        str, Query(max_length=1, description="Around fields of CSV; quotation marks by default.")
    ] = "",
    skipinitialspace: Annotated[bool, Query(description="Drop blanks behind a delimiter of CSV.")] = False,
    strict: Annotated[bool, Query(description="Refuse CSV that is quoted badly.")] = False,
) -> dict[str, Any]:
    return {
        "infer_types": infer_types,
        "delimiter": delimiter,
        "quotechar": quotechar,
        "skipinitialspace": skipinitialspace,
        "strict": strict,
    }


async def _reading(
    csv: Annotated[dict[str, Any], Depends(_csv)],
    kind: FormatWanted = Format.AUTO,
    auto_label: Annotated[bool, Query(description="Label media by the names of their folders.")] = True,
    field_selector: Annotated[
        str, Query(max_length=500, description="Where in a JSON document the rows are, as a.b[0].c.")
    ] = "",
    encoding: Annotated[str, Query(max_length=40, description="Of texts; UTF-8 by default.")] = "",
    annotations: Annotated[
        list[str] | None,
        Query(max_length=100, description="Files with annotations of COCO; all JSON by default."),
    ] = None,
    coco_images: Annotated[
        str,
        Query(max_length=500, description="Folder of the images of COCO; they are looked for by default."),
    ] = "",
    llm_format: Annotated[
        str, Query(max_length=40, description="Of rows for fine-tuning; by their fields, unless told.")
    ] = "auto",
) -> Reading:
    return Reading(
        format=kind,
        auto_label=auto_label,
        field_selector=field_selector,
        encoding=encoding,
        annotations=tuple(annotations or ()),
        coco_images=coco_images,
        llm_format=llm_format,
        **csv,
    )


@routes.post(
    "/{name}/uploads",
    writing(Kind.DATASET),
    once=STREAMED,
    name="build_dataset",
    response_class=Response,
    responses={200: _TOLD},
    openapi_extra={"requestBody": _BODY},
)
async def build_dataset(
    request: Request,
    caller: Caller,
    project: str,
    name: str,
    reading: Annotated[Reading, Depends(_reading)],
    overwrite: Annotated[
        bool, Query(description="Begin with no rows, instead of those that there are.")
    ] = False,
    on_error: Annotated[
        OnError, Query(description="What a row does that cannot be used: end it all, be left out, be told.")
    ] = OnError.FAIL,
    message: Annotated[str, Query(max_length=2000, description="What to say of the version.")] = "",
    tag: Annotated[list[str] | None, Query(max_length=20, description="Tags for it.")] = None,
) -> Response:
    """Make a version of a dataset of files that are sent, as `swcli dataset build` does.

    Nothing is visible before all rows are there. Whoever hangs up ends the build. Sent again with its
    `Idempotency-Key`, it is answered with the last line alone.
    """
    services = services_of(request)
    await run_in_threadpool(services.projects.check, caller, project, writing(Kind.DATASET))
    check_name(name, "dataset")
    builds: UploadBuilds = request.app.state.upload_builds
    wanted = UploadRequest(
        actor=caller,
        project=project,
        name=name,
        reading=reading,
        overwrite=overwrite,
        message=message,
        tags=tuple(check_tag(each) for each in tag or ()),
        on_error=on_error,
        **builds.limits,
    )
    once = partial(Once.of, request, caller, begins=_BEGINS)
    return await builds.begin(request.stream(), wanted, life_of(request), once)
