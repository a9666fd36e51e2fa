"""Every public name of Starwhale 0.6 is there, with the parameters that its users write.

The lines below are the surface: what stands behind ``=`` is a default that must be the same, ``...`` one that
the surface does not tell. A function may take more than it took then, but nothing that a caller must give.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from typing import Any

import pytest

import starwhale
from starwhale.core.errors import MissingDependency

SERVING = {"api", "Service", "LLMChat", "TextToImage"}

NAMES = """
    __version__ argument model Job job Resource PipelineHandler Evaluation multi_classification Dataset
    dataset evaluation ft finetune fine_tune handler pass_context Context Link MIMEType Binary NumpyBinary
    Text Line Point Polygon Audio Video Image ClassLabel BoundingBox BoundingBox3D GrayscaleImage
    COCOObjectAnnotation track init_logger login logout
"""

MODULES = {
    "starwhale.evaluation": "predict evaluate log log_summary log_result get_summary scan scan_results iter",
    "starwhale.model": "build",
    "starwhale.track": "start metrics params artifacts end",
    "starwhale.api.service": "api Service ServiceType LLMChat TextToImage",
    "starwhale.api.experiment": "finetune",
    "starwhale.base.data_type": "Binary NumpyBinary Image GrayscaleImage Audio Video Text Link ClassLabel "
    "BoundingBox BoundingBox3D Point Line Polygon COCOObjectAnnotation MIMEType",
    "starwhale.base.uri.resource": "Resource ResourceType",
    "starwhale.utils.debug": "console init_logger",
    "starwhale.utils.console": "print log debug info warning error print_exception rule",
    "starwhale.consts.env": "SWEnv",
    "starwhale.base.type": "PredictLogMode",
    "starwhale.integrations.pytorch": "",
    "starwhale.integrations.tensorflow": "",
    "starwhale.integrations.huggingface": "",
}

FUNCTIONS = """
    handler(resources=None, replicas=1, needs=None, extra_args=None, extra_kwargs=None, name="", expose=0,
        require_dataset=False, fine_tune=None)
    Context(workdir=..., step=..., total=..., index=..., dataset_uris=..., version=..., run_project=...,
        log_project=..., dataset_head=..., finetune_val_dataset_uris=..., model_name=...)
    Context.get_runtime_context()
    Context.set_runtime_context(ctx)
    argument(dataclass_types, inject_name="argument")
    evaluation.predict(datasets=None, resources=None, needs=None, replicas=1, batch_size=1,
        fail_on_error=True, auto_log=True, log_mode="pickle", log_dataset_features=None)
    evaluation.evaluate(needs=..., resources=None, use_predict_auto_log=True)
    PipelineHandler(predict_batch_size=1, ignore_error=False, predict_auto_log=True,
        predict_log_mode="pickle", predict_log_dataset_features=None, dataset_uris=None)
    PipelineHandler.run(resources=None, replicas=1)
    multi_classification(confusion_matrix_normalize="all", show_hamming_loss=True,
        show_cohen_kappa_score=True, show_roc_auc=True, all_labels=None)
    finetune(resources=None, needs=None, require_train_datasets=True, require_validation_datasets=False,
        auto_build_model=True, model_modules=None, excludes=None)
    model.build(modules=None, workdir=None, name=None, project_uri="", desc="", remote_project_uri=None,
        add_all=False, tags=None, excludes=None, package_runtime=True)

    Evaluation(id, project)
    Evaluation.log(category, id, metrics)
    Evaluation.log_result(id, metrics)
    Evaluation.log_summary()
    Evaluation.get_summary()
    Evaluation.scan(category, start=..., end=..., keep_none=False, end_inclusive=False)
    Evaluation.scan_results(start=..., end=..., keep_none=False, end_inclusive=False)
    Evaluation.get_tables()
    Evaluation.flush(category, artifacts_flush=True)
    Evaluation.flush_results()
    Evaluation.flush_summary()
    Evaluation.flush_all()
    Evaluation.close()
    Evaluation.from_context()
    evaluation.log(category, id, metrics)
    evaluation.log_summary()
    evaluation.log_result(id, metrics)
    evaluation.get_summary()
    evaluation.scan(category, start=..., end=..., keep_none=False, end_inclusive=False)
    evaluation.iter(category, start=..., end=..., keep_none=False, end_inclusive=False)
    evaluation.scan_results(start=..., end=..., keep_none=False, end_inclusive=False)

    job(uri)
    Job.get(uri)
    Job.list(project="", page_index=1, page_size=20)
    Job.create(project, model, run_handler, datasets=None, runtime=None, resource_pool="default", ttl=0,
        dev_mode=False, dev_mode_password="", dataset_head=0, overwrite_specs=None)
    Job.create_local()
    Job.create_remote()
    Job.info()
    Job.get_table_rows(name, start=..., end=..., keep_none=..., end_inclusive=...)

    dataset(uri, create="auto", readonly=False)
    Dataset.batch_iter(batch_size=1, drop_not_full=False)
    Dataset.append(item)
    Dataset.extend(items)
    Dataset.flush()
    Dataset.commit(tags=..., message=..., force_add_tags=..., ignore_add_tags_errors=...)
    Dataset.close()
    Dataset.head(n=5)
    Dataset.scan(limit=...)
    Dataset.fetch_one()
    Dataset.history()
    Dataset.summary()
    Dataset.manifest()
    Dataset.remove(force=...)
    Dataset.recover(force=...)
    Dataset.copy(dest_uri, dest_local_project_uri=..., force=..., mode="patch", ignore_tags=...)
    Dataset.exists()
    Dataset.diff(cmp)
    Dataset.rehash()
    Dataset.with_loader_config(num_workers=..., cache_size=..., field_transformer=...)
    Dataset.with_builder_blob_config(volume_size=..., alignment_size=...)
    Dataset.make_distributed_consumption(session_id, batch_size=...)
    Dataset.to_pytorch(transform=None, drop_index=True, skip_default_transform=False)
    Dataset.to_tensorflow(drop_index=True)
    Dataset.list()
    Dataset.from_dict_items(records, name, mode="patch", tags=..., alignment_size=..., volume_size=...)
    Dataset.from_json(name, path=..., text=..., field_selector="", encoding=..., mode="patch", tags=...,
        alignment_size=..., volume_size=...)
    Dataset.from_csv(path, name, dialect=..., delimiter=..., quotechar=..., skipinitialspace=..., strict=...,
        encoding=..., mode="patch", tags=..., alignment_size=..., volume_size=...)
    Dataset.from_folder(folder, kind=..., name=..., auto_label=True, mode="patch", tags=...,
        alignment_size=..., volume_size=...)
    Dataset.from_huggingface(name, repo, subsets=..., split=..., revision=..., cache=..., add_info=...,
        mode="patch", tags=..., alignment_size=..., volume_size=...)

    Binary(fp=b"", mime_type=..., dtype=..., link=...)
    NumpyBinary(fp, dtype, shape=..., link=...)
    Image(fp=..., display_name=..., shape=..., mime_type=..., as_mask=False, mask_uri="", dtype=..., link=...)
    Image.to_pil(mode=...)
    Image.to_numpy(mode=...)
    GrayscaleImage(fp=..., display_name=..., shape=..., as_mask=False, mask_uri="", dtype=..., link=...)
    Audio(fp=..., display_name=..., shape=..., mime_type=..., dtype=..., link=...)
    Video(fp=..., display_name=..., shape=..., mime_type=..., dtype=..., link=...)
    Text(content=..., encoding="utf-8")
    Text.to_str()
    Link(uri, offset=..., size=-1, data_type=..., use_plain_type=...)
    ClassLabel(names)
    ClassLabel.from_num_classes(num)
    BoundingBox(x, y, width, height)
    BoundingBox.from_xywh(x, y, width, height)
    BoundingBox.from_xyxy(x1, y1, x2, y2)
    BoundingBox.from_ccwh(cx, cy, width, height)
    BoundingBox.from_darknet(ncx, ncy, nw, nh, image_width, image_height)
    BoundingBox3D(bbox_a, bbox_b)
    Point(x, y)
    Line(points)
    Polygon(points)
    COCOObjectAnnotation(id, image_id, category_id, area, bbox, iscrowd)
    MIMEType.create_by_file_suffix(name)

    api(inputs=None, outputs=None, inference_type=None)
    LLMChat(top_k=..., top_p=..., temperature=..., max_new_tokens=...)
    TextToImage(sampling_steps=..., width=..., height=..., seed=..., batch_size=..., batch_count=...,
        guidance_scale=...)
    Service.api()
    Service.add_api()
    Service.serve(addr=..., port=..., title=...)
    Service.get_spec()
    track.start(name=..., project_uri=..., access_token=..., auto_run_collect=True, auto_framework_hook=True,
        auto_console_log_redirect=True, mode="online", with_id=..., tags=..., description=...,
        collector_sample_interval=1, collector_report_interval=30, saved_dir=...)
    track.metrics(step=None, commit=True)
    track.params()
    track.artifacts()
    track.end()
    init_logger(verbose=0)
    login(instance, alias="", username="", password="", token="")
    logout(instance)
