"""Pictures of the running app: the READMEs' screenshots and the lessons' thumbnails.

make screenshots
"""

import io
import json

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from cnnviz import ROOT
from cnnviz.lessons import LESSONS
from tests.browser.conftest import CHROMIUM_FLAGS, draw, settled, start_app
from tools import find_chromium

DOCS = ROOT / "assets" / "images" / "docs"
THUMBNAIL = (480, 300)
TALL = {"width": 1440, "height": 1400}  # an instrument with what it opens below it


def save(page: Page, path, size: tuple[int, int] | None = None) -> None:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if size:
        width = picture.width
        picture = picture.crop((220, 90, width, 90 + (width - 220) * size[1] // size[0]))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=85, method=6)


def digits_at_work(page: Page) -> None:
    """A drawn 3, with a unit of the third convolution opened."""
    strokes = json.loads((ROOT / "tests" / "data" / "strokes.json").read_text())["hands"]
    draw(page, strokes["plain"]["3"])
    canvas = page.locator('canvas[data-layer="conv3"]')
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.31 * box["height"])
    page.mouse.move(5, 5)
    page.wait_for_timeout(1000)


def halfway(page: Page) -> None:
    """The convolution in the middle of its way."""
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)


# what to do on a page before its picture is taken
PREPARE = {"digits": digits_at_work, "convolution": halfway}
IN_THE_READMES = ("digits", "convolution")


def main() -> None:
    path = find_chromium.installed()
    log = ROOT / "var" / "screenshots.log"
    log.parent.mkdir(exist_ok=True)
    process, address = start_app(log)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
            for language in ("en", "zh"):
                page = browser.new_page(viewport=TALL)
                for lesson in LESSONS.values():
                    if lesson.key == "home":
                        continue
                    page.goto(f"{address}/{lesson.key}?lang={language}")
                    page.locator(".cnnviz > div, .js-plotly-plot").first.wait_for(timeout=60_000)
                    settled(page)
                    page.wait_for_timeout(1500)
                    PREPARE.get(lesson.key, lambda page: None)(page)
                    save(page, lesson.thumbnail(language), THUMBNAIL)
                    if lesson.key in IN_THE_READMES:
                        save(page, DOCS / f"{lesson.key}_{language}.webp")
                page.close()
            browser.close()
    finally:
        process.terminate()


if __name__ == "__main__":
    main()
