"""Tables and drawings that are taken along from the browser."""

import csv
import io
import xml.etree.ElementTree as ElementTree

from playwright.sync_api import Page

from cnnviz import tables
from cnnviz.ui import server


def downloaded(page: Page, name: str) -> str:
    with page.expect_download() as download:
        page.locator(f'[data-focus="take-{name}"]').click()
    assert download.value.suggested_filename == name
    return download.value.path().read_text(encoding="utf-8-sig")


def test_browser_and_server_write_the_same_table(visit):
    page = visit("/blocks")
    shown = [
        ["layer", "weights", "by how much"],
        ["a|b", "1,234,567", "−0.5"],
        ['"3×3", 2', "9", "2"],
    ]
    heads, *rows = [["layer", "weights", "by how much"], ["a|b", 1234567, -0.5], ['"3×3", 2', 9, 2]]
    as_csv, as_markdown = page.evaluate(
        """async ([address, rows]) => {
            const { toCsv, toMarkdown } = await import(address);
            return [toCsv(rows), toMarkdown(rows)];
        }""",
        [f"/components/{server.component_version()}/take_along.js", shown],
    )
    assert as_csv == tables.to_csv(rows, heads)
    assert as_markdown.replace("−", "-") == tables.to_markdown(rows, heads)


def test_a_table_of_the_blocks_is_taken_along(visit):
    """The bottleneck of the lecture: 5×5 on 256 channels, directly and through 32."""
    page = visit("/blocks?block=bottleneck")
    numbers = {row[-1] for row in csv.reader(io.StringIO(downloaded(page, "bottleneck.csv")))}
    assert {"614400", "481689600", "84992", "66633728"} <= numbers
    assert "| 614,400 |" in downloaded(page, "bottleneck.md")


def test_the_stack_of_small_kernels_is_taken_along(visit):
    page = visit("/receptive_field?view=stacked")
    assert "27C²" in downloaded(page, "stacked_kernels.csv")
    drawing = ElementTree.fromstring(downloaded(page, "stacked_kernels.svg"))
    texts = [one.text for one in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["1×1", "3×3", "5×5", "7×7"]
    shapes = drawing.findall("{http://www.w3.org/2000/svg}polygon")
    assert len(shapes) == 4 * 7 * 7
    assert len({shape.get("fill") for shape in shapes}) == 2  # seen by the unit, or not