"""

ATTRIBUTES = {
    "Job": "status basic_info tables summary evaluation_store uri",
    "Dataset": "approximate_size info tags changed committed loading_version pending_commit_version "
    "committed_version uri readonly __iter__ __getitem__ __setitem__ __delitem__ __len__ __enter__ __exit__",
    "PipelineHandler": "context evaluation_store svc __enter__ __exit__",
    "MIMEType": "PNG JPEG WEBP SVG GIF APNG AVIF PPM MP4 AVI WEBM WAV MP3 PLAIN CSV HTML GRAYSCALE UNDEFINED",
    "BoundingBox": "to_xyxy to_ccwh to_darknet to_list to_numpy to_bytes to_tensor",
    "COCOObjectAnnotation": "segmentation",
    "Text": "content",
    **dict.fromkeys(
        ["Binary", "NumpyBinary", "Image", "GrayscaleImage", "Audio", "Video", "Text"],
        "to_bytes to_numpy to_tensor to_pt_tensor fetch_data carry_raw_data drop_data asdict astype to_json "
        "link",
    ),
}


def _calls() -> list[ast.Call]:
    text = inspect.cleandoc(FUNCTIONS).replace("\n    ", " ")
    calls = [ast.parse(line, mode="eval").body for line in text.splitlines() if line]
    return [call for call in calls if isinstance(call, ast.Call)]


def _found(path: str) -> Any:
    first, *rest = path.split(".")
    service = importlib.import_module("starwhale.api.service")
    found = getattr(service if first in SERVING else starwhale, first)
    for name in rest:
        found = getattr(found, name)
    return found


def _cases() -> list[Any]:
    return [pytest.param(call, id=ast.unparse(call.func)) for call in _calls()]


@pytest.mark.parametrize("call", _cases())
def test_a_function_takes_what_it_took(call: ast.Call) -> None:
    path = ast.unparse(call.func)
    parameters = dict(inspect.signature(_found(path)).parameters)
    parameters.pop("self", None)
    required = [each.id for each in call.args if isinstance(each, ast.Name)]
    plain = [name for name, each in parameters.items() if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert plain[: len(required)] == required
    for keyword in call.keywords:
        assert keyword.arg in parameters, keyword.arg
        wanted = ast.literal_eval(keyword.value)
        if wanted is not ...:
            assert parameters[keyword.arg].default == wanted, keyword.arg
    known = {*required, *(keyword.arg for keyword in call.keywords)}
    must = {name for name, each in parameters.items() if each.default is each.empty}
    variable = {
        name for name, each in parameters.items() if each.kind in {each.VAR_KEYWORD, each.VAR_POSITIONAL}
    }
    assert not known or must - variable <= known


def test_every_name_can_be_imported() -> None:
    for name in set(NAMES.split()):
        assert name in starwhale.__all__
        assert getattr(starwhale, name) is not None


@pytest.mark.parametrize("path", MODULES)
def test_every_module_has_its_names(path: str) -> None:
    try:
        module = importlib.import_module(path)
    except MissingDependency as missing:
        pytest.skip(str(missing))
    for name in MODULES[path].split():
        assert getattr(module, name) is not None


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_every_class_has_its_attributes(name: str) -> None:
    for attribute in ATTRIBUTES[name].split():
        assert hasattr(getattr(starwhale, name), attribute), attribute
