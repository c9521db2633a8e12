"""What a page remembers, in the session and in its link.

Numbers and switches are bound by Streamlit itself (`bind="query-params"`). It would put the *label*
of a choice into the link, which is another word in another language: choices, and the state of
components, are kept here under names that no language changes.
"""

from collections.abc import Callable, Collection

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


def chosen(key: str, options: Collection[str], default: str) -> str:
    """The choice as it stands: made before, named by the link, or the default."""
    for value in (st.session_state.get(key), recalled(key)):
        if value in options:
            return value
    return default


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
    st.session_state[key] = chosen(key, options, default)
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
