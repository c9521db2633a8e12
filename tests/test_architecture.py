"""The layers of the package point one way: pages -> cnnviz.ui -> core."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz import ROOT
from cnnviz.lessons import LESSONS

CORE = sorted(
    path for path in (ROOT / "cnnviz").rglob("*.py") if "ui" not in path.relative_to(ROOT).parts
)
FIGURES = sorted((ROOT / "cnnviz" / "figures").glob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))


def imported_by(path: Path) -> set[str]:
    """Dotted names of all that a file imports, also inside its functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides which layer a name comes from"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported_by(path)}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_are_seen():
    assert imported_by(ROOT / "app.py") == {"streamlit", "cnnviz.ROOT", "cnnviz.ui.server"}


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_core_does_not_know_the_pages(path):
    assert not packages(path) & {"starlette", "streamlit", "streamlit_drawable_canvas"}
    assert not {name for name in imported_by(path) if name.startswith("cnnviz.ui")}


@pytest.mark.parametrize("path", FIGURES, ids=name_of)
def test_figures_do_not_know_the_networks(path):
    assert not packages(path) & {"keras", "tensorflow"}
    assert not imported_by(path) & {"cnnviz.network", "cnnviz.registry", "cnnviz.digits"}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_pages_only_arrange(path):
    assert not packages(path) & {"cv2", "keras", "numpy", "plotly", "tensorflow"}


def test_every_page_is_a_lesson_and_every_lesson_a_page():
    assert {path.stem for path in PAGES} == set(LESSONS)


def test_pages_appear_before_tensorflow_is_there():
    """TensorFlow takes 4 s to import: nothing but the warm-up may ask for it."""
    core = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in CORE]
    program = f"""
import importlib, json, sys
from streamlit.testing.v1 import AppTest
from cnnviz.ui.warmup import WarmUp

for name in {[name for name in core if name != "cnnviz.architectures.keras_layers"]}:
    importlib.import_module(name)
WarmUp.start = lambda self: None
app = AppTest.from_file({str(ROOT / "cnnviz" / "ui" / "main.py")!r}).run()
for page in {[f"../../pages/{path.name}" for path in PAGES]}:
    app.switch_page(page).run()
    assert not app.exception, page
print(json.dumps(sorted(sys.modules)))
"""
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    loaded = json.loads(result.stdout)
    assert "cnnviz.ui.digit_lab" in loaded
    assert not {"tensorflow", "keras"} & set(loaded)
