"""The exercises as a class uses them: type, Enter, read the notes, see the way, print."""

import re

import pytest
from playwright.sync_api import Page, expect

from cnnviz.exercises.kinds import Sheet, lecture
from cnnviz.exercises.printed import answer_text
from cnnviz.text import text
from tests.browser.conftest import PHONE, settled

SHEET = "/exercises?seed=48213&level=medium&kind=size-stack"


def fields(page: Page):
    return page.locator(".exercise-form input")


def fill(page: Page, *answers: str) -> None:
    """Type the answers; Enter in the last field marks."""
    for at, answer in enumerate(answers):
        fields(page).nth(at).fill(answer)
    fields(page).nth(len(answers) - 1).press("Enter")
    page.wait_for_timeout(100)
    settled(page)


def signs(page: Page):
    return page.locator(".exercise-form .sign")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_enter_marks_every_part_in_icon_and_words(visit, language):
    page = visit(f"/exercises?number=7&lang={language}")
    right, wrong = (text(language, f"exercises.lab.state_{state}") for state in ("right", "wrong"))
    fill(page, "３２，３２，１０", "75", "750")
    expect(signs(page)).to_have_text([f"✓ {right}", f"✕ {wrong}", f"✕ {wrong}"])
    notes = page.locator(".part-notes")
    expect(notes.nth(1)).to_have_text(text(language, "exercises.slip.no_bias"))
    expect(notes.nth(2)).to_have_text(text(language, "exercises.mark.follows"))
    expect(page.locator(".verdict")).to_have_text(text(language, "exercises.lab.verdict_tried"))
    expect(page.locator(".steps")).to_have_count(0)  # the way is not given away by a wrong answer
    fill(page, "32x32x10", "76", "760")
    expect(page.locator(".verdict")).to_have_text(text(language, "exercises.lab.verdict_later"))
    expect(page.locator(".steps").last).to_contain_text("(5·5·3 + 1)·10 = 76·10 = 760")


def test_after_the_right_answer_enter_goes_on_to_the_next_exercise(visit):
    page = visit(SHEET)
    sheet = Sheet(48213, "medium", ("size", "stack"))
    for number in (1, 2):
        exercise = sheet.exercise(number)
        expect(page.locator(".question")).to_have_text(exercise.question.said("en"))
        fill(page, *(answer_text(part) for part in exercise.parts))
        expect(page.locator(".verdict")).to_have_text("All right, at the first try.")
        expect(page.locator('[data-focus="forward"]')).to_be_focused()
        page.keyboard.press("Enter")
        settled(page)
        expect(page).to_have_url(re.compile(f"number={number + 1}"))
        expect(fields(page).first).to_be_focused()
    expect(page.get_by_text("Score of this visit: 2 of 2 right at the first try")).to_be_visible()


def test_what_cannot_be_read_is_said_and_not_counted(visit):
    page = visit("/exercises?number=6")
    fill(page, "28×28", "many")
    expect(signs(page)).to_have_text(["? not readable", "? not readable"])
    expect(page.locator(".part-notes").first).to_contain_text("Type 3 whole numbers")
    expect(page.locator(".part-notes").last).to_contain_text("“many” cannot be read as a number")
    expect(page.get_by_text("Score of this visit: nothing marked yet")).to_be_visible()
    fill(page, "28×28×6", "75")
    expect(page.locator(".verdict")).to_have_text("All right, at the first try.")


def test_a_map_is_filled_in_with_arrows_and_its_solution_shows_the_windows(visit):
    page = visit("/exercises?number=2")
    fields(page).first.click()
    for key in ("3", "ArrowRight", "−3", "ArrowDown", "1", "ArrowLeft", "-3"):
        if key.startswith("Arrow"):
            page.keyboard.press(key)
        else:
            page.keyboard.insert_text(key)
    page.keyboard.press("Enter")
    settled(page)
    expect(page.locator(".grid-cell.right")).to_have_count(3)
    expect(page.locator(".grid-cell.wrong .sign")).to_have_text("✕")
    expect(page.locator(".part-notes")).to_contain_text("3 of 4 cells right. Wrong: 1, marked ✕.")
    expect(page.locator(".in-window")).to_have_count(0)
    page.get_by_role("button", name="Show the solution").click()
    settled(page)
    expect(page.locator(".verdict")).to_contain_text("this exercise counts as shown")
    fields(page).nth(3).focus()
    expect(page.locator(".in-window")).to_have_count(9)
    chosen = page.locator(".steps .chosen")
    expect(chosen).to_have_text(lecture()[1].parts[0].steps[4].said("en"))


