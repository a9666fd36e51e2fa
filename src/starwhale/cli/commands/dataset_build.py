"""`swcli dataset build`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click
from click.core import ParameterSource

from starwhale.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from starwhale.cli.frame import Noun

FILES, CODE, READING, RESULT = "Rows from files", "Rows from your code", "How files are read", "Result"
PLACES = "A path or an http(s) address; may be repeated."


def _option(panel: str, *names: str, **settings: Any) -> Callable[[Any], Any]:
    return click.option(*names, panel=panel, **settings)


_SOURCES = (
    _option(FILES, "-if", "--image", "--image-folder", "image", metavar="DIR",
            help="Directory of images, at any depth. Labels are the names of the directories; a .txt of the "
            "same name is the caption; metadata.csv or metadata.jsonl is joined on `file_name`."),
    _option(FILES, "-af", "--audio", "--audio-folder", "audio", metavar="DIR",
            help="The same of audio files."),
    _option(FILES, "-vf", "--video", "--video-folder", "video", metavar="DIR",
            help="The same of video files."),
    _option(FILES, "-jf", "--json", "json", multiple=True, metavar="FILE", help=f"JSON or JSONL. {PLACES}"),
    _option(FILES, "-c", "--csv", "csv", multiple=True, metavar="FILE", help=f"CSV or TSV. {PLACES}"),
    _option(FILES, "-pq", "--parquet", "--arrow", "parquet", multiple=True, metavar="FILE",
            help="Parquet, Arrow or Feather: a file or a directory of such; may be repeated."),
    _option(FILES, "-hf", "--huggingface", "huggingface", metavar="REPO",
            help="Name on the Hugging Face hub, a directory of `save_to_disk`, or a local folder."),
    _option(FILES, "-wds", "--webdataset", "webdataset", multiple=True, metavar="SHARDS",
            help="Tar shards as 'train-{000..012}.tar'; may be repeated."),
    _option(FILES, "--coco", "coco", multiple=True, metavar="FILE",
            help="Annotations of COCO; may be repeated."),
    _option(FILES, "--voc", "voc", metavar="DIR", help="Directory laid out as Pascal VOC."),
    _option(FILES, "--llm", "llm", multiple=True, metavar="FILE",
            help="Rows for fine-tuning in JSON or JSONL, each checked: alpaca, sharegpt, messages, "
            "preference "
            "pairs, prompt and completion. May be repeated."),
    _option(CODE, "-h", "--handler", "--python-handler", "handler", metavar="MODULE:NAME",
            help="Function (or class) that yields rows: a dict each, or a key and a dict."),
    _option(CODE, "-f", "--yaml", "--dataset-yaml", "yaml", default="dataset.yaml", show_default=True,
            metavar="FILE", help="File that says what to build; read when no other source is named."),
    _option(CODE, "-r", "--runtime", default="", metavar="RUNTIME",
            help="Run the code in a runtime; by default in what runs this command, or as the file says."),
    _option(CODE, "-w", "--workdir", default=".", show_default=True, metavar="DIR",
            help="Directory of the user's code."),
)  # fmt: skip
_READING = (
    _option(READING, "--auto-label/--no-auto-label", default=True, help="Label files by their directory."),
    _option(READING, "--encoding", default="", metavar="NAME", help="Encoding of text; UTF-8 by default."),
    _option(READING, "--field-selector", default="", metavar="PATH",
            help="Where in a JSON document the list of rows is, as a.b[0].c."),
    _option(READING, "--dialect", type=click.Choice(["excel", "excel-tab", "unix"]), default="excel",
            show_default=True, help="Dialect of CSV."),
    _option(READING, "--delimiter", default=",", show_default=True, metavar="CHAR",
            help="Between fields of CSV; a tab where the dialect or the name of the file says so."),
    _option(READING, "--quotechar", default='"', show_default=True, metavar="CHAR",
            help="Around fields of CSV."),
    _option(READING, "--skipinitialspace/--no-skipinitialspace", default=False,
            help="Drop blanks behind a delimiter."),
    _option(READING, "--strict/--no-strict", default=False, help="Refuse CSV that is quoted badly."),
    _option(READING, "--infer-types/--no-infer-types", default=False,
            help="Make numbers, booleans and dates of CSV columns that hold nothing else."),
    _option(READING, "--subset", multiple=True, metavar="NAME",
            help="Subset of a Hugging Face dataset; may be repeated."),
    _option(READING, "--split", metavar="NAME", help="Split of a Hugging Face dataset; all by default."),
    _option(READING, "--revision", default="main", show_default=True, metavar="NAME",
            help="Revision of a Hugging Face dataset."),
    _option(READING, "--add-hf-info/--no-add-hf-info", default=True,
            help="Keep the name of subset and split in each row."),
    _option(READING, "--cache/--no-cache", default=True, help="Use what was downloaded before."),
    _option(READING, "--coco-images", metavar="DIR",
            help="Where the images of COCO lie; beside the annotations by default."),
    _option(READING, "--llm-format", default="auto", show_default=True,
            type=click.Choice(["auto", "alpaca", "sharegpt", "messages", "preference", "prompt-completion"]),
            help="Format of rows for fine-tuning; auto recognises it by their fields."),
)  # fmt: skip
_RESULT = (
    _option(RESULT, "-n", "--name", default="", metavar="NAME",
            help="Name of the dataset; that of the source by default."),
    _option(RESULT, "-p", "--project", default="", metavar="PROJECT",
            help="Project to build in; the current one by default."),
    _option(RESULT, "-pt", "--patch", "mode", flag_value="patch", default=True,
            help="Change the rows that the source has and keep the others; this is the default."),
    _option(RESULT, "-ow", "--overwrite", "mode", flag_value="overwrite", help="Begin with no rows."),
    _option(RESULT, "--on-error", type=click.Choice(["fail", "skip", "collect"]), default="fail",
            show_default=True, help="What a row that cannot be used does: end the build, be left out, or be "
            "left out and reported."),
    _option(RESULT, "--report", metavar="FILE",
            help="With --on-error collect: where the reasons go, a JSON document a row; "
            "NAME.rejected.jsonl by default."),
    _option(RESULT, "-d", "--desc", default="", metavar="TEXT", help="What to remember about this version."),
    _option(RESULT, "-t", "--tag", "tags", multiple=True, metavar="TAG",
            help="Tag the new version; may be repeated."),
    _option(RESULT, "--push", metavar="PROJECT",
            help="Copy the new version to another project as well, of this or another instance."),
    _option(RESULT, "--force-push", is_flag=True,
            help="With --push: take tags away from other versions there."),
    _option(RESULT, "-as", "--alignment-size", "alignment", metavar="SIZE",
            help="Without effect: how 0.6 laid out its blobs."),
    _option(RESULT, "-vs", "--volume-size", "volume", metavar="SIZE",
            help="Without effect: how 0.6 laid out its blobs."),
)  # fmt: skip


def add_build(noun: Noun) -> None:
    """Register the command."""

    @noun.leaf(
        "build",
        examples=[
            "dataset build --image photos --name cats",
            "dataset build --json a.jsonl --json b.jsonl --name questions --tag first",
            "dataset build --csv table.csv --infer-types --on-error collect",
            "dataset build --handler words:rows --name words",
            "dataset build --yaml data/dataset.yaml --overwrite",
        ],
    )
    @options.all_of(*_SOURCES, *_READING, *_RESULT)
    @click.pass_context
    def build(ctx: click.Context, **told: Any) -> None:
        """Build a version of a dataset from files, or from rows that your code yields.

        When the rows are there already, no new version is made; only the tags are moved. Your code
        runs in a process of its own.
        """
        from starwhale.cli.building import build_dataset

        given = {name for name in told if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT}
        build_dataset(ctx.obj, given=given, **told)
