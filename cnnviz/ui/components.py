"""Components that run in the browser: one module each under assets/components.

Their code is fetched once by the browser and kept; what a rerun sends is the data alone. Data goes
into a component through `data` only, and reaches the page as text, never as HTML.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import streamlit as st

from cnnviz.ui import server
from cnnviz.ui.language import t

Value = TypeVar("Value")

# `ready` keeps calls in order and lets a second call wait for the first one's import.
LOADER = """
const base = "__BASE__";
const ready = import(base + "/__NAME__.js");
export default function (component) {
  const { parentElement, data } = component;
  let root = parentElement.querySelector(".cnnviz");
  if (!root) {
    root = document.createElement("div");
    root.className = "cnnviz";
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = base + "/components.css";
    parentElement.append(style, root);
  }
  let cleanup, gone = false;
  ready.then(
    (module) => { if (!gone) cleanup = module.default({ ...component, root }); },
    () => { root.textContent = data.unreachable; },
  );
  return () => { gone = true; cleanup?.(); };
}
"""


@cache
def _component(name: str, base: str) -> Callable:
    # A module's relative import would be resolved against its blob address: the loader is told the
    # whole path, and takes the host from the page.
    address = f"{base}/components/{server.component_version()}"
    source = LOADER.replace('"__BASE__"', f'location.origin + "{address}"')
    return st.components.v2.component(f"cnnviz_{name}", js=source.replace("__NAME__", name))


def began_with(key: str, now: Value, about: object = None) -> Value:
    """The state that a component began with, for as long as it is on the page.

    From then on it knows by itself. Sent the same to the last byte with every rerun, its data goes
    to the browser once: Streamlit then sends a mark of 40 bytes in its place.

    Args:
        key: Of the component.
        now: The state as it stands.
        about: Where this changes, the component begins anew.
    """
    begun = st.session_state.get(f"{key}_began")
    if key not in st.session_state or begun is None or begun[0] != about:
        begun = st.session_state[f"{key}_began"] = (about, now)
    return begun[1]


def mount(name: str, key: str, data: dict[str, Any], **callbacks: Callable) -> Any:
    """Show a component. `on_<state>_change` callbacks name the states that it may set."""
    data = data | {"unreachable": t("app.component_unreachable")}
    return _component(name, server.prefix())(key=key, data=data, **callbacks)
