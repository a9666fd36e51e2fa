# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import typing as t
import zlib
from pathlib import Path

import numpy as np

from starwhale import evaluation, multi_classification

try:
    from .model import Nearest
except ImportError:
    from speech.model import Nearest

ROOTDIR = Path(__file__).parent.parent
_g_model = None


def load() -> Nearest:
    global _g_model
    if _g_model is None:
        _g_model = Nearest(np.load(ROOTDIR / "models" / "centres.npy"))
    return _g_model


@evaluation.predict(replicas=2, log_dataset_features=["digit", "speaker"])
def predict_speech(data):
    probabilities = load().probabilities(data.speech.to_numpy())
    return int(probabilities.argmax()), probabilities.tolist(), zlib.crc32(data.speech.to_bytes())


@evaluation.evaluate(needs=[predict_speech])
@multi_classification(
    confusion_matrix_normalize="all",
    show_hamming_loss=True,
    show_cohen_kappa_score=True,
    show_roc_auc=True,
    all_labels=[i for i in range(0, 10)],
)
def evaluate_speech(ppl_result: t.Iterator):
    result, label, pr = [], [], []
    for _data in ppl_result:
        label.append(_data["input"]["digit"])
        pr.append(_data["output"][1])
        result.append(_data["output"][0])
    return label, result, pr
