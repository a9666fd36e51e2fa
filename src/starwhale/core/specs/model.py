"""model.yaml: what a model package is built from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from starwhale.core.specs.base import Spec, spec_of
from starwhale.core.specs.document import read_document
from starwhale.core.specs.text import Handler, LooseText, Module, Setting, name_of


class RunSpec(Spec):
    """How the handlers of a model are found."""

    modules: tuple[Module, ...] = Field(default=(), description="a list of modules such as 'src.evaluate'")
    handler: Handler | None = Field(default=None, description="text of the form 'module:name'")
    envs: tuple[Setting, ...] = Field(default=(), description="a list of texts of the form 'NAME=value'")

    @property
    def imports(self) -> tuple[str, ...]:
        """All modules to import; `handler` is how older files name the only one."""
        return self.modules if self.handler is None else (*self.modules, self.handler)


class ModelSpec(Spec):
    """model.yaml."""

    name: Annotated[str, name_of("model")] = Field(default="", description="the name of the model, as text")
    version: LooseText = Field(default="1.0", description="text such as '1.0'")
    desc: str = Field(default="", description="text")
    run: RunSpec = Field(default=RunSpec(), description="the fields modules, handler and envs")


def load_model_spec(path: Path) -> ModelSpec:
    """Read model.yaml.

    Raises:
        NotFound: there is no such file.
        InvalidSpec: a field is wrong; one sentence with file, line, field and what it must be.
    """
    return spec_of(ModelSpec, read_document(path))
