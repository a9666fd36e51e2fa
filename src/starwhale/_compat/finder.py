"""Modules under the paths they had before 1.0: each name in them is looked up where it lives now.

Only what exists is here; a path that is missing fails like any other misspelt import.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_TYPES = "starwhale.core.types"

PATHS: Mapping[str, Mapping[str, str] | str] = {
    "starwhale.evaluation": "starwhale.api.evaluation",
    "starwhale.model": "starwhale.api.model",
    "starwhale.track": "starwhale.api.track",
    "starwhale.api.experiment": {
        "fine_tune": "starwhale.api.finetune:fine_tune",
        "finetune": "starwhale.api.finetune:finetune",
        "ft": "starwhale.api.finetune:ft",
    },
    "starwhale.api.metric": "starwhale.api.metrics",
    "starwhale.utils.console": "starwhale._compat.console",
    "starwhale.version": {"STARWHALE_VERSION": "starwhale:__version__"},
    "starwhale.base.client.models.models": {
        "ComponentValueSpecBool": "starwhale.serving.spec:ComponentValueSpecBool",
        "ComponentValueSpecFloat": "starwhale.serving.spec:ComponentValueSpecFloat",
        "ComponentValueSpecInt": "starwhale.serving.spec:ComponentValueSpecInt",
        "ComponentValueSpecString": "starwhale.serving.spec:ComponentValueSpecString",
        "FineTune": "starwhale.api.finetune:FineTune",
    },
    "starwhale.base.context": {
        "Context": "starwhale.api.context:Context",
        "pass_context": "starwhale.api.context:pass_context",
    },
    "starwhale.base.data_type": {
        "Audio": f"{_TYPES}.audio:Audio",
        "BaseArtifact": f"{_TYPES}.media:BaseArtifact",
        "Binary": f"{_TYPES}.binary:Binary",
        "BoundingBox": f"{_TYPES}.boxes:BoundingBox",
        "BoundingBox3D": f"{_TYPES}.boxes:BoundingBox3D",
        "COCOObjectAnnotation": f"{_TYPES}.coco:COCOObjectAnnotation",
        "ClassLabel": f"{_TYPES}.labels:ClassLabel",
        "GrayscaleImage": f"{_TYPES}.image:GrayscaleImage",
        "Image": f"{_TYPES}.image:Image",
        "Line": f"{_TYPES}.points:Line",
        "Link": f"{_TYPES}.link:Link",
        "MIMEType": f"{_TYPES}.mime:MIMEType",
        "NumpyBinary": f"{_TYPES}.binary:NumpyBinary",
        "Point": f"{_TYPES}.points:Point",
        "Polygon": f"{_TYPES}.points:Polygon",
        "Text": f"{_TYPES}.text:Text",
        "Video": f"{_TYPES}.video:Video",
    },
    "starwhale.base.type": {"PredictLogMode": "starwhale.core.handlers:LogMode"},
    "starwhale.base.uri.instance": {"Instance": "starwhale.api.place:Instance"},
    "starwhale.base.uri.project": {"Project": "starwhale.api.place:Project"},
    "starwhale.base.uri.resource": {
        "Resource": "starwhale.api.place:Resource",
        "ResourceType": "starwhale.api.place:ResourceType",
    },
    "starwhale.consts.env": {"SWEnv": "starwhale._compat.env:SWEnv"},
    "starwhale.utils.debug": {
        "console": "starwhale._compat.console:",
        "init_logger": "starwhale.api.logs:init_logger",
    },
}
"""Old module to the place of each name in it, or to the one module that it is now."""


def find_old(name: str) -> ModuleSpec | None:
    """The spec of an old module, or of a package on the way to one; None for any other."""
    is_package = any(path.startswith(f"{name}.") for path in PATHS)
    if name not in PATHS and not is_package:
        return None
    return ModuleSpec(name, _Loader(), is_package=is_package)


class _Loader(Loader):
    """Fills an old module."""

    def create_module(self, spec: ModuleSpec) -> None:
        """None, which asks for a plain module."""

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        target = PATHS.get(name, {})
        if isinstance(target, str):
            sys.modules[name] = import_module(target)
            return
        module.__doc__ = f"`{name}` as it was called before Starwhale 1.0."
        module.__dict__["__all__"] = list(target)
        module.__dict__["__getattr__"] = _lookup(name, target)


def _lookup(module: str, target: Mapping[str, str]) -> Any:
    def look_up(name: str) -> Any:
        if name not in target:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        place, _, attribute = target[name].partition(":")
        found = import_module(place)
        return getattr(found, attribute) if attribute else found

    return look_up
