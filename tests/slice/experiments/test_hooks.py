"""Frameworks log by themselves; each in a program of its own, as users run them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from starwhale.core.settings import Settings
from starwhale.experiments.schemas import RunDetails
from starwhale.instance.local import LocalInstance

Training = Callable[[str], RunDetails]
HEAD = "from starwhale.api import track\n"
START = "track.start('a', auto_run_collect=False, auto_console_log_redirect=False)\n"


@pytest.fixture
def training(tmp_path: Path) -> Training:
    """Runs a program in a store of its own and gives its run."""

    def train(code: str) -> RunDetails:
        file, store = tmp_path / "program.py", tmp_path / "store"
        file.write_text(HEAD + code)
        environ = {
            **os.environ,
            "SW_LOCAL_STORAGE": str(store),
            "SW_CLI_CONFIG": str(tmp_path / "config.yaml"),
            "CUDA_VISIBLE_DEVICES": "",
            "KERAS_BACKEND": "torch",
        }
        ran = subprocess.run(
            [sys.executable, str(file)],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert ran.returncode == 0, ran.stderr
        assert "could not log" not in ran.stderr
        assert "no hook for" not in ran.stderr
        settings = Settings.from_env(environ)
        with LocalInstance(settings) as instance:
            service = instance.experiments
            return service.details(service.find(instance.actor, "self", "a"))

    return train


def needs(*names: str) -> pytest.MarkDecorator:
    missing = [name for name in names if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


SKLEARN = """
from sklearn.linear_model import LogisticRegression
{start}
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.datasets import make_classification
x, y = make_classification(100, random_state=0)
search = GridSearchCV(LogisticRegression(), {{"C": [0.1, 1.0]}}, cv=2).fit(x, y)
search.score(x, y)
MLPClassifier((4,), max_iter=5, random_state=0).fit(x, y)
track.end()
before = LogisticRegression.fit
assert not hasattr(before, "__wrapped__") or before.__wrapped__.__module__ != "starwhale"
LogisticRegression(C=7).fit(x, y)
"""


@needs("sklearn")
def test_scikit_learn(training: Training) -> None:
    found = training(SKLEARN.format(start=START))
    assert found.params["GridSearchCV/cv"] == 2
    assert found.params["GridSearchCV/best_params/C"] in (0.1, 1.0)
    assert found.params["MLPClassifier/hidden_layer_sizes"] == [4]
    assert not [name for name in found.params if name.startswith("LogisticRegression/")]
    assert found.metrics["GridSearchCV/score"].count == 1
    assert found.metrics["GridSearchCV/best_score"].last
    assert found.metrics["MLPClassifier/loss_curve"].count == 5


XGBOOST = """
import numpy as np
{first}
import xgboost
{second}
x = np.arange(40.0).reshape(20, 2)
y = (x[:, 0] > 20).astype(int)
data = xgboost.DMatrix(x, y)
settings = {{"objective": "binary:logistic", "max_depth": 2}}
xgboost.train(settings, data, 4, evals=[(data, "train")], verbose_eval=False)
xgboost.XGBClassifier(n_estimators=3).fit(x, y, eval_set=[(x, y)], verbose=False)
"""


@needs("xgboost")
@pytest.mark.parametrize("late", [False, True])
def test_xgboost(training: Training, late: bool) -> None:
    found = training(XGBOOST.format(first="" if late else START, second=START if late else ""))
    assert found.params["xgboost/max_depth"] == 2
    assert found.params["xgboost/num_boost_round"] == 3
    assert found.metrics["train/logloss"].count == 4
    assert found.metrics["validation_0/logloss"].count == 3
    assert found.metrics["train/logloss"].step == 3


KERAS = """
{start}
import keras, numpy as np
model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
x = np.ones((8, 2)); y = np.ones((8, 1))
model.fit(x, y, epochs=3, verbose=0, validation_data=(x, y))
track.end()
model.fit(x, y, epochs=1, verbose=0)
"""


@needs("keras", "torch")
def test_keras(training: Training) -> None:
    found = training(KERAS.format(start=START))
    assert found.params["fit/epochs"] == 3
    assert found.params["optimizer/learning_rate"] == pytest.approx(0.01)
    assert found.params["model/parameters"] == 3
    assert (found.metrics["loss"].count, found.metrics["val_loss"].step) == (3, 2)


LIGHTNING = """
{start}
import torch, warnings, logging
from lightning import pytorch as pl
class Net(pl.LightningModule):
    def __init__(self, rate=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(2, 1)
    def training_step(self, batch, index):
        loss = self.layer(batch[0]).pow(2).mean()
        self.log("loss", loss)
        return loss
    def validation_step(self, batch, index):
        self.log("val_loss", self.layer(batch[0]).pow(2).mean())
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), self.hparams.rate)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(16, 2)), batch_size=4)
trainer = pl.Trainer(max_epochs=2, log_every_n_steps=2, logger=False, enable_checkpointing=False,
                     enable_progress_bar=False, enable_model_summary=False, accelerator="cpu")
