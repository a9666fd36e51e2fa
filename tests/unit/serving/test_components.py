"""Components of Gradio, known by their names: classes of the same names and attributes stand for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from starwhale.core.errors import InvalidSpec
from starwhale.serving.components import components_of, hint_of, shown
from starwhale.serving.media import Upload


def gradio(name: str, **attributes: Any) -> Any:
    """A component as Gradio makes it: a subclass two levels below its public class."""
    base = type(name, (SimpleNamespace,), {"__module__": "gradio.components.base"})
    return type("Own", (base,), {"__module__": "app"})(**attributes)


def read(component: Any, value: Any) -> Any:
    return TypeAdapter(hint_of(components_of(component)[0])).validate_python(value)


def schema(component: Any) -> Any:
    return TypeAdapter(hint_of(components_of(component)[0])).json_schema()


def test_numbers_keep_their_bounds() -> None:
    slider = gradio("Slider", minimum=0, maximum=10, step=2, label="How many", value=4)
    assert schema(slider) == {
        "type": "number", "minimum": 0, "maximum": 10, "x-step": 2, "title": "How many", "default": 4
    }  # fmt: skip
    assert read(slider, "4") == 4
    with pytest.raises(ValidationError, match="expected a number from 0 to 10"):
        read(slider, 11)
    assert read(gradio("Number", precision=0), 2.6) == 3
    with pytest.raises(ValidationError, match="expected a number"):
        read("number", "two")


def test_choices_give_their_values_for_their_texts() -> None:
    radio = gradio("Radio", choices=[("One", 1), ("Two", 2)])
    assert schema(radio)["enum"] == [1, 2]
    assert read(radio, "2") == 2
    with pytest.raises(ValidationError, match="expected one of 1, 2"):
        read(radio, 3)
    assert read(gradio("Dropdown", choices=["a", "b"], multiselect=True), ["a", "b"]) == ["a", "b"]
    assert read(gradio("Dropdown", choices=["a"], allow_custom_value=True), "z") == "z"
    assert read(gradio("CheckboxGroup", choices=["a"]), "a") == ["a"]


def test_ticks_and_texts() -> None:
    assert [read("checkbox", each) for each in (True, "on", "false")] == [True, True, False]
    assert read(gradio("Textbox", label="x", lines=2), "words") == "words"
    for component, wrong in (("checkbox", 2), ("text", 2)):
        with pytest.raises(ValidationError):
            read(component, wrong)


def test_tables_come_as_arrays_frames_or_lists() -> None:
    assert isinstance(read("dataframe", [[1, 2]]), np.ndarray)
    assert read(gradio("Dataframe", type="pandas"), [[1, 2]]).shape == (1, 2)
    assert read(gradio("Dataframe", type="array"), [[1]]) == [[1]]


def test_an_unknown_component_of_gradio_hands_values_through_and_others_are_refused() -> None:
    odd = type("Odd", (), {"__module__": "gradio.components.odd"})()
    assert read(odd, {"a": 1}) == {"a": 1}
    with pytest.raises(InvalidSpec, match="no component 'texbox'"):
        components_of("texbox")
    with pytest.raises(InvalidSpec, match="int is no component"):
        components_of([3])


def test_results_become_what_a_browser_shows() -> None:
    (image,) = components_of("image")
    (audio,) = components_of("audio")
    floats = shown(image, np.ones((2, 2, 3), np.float32))
    assert floats.to_numpy().max() == 255
    sound = shown(audio, (8000, np.zeros(80, np.int16)))
    assert isinstance(sound, Upload)
    assert sound.data[:4] == b"RIFF"
    assert read("audio", sound)[0] == 8000
    assert shown(components_of("label")[0], {"cat": 0.9}) == {"cat": 0.9}
    assert shown(image, None) is None
