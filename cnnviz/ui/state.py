"""What a page remembers, in the session and in its link.

Where a widget is always shown Streamlit binds numbers and switches itself (`bind="query-params"`).
It would put the *label* of a choice into the link, which is another word in another language, and
forget what is not shown: choices, sliders in a closed popover and the state of components are kept
here, under names that no language changes.
"""

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

import streamlit as st


def recalled(name: str) -> str:
    """What the link says, "" where it says nothing."""
    return st.query_params.get(name, "")


def remember(name: str, value: str) -> None:
    """Put a value into the link; the empty text takes it out."""
    if value:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def on_page(key: str) -> bool:
    """Whether the visitor is on a lesson's page: a component may speak when it is already left."""
    path = urlsplit(st.context.url or "").path
    return not path or path.rstrip("/").endswith(f"/{key}")


def keep(lesson: str, words: dict[str, str]) -> None:
    """Remember a component's words for the way back to its lesson, and in the link while there."""
    st.session_state[f"kept_{lesson}"] = st.session_state.get(f"kept_{lesson}", {}) | words
    if on_page(lesson):
        for name, word in words.items():
            remember(name, word)


def kept(lesson: str, names: Collection[str]) -> dict[str, str]:
    """The words of the link; where it says nothing, those that were kept."""
    words = {name: recalled(name) for name in names}
    if not any(words.values()):
        before = st.session_state.get(f"kept_{lesson}", {})
        words = {name: before.get(name, "") for name in names}
    keep(lesson, words)
    return words


def chosen(key: str, options: Collection[str], default: str) -> str:
    """The choice as it stands: made before, named by the link, or the default."""
    value = st.session_state.get(key)
    if value in options:
        return value
    value = recalled(key)
    return value if value in options else default


def _offer(key: str, options: Collection[str], default: str) -> None:
    """Set the widget, before it is shown, to the choice as it stands."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = chosen(key, options, default)


def choice(
    label: str, options: Collection[str], default: str, name: Callable[[str], str], key: str
) -> str:
    """A row of buttons, one of them chosen; the link carries the option, not its label.

    Args:
        label: Told to screen readers and shown above where it is not collapsed.
        options: Language-neutral names.
        default: The one that needs no word in the link.
        name: Gives an option's label in the visitor's language.
        key: Of the widget, and in the link.
    """
    _offer(key, options, default)
    value = st.segmented_control(
        label,
        list(options),
        required=True,
        format_func=name,
        key=key,
        persist_state="session",
        label_visibility="collapsed",
        width="stretch",
    )
    remember(key, "" if value == default else value)
    return value


def selection(
    label: str, options: Collection[str], default: str, name: Callable[[str], str], key: str
) -> str:
    """A list to choose from, where a row of buttons would be too long; as `choice`."""
    _offer(key, options, default)
    value = st.selectbox(
        label, list(options), format_func=name, key=key, persist_state="session", filter_mode=None
    )
    remember(key, "" if value == default else value)
    return value


def kept_number(key: str, low: float, high: float, default: float) -> float:
    """The number of a slider that is not shown; the link goes on carrying it."""
    value = st.session_state[key] = number(key, low, high, default)
    _remember_number(key, value, default)
    return value


def _remember_number(key: str, value: float, default: float) -> None:
    remember(key, "" if value == default else f"{value:g}")


def number(key: str, low: float, high: float, default: float) -> float:
    """A number as it stands: set before, named by the link, or the default."""
    value = st.session_state.get(key)
    if value is not None:
        return value
    try:
        value = type(default)(recalled(key))
    except ValueError:
        return default
    return value if low <= value <= high else default


def slider(label: str, low: float, high: float, default: float, step: float, key: str) -> float:
    """A slider whose value `kept_number` still knows when the slider is not shown."""
    if key not in st.session_state:  # set again, it would pull a moving slider back
        st.session_state[key] = number(key, low, high, default)
    value = st.slider(label, low, high, step=step, key=key, persist_state="session")
    _remember_number(key, value, default)
    return value
