"""How fluently the convolution can be stepped through: a step in every frame, in Chromium."""

from urllib.parse import urlencode

from benchmarks.browser import SIZE, chromium
from benchmarks.report import Line, high, median, ms
from benchmarks.server import running

FRAMES = 240
EXAMPLES = {
    "the lecture's 6×6": {},
    "colour, 27 products": {"channels": "3"},
    "12×12, padding 3, four 5×5 filters": {
        "image": "1" * 144,
        "padding": "3",
        "filters": "~".join(["_".join(["1"] * 25)] * 4),
    },
    "as a fully connected layer": {"view": "dense"},
}
# The right arrow, or home at the end, pressed once a frame; the work includes the new layout.
STEP = """
([root, frames]) => new Promise((done) => {
  const place = root.querySelector(".place"), last = Number(root.querySelector("[type=range]").max);
  const intervals = [], work = [];
  let before = performance.now();
  const frame = (now) => {
    intervals.push(now - before);
    before = now;
    const begun = performance.now();
    const key = Number(place.dataset.step) === last ? "Home" : "ArrowRight";
    root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    root.getBoundingClientRect();
    work.push(performance.now() - begun);
    if (work.length < frames) requestAnimationFrame(frame);
    else done({ intervals: intervals.slice(1), work });
  };
  requestAnimationFrame(frame);
})
"""


def measure() -> list[Line]:
    """Frames a second while stepping, and what a step costs of a frame's 16.7 ms."""
    lines = []
    with running() as server, chromium() as browser:
        page = browser.new_page(viewport=SIZE)
        for name, words in EXAMPLES.items():
            page.goto(f"http://{server.address}/convolution?{urlencode(words)}")
            root = page.locator(".convolution-root")
            root.wait_for(timeout=60_000)
            page.wait_for_timeout(1500)
            measured = page.evaluate(STEP, [root.element_handle(), FRAMES])
            intervals = [interval / 1000 for interval in measured["intervals"]]
            work = [time / 1000 for time in measured["work"]]
            lines += [
                Line(f"stepping, {name}: frames a second (median)", f"{1 / median(intervals):.0f}"),
                Line(
                    f"stepping, {name}: one step, median · p95",
                    f"{ms(median(work))} · {ms(high(work))}",
                    aim=0.0167,  # a frame at 60 Hz
                    number=high(work),
                    which="p95",
                ),
            ]
    return lines
