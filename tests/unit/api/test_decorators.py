"""What the decorators of users register."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from starwhale.core.errors import InvalidSpec
from starwhale.core.handlers import HandlerSpec, registered

Module = Callable[[str], ModuleType]


def spec_of(function: object) -> HandlerSpec:
    return next(spec for spec, known in registered().values() if known is function)


def test_a_handler_is_registered_and_stays_the_function_it_was(module: Module) -> None:
    user = module("""
        from starwhale import handler

        @handler({"cpu": 1, "memory": "1Gi"}, 3, name="embed", expose=80, require_dataset=True)
        def embed():
            return 7
    """)
    spec = spec_of(user.embed)
    assert user.embed() == 7
    assert (spec.id, spec.kind, spec.name) == (f"{user.__name__}:embed", "handler", "embed")
    assert (spec.replicas, spec.expose, spec.require_dataset) == (3, 80, True)
    assert spec.resources == {
        "cpu": {"request": 1, "limit": 1},
        "memory": {"request": 1 << 30, "limit": 1 << 30},
    }


def test_a_handler_needs_no_parentheses(module: Module) -> None:
    user = module("""
        from starwhale import handler, evaluation

        @handler
        def one(): ...

        @evaluation.predict
        def two(data): ...
    """)
    assert spec_of(user.one).kind == "handler"
    assert spec_of(user.two).kind == "predict"


def test_needs_are_ids_of_other_handlers(module: Module) -> None:
    user = module("""
        from starwhale import handler

        @handler()
        def first(): ...

        class Steps:
            @handler(needs=[first])
            def second(self): ...

        @handler(needs=[first, Steps.second])
        def third(): ...
    """)
    name = user.__name__
    assert spec_of(user.third).needs == (f"{name}:first", f"{name}:Steps.second")


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("@handler(needs=[len])", "no function"),
        ("@handler(needs=[plain])", "is no handler"),
        ("@handler(needs=['plain'])", "no function"),
        ("@handler(replicas=0)", "replicas=0"),
        ("@handler(replicas=True)", "replicas=True"),
        ("@handler(expose=-1)", "expose=-1"),
        ("@handler(resources={'disk': 1})", "no resource 'disk'"),
        ("@handler(extra_kwargs={'model': object()})", "JSON"),
        ("@evaluation.evaluate(needs=[])", "what it reduces"),
        ("@evaluation.evaluate", "what it reduces"),
        ("@evaluation.predict(batch_size=0)", "batch_size is 0"),
        ("@evaluation.predict(log_mode='json')", "no log_mode 'json'"),
    ],
)
def test_a_declaration_that_makes_no_sense_fails_where_it_is_written(
    module: Module, declared: str, said: str
) -> None:
    with pytest.raises(InvalidSpec) as told:
        module(f"""
        from starwhale import handler, evaluation

        def plain(): ...

        {declared}
        def step(data): ...
        """)
    assert said in str(told.value)


def test_what_is_nested_too_deep_is_refused(module: Module) -> None:
    with pytest.raises(InvalidSpec, match="too deep"):
        module("""
        from starwhale import handler

        class Outer:
            class Inner:
                @handler()
                def step(self): ...
        """)


def test_predict_and_evaluate_carry_their_options(module: Module) -> None:
    user = module("""
        from starwhale import evaluation
        from starwhale.base.type import PredictLogMode

        @evaluation.predict(
            datasets=["mnist", "local/project/self/dataset/digits"],
            batch_size=8,
            fail_on_error=False,
            log_mode=PredictLogMode.PLAIN,
            log_dataset_features=["label"],
        )
        def predict(data): ...

        @evaluation.evaluate(needs=[predict], use_predict_auto_log=False, resources={"nvidia.com/gpu": 1})
        def evaluate(): ...
    """)
    predict, evaluate = spec_of(user.predict), spec_of(user.evaluate)
    assert predict.datasets == ("mnist", "local/project/self/dataset/digits")
    assert predict.require_dataset
    assert predict.options == {
        "batch_size": 8,
        "fail_on_error": False,
        "auto_log": True,
        "log_mode": "plain",
        "log_dataset_features": ["label"],
    }
    assert evaluate.options == {"use_predict_auto_log": False}
    assert evaluate.needs == (predict.id,)
    assert evaluate.replicas == 1


def test_a_pipeline_is_two_steps_by_itself(module: Module) -> None:
    user = module("""
        from starwhale import PipelineHandler

        class Digits(PipelineHandler):
            @PipelineHandler.run(replicas=4, resources={"cpu": 2})
            def predict(self, data): ...

            def evaluate(self, results): ...

        class Older(PipelineHandler):
            def ppl(self, data): ...
            def cmp(self, results): ...

        class Mapping(PipelineHandler):
            def predict(self, data): ...
    """)
    name = user.__name__
    specs = {spec.qualname: spec for spec, _ in registered().values()}
    assert list(specs) == ["Digits.predict", "Digits.evaluate", "Older.ppl", "Older.cmp", "Mapping.predict"]
    assert specs["Digits.predict"].replicas == 4
    assert specs["Digits.predict"].require_dataset
    assert specs["Digits.predict"].resources == {"cpu": {"request": 2, "limit": 2}}
    assert specs["Digits.evaluate"].needs == (f"{name}:Digits.predict",)
    assert specs["Older.cmp"].needs == (f"{name}:Older.ppl",)


def test_a_pipeline_keeps_what_a_decorator_above_its_method_says(module: Module) -> None:
    user = module("""
        from starwhale import PipelineHandler, evaluation

        class Digits(PipelineHandler):
            @evaluation.predict(replicas=3, datasets=["mnist"])
            def predict(self, data): ...

            def evaluate(self, results): ...
    """)
    predict, evaluate = (spec for spec, _ in registered().values())
    assert (predict.replicas, predict.datasets) == (3, ("mnist",))
    assert evaluate.needs == (f"{user.__name__}:Digits.predict",)


def test_a_class_between_is_no_step_and_what_is_inherited_is(module: Module) -> None:
    module("""
        from starwhale import PipelineHandler

        class Base(PipelineHandler):
            def evaluate(self, results): ...

        class Own(Base):
            def predict(self, data): ...
    """)
    specs = {spec.qualname: spec for spec, _ in registered().values()}
    assert specs["Own.evaluate"].needs == (specs["Own.predict"].id,)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def predict(self, data): ...\n    def ppl(self, data): ...", "both predict and ppl"),
        ("@PipelineHandler.run(replicas=2)\n    def evaluate(self, results): ...", "has one task"),
        ("@PipelineHandler.run()\n    def train(self): ...", "belongs above predict or evaluate"),
    ],
)
def test_a_pipeline_that_contradicts_itself_is_refused(module: Module, body: str, said: str) -> None:
    with pytest.raises(InvalidSpec) as told:
        module(f"from starwhale import PipelineHandler\nclass P(PipelineHandler):\n    {body}\n")
    assert said in str(told.value)
