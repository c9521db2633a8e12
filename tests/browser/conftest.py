"""The app as README starts it, and Chromium as a visitor has it."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tools import find_chromium

ROOT = Path(__file__).parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# Streamlit asks under the page's own path first and takes the answer 404 as "look at the root".
EXPECTED_ERRORS = re.compile(r"/_stcore/(health|host-config)")

expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items):
    """Mark the browser tests, and run them last: Playwright's event loop stays with its thread."""

    def needs_browser(item) -> bool:
        return Path(__file__).parent in item.path.parents

    for item in filter(needs_browser, items):
        item.add_marker(pytest.mark.browser)
    items.sort(key=needs_browser)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_app(log: Path, program: Path = ROOT / "app.py") -> tuple[subprocess.Popen, str]:
    """The app in a process of its own, answering; returns the process and its address."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(program)]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            if httpx.get(f"{address}/_stcore/health", trust_env=False).text == "ok":
                return process, address
        except httpx.HTTPError:
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"The app did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def address(tmp_path_factory) -> Iterator[str]:
    """One running app for all browser tests."""
    process, address = start_app(tmp_path_factory.mktemp("app") / "log.txt")
    yield address
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium.installed()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def settled(page: Page) -> Page:
    """Wait until the script has run and every component has drawn."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(150)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    return page


@pytest.fixture
def visit(browser, address) -> Iterator[Callable[..., Page]]:
    """Open a page of the app as a new visitor; nothing may leave the machine or fail on the way."""
    contexts, outside, errors = [], [], []

    def open_page(path: str = "/", **options) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-US"} | options)
        contexts.append(context)
        page = context.new_page()
        local = (address, address.replace("http", "ws"), "data:", "blob:", "about:")
        page.on("request", lambda r: r.url.startswith(local) or outside.append(r.url))
        page.on("pageerror", lambda error: errors.append(str(error)))

        def note(message):
            where = message.location.get("url", "")
            if message.type == "error" and not EXPECTED_ERRORS.search(where):
                errors.append(f"{message.text} ({where})")

        page.on("console", note)
        page.goto(address + path)
        return settled(page)

    open_page.errors = errors
    yield open_page
    for context in contexts:
        context.close()
    assert not outside, "a request left the machine"
    assert not errors, "the browser's console reports errors"


@pytest.fixture(scope="session")
def strokes() -> dict:
    """Ten digits by each hand (tools/record_strokes.py): hand → digit → strokes → points."""
    return json.loads((ROOT / "tests" / "data" / "strokes.json").read_text())["hands"]


def sheet(page: Page) -> Locator:
    return page.locator("canvas.upper-canvas")


def draw(page: Page, strokes: list, touch: bool = False) -> None:
    """Draw strokes given on a sheet of 240×240, with the mouse or a finger."""
    sheet(page).scroll_into_view_if_needed()
    box = sheet(page).bounding_box()
    scale = box["width"] / 240
    finger = page.context.new_cdp_session(page) if touch else None

    def touch_at(kind: str, *points) -> None:
        given = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": given})

    for stroke in strokes:
        points = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in stroke]
        if touch:
            touch_at("touchStart", points[0])
            for point in points[1:]:
                touch_at("touchMove", point)
            touch_at("touchEnd")
        else:
            page.mouse.move(*points[0])
            page.mouse.down()
            for point in points[1:]:
                page.mouse.move(*point, steps=2)
            page.mouse.up()
    if finger:
        finger.detach()
    page.wait_for_timeout(300)  # the canvas sends 200 ms after the last stroke
    settled(page)


def clear(page: Page, label: str = "Clear") -> None:
    """Empty the sheet, and wait as a person does until it is empty."""
    button(page, label).click()
    page.wait_for_timeout(300)
    settled(page)


def reading(page: Page, model: str = "mnist_cnn") -> Locator:
    """What a network reads: the attribute data-digit, the sentence, ten bars."""
    return page.locator(f'section.reading[data-model="{model}"]')


def button(page: Page, label: str) -> Locator:
    """A button of the page or of a component, not of the canvas' own toolbar."""
    buttons = page.get_by_test_id("stMainBlockContainer").locator(
        'button[data-testid^="stBaseButton"], button[data-testid^="stPopover"], button.toggle'
    )
    return buttons.filter(has_text=re.compile(f"^\\s*{re.escape(label)}"), visible=True)
