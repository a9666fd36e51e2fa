from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.retrieval import retrieval

DOCUMENTS = [f"d{i}" for i in range(12)]
queries = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(1, 4), min_size=1, max_size=6),
        st.permutations(DOCUMENTS).flatmap(lambda order: st.integers(0, 12).map(lambda n: order[:n])),
    ),
    min_size=1,
    max_size=6,
)
KS = (1, 3, 5, 10)
TREC = {"recall": "recall", "P": "precision", "ndcg_cut": "ndcg", "map_cut": "map", "success": "hit"}


@settings(max_examples=60, deadline=None)
@given(queries)
def test_figures_are_those_of_trec_eval(queries: list[tuple[dict[str, int], list[str]]]) -> None:
    trec = pytest.importorskip("pytrec_eval", reason="pytrec-eval-terrier is not installed")
    found: Any = retrieval([gains for gains, _ in queries], [ranked for _, ranked in queries], ks=KS)
    wanted = {f"q{i}": gains for i, (gains, _) in enumerate(queries)}
    runs = {
        f"q{i}": {each: float(-rank) for rank, each in enumerate(ranked)}
        for i, (_, ranked) in enumerate(queries)
    }
    names = {f"{name}.{','.join(map(str, KS))}" for name in TREC} | {"map", "recip_rank", "ndcg"}
    per_query = trec.RelevanceEvaluator(wanted, names).evaluate(runs)

    def mean(name: str) -> Any:
        # it leaves out queries without any answer, which have 0 everywhere
        return pytest.approx(sum(each[name] for each in per_query.values()) / len(queries))

    assert found.summary["map"] == mean("map")
    assert found.summary["mrr"] == mean("recip_rank")
    assert found.summary["ndcg"] == mean("ndcg")
    for row in found.tables["at_k"]:
        for theirs, ours in TREC.items():
            assert row[ours] == mean(f"{theirs}_{row['id']}"), (ours, row["id"])


def test_discounted_gain_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(2)
    gains = random.integers(0, 4, (50, 12))
    gains[:, 0] = 1
    score = random.permuted(np.tile(np.arange(12.0), (50, 1)), axis=1)
    found: Any = retrieval(
        [dict(enumerate(row)) for row in gains.tolist()],
        [dict(enumerate(row)) for row in score.tolist()],
        ks=KS,
    )
    for k in KS:
        assert found.summary[f"ndcg@{k}"] == pytest.approx(ndcg_score(gains, score, k=k))


def test_figures_by_hand() -> None:
    found: Any = retrieval(["a", {"b", "c"}, []], [["x", "a"], ["c", "y", "b"], ["x"]], ks=(1, 2))
    assert found.summary["queries"] == 3
    assert found.summary["without_relevant"] == 1
    assert found.summary["hit@1"] == 0.5
    assert found.summary["recall@2"] == pytest.approx((1 + 0.5) / 2)
    assert found.summary["mrr"] == pytest.approx((0.5 + 1) / 2)
    assert found.summary["map"] == pytest.approx((0.5 + (1 + 2 / 3) / 2) / 2)
    assert np.isnan(found.scores["ndcg"][2])
    assert found.scores["hit@1"][:2].tolist() == [0.0, 1.0]


def test_what_is_retrieved_twice_counts_once() -> None:
    found = retrieval([["a", "b"]], [["a", "a", "a"]], ks=(3,))
    assert found.summary["recall@3"] == 0.5
    assert found.summary["precision@3"] == pytest.approx(1 / 3)


@settings(deadline=None)
@given(queries)
def test_figures_lie_within_0_and_1_and_grow_with_k(queries: list[tuple[dict[str, int], list[str]]]) -> None:
    rows = retrieval([a for a, _ in queries], [b for _, b in queries]).tables["at_k"]
    for name in ("hit", "recall", "mrr", "map"):
        values = [row[name] for row in rows]
        assert values == sorted(values)
        assert 0 <= values[0] <= values[-1] <= 1 + 1e-12


@pytest.mark.parametrize(
    ("given_", "options", "said"),
    [
        ((["a"], [["a"], ["b"]]), {}, "relevant has 1 rows and retrieved has 2"),
        (([], []), {}, "are empty"),
        (([[], None], [["a"], ["b"]]), {}, "nothing is relevant for any query"),
        ((["a"], ["abc"]), {}, "query 0 must have a ranking"),
        (([{"a": -1}], [["a"]]), {}, "query 0 has the gain -1.0 for 'a'"),
        ((["a"], [["a"]]), {"ks": (0, 1)}, "ks must be positive"),
        ((["a"], [["a"]]), {"ks": ()}, "ks must be positive"),
        (("abc", [["a"]]), {}, "relevant must have a value per row"),
    ],
)
def test_bad_input_is_told_in_one_sentence(given_: Any, options: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        retrieval(*given_, **options)
