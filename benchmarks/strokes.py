"""How long after a stroke the answer is on the screen, in Chromium's own clock."""

import random
from itertools import pairwise

from playwright.sync_api import Page

from benchmarks.browser import READING, SIZE, chromium
from benchmarks.drawings import stroke
from benchmarks.report import Line, high, median, ms
from benchmarks.server import running

STROKES = 18
PER_DIGIT = 3  # then the sheet is cleared
LIMIT = 10_000  # ms for one answer

# Times of the last stroke, in ms: pointer up, message to the server, first change of the reading.
WATCH = """
window.stroke = {};
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (stroke.up && !stroke.sent) stroke.sent = performance.now();
  return send.call(this, data);
};
"""
# The component draws itself anew: the observer looks at its root, which stays.
OBSERVE = """
(reading) => {
  const root = reading.closest(".cnnviz");
  const seen = () => root.querySelector("SECTION").textContent;
  let before = seen();
  new MutationObserver(() => {
    if (stroke.sent && !stroke.answered && seen() !== before) stroke.answered = performance.now();
    before = seen();
  }).observe(root, { childList: true, subtree: true, attributes: true, characterData: true });
  window.addEventListener("mouseup", () => { window.stroke = { up: performance.now() }; }, true);
}
""".replace("SECTION", READING)


def one_stroke(page: Page, chance: random.Random) -> dict[str, float]:
    """Draw a line with the mouse; its times."""
    box = page.locator("canvas.upper-canvas").bounding_box()
    line = [(box["x"] + x, box["y"] + y) for x, y in stroke(chance)]
    page.mouse.move(*line[0])
    page.mouse.down()
    for (x, y), (next_x, next_y) in pairwise(line):
        page.mouse.move((x + next_x) / 2, (y + next_y) / 2)
        page.mouse.move(next_x, next_y)
    page.mouse.up()
    page.wait_for_function("stroke.answered", timeout=LIMIT)
    return page.evaluate("stroke")


def draw_all(page: Page) -> list[dict[str, float]]:
    """All strokes, a new digit after every few."""
    chance = random.Random(1)
    strokes = []
    for number in range(STROKES):
        if number % PER_DIGIT == 0 and number:
            page.locator(".st-key-clear button").click()
            page.wait_for_timeout(700)
        strokes.append(one_stroke(page, chance))
        page.wait_for_timeout(300)
    return strokes


def measure() -> list[Line]:
    """Pointer up → sent by the canvas → reading changed: medians and 95th percentiles."""
    with running() as server, chromium() as browser:
        page = browser.new_page(viewport=SIZE)
        page.add_init_script(WATCH)
        page.goto(f"http://{server.address}/digits")
        page.locator(READING).wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        page.locator(READING).evaluate(OBSERVE)
        one_stroke(page, random.Random(0))  # the first one loads what is loaded once
        page.wait_for_timeout(500)
        strokes = draw_all(page)
    total = [(one["answered"] - one["up"]) / 1000 for one in strokes]
    waiting = [(one["sent"] - one["up"]) / 1000 for one in strokes]
    ours = [(one["answered"] - one["sent"]) / 1000 for one in strokes]
    return [
        Line(f"{what}: median · p95 of {STROKES}", f"{ms(median(times))} · {ms(high(times))}")
        for what, times in (
            ("stroke → answer in Chromium", total),
            ("of that: the canvas waits before it sends", waiting),
            ("of that: sent → answer on the screen", ours),
        )
    ]