def test_what_is_typed_survives_language_other_exercises_and_other_pages(visit):
    page = visit("/exercises?number=7")
    fill(page, "28×28×10", "76", "760")
    fields(page).first.fill("30×30×10")  # not yet marked again
    page.get_by_text("中文", exact=True).click()
    settled(page)
    expect(page.locator(".question")).to_contain_text("填充 2")
    expect(fields(page).first).to_have_value("30×30×10")
    page.get_by_test_id("stSidebarNavLink").first.click()
    expect(page.locator(".exercise-form")).to_have_count(0)
    settled(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="练习").click()
    settled(page)
    expect(page).to_have_url(re.compile("number=7"))
    expect(fields(page).first).to_have_value("28×28×10")  # as it was marked
    expect(page.get_by_text("1 题中有 0 题第一次就答对")).to_be_visible()


def test_what_is_typed_but_not_marked_waits_for_the_way_back(visit):
    page = visit("/exercises?number=6")
    fill(page, "28×28×6", "74")
    fields(page).nth(1).fill("75")
    page.get_by_role("button", name="Next exercise", exact=True).first.click()
    settled(page)
    expect(page).to_have_url(re.compile("number=7"))
    expect(fields(page).first).to_have_value("")
    fields(page).first.fill("32×32×10")
    page.get_by_role("button", name="Previous exercise").click()
    settled(page)
    expect(page).to_have_url(re.compile("number=6"))
    expect(fields(page).nth(1)).to_have_value("75")
    expect(signs(page)).to_have_text(["✓ right", ""])  # the mark was for the 74
    page.get_by_role("button", name="Next exercise", exact=True).first.click()
    settled(page)
    expect(fields(page).first).to_have_value("32×32×10")
    expect(signs(page)).to_have_text(["", "", ""])
    expect(page.get_by_text("Score of this visit: 0 of 1 right at the first try")).to_be_visible()


def test_the_verdict_changes_in_a_place_that_stays(visit):
    """Screen readers tell what changes in a live element, not one that comes with its words."""
    page = visit("/exercises?number=6")
    page.locator(".exercise-root [role=status]").evaluate("element => (element.before = true)")
    for typed, verdict in (("76", "verdict_tried"), ("75", "verdict_later")):
        fill(page, "28×28×6", typed)
        live = page.locator(".exercise-root [role=status]")
        expect(live).to_have_text(text("en", f"exercises.lab.{verdict}"))
        assert live.evaluate("element => element.before")


def test_a_number_that_is_none_leaves_the_exercise(visit):
    page = visit("/exercises")
    number = page.locator(".exercise-number")
    for nonsense in ("11", "0", "x", "-1"):
        number.fill(nonsense)
        number.press("Enter")
        expect(page.get_by_text("whole numbers from 1 to 10")).to_be_visible()
        number = page.locator(".exercise-number")
    expect(page.locator(".question")).to_have_text(lecture()[0].question.said("en"))
    number.fill("７")
    number.press("Enter")
    settled(page)
    expect(page).to_have_url(re.compile("number=7"))


def test_on_a_phone_a_finger_is_enough(visit):
    page = visit(
        "/exercises?seed=48213&level=hard&kind=value",
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
    )
    page.get_by_role("button", name="Show the solution").tap()
    settled(page)
    exercise = Sheet(48213, "hard", ("value",)).exercise(1)
    expect(page.locator(".plain-answer")).to_have_text(f"Answer: {answer_text(exercise.parts[0])}")
    assert page.locator(".in-window").count() > 0
    for target in page.locator(".exercise-root button").all():
        assert target.bounding_box()["height"] >= 40
    wide = page.locator(".exercise-root").evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide <= 0


def test_a_sheet_is_downloaded_and_opens_without_the_app(visit, browser, tmp_path):
    page = visit(SHEET)
    page.get_by_role("button", name="Print").click()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the sheet").click()
    assert download.value.suggested_filename == "exercises_48213_medium.html"
    path = tmp_path / "sheet.html"
    download.value.save_as(path)
    context = browser.new_context()
    requests = []
    sheet = context.new_page()
    sheet.on("request", lambda request: requests.append(request.url))
    sheet.goto(path.as_uri())
    expect(sheet.locator("main > section")).to_have_count(12)
    expect(sheet.locator(".solutions > section")).to_have_count(12)
    assert requests == [path.as_uri()]
    assert sheet.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    context.close()
