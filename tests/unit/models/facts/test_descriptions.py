"""Configurations of transformers, tokenizers, adapters and diffusers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.models.facts.reading import facts, look


def _json(**told: Any) -> bytes:
    return json.dumps(told).encode()


def test_a_configuration_of_transformers_is_told() -> None:
    data = _json(
        architectures=["LlamaForCausalLM"],
        model_type="llama",
        transformers_version="4.51.3",
        hidden_size=4096,
        quantization_config={"quant_method": "gptq", "bits": 4},
        id2label={"0": "no", "1": "yes"},
        time_step_limit=[0.0, float("inf")],
    )
    found = facts("base/config.json", data)
    assert (found.framework, found.version) == ("transformers", "4.51.3")
    assert found.class_name == "LlamaForCausalLM"
    assert found.details["hidden_size"] == 4096
    assert found.details["quantization"] == {"quant_method": "gptq", "bits": 4}
    assert found.details["labels"] == ["no", "yes"]


def test_code_of_the_package_that_loading_would_run_is_told() -> None:
    data = _json(model_type="own", auto_map={"AutoModel": "modeling.Own"})
    assert facts("config.json", data).details["own_code"] == {"AutoModel": "modeling.Own"}


def test_an_adapter_is_told() -> None:
    data = _json(peft_type="LORA", r=8, lora_alpha=16, target_modules=["q", "v"], base_model_name_or_path="b")
    found = facts("adapter_config.json", data)
    assert (found.framework, found.class_name) == ("peft", "LORA")
    assert found.details["target_modules"] == ["q", "v"]


def test_tokenizers_generation_and_pipelines_are_told() -> None:
    tokenizer = facts("tokenizer_config.json", _json(tokenizer_class="Fast", chat_template="{{x}}"))
    assert (tokenizer.class_name, tokenizer.details["chat_template"]) == ("Fast", True)
    generation = facts("generation_config.json", _json(temperature=0.6, eos_token_id=[1, 2]))
    assert generation.details == {"temperature": 0.6, "eos_token_id": [1, 2]}
    pipeline = _json(_class_name="Stable", _diffusers_version="0.31", unet=["diffusers", "UNet"])
    assert facts("model_index.json", pipeline).details["parts"] == {"unet": "diffusers.UNet"}


@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer_config.json", "generation_config.json", "adapter_config.json"]
)
def test_files_that_only_share_the_name_are_left_alone(name: str) -> None:
    assert look(name, _json(port=80, hosts=["a"])) is None


@pytest.mark.parametrize("data", [b"[]", b"{", b'{"a":' * 50_000, b'{"a":[' + b"1," * 300_000 + b"1]}"])
def test_what_is_no_description_is_refused(data: bytes) -> None:
    assert facts("config.json", data).problem
