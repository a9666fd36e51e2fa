"""Starwhale: manage the life of machine-learning models, from datasets to evaluations.

Names are looked up when they are first used, so that `import starwhale` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starwhale.api import evaluation, model, track
    from starwhale.api.argument import argument
    from starwhale.api.context import Context, pass_context
    from starwhale.api.dataset import Dataset, dataset
    from starwhale.api.finetune import fine_tune, finetune, ft
    from starwhale.api.handler import handler
    from starwhale.api.job import Job, job
    from starwhale.api.login import login, logout
    from starwhale.api.logs import init_logger
    from starwhale.api.metrics import multi_classification
    from starwhale.api.metrics_binary import binary_classification
    from starwhale.api.metrics_detection import detection
    from starwhale.api.metrics_multi_label import multi_label_classification
    from starwhale.api.metrics_regression import regression
    from starwhale.api.metrics_retrieval import retrieval
    from starwhale.api.metrics_segmentation import segmentation
    from starwhale.api.metrics_text import text_generation
    from starwhale.api.pipeline import PipelineHandler
    from starwhale.api.place import Resource
    from starwhale.api.results import Evaluation
    from starwhale.core.release import __version__
    from starwhale.core.types.audio import Audio
    from starwhale.core.types.binary import Binary, NumpyBinary
    from starwhale.core.types.boxes import BoundingBox, BoundingBox3D
    from starwhale.core.types.coco import COCOObjectAnnotation
    from starwhale.core.types.image import GrayscaleImage, Image
    from starwhale.core.types.labels import ClassLabel
    from starwhale.core.types.link import Link
    from starwhale.core.types.mime import MIMEType
    from starwhale.core.types.points import Line, Point, Polygon
    from starwhale.core.types.text import Text
    from starwhale.core.types.video import Video

__all__ = [
    "Audio",
    "Binary",
    "BoundingBox",
    "BoundingBox3D",
    "COCOObjectAnnotation",
    "ClassLabel",
    "Context",
    "Dataset",
    "Evaluation",
    "GrayscaleImage",
    "Image",
    "Job",
    "Line",
    "Link",
    "MIMEType",
    "NumpyBinary",
    "PipelineHandler",
    "Point",
    "Polygon",
    "Resource",
    "Text",
    "Video",
    "__version__",
    "argument",
    "binary_classification",
    "dataset",
    "detection",
    "evaluation",
    "fine_tune",
    "finetune",
    "ft",
    "handler",
    "init_logger",
    "job",
    "login",
    "logout",
    "model",
    "multi_classification",
    "multi_label_classification",
    "pass_context",
    "regression",
    "retrieval",
    "segmentation",
    "text_generation",
    "track",
]

# Where each name lives; a module itself where nothing stands behind the colon.
_PLACES = {
    "Audio": "core.types.audio:Audio",
    "Binary": "core.types.binary:Binary",
    "BoundingBox": "core.types.boxes:BoundingBox",
    "BoundingBox3D": "core.types.boxes:BoundingBox3D",
    "COCOObjectAnnotation": "core.types.coco:COCOObjectAnnotation",
    "ClassLabel": "core.types.labels:ClassLabel",
    "Context": "api.context:Context",
    "Dataset": "api.dataset:Dataset",
    "Evaluation": "api.results:Evaluation",
    "GrayscaleImage": "core.types.image:GrayscaleImage",
    "Image": "core.types.image:Image",
    "Job": "api.job:Job",
    "Line": "core.types.points:Line",
    "Link": "core.types.link:Link",
    "MIMEType": "core.types.mime:MIMEType",
    "NumpyBinary": "core.types.binary:NumpyBinary",
    "PipelineHandler": "api.pipeline:PipelineHandler",
    "Point": "core.types.points:Point",
    "Polygon": "core.types.points:Polygon",
    "Resource": "api.place:Resource",
    "Text": "core.types.text:Text",
    "Video": "core.types.video:Video",
    "__version__": "core.release:__version__",
    "argument": "api.argument:argument",
    "binary_classification": "api.metrics_binary:binary_classification",
    "dataset": "api.dataset:dataset",
    "detection": "api.metrics_detection:detection",
    "evaluation": "api.evaluation:",
    "fine_tune": "api.finetune:fine_tune",
    "finetune": "api.finetune:finetune",
    "ft": "api.finetune:ft",
    "handler": "api.handler:handler",
    "init_logger": "api.logs:init_logger",
    "job": "api.job:job",
    "login": "api.login:login",
    "logout": "api.login:logout",
    "model": "api.model:",
    "multi_classification": "api.metrics:multi_classification",
    "multi_label_classification": "api.metrics_multi_label:multi_label_classification",
    "pass_context": "api.context:pass_context",
    "regression": "api.metrics_regression:regression",
    "retrieval": "api.metrics_retrieval:retrieval",
    "segmentation": "api.metrics_segmentation:segmentation",
    "text_generation": "api.metrics_text:text_generation",
    "track": "api.track:",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'starwhale' has no attribute {name!r}")
    from importlib import import_module

    module, _, attribute = _PLACES[name].partition(":")
    found: Any = import_module(f"starwhale.{module}")
    if attribute:
        found = getattr(found, attribute)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _OldPaths:
    """Finds modules under the paths they had before 1.0, once nothing else has found them."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> Any:  # noqa: ARG004 - as finders are called
        if not name.startswith("starwhale."):
            return None
        from starwhale._compat.finder import find_old

        return find_old(name)


def _serve_old_paths() -> None:
    import sys

    if not any(getattr(finder, "__name__", "") == _OldPaths.__name__ for finder in sys.meta_path):
        sys.meta_path.append(_OldPaths)


_serve_old_paths()
