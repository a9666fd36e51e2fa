"""Text cut into what is counted: words, and characters where a script has no spaces between words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

# written without spaces between words
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
# written with spaces between phrases; answers are compared by syllable nevertheless
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
_CHARACTER = re.compile(f"[{_HAN}{_KANA}{_HANGUL}]")
_UNSPACED = re.compile(f"([{_HAN}{_KANA}])")
# with the punctuation of these scripts, beside which a space means nothing either
_BESIDE = re.compile(f" ?([{_HAN}{_KANA}\u3000-\u303f\uff00-\uffef]) ?")
_IS_HAN, _IS_KANA = re.compile(f"[{_HAN}]"), re.compile(f"[{_KANA}]")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_LOOKED_AT = 1_000
_ENOUGH = 0.2


class _Table(dict[int, str]):
    """What becomes of each character, found out when it is first met; as large as the scripts that occur."""

    def __init__(self, punctuation: str) -> None:
        super().__init__()
        self._punctuation = punctuation

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kind = unicodedata.category(char)
        if _CHARACTER.match(char):
            made = f" {char} "
        elif kind[0] in "LNM":
            made = char
        elif char.isspace():
            made = " "
        else:
            made = self._made_of_sign(char, kind)
        self[code] = made
        return made

    def _made_of_sign(self, char: str, kind: str) -> str:
        return self._punctuation


class _AnswerTable(_Table):
    """Only punctuation is dropped; of ASCII all signs, as SQuAD has it."""

    def _made_of_sign(self, char: str, kind: str) -> str:
        return "" if kind[0] == "P" or char.isascii() else char


_WORDS = _Table(" ")
_ANSWER = _AnswerTable("")


def words(text: str) -> list[str]:
    """Words in lower case without punctuation, and each Chinese, Japanese or Korean character by itself.

    Of ASCII these are the tokens of the `rouge-score` package without stemming, which would drop every
    other script.
    """
    return unicodedata.normalize("NFKC", text).lower().translate(_WORDS).split()


def answer_tokens(text: str) -> list[str]:
    """The tokens that SQuAD's F1 compares, and each Chinese, Japanese or Korean character by itself.

    Lower case, without punctuation and English articles. Full-width forms become the usual ones.
    """
    bare = unicodedata.normalize("NFKC", text).lower().translate(_ANSWER)
    return _ARTICLES.sub(" ", bare).split()


def spoken_words(text: str) -> str:
    """The text with one space between words, and around every character of a script without spaces."""
    return " ".join(_UNSPACED.sub(r" \1 ", unicodedata.normalize("NFC", text)).split())


def spoken_characters(text: str) -> str:
    """The text with one space between words, and none where the script has none."""
    single = " ".join(unicodedata.normalize("NFC", text).split())
    # a space that is shared by two characters is met only once
    return _BESIDE.sub(r"\1", single).strip()


def standard(text: str) -> str:
    """The text in lower case without punctuation, as transcripts are usually compared."""
    kept = (
        char if unicodedata.category(char)[0] in "LNM" or char == "'" else " "
        for char in unicodedata.normalize("NFKC", text).lower()
    )
    return "".join(kept)


def bleu_tokenizer(texts: Iterable[str]) -> str:
    """Name of sacrebleu's tokeniser that suits texts, by the scripts of the first thousand.

    Returns:
        ``char`` where there is Japanese, whose words need a dictionary; ``zh`` where there is Chinese; else
        ``13a``, what papers report.
    """
    sample = "".join(islice(texts, _LOOKED_AT))
    letters = sum(char.isalpha() for char in sample)
    han, kana = len(_IS_HAN.findall(sample)), len(_IS_KANA.findall(sample))
    if not letters or han + kana < _ENOUGH * letters:
        return "13a"
    return "char" if kana > _ENOUGH * (han + kana) else "zh"
