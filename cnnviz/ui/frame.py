"""What surrounds every page: size of the text, spacing."""

import streamlit as st

from cnnviz.ui.language import t

LARGE = "large"

# Streamlit measures in rem, and so do our components: one number scales text, tiles and strokes.
STYLE = """
<style>
html { font-size: %s; }
[data-testid="stMainBlockContainer"] { padding: 2.6rem 2rem 4rem; max-width: 120rem; }
[data-testid="stHeader"] { height: 2.4rem; min-height: 2.4rem; }
h1 { font-size: 1.6rem !important; padding: 0 !important; }
h2 { font-size: 1.25rem !important; }
h3 { font-size: 1.05rem !important; }
[data-testid="stButtonGroup"] button, [data-testid="stSidebarNavLink"] { min-height: 2.5rem; }
[data-testid="stMarkdownContainer"] table { display: block; overflow-x: auto; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 2.6rem 0.9rem 3rem; }
}
</style>
"""


def choose_size() -> None:
    """The switch for the back of a hall: everything half as large again."""
    st.toggle(t("app.large"), key=LARGE, bind="query-params", help=t("app.large_help"))


def columns(controls: int, instrument: int) -> list:
    """Two columns by their widths at the usual size; in the large mode the controls need more."""
    larger = 1.75 if st.session_state.get(LARGE) else 1
    return st.columns([larger * controls, instrument], gap="medium")


def style() -> None:
    st.html(STYLE % ("150%" if st.session_state.get(LARGE) else "100%"))
