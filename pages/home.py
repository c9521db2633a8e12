"""Start: what this is, the lessons in the order of the lecture, the state of the server."""

import streamlit as st

from cnnviz.ui import home
from cnnviz.ui.language import t

st.title(t("home.title"), anchor=False)
st.markdown(t("home.intro"))
home.lessons()
home.status()
