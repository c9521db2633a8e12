"""The lessons' programs run as they stand, and give the numbers of the page."""

import json
import os
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest

from cnnviz import ROOT, digits, registry
from cnnviz.lessons import LESSONS
from cnnviz.ui import convolution_lab
from cnnviz.ui.lesson import CODE, code_of, notebook_of
from cnnviz.worked_example import from_link

PROGRAMS = sorted(path.stem for path in CODE.glob("*.py"))


def filled_in(name: str, **values: str) -> str:
    """As ui.lesson.code does it."""
    program = code_of(name)
    for placeholder, value in values.items():
        program = program.replace(f"__{placeholder.upper()}__", value)
    return program


def output_of(program: str) -> str:
    """What it prints, run from the project's folder by somebody who has Keras and NumPy alone."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_program_belongs_to_a_lesson():
    assert set(PROGRAMS) <= set(LESSONS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_needs_no_code_of_ours(name):
    assert not re.search(r"^(import|from) (cnnviz|streamlit|cv2)", code_of(name), re.MULTILINE)


def test_digits_program_gives_the_numbers_of_the_page(unseen):
    """Digit 689 is one that the CNN misreads: its doubt shows a difference in any decimal."""
    image = unseen.images[689]
    assert digits.predict(image).max() < 0.9
    program = filled_in("digits", digit=digits.to_code(image))
    assert not re.search(r"__[A-Z]+__", program)
    pattern = re.compile(r"^(\w+) (\d+) (\d) \[([^\]]+)\]", re.MULTILINE)
    printed = {
        key: (int(parameters), int(digit), [float(share) for share in shares.split()])
        for key, parameters, digit, shares in pattern.findall(output_of(program))
    }
    assert set(printed) == set(LESSONS["digits"].models)
    for key, (parameters, digit, shares) in printed.items():
        expected = digits.predict(image, key)
        assert parameters == registry.MODELS[key].parameters
        assert digit == expected.argmax()
        np.testing.assert_allclose(shares, expected, atol=1e-4)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"stride": "2", "relu": "1"},
        {"padding": "same", "stride": "2", "dilation": "2", "pool": "average"},
        {"channels": "3", "padding": "2", "bias": "1_-0.5", "pool_size": "3", "pool_stride": "1"},
    ],
    ids=str,
)
def test_convolution_program_gives_the_numbers_of_the_page(words):
    example, unread = from_link(words)
    assert unread == []
    program = filled_in("convolution", **convolution_lab.as_program(example))
    assert not re.search(r"__[A-Z]+__", program)
    printed = {}
    for block in re.split(r"^(?=[a-z])", output_of(program), flags=re.MULTILINE)[1:]:
        name = block.split(" ", 1)[0]
        matrix = block[block.index("[") :] if "[" in block else ""
        printed[name] = [float(number) for number in re.findall(r"-?\d+\.?\d*", matrix)]
    maps = example.convolved().transpose(2, 0, 1)
    np.testing.assert_allclose(printed["convolution"], maps.ravel(), atol=1e-5)
    pooled = example.pooled()
    np.testing.assert_allclose(printed[example.pool], pooled.transpose(2, 0, 1).ravel(), atol=1e-5)
    np.testing.assert_allclose(printed["flatten"], pooled.ravel(), atol=1e-5)


@pytest.mark.parametrize("name", PROGRAMS)
def test_notebook_holds_the_same_lines(name):
    written = notebook_of(code_of(name))
    notebook = nbformat.reads(written, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    (cell,) = notebook.cells
    assert cell.cell_type == "code"
    assert cell.source == code_of(name)
    assert json.loads(written)["nbformat"] == 4
