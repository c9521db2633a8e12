"""What surrounds every page: language, links, sizes, waiting for the networks, limits."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from cnnviz import text
from cnnviz.architectures import ARCHITECTURES
from cnnviz.architectures.published import PUBLISHED
from cnnviz.lessons import LESSONS
from cnnviz.pictures import PICTURES
from tests.browser.conftest import DESKTOP, PHONE, button, reading, settled, start_app
from tests.test_text import ALLOWED_IN_CHINESE

PAGES = ["/" if key == "home" else f"/{key}" for key in LESSONS]
SIZES = [DESKTOP, {"width": 1920, "height": 1080}, PHONE]
# What may stand in a Chinese sentence, letter by letter, and what the page itself adds to it.
LATIN = {
    *(part for word in ALLOWED_IN_CHINESE for part in re.findall("[A-Za-z_]+", word)),
    *("English", "Apache", "mnist_cnn", "mnist_dense"),
    *("a", "atan", "b", "bias", "dense", "e", "jl", "o", "ol", "rl", "u", "z"),  # in formulas
}
# Networks with their papers and layers.
for architecture in ARCHITECTURES.values():
    names = (f"{row.name} {row.block}" for row in architecture.rows)
    LATIN |= set(re.findall("[A-Za-z_]+", " ".join(names)))
for published in PUBLISHED.values():
    LATIN |= set(re.findall("[A-Za-z_]+", f"{published.name} {published.paper.title}"))
LATIN |= {"output"}  # of an Inception module
# Photographers and licences.
for picture in PICTURES.values():
    LATIN |= set(re.findall("[A-Za-z_]+", f"{picture.author} {picture.licence}"))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", list(text.LANGUAGES))
def test_every_page_opens_as_the_first_request_in_both_languages(visit, path, language):
    page = visit(f"{path}?lang={language}")
    expect(page.locator("h1")).to_contain_text(
        text.text(language, f"{path.strip('/') or 'home'}.title")
    )
    expect(page.get_by_test_id("stSidebarNav")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("path", PAGES)
def test_no_english_is_left_on_the_chinese_page(visit, path):
    page = visit(f"{path}?lang=zh")
    page.wait_for_timeout(500)
    shown = page.evaluate(
        """() => {
            // Icon names are text to the DOM and pictures to the eye; titles of papers stand in
            // italics, in their own language. Components have their text in a shadow of the page.
            document.querySelectorAll('[data-testid*="Icon"], em').forEach((one) => one.remove());
            const parts = ['stSidebar', 'stMain'].map((part) =>
                document.querySelector(`[data-testid="${part}"]`));
            const components = [...document.querySelectorAll('*')].map((host) =>
                host.shadowRoot?.querySelector('.cnnviz')).filter(Boolean);
            return [...parts, ...components].map((part) => part.innerText).join(' ');
        }"""
    )
    assert not set(re.findall(r"[A-Za-z_]+", shown)) - LATIN


@pytest.mark.parametrize(("locale", "title"), [("zh-CN", "手写数字"), ("fr-FR", "Draw a digit")])
def test_the_browsers_language_is_the_first_guess(visit, locale, title):
    page = visit("/digits", locale=locale)
    expect(page.locator("h1")).to_contain_text(title)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
@pytest.mark.parametrize("query", ["", "?lang=zh", "?large=true"])
def test_nothing_sticks_out_at_any_width(visit, path, size, query):
    page = visit(path + query, viewport=size, is_mobile=size is PHONE, has_touch=size is PHONE)
    page.wait_for_timeout(300)
    sticking_out = page.evaluate(
        """() => {
            const main = document.querySelector('[data-testid="stMain"]');
            return [main.scrollWidth - main.clientWidth,
                    document.documentElement.scrollWidth - window.innerWidth];
        }"""
    )
    assert max(sticking_out) <= 1


def test_the_large_mode_is_half_as_large_again(visit):
    page = visit("/digits?source=unseen&number=417")
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    small = reading(page).locator("h4").evaluate(size)
    picture = page.locator(".step-picture").bounding_box()["width"]
    page.get_by_text("Large mode").click()
    expect(page).to_have_url(re.compile("large=true"))
    settled(page)
    assert reading(page).locator("h4").evaluate(size) == pytest.approx(1.5 * small)
    larger = page.locator(".step-picture").bounding_box()["width"]
    assert larger == pytest.approx(1.5 * picture, rel=0.1)


@pytest.mark.parametrize("width", [1024, 1280, 1440, 1920])
@pytest.mark.parametrize("query", ["", "&large=true"])
def test_tiles_are_large_enough_to_be_read_at_every_width(visit, width, query):
    """Where all layers side by side would be too small, one is shown at a time."""
    size = {"width": width, "height": 900}
    page = visit(f"/digits?source=unseen&number=417{query}", viewport=size)
    sheet = page.locator('canvas[data-layer="conv1"]')
    expect(sheet).to_be_visible()
    page.wait_for_timeout(500)  # it is drawn again once the width is known
    assert sheet.bounding_box()["width"] >= 4 * 15


def test_the_shared_link_opens_the_same_page_with_its_language(visit):
    page = visit("/digits?source=unseen&number=3")
    button(page, "share").click()
    shown = page.get_by_test_id("stPopoverBody").locator("code").first
    expect(shown).to_contain_text("lang=en")  # it is coloured in, later than it is there
    link = shown.inner_text().replace("\n", "")
    expect(page.get_by_test_id("stPopoverBody").locator("img")).to_be_visible()
    assert parse_qs(urlsplit(link).query) == {"source": ["unseen"], "number": ["3"], "lang": ["en"]}
    path = link.split("/digits", 1)[1]
    other = visit("/digits" + path, locale="zh-CN")  # the link's language wins over the browser's
    expect(other.locator("h1")).to_contain_text("Draw a digit")
    expect(other.get_by_role("spinbutton")).to_have_value("3")


@pytest.mark.parametrize("query", ["?source=%3Cscript%3E", "?number=99999", "?lang=xx", "?turn=a"])
def test_nonsense_in_a_link_falls_back_to_the_default(visit, query):
    page = visit("/digits" + query)
    expect(page.locator("h1")).to_contain_text("Draw a digit")
    expect(reading(page)).to_be_visible()


def test_the_first_page_is_up_before_the_networks_and_goes_on_by_itself(browser, tmp_path):
    process, address = start_app(tmp_path / "log.txt")
    try:
        page = browser.new_page(locale="en-US")
        page.goto(f"{address}/digits")
        expect(page.get_by_text("The networks are being loaded")).to_be_visible()
        expect(reading(page)).to_be_visible(timeout=60_000)
        page.close()
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_no_reply_lacks_the_security_headers(address):
    for path in ("/", "/digits", "/_stcore/health", "/components/x/y.js", "/nowhere"):
        headers = httpx.get(address + path, trust_env=False).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "camera=(self)" in headers["permissions-policy"]


def test_an_upload_without_a_session_or_too_large_is_turned_away(address):
    with httpx.Client(base_url=address, trust_env=False) as client:
        small = {"file": ("a.png", b"x" * 100)}
        assert client.put("/_stcore/upload_file/nobody/1", files=small).status_code in (400, 403)
        large = {"file": ("a.png", b"x" * (61 * 2**20))}
        assert client.put("/_stcore/upload_file/nobody/2", files=large).status_code == 413


def test_a_hundred_page_loads_leave_the_server_answering(address):
    with httpx.Client(base_url=address, trust_env=False) as client:
        started = [client.get("/digits").status_code for _ in range(100)]
        assert started == [200] * 100
        assert client.get("/_stcore/health").text == "ok"
