from __future__ import annotations

from typing import Any

import jiwer
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer

from starwhale import Text
from starwhale.core.errors import MissingDependency, UsageError
from starwhale.evaluations.metrics import corpus, tokens, transcripts
from starwhale.evaluations.metrics.text_generation import text_generation

SAID = ["the cat sat on the mat", "It's a small world, after all.", "hello there"]
WANTED = ["a cat sat on a mat today", "It is a small world after all!", "general kenobi"]
ENGLISH = [f"{a} {b}." for a in SAID for b in WANTED]
CHINESE_SAID = ["我在北京大学读书。", "今天天气很好", "他喜欢吃 苹果"]
CHINESE_WANTED = ["我在清华大学读书。", "今天的天气非常好!", "他喜欢吃苹果"]

# what transformers 4.46.3 (squad_metrics.compute_exact, compute_f1) says of (reference, answer)
SQUAD = [
    ("the cat sat", "a cat sat down", 0, 0.8),
    ("New York City", "new york", 0, 0.8),
    ("1,000.5 dollars", "1000.5 dollars!", 1, 1.0),
    ("", "x", 0, 0),
    ("", "", 1, 1),
    ("the", "a", 1, 1),
    ("Don't stop", "dont stop", 1, 1.0),
    ("state-of-the-art model", "state of the art model", 0, 1 / 3),
    ("yes yes no", "yes no no", 0, 2 / 3),
]

ascii_texts = st.text(st.characters(max_codepoint=127), max_size=30)
any_texts = st.text(max_size=20)


def figures(wanted: Any, said: Any, *names: str, **options: Any) -> dict[str, Any]:
    return text_generation(wanted, said, metrics=names, **options).summary


@pytest.mark.parametrize(("wanted", "said", "exact", "f1"), SQUAD)
def test_short_answers_are_compared_as_squad_does(wanted: str, said: str, exact: int, f1: float) -> None:
    found = figures([wanted], [said], "exact_match", "f1")
    assert found["exact_match"] == exact
    assert found["f1"] == pytest.approx(f1)


def test_chinese_answers_are_compared_by_character() -> None:
    found = text_generation(
        ["北京大学", "北京，大学", "他有３个iPhone"],
        ["北京", "北京大学。", "他有 3 个 iphone"],
        metrics=("exact_match", "f1"),
    )
    assert found.scores["exact_match"].tolist() == [0, 1, 1]
    assert found.scores["f1"].tolist() == pytest.approx([2 * 2 / 6, 1, 1])


def test_the_nearest_of_several_references_counts() -> None:
    wanted = [["a dog", "the cat sat"], ["no"]]
    found = text_generation(wanted, ["cat sat", "yes"], metrics=("exact_match", "f1", "wer", "rouge"))
    assert found.summary["exact_match"] == 0.5
    assert found.scores["wer"].tolist() == pytest.approx([1 / 3, 1])
    assert found.scores["rouge1"].tolist() == pytest.approx([0.8, 0])


@pytest.mark.parametrize(
    ("wanted", "said", "tokenizer"),
    [
        (WANTED, SAID, "13a"),
        (CHINESE_WANTED, CHINESE_SAID, "zh"),
        (["これはペンです"], ["これは本です"], "char"),
    ],
)
def test_bleu_and_chrf_are_those_of_sacrebleu(wanted: list[str], said: list[str], tokenizer: str) -> None:
    found = figures(wanted, said, "bleu", "chrf")
    assert found["bleu"] == pytest.approx(sacrebleu.corpus_bleu(said, [wanted], tokenize=tokenizer).score)
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(said, [wanted]).score)
    assert f"tok:{tokenizer}" in found["bleu_signature"]


def test_bleu_and_chrf_of_many_rows_are_computed_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "_ROWS", 2)
    said, wanted = (
        SAID * 5,
        [[a, b] if i % 2 else [a] for i, (a, b) in enumerate(zip(WANTED * 5, SAID * 5, strict=True))],
    )
    streams: Any = [[row[0] for row in wanted], [row[1] if len(row) > 1 else None for row in wanted]]
    expected = sacrebleu.corpus_bleu(said, streams).score
    found = figures(wanted, said, "bleu", "chrf")
    assert found["bleu"] == pytest.approx(expected)
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(said, streams).score)
    assert 0 < expected < 100


def test_a_tokenizer_may_be_named() -> None:
    found = figures(WANTED, SAID, "bleu", bleu_tokenizer="char")
    assert found["bleu"] == pytest.approx(sacrebleu.corpus_bleu(SAID, [WANTED], tokenize="char").score)
    with pytest.raises(UsageError, match="no tokenizer 'words'"):
        figures(WANTED, SAID, "bleu", bleu_tokenizer="words")


def test_a_tokenizer_that_needs_more_says_so() -> None:
    pytest.importorskip("sacrebleu")
    try:
        import MeCab  # noqa: F401  # pyright: ignore[reportMissingImports, reportUnusedImport]
    except ImportError:
        with pytest.raises(MissingDependency, match="'ja-mecab' of sacrebleu needs another package"):
            figures(WANTED, SAID, "bleu", bleu_tokenizer="ja-mecab")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(ascii_texts, ascii_texts), min_size=1, max_size=5))
