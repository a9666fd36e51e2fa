"""How each side stores and reads rows and feeds PyTorch: its quickest documented way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Ours:
    """Starwhale of this checkout."""

    def __init__(self, place: Path, kind: str, count: int) -> None:
        os.environ["SW_LOCAL_STORAGE"] = str(place / "root")
        os.environ["SW_CLI_CONFIG"] = str(place / "config.yaml")
        self.kind = kind

    def prepare(self) -> None:
        """Make the store, which is there after the first command that anybody gives."""
        code = "from starwhale.instance.local import LocalInstance; LocalInstance().catalog"
        subprocess.run([sys.executable, "-c", code], check=True)

    def build(self, rows: Iterable[Row]) -> None:
        from starwhale import dataset

        with dataset("rows", create="empty") as ds:
            for number, row in enumerate(rows):
                ds[number] = row
            ds.commit()

    def _open(self) -> Any:
        from starwhale import dataset

        return dataset("rows", readonly=True)

    def scan(self) -> Iterator[Row]:
        return (row.features for row in self._open())

    def take(self, places: Sequence[int]) -> Iterator[Row]:
        ds = self._open()
        return (ds[place].features for place in places)

    def loader(self) -> Any:
        return self._open().to_pytorch(skip_default_transform=True, map_style=False)


class HuggingFace:
    """Hugging Face `datasets`, memory-mapped."""

    def __init__(self, place: Path, kind: str, count: int) -> None:
        os.environ["HF_DATASETS_OFFLINE"] = os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["HF_HOME"] = str(place / "home")
        self.place, self.kind, self.count = place, kind, count

    def build(self, rows: Iterable[Row]) -> None:
        import shelf_rows
        from datasets import Dataset, Features, List, Value, disable_progress_bars

        disable_progress_bars()
        plain = {"data": Value("binary"), "label": Value("int64")}
        texts = {
            "text": Value("string"),
            "label": Value("int64"),
            "meta": {"source": Value("string"), "score": Value("float64"), "length": Value("int64")},
            "tags": List(Value("string")),
        }
        features = Features(texts if self.kind == "texts" else plain)
        # It hashes its generator, so that it wants a function and its arguments, not what that gives.
        del rows
        made = Dataset.from_generator(
            shelf_rows.rows,
            gen_kwargs={"kind": self.kind, "count": self.count},
            features=features,
            cache_dir=str(self.place / "cache"),
        )
        (self.place / "files.json").write_text(json.dumps([each["filename"] for each in made.cache_files]))

    def _open(self) -> Any:
        from datasets import Dataset, concatenate_datasets

        files = json.loads((self.place / "files.json").read_text())
        return concatenate_datasets([Dataset.from_file(file) for file in files])

    def scan(self) -> Iterator[Row]:
        return iter(self._open())

    def take(self, places: Sequence[int]) -> Iterator[Row]:
        ds = self._open()
        return (ds[place] for place in places)

    def loader(self) -> Any:
        return self._open()


class Lance:
    """Lance, through its Python package."""

    def __init__(self, place: Path, kind: str, count: int) -> None:
        self.uri, self.kind = str(place / "rows.lance"), kind

    def build(self, rows: Iterable[Row]) -> None:
        import lance
        import pyarrow as pa

        plain = pa.schema([("data", pa.binary()), ("label", pa.int64())])
        meta = pa.struct([("source", pa.string()), ("score", pa.float64()), ("length", pa.int64())])
        texts = pa.schema(
            [("text", pa.string()), ("label", pa.int64()), ("meta", meta), ("tags", pa.list_(pa.string()))]
        )
        schema = texts if self.kind == "texts" else plain

        def batches() -> Iterator[pa.RecordBatch]:
            some: list[Row] = []
            for row in rows:
                some.append(row)
                if len(some) == 1024:
                    yield pa.RecordBatch.from_pylist(some, schema)
                    some = []
            if some:
                yield pa.RecordBatch.from_pylist(some, schema)

        lance.write_dataset(batches(), self.uri, schema=schema)

    def _open(self) -> Any:
        import lance

        return lance.dataset(self.uri)

    def scan(self) -> Iterator[Row]:
        return (row for batch in self._open().to_batches() for row in batch.to_pylist())

    def take(self, places: Sequence[int]) -> Iterator[Row]:
        ds = self._open()
        return (ds.take([place]).to_pylist()[0] for place in places)

    def loader(self) -> Any:
        from lance.torch.data import SafeLanceDataset

        return SafeLanceDataset(self.uri)


class Streaming:
    """MosaicML Streaming, from a local directory."""

    def __init__(self, place: Path, kind: str, count: int) -> None:
        self.place, self.kind = str(place / "mds"), kind

    def build(self, rows: Iterable[Row]) -> None:
        from streaming import MDSWriter

        plain = {"data": "bytes", "label": "int"}
        columns = (
            {"text": "str", "label": "int", "meta": "json", "tags": "json"} if self.kind == "texts" else plain
        )
        with MDSWriter(out=self.place, columns=columns) as writer:
            for row in rows:
                writer.write(row)

    def _open(self) -> Any:
        from streaming import LocalDataset

        return LocalDataset(local=self.place)

    def scan(self) -> Iterator[Row]:
        ds = self._open()
        return (ds[place] for place in range(len(ds)))

    def take(self, places: Sequence[int]) -> Iterator[Row]:
        ds = self._open()
        return (ds[place] for place in places)

    def loader(self) -> Any:
        return self._open()


class WebDataset:
    """WebDataset: tar shards, read in order only."""

    def __init__(self, place: Path, kind: str, count: int) -> None:
        self.place, self.kind = place, kind

    def build(self, rows: Iterable[Row]) -> None:
        from webdataset import ShardWriter

        with ShardWriter(
            str(self.place / "rows-%04d.tar"), maxsize=1 << 28, maxcount=100_000, verbose=0
        ) as writer:
            for number, row in enumerate(rows):
                sample: Row = {"__key__": f"{number:09d}", "cls": row["label"]}
                if self.kind == "texts":
                    sample |= {"txt": row["text"], "json": {"meta": row["meta"], "tags": row["tags"]}}
                else:
                    sample["bin"] = row["data"]
                writer.write(sample)

    def _open(self) -> Any:
        import webdataset as wds

        shards = sorted(map(str, self.place.glob("rows-*.tar")))
        made = wds.WebDataset(shards, shardshuffle=False, empty_check=False)
        return made.decode() if self.kind == "texts" else made

    def scan(self) -> Iterator[Row]:
        return iter(self._open())

    def loader(self) -> Any:
        return self._open()


class Old:
    """Starwhale 0.6, in its own environment."""

    def __init__(self, place: Path, kind: str, count: int) -> None:
        os.environ["SW_LOCAL_STORAGE"] = str(place / "root")
        os.environ["SW_CLI_CONFIG"] = str(place / "config.yaml")
        self.kind = kind

    def build(self, rows: Iterable[Row]) -> None:
        from starwhale import Binary, dataset

        ds = dataset("rows", create="empty")
        for number, row in enumerate(rows):
            ds[number] = row if self.kind == "texts" else {"data": Binary(row["data"]), "label": row["label"]}
        ds.commit()
        ds.close()

    def scan(self) -> Iterator[Row]:
        from starwhale import dataset

        for row in dataset("rows", readonly=True):
            features = dict(row.features)
            if self.kind != "texts":
                features["data"] = features["data"].to_bytes()
            yield features

    def take(self, places: Sequence[int]) -> Iterator[Row]:
        from starwhale import dataset

        ds = dataset("rows", readonly=True)
        for place in places:
            features = dict(ds[place].features)
            if self.kind != "texts":
                features["data"] = features["data"].to_bytes()
            yield features


SIDES = {
    "us": Ours, "HF datasets": HuggingFace, "Lance": Lance, "Streaming": Streaming, "WebDataset": WebDataset,
    "0.6.15": Old,
}  # fmt: skip
