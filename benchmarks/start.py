"""From the start of the process to the first page and to the first digit read."""

import asyncio
import time

from playwright.sync_api import Browser

from benchmarks.browser import READING, SIZE, chromium
from benchmarks.report import Line, median
from benchmarks.server import Server, running
from benchmarks.visit import first_digit, visit

STARTS = 3
AIMS = {"first page in Chromium": 2.0, "first digit read in Chromium": 6.0}  # seconds, design.md


def in_chromium(browser: Browser) -> dict[str, float]:
    """Seconds from the start of the process; the browser itself is already there."""
    with running() as server:
        page = browser.new_page(viewport=SIZE)
        page.goto(f"http://{server.address}/")
        page.locator("h1").first.wait_for()
        first_page = time.perf_counter() - server.started
        page.locator("a[href$='/digits']").first.click()
        page.locator(READING).wait_for(timeout=60_000)
        first_digit_read = time.perf_counter() - server.started
        page.close()
    return {
        "health": server.healthy,
        "first page in Chromium": first_page,
        "first digit read in Chromium": first_digit_read,
    }


async def visit_twice(server: Server) -> tuple[float, float]:
    """Seconds from the start of the process to the start page, and to a digit read."""
    start = await visit(server, "")
    first_page = time.perf_counter() - server.started
    await start.socket.close()
    digits = await first_digit(server)
    first_digit_read = time.perf_counter() - server.started
    await digits.socket.close()
    return first_page, first_digit_read


def by_websocket() -> dict[str, float]:
    """The same without a browser, which itself needs the processor."""
    with running() as server:
        first_page, first_digit_read = asyncio.run(visit_twice(server))
    return {
        "first page by websocket": first_page,
        "first digit read by websocket": first_digit_read,
    }


def measure() -> list[Line]:
    """Every start is a fresh process; the files are in the system's cache after the first."""
    times: dict[str, list[float]] = {}
    with chromium() as browser:
        runs = [in_chromium(browser) for _ in range(STARTS)]
    runs += [by_websocket() for _ in range(STARTS)]
    for run in runs:
        for what, seconds in run.items():
            times.setdefault(what, []).append(seconds)
    lines = []
    for what, seconds in times.items():
        text = f"{median(seconds):.1f} s ({min(seconds):.1f} … {max(seconds):.1f})"
        lines.append(Line(f"start → {what}", text, AIMS.get(what), median(seconds), "median"))
    return lines
