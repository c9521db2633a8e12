"""A visitor's own model among the networks of the lecture, and why a file is not taken."""

import io
import json
import re
import zipfile

import pytest
from playwright.sync_api import expect

from cnnviz.registry import MODELS
from cnnviz.text import text
from tests.browser.conftest import PHONE, settled

GOOD = MODELS["mnist_cnn"]


def lambda_model() -> bytes:
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 3], "name": "in"}},
        {"class_name": "Lambda", "config": {"name": "mystery", "function": "4wAAAAA="}},
    ]
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"")
    return file.getvalue()


def give(page, language: str, name: str, data: bytes) -> None:
    block = page.get_by_test_id("stExpander").filter(has_text=text(language, "uploaded.title"))
    if not block.locator("input[type=file]").count():
        block.locator("summary").click()
        settled(page)
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    block.locator("input[type=file]").set_input_files(file)
    page.wait_for_timeout(500)
    settled(page)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_own_model_is_shown_like_the_others(visit, language):
    """Its table at once, then what Keras counts; a file that runs code is refused by name."""
    page = visit(f"/parameters?parameters_view=layers&lang={language}")
    give(page, language, "digits.keras", GOOD.weights_path.read_bytes())
    table = page.locator(".parameters-root")
    name = text(language, "uploaded.yours", name="digits.keras")
    expect(table).to_contain_text(name)
    expect(table).to_contain_text(f"{GOOD.parameters:,}")
    agrees = text(language, "uploaded.agrees", parameters=GOOD.parameters)
    expect(page.get_by_text(agrees)).to_be_visible(timeout=90_000)

    give(page, language, "code.keras", lambda_model())
    refused = text(language, "uploaded.refused.lambda", layer="mystery").replace("`", "")
    expect(page.get_by_test_id("stAlert").filter(has_text="Lambda")).to_have_text(
        re.compile(re.escape(refused))
    )
    expect(table).to_contain_text(name)  # the last good one stays


def test_own_model_goes_with_its_visitor_and_no_further(visit):
    page = visit("/parameters?parameters_view=compare", viewport=PHONE, has_touch=True)
    give(page, "en", "digits.keras", GOOD.weights_path.read_bytes())
    expect(page.locator(".parameters-root")).to_contain_text("digits.keras")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    link = page.url.partition("/parameters")[2]
    assert "uploaded" in link
    other = visit(f"/parameters{link}")  # somebody else opens the link
    expect(other.locator(".parameters-root")).to_be_visible()
    expect(other.locator(".parameters-root")).not_to_contain_text("digits.keras")


def test_own_model_is_drawn(visit):
    page = visit("/architectures?lang=zh")
    give(page, "zh", "digits.keras", GOOD.weights_path.read_bytes())
    drawing = page.locator(".architectures-root")
    expect(drawing).to_contain_text(f"{GOOD.parameters:,}")
    assert "net=uploaded" in page.url
    page.get_by_text("English", exact=True).click()
    settled(page)
    expect(drawing).to_contain_text(text("en", "uploaded.yours", name="digits.keras"))
