"""Descriptions beside the weights: of transformers, of tokenizers, of adapters, of diffusers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starwhale.models.facts.plain import brief, mapping, read_json, sequence, text
from starwhale.models.facts.source import Source, Unreadable
from starwhale.models.facts.values import FileFacts

_LONGEST = 4 << 20
_MOST_VALUES = 200_000
SHAPE = (
    "model_type",
    "torch_dtype",
    "dtype",
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "max_position_embeddings",
    "num_experts",
    "num_local_experts",
    "num_experts_per_tok",
    "image_size",
    "patch_size",
    "num_labels",
    "problem_type",
    "finetuning_task",
    "tie_word_embeddings",
    "architectures",
)
"""What is told of the configuration of a model."""

_GENERATION = (
    "do_sample",
    "temperature",
    "top_k",
    "top_p",
    "repetition_penalty",
    "num_beams",
    "max_length",
    "max_new_tokens",
    "bos_token_id",
    "eos_token_id",
    "pad_token_id",
)
_TOKENIZER = ("tokenizer_class", "model_max_length", "padding_side", "add_bos_token", "add_eos_token")
_ADAPTER = (
    "peft_type",
    "task_type",
    "base_model_name_or_path",
    "revision",
    "r",
    "lora_alpha",
    "lora_dropout",
    "target_modules",
    "modules_to_save",
    "bias",
    "use_dora",
    "use_rslora",
    "num_virtual_tokens",
)


def read_description(source: Source, path: str) -> FileFacts | None:
    """Read a description by the name of its file.

    Returns:
        What it says; None for a file that only has the same name.

    Raises:
        Unreadable: it is no JSON, or too much.
    """
    if source.size > _LONGEST:
        raise Unreadable(f"it is {source.size} bytes, and {_LONGEST} is the most for a description")
    found = read_json(source.take(0, source.size), values=_MOST_VALUES)
    return DESCRIPTIONS[path.rpartition("/")[2]](path, found)


def _config(path: str, found: dict[str, Any]) -> FileFacts | None:
    if "_diffusers_version" in found:
        return _diffusers(path, found)
    if not any(isinstance(found.get(name), str) for name in ("model_type", "transformers_version")):
        return None
    details = brief(found, SHAPE)
    quantization = mapping(found.get("quantization_config"))
    if quantization:
        names = ("quant_method", "bits", "group_size", "load_in_4bit", "load_in_8bit", "fmt")
        details["quantization"] = brief(quantization, names)
    labels = mapping(found.get("id2label"))
    if labels:
        details["labels"] = [text(each) for each in list(labels.values())[:100]]
    return FileFacts(
        path=path,
        format="transformers",
        framework="transformers",
        version=text(found.get("transformers_version")),
        class_name=", ".join(text(each) for each in sequence(found.get("architectures"))[:8]),
        details={**details, **_own_code(found)},
    )


def _diffusers(path: str, found: dict[str, Any]) -> FileFacts:
    parts = {
        name[:100]: ".".join(text(each) for each in pair)
        for name, value in list(found.items())[:200]
        if not name.startswith("_") and len(pair := sequence(value)) == 2 and isinstance(pair[0], str)
    }
    return FileFacts(
        path=path,
        format="diffusers",
        framework="diffusers",
        version=text(found.get("_diffusers_version")),
        class_name=text(found.get("_class_name")),
        details={"parts": parts} if parts else {},
    )


def _pipeline(path: str, found: dict[str, Any]) -> FileFacts | None:
    return _diffusers(path, found) if "_diffusers_version" in found else None


def _tokenizer(path: str, found: dict[str, Any]) -> FileFacts | None:
    name = text(found.get("tokenizer_class"))
    if not name:
        return None
    details = brief(found, _TOKENIZER)
    details["chat_template"] = "chat_template" in found
    return FileFacts(
        path=path,
        format="tokenizer",
        framework="transformers",
        class_name=name,
        details={**details, **_own_code(found)},
    )


def _generation(path: str, found: dict[str, Any]) -> FileFacts | None:
    version = text(found.get("transformers_version"))
    details = brief(found, _GENERATION)
    if not version and not details:
        return None
    return FileFacts(
        path=path, format="generation", framework="transformers", version=version, details=details
    )


def _adapter(path: str, found: dict[str, Any]) -> FileFacts | None:
    kind = text(found.get("peft_type"))
    if not kind:
        return None
    return FileFacts(
        path=path,
        format="peft",
        framework="peft",
        version=text(found.get("peft_version")),
        class_name=kind,
        details={**brief(found, _ADAPTER), **_own_code(found)},
    )


def _own_code(found: Mapping[str, Any]) -> dict[str, Any]:
    """Code of the package that loading it runs, where the loader is told to trust it."""
    named = mapping(found.get("auto_map"))
    shown = {name[:100]: text(value) for name, value in list(named.items())[:20]}
    return {"own_code": shown} if shown else {}


DESCRIPTIONS: Mapping[str, Callable[[str, dict[str, Any]], FileFacts | None]] = {
    "config.json": _config,
    "model_index.json": _pipeline,
    "tokenizer_config.json": _tokenizer,
    "generation_config.json": _generation,
    "adapter_config.json": _adapter,
}
"""What reads a description, by the name of its file."""
