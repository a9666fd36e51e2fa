"""Forms of text that several specs share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from starwhale.core.errors import InvalidSpec
from starwhale.core.names import check_name, quoted
from starwhale.core.specs.base import checked


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _check_module(text: str) -> None:
    module, colon, attribute = text.partition(":")
    if not _is_dotted(module) or (colon and not _is_dotted(attribute)):
        raise InvalidSpec(f"{quoted(text)} is not a module", hint="write it like 'src.evaluate'")


def _check_handler(text: str) -> None:
    module, _, attribute = text.partition(":")
    if not (_is_dotted(module) and _is_dotted(attribute)):
        raise InvalidSpec(f"{quoted(text)} is not 'module:name'", hint="write it like 'src.build:rows'")


def _check_setting(text: str) -> None:
    name, equals, _ = text.partition("=")
    if not equals or not name or not name.replace("_", "a").isalnum() or name[0].isdigit():
        raise InvalidSpec(f"{quoted(text)} is not 'NAME=value'")


def _number_as_text(value: object) -> object:
    # `version: 1.0` without quotes is what people write.
    return str(value) if type(value) in {int, float} else value


def name_of(what: str) -> AfterValidator:
    """Validator of a name that may be left out."""
    return AfterValidator(checked(lambda text: check_name(text, what) if text else text))


Module = Annotated[str, AfterValidator(checked(_check_module))]
Handler = Annotated[str, AfterValidator(checked(_check_handler))]
Setting = Annotated[str, AfterValidator(checked(_check_setting))]
LooseText = Annotated[str, BeforeValidator(_number_as_text)]