trainer.fit(Net(), data, data)
"""


@needs("lightning", "torch")
def test_pytorch_lightning(training: Training) -> None:
    found = training(LIGHTNING.format(start=START))
    assert found.params["hparams/rate"] == 0.1
    assert found.params["model/name"] == "Net"
    assert found.params["model/parameters"] == 3
    assert found.metrics["loss"].step == 8
    assert found.metrics["val_loss"].count >= 2


TRANSFORMERS = """
import os
{start}
import torch, transformers
config = transformers.BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
                                 intermediate_size=8, max_position_embeddings=8, num_labels=2)
model = transformers.BertForSequenceClassification(config)
rows = [{{"input_ids": [1, 2, 3], "labels": 1}}] * 8
args = transformers.TrainingArguments("out", max_steps=4, logging_steps=2, report_to=[], use_cpu=True,
                                      save_strategy="no", disable_tqdm=True)
transformers.Trainer(model=model, args=args, train_dataset=rows).train()
"""


@needs("transformers", "torch", "accelerate")
def test_transformers(training: Training) -> None:
    found = training(TRANSFORMERS.format(start=START))
    assert found.params["args/max_steps"] == 4
    assert found.params["config/hidden_size"] == 8
    assert found.params["model/parameters"] > 100
    assert (found.metrics["loss"].count, found.metrics["loss"].step) == (2, 4)


NOTHING = """
import sys
{start}
frameworks = {{"sklearn", "xgboost", "keras", "lightning", "pytorch_lightning", "transformers", "torch"}}
assert not frameworks & set(sys.modules), frameworks & set(sys.modules)
try:
    import keras_that_is_not_there
except ModuleNotFoundError:
    track.metrics(ok=1)
assert len([finder for finder in sys.meta_path if type(finder).__name__ == "Watcher"]) == 1
track.end()
assert not [finder for finder in sys.meta_path if type(finder).__name__ == "Watcher"]
"""


def test_nothing_is_imported_that_the_program_does_not_import(training: Training) -> None:
    assert list(training(NOTHING.format(start=START)).metrics) == ["ok"]


BROKEN = """
import sys, pathlib
place = pathlib.Path("lib") / "keras"
place.mkdir(parents=True)
(place / "__init__.py").write_text("Model = None\\nanswer = 42\\n")
sys.path.insert(0, "lib")
{start}
import keras
track.metrics(answer=keras.answer)
import importlib
assert importlib.reload(keras).answer == 42
assert keras.__spec__.loader.__class__.__name__ == "SourceFileLoader"
"""


def test_a_framework_of_another_shape_is_imported_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(HEAD + BROKEN.format(start=START))
    environ = {
        **os.environ,
        "SW_LOCAL_STORAGE": str(tmp_path / "store"),
        "SW_CLI_CONFIG": str(tmp_path / "c"),
    }
    ran = subprocess.run(
        [sys.executable, str(file)], env=environ, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "no hook for keras" in ran.stderr
