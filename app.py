"""cnnviz: `streamlit run app.py`, or `uvicorn app:app`."""

import streamlit as st

from cnnviz import ROOT
from cnnviz.ui import server

app = st.App(
    ROOT / "cnnviz" / "ui" / "main.py",
    lifespan=server.lifespan,
    routes=server.ROUTES,
    middleware=server.MIDDLEWARE,
    on_script_error=server.on_script_error,
)
