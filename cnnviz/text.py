"""Every sentence we show, in every language, from assets/text/<language>/<part>.toml.

A key is `part.name` or `part.table.name`; values are put into {braces} by `str.format`. Both
languages hold the same keys and the same placeholders (tests/test_text.py).
"""

import tomllib
from functools import cache

from cnnviz import ASSETS

LANGUAGES = {"en": "English", "zh": "中文"}  # code: its own name; the first is the fallback


@cache
def catalogue(language: str) -> dict[str, str]:
    """All keys of one language, flat: {"digits.title": "…"}."""
    entries: dict[str, str] = {}

    def flatten(prefix: str, table: dict) -> None:
        for name, value in table.items():
            key = f"{prefix}.{name}"
            if isinstance(value, dict):
                flatten(key, value)
            else:
                entries[key] = value.strip()

    for path in sorted((ASSETS / "text" / language).glob("*.toml")):
        flatten(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
    return entries


def text(language: str, key: str, **values: object) -> str:
    """One sentence. A missing key raises KeyError: the tests find it before a visitor does."""
    sentence = catalogue(language)[key]
    return sentence.format(**values) if values else sentence


def group(language: str, prefix: str) -> dict[str, str]:
    """All sentences below a key, for components: group("en", "digits.unit") → {"sum": "…"}."""
    start = f"{prefix}."
    return {
        key.removeprefix(start): sentence
        for key, sentence in catalogue(language).items()
        if key.startswith(start)
    }


def percent(share: float) -> str:
    """0.9931 → "99.3 %"; what would round to all or nothing says so, as in draw.js."""
    if share > 0.9995:
        return "> 99.9 %"
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


class Refusal(ValueError):
    """Input we cannot take, with a sentence for the visitor: what came, what we expect, what to do.

    The key names the sentence in assets/text, so that a page can say it in the visitor's language;
    `str(error)` is the English one.
    """

    def __init__(self, key: str, **values: object):
        super().__init__(text("en", key, **values))
        self.key = key
        self.values = values

    def __reduce__(self):
        return _refusal, (type(self), self.key, self.values)

    def sentence(self, language: str) -> str:
        return text(language, self.key, **self.values)


def _refusal(kind: type[Refusal], key: str, values: dict) -> Refusal:
    """Caches pickle what they keep, and exceptions do not pickle keyword arguments."""
    return kind(key, **values)