def test_rouge_of_english_is_that_of_rouge_score(pairs: list[tuple[str, str]]) -> None:
    found = figures([a for a, _ in pairs], [b for _, b in pairs], "rouge")
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    each = [scorer.score(a, b) for a, b in pairs]
    for name in ("rouge1", "rouge2", "rougeL"):
        assert found[name] == pytest.approx(sum(row[name].fmeasure for row in each) / len(pairs))


@settings(deadline=None)
@given(ascii_texts)
def test_words_of_ascii_are_the_tokens_of_rouge_score(text: str) -> None:
    assert tokens.words(text) == DefaultTokenizer().tokenize(text)


def test_rouge_of_chinese_is_over_characters() -> None:
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=Characters())
    expected = scorer.score(CHINESE_WANTED[0], CHINESE_SAID[0])
    found = figures(CHINESE_WANTED[:1], CHINESE_SAID[:1], "rouge")
    assert found["rougeL"] == pytest.approx(expected["rougeL"].fmeasure)
    assert found["rouge2"] == pytest.approx(expected["rouge2"].fmeasure)
    assert 0.5 < found["rouge2"] < 1
    assert RougeScorer(["rougeL"]).score("北京", "北京")["rougeL"].fmeasure == 0, "what it says by itself"


class Characters(DefaultTokenizer):
    def tokenize(self, text: str) -> list[str]:
        return list(text.replace("。", ""))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abcd"), min_size=1), st.lists(st.sampled_from("abcd"))),
        min_size=1,
        max_size=6,
    )
)
def test_error_rates_are_those_of_jiwer(pairs: list[tuple[list[str], list[str]]]) -> None:
    wanted, said = [" ".join(a) for a, _ in pairs], [" ".join(b) for _, b in pairs]
    found = figures(wanted, said, "wer", "cer")
    assert found["wer"] == pytest.approx(jiwer.wer(wanted, said))
    assert found["cer"] == pytest.approx(jiwer.cer(wanted, said))


def test_error_rates_of_many_rows_are_computed_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "_ROWS", 2)
    found = text_generation(WANTED, SAID, metrics=("wer",))
    assert found.summary["wer"] == pytest.approx(jiwer.wer(WANTED, SAID))
    assert found.scores["wer"].tolist() == pytest.approx(
        [jiwer.wer(a, b) for a, b in zip(WANTED, SAID, strict=True)]
    )


def test_error_rates_of_chinese_count_characters_and_no_spaces() -> None:
    found = text_generation(CHINESE_WANTED, CHINESE_SAID, metrics=("wer", "cer"))
    bare = [text.replace(" ", "") for text in CHINESE_SAID]
    assert found.summary["cer"] == pytest.approx(jiwer.cer(CHINESE_WANTED, bare))
    assert found.scores["cer"][2] == 0
    spaced = [" ".join(text) for text in CHINESE_WANTED[:1]], [" ".join(text) for text in bare[:1]]
    assert found.scores["wer"][0] == pytest.approx(jiwer.wer(*spaced))


def test_transcripts_may_be_compared_without_case_and_punctuation() -> None:
    assert figures(["Hello, World!"], ["hello world"], "wer")["wer"] == 1.0
    assert figures(["Hello, World!"], ["hello world"], "wer", "cer", standardize=True) == {
        "rows": 1,
        "wer": 0.0,
        "cer": 0.0,
    }


def test_silence_has_no_rate_of_its_own() -> None:
    found = text_generation(["", "a b"], ["x", "a b"], metrics=("wer",))
    assert found.summary["wer"] == 0.5, "one word too many among two"
    assert str(found.scores["wer"].tolist()) == "[nan, 0.0]"
    assert "wer" not in figures([""], [""], "wer")


@settings(max_examples=60, deadline=None)
@given(any_texts, any_texts)
def test_any_text_has_all_figures(wanted: str, said: str) -> None:
    found = text_generation([wanted], [said]).summary
    for name in ("exact_match", "f1", "rouge1", "rougeL"):
        assert 0 <= found[name] <= 1
    assert 0 <= found["chrf"] <= 100.0001
    same = text_generation([wanted], [wanted], metrics=("exact_match", "f1")).summary
    assert (same["exact_match"], same["f1"]) == (1, 1)


def test_texts_of_ours_are_texts() -> None:
    assert figures([Text("yes")], [Text("yes")], "exact_match")["exact_match"] == 1


@pytest.mark.parametrize(
    ("wanted", "said", "options", "told"),
    [
        (["a"], ["a", "b"], {}, "references has 1 rows and predictions has 2"),
        ([], [], {}, "are empty"),
        (["a"], [1], {}, "row 0 of predictions must be a text"),
        ([["a", None]], ["a"], {}, "row 0 of references must be a text"),
        ([[]], ["a"], {}, "row 0 of references has no text"),
        ("a", ["a"], {}, "references must have a value per row"),
        (["a"], ["a"], {"metrics": ("bleu", "meteor")}, "no metric 'meteor'"),
        (["a"], ["a"], {"metrics": ()}, "no metric is named"),
    ],
)
def test_bad_input_is_told_in_one_sentence(wanted: Any, said: Any, options: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        text_generation(wanted, said, **options)
