"""The visitor's language: `?lang=` in the link, else the browser's, switchable at any moment."""

import streamlit as st

from cnnviz import text
from cnnviz.ui import state

KEY = "lang"


def browser_language() -> str:
    """The first of our languages that the browser asks for."""
    locale = (st.context.locale or "").lower()
    return next((code for code in text.LANGUAGES if locale.startswith(code)), "en")


def language() -> str:
    """The code of the language that this visitor reads."""
    return state.chosen(KEY, text.LANGUAGES, browser_language())


def t(key: str, **values: object) -> str:
    """A sentence in the visitor's language."""
    return text.text(language(), key, **values)


def texts(prefix: str) -> dict[str, str]:
    """All sentences below a key, for a component."""
    return text.group(language(), prefix)


def refuse(refusal: text.Refusal) -> None:
    """Say to the visitor why their input cannot be taken."""
    st.warning(refusal.sentence(language()), icon=":material/info:")


def choose_language() -> None:
    """The switch in the sidebar."""
    state.choice(t("app.language"), text.LANGUAGES, browser_language(), text.LANGUAGES.get, key=KEY)
