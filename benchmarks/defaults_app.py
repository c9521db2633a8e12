"""The same app with Streamlit's defaults: what app.py would be without cnnviz.ui.warmup's care.

Started by sessions.py with the settings in server.DEFAULTS, to measure what the care brings.
"""

import contextlib
import gc
import threading

import streamlit as st

from cnnviz import ROOT
from cnnviz.ui import server
from cnnviz.ui.warmup import warm_up


def undo_the_care() -> None:
    """Let Streamlit clear Keras' session after every run again, and collect what was frozen."""
    warm_up.done.wait()
    import keras

    keras.backend.clear_session = keras.utils.clear_session
    gc.unfreeze()


@contextlib.asynccontextmanager
async def lifespan(_app):
    warm_up.start()
    threading.Thread(target=undo_the_care, daemon=True).start()
    yield


app = st.App(
    ROOT / "cnnviz" / "ui" / "main.py",
    lifespan=lifespan,
    routes=server.ROUTES,
    middleware=server.MIDDLEWARE,
    on_script_error=server.on_script_error,
)
