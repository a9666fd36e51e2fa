"""runtime.yaml: the environment in which handlers run."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from starwhale.core.specs.base import Spec, checked, spec_of
from starwhale.core.specs.document import Document
from starwhale.core.specs.runtime_python import check_python
from starwhale.core.specs.text import LooseText, name_of
from starwhale.kit.suggest import nearest

Mode = Literal["venv", "conda"]
Arch = Literal["amd64", "arm64", "noarch"]
RUNTIME_YAML = "runtime.yaml"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, (str, dict)) else value


def _words(value: Any) -> Any:
    # Addresses hold no spaces, so several of them may stand in one text.
    return value.split() if isinstance(value, str) else value


def _entry(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


Texts = Annotated[tuple[LooseText, ...], BeforeValidator(_listed)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Number = Annotated[LooseText, Field(pattern=r"^(\d{1,4}(\.\d{1,4}){0,2})?$")]
Python = Annotated[LooseText, AfterValidator(checked(lambda text: check_python(text) if text else text))]
Image = Annotated[str, Field(pattern=r"^[^\s\"'`$\\]*$", max_length=512)]


class FileDependency(Spec):
    """A file that goes into the environment."""

    src: str = Field(min_length=1, description="the path of a file or directory beside runtime.yaml")
    dest: str = Field(min_length=1, description="its path in the environment")
    name: str = Field(default="", description="text")


class Dependency(Spec):
    """One entry of `dependencies`; as text it names a file of requirements or of a conda environment."""

    file: str = Field(default="", description="the name of a .txt, .in, .yaml or .yml file")
    pip: Texts = Field(default=(), description="a list of requirements such as 'numpy>=1.26'")
    conda: Texts = Field(default=(), description="a list of conda packages such as 'cudatoolkit=11.8'")
    wheels: Texts = Field(default=(), description="a list of paths of .whl files")
    files: Annotated[tuple[FileDependency, ...], BeforeValidator(_listed)] = Field(
        default=(), description="a list of files, each with src and dest"
    )
    commands: Texts = Field(default=(), description="a list of shell commands")

    @model_validator(mode="after")
    def _knows_its_fields(self) -> Self:
        for name in self.model_extra or {}:
            near = nearest(name, ("pip", "conda", "wheels", "files", "commands"))
            guess = f", did you mean {near!r}?" if near else "; there are pip, conda, wheels, files, commands"
            raise ValueError(f"there are no dependencies of the kind {name!r}{guess}")
        return self


class DockerSpec(Spec):
    """A container image."""

    image: Image = Field(default="", description="the name of an image")


class EnvironmentSpec(Spec):
    """What the machine must be like."""

    arch: Annotated[tuple[Arch, ...], BeforeValidator(_listed)] = Field(
        default=("noarch",), description="amd64, arm64, noarch or a list of these"
    )
    os: str = Field(default="", description="text such as 'ubuntu:20.04'")
    python: Python = Field(default="", description="a version of Python such as '3.12'")
    cuda: Number = Field(default="", description="a version of CUDA such as '12.4'")
    cudnn: Number = Field(default="", description="a version of cuDNN such as '9'")
    docker: DockerSpec = Field(default=DockerSpec(), description="the field image")
    starwhale_version: LooseText = Field(default="", description="text")


class PipSpec(Spec):
    """Where packages come from."""

    index_url: str = Field(default="", description="the URL of a package index")
    extra_index_url: Words = Field(default=(), description="a list of URLs of package indexes")
    trusted_host: Words = Field(default=(), description="a list of hosts")


class CondaSpec(Spec):
    """Where conda packages come from."""

    channels: Words = Field(default=(), description="a list of channels")
    condarc: dict[str, Any] = Field(default={}, description="the content of a .condarc file")


class ConfigsSpec(Spec):
    """Settings of the tools that make the environment."""

    docker: DockerSpec = Field(default=DockerSpec(), description="the field image")
    conda: CondaSpec = Field(default=CondaSpec(), description="the fields channels and condarc")
    pip: PipSpec = Field(default=PipSpec(), description="the fields index_url, extra_index_url, trusted_host")


class HooksSpec(Spec):
    """Shell commands around the making of the environment."""

    pre: Texts = Field(default=(), description="a shell command or a list of them")
    post: Texts = Field(default=(), description="a shell command or a list of them")


class RuntimeSpec(Spec):
    """runtime.yaml."""

    name: Annotated[str, name_of("runtime")] = Field(
        default="", description="the name of the runtime, as text"
    )
    mode: Mode = Field(default="venv", description="venv or conda")
    api_version: LooseText = Field(default="1.1", description="text such as '1.1'")
    version: LooseText = Field(default="", description="text")
    desc: str = Field(default="", description="text")
    dependencies: Annotated[
        tuple[Annotated[Dependency, BeforeValidator(_entry)], ...], BeforeValidator(_listed)
    ] = Field(
        default=(), description="a list of files of requirements, and of pip, conda, wheels, files, commands"
    )
    environment: EnvironmentSpec = Field(
        default=EnvironmentSpec(), description="the fields arch, os, python, cuda, cudnn and docker"
    )
    configs: ConfigsSpec = Field(default=ConfigsSpec(), description="the fields docker, conda and pip")
    hooks: HooksSpec = Field(default=HooksSpec(), description="the fields pre and post")
    python_version: Python = Field(default="", description="a version of Python such as '3.12'")
    pip_req: str = Field(default="", description="the name of a file of requirements")

    @property
    def python(self) -> str:
        """Version of Python; empty where the file leaves it open. Older files say `python_version`."""
        return self.environment.python or self.python_version

    @property
    def image(self) -> str:
        """Container image to run in; empty for none."""
        return self.environment.docker.image or self.configs.docker.image

    @property
    def files(self) -> tuple[str, ...]:
        """Files of requirements and of conda environments; `pip_req` is what older files say."""
        named = tuple(each.file for each in self.dependencies if each.file)
        return (self.pip_req, *named) if self.pip_req else named


def read_runtime_spec(document: Document) -> RuntimeSpec:
    """Read runtime.yaml.

    Raises:
        InvalidSpec: a field is wrong, or the Python is too old; one sentence with file, line, field and what
            it must be.
    """
    return spec_of(RuntimeSpec, document)
