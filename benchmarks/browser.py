"""Chromium, as the browser tests start it."""

import contextlib
import sys
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from tools.find_chromium import installed

CHROMIUM = installed() or sys.exit("No Chromium found; name one: CNNVIZ_CHROMIUM=/path/to/it")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
READING = "section.reading[data-model=mnist_cnn]"
SIZE = {"width": 1440, "height": 900}


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()
