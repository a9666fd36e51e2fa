"""Errors as other programs see them: caught, pickled, told by their code."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from starwhale.core.errors import MissingDependency, StarwhaleError, error_of

MISSING = MissingDependency("this needs PyTorch", hint="pip install torch")


@pytest.mark.parametrize("kind", [MissingDependency, StarwhaleError, ImportError])
def test_a_missing_package_is_caught_as_ours_and_as_an_error_of_import(kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        raise MISSING
    assert caught.value is MISSING


def test_a_missing_package_says_what_it_always_said() -> None:
    assert str(MISSING) == "this needs PyTorch (pip install torch)"
    assert MISSING.args == ("this needs PyTorch",)
    assert (MISSING.msg, MISSING.name, MISSING.path) == ("this needs PyTorch", None, None)
    assert not isinstance(MISSING, ModuleNotFoundError)


@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy])
def test_a_missing_package_survives_a_copy(again: Callable[[MissingDependency], MissingDependency]) -> None:
    found = again(MISSING)
    assert type(found) is MissingDependency
    assert (found.message, found.hint, found.msg) == (MISSING.message, MISSING.hint, MISSING.msg)


def test_a_missing_package_is_known_by_its_code() -> None:
    found = error_of("missing_dependency", "m", "h")
    assert type(found) is MissingDependency
    assert (found.exit_status, found.http_status) == (8, 501)
