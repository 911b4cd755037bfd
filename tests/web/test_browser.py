"""The page in a real browser: two walks, axe on every page, the keyboard alone, narrow and zoomed, forced colours."""

import re
from pathlib import Path

import icalendar
import pytest

READ = (
    "/", "/why", "/why/sleeping-cells", "/outlook", "/plan", "/returned", "/questions", "/support", "/support/family",
    "/self-check/mood", "/words", "/evidence", "/evidence/COL110", "/evidence/colon",
    "/validation", "/evidence/SUP043", "/card", "/lab", "/feedback", "/nope",
)  # fmt: skip
EXAMPLES = Path(__file__).parents[2] / "examples"
NARROW = {"width": 320, "height": 800}
BESIDE = {"disease": "colon", "free": "2", "beside": "regimen:none"}
FORMS = (
    ("/outlook", {"disease": "colon", "gate": "yes"}), ("/outlook/answer", BESIDE),
    ("/outlook/answer", {"disease": "aml"}), ("/plan", {"disease": "colon"}),
    ("/plan/answer", {"disease": "colon", "start": "2026-05-31", "country": "GB"}),
    ("/returned", {"disease": "colon", "kind": "distant"}), ("/support", {"country": "GB", "near": "Leeds"}),
    ("/support", {"country": "Narnia"}), ("/outlook/answer", {"disease": "colon", "age": "150"}),
    ("/self-check/worry", {f"q{i}": "1" for i in range(1, 8)}),
    ("/lab/timeline", {"file": (EXAMPLES / "resting_cells.json").read_text(encoding="utf-8")}), ("/lab/fit", {"unit": "months"}),
)  # fmt: skip
SENDS = """([path, fields]) => {
  const form = document.createElement("form");
  form.method = "post"; form.action = path;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.type = "hidden"; input.name = name; input.value = value; form.append(input);
  }
  document.body.append(form); form.submit();
}"""


def send(page, path, fields):
    page.goto("/card")
    with page.expect_navigation():
        page.evaluate(SENDS, [path, fields])


def every_page(page):
    for path in READ:
        page.goto(path)
        yield path
    for path, fields in FORMS:
        send(page, path, fields)
        yield f"POST {path} {sorted(fields)}"


def to_the_form(page):
    page.goto("/")
    page.get_by_role("link", name=re.compile("^See an outlook Ask|^See an outlook")).last.click()
    page.get_by_label("someone I care for").check()
    page.locator("#f-disease").select_option("colon")
    page.locator("#gate").check()
    page.get_by_role("button", name="Go on").click()


def test_from_the_first_page_to_a_plan_in_the_calendar(visit, picture, tmp_path):
    page = visit(java_script_enabled=False, accept_downloads=True, viewport={"width": 1100, "height": 900})
    page.goto("/")
    picture(page, "1-first")
    to_the_form(page)
    picture(page, "3-form")
    page.get_by_label("Stage at diagnosis").select_option("III")
    page.get_by_label("How long free so far, in years").fill("2")
    page.get_by_role("button", name="Show the outlook").click()
    assert "will have the cancer come back" in page.locator("p.answer").first.inner_text()
    assert "speak of that person" in page.inner_text("main")
    picture(page, "4-outlook")
    with page.expect_download() as kept:
        page.get_by_role("button", name="to open here again").click()
    example = tmp_path / "example.toml"
    kept.value.save_as(example)
    page.get_by_role("button", name="Make a follow-up plan").click()
    assert page.get_by_label("Stage at diagnosis").input_value() == "III"
    picture(page, "5-plan-form")
    page.get_by_label("Day treatment ended").fill("2026-05-31")
    page.get_by_label("Country").select_option("GB")
    page.get_by_role("button", name="Show the plan").click()
    picture(page, "6-plan")
    with page.expect_download() as kept:
        page.get_by_role("button", name="Calendar file").click()
    kept.value.save_as(tmp_path / "plan.ics")
    events = icalendar.Calendar.from_ical((tmp_path / "plan.ics").read_bytes()).walk("VEVENT")
    assert len(events) > 3
    page.goto("/outlook")
    picture(page, "2-gate")
    page.get_by_text("You have an example in a file").click()
    page.get_by_label("The file (TOML)").set_input_files(example)
    page.locator("#gate-file").check()
    page.get_by_role("button", name="Open the file").click()
    assert page.get_by_label("Stage at diagnosis").input_value() == "III"
    assert page.get_by_label("How long free so far, in years").input_value() == "2"


def test_what_stands_above_a_plan_and_support_is_on_every_sheet_of_paper(visit):
    import pypdfium2

    page = visit()
    for path, fields, words in (
        ("/plan/answer", {"disease": "colon", "start": "2026-05-31", "country": "GB"}, "Draft: your team's plan comes first."),
        ("/support", {"country": "GB"}, "If you might harm yourself, call your emergency number now."),
    ):
        send(page, path, fields)
        sheets = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
        assert len(sheets) > 2
        told = [" ".join(sheet.get_textpage().get_text_bounded().split()) for sheet in sheets]
        assert [one[:90] for one in told if words not in one] == []
        assert all("must not be used to choose care" in one for one in told)


def test_from_a_topic_to_support(visit, picture):
    page = visit(java_script_enabled=False, viewport={"width": 420, "height": 900})
    page.goto("/why/sleeping-cells")
    page.locator("input[name=value]").last.check()
    page.get_by_role("button", name="Draw it again").click()
    picture(page, "7-topic")
    page.get_by_role("main").get_by_role("link", name="Support").click()
    picture(page, "8-support")
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Town or postcode").fill("Leeds")
    page.get_by_role("button", name="Show who helps").click()
    assert "Leeds" in page.inner_text("main")
    picture(page, "9-support-near")
    page.goto("/self-check/mood")
    picture(page, "10-self-check")
    for number in range(1, 10):
        page.locator(f"#q{number}-1").check()
    page.get_by_role("button", name="Add up").click()
    assert "9" in page.inner_text("main")
    picture(page, "11-self-check-sum")


@pytest.mark.parametrize(("width", "most"), [(320, 130), (640, 130), (1280, 150)])
def test_the_list_of_pages_leaves_room_for_the_page(visit, width, most):
    """At 320 px and at 200% of 1280 px it is a menu; where there is room it stands open."""
    page = visit(java_script_enabled=False, viewport={"width": width, "height": 800})
    page.goto("/support")
    assert page.locator("header").bounding_box()["height"] <= most
    menu, last = page.locator(".menu summary"), page.get_by_role("link", name="For researchers")
    assert menu.is_visible() is (width < 800)
    assert last.is_visible() is (width >= 800)


@pytest.mark.parametrize("settings", [{}, {"forced_colors": "active"}])
def test_the_menu_opens_by_keyboard(visit, picture, settings):
    page = visit(java_script_enabled=False, viewport={"width": 320, "height": 800}, **settings)
    page.goto("/support")
    for _ in range(2):  # past the link that skips to the page
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="For researchers").is_visible()
    picture(page, f"14-menu{'-forced' if settings else ''}")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    press(page, "Enter")
    assert page.url.endswith("/why")


def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit):
    from axe_playwright_python.sync_playwright import Axe

    page, axe, found = visit(viewport={"width": 1100, "height": 900}), Axe(), {}
    for name in every_page(page):
        # whatever a person may open is open
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        faults = [f"{one['id']}: {one['nodes'][0]['html'][:90]}" for one in axe.run(page).response["violations"]]
        for width, what in ((320, "320 px"), (640, "200% of 1280 px")):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                faults.append(f"scrolls sideways at {what}")
        page.set_viewport_size({"width": 1100, "height": 900})
        if faults:
            found[name] = faults
    assert found == {}


def test_axe_sees_a_planted_fault(visit):
    from axe_playwright_python.sync_playwright import Axe

    page = visit()
    page.goto("/plan")
    page.evaluate("document.querySelector('label').remove()")
    assert "select-name" in {one["id"] for one in Axe().run(page).response["violations"]}


def tab_to(page, wanted, most=120):
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " return [e.id || e.innerText || '', s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2] }"
        )
        assert at[1], f"focus cannot be seen on {at[0]}"
        if wanted in at[0]:
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def test_the_keyboard_alone_is_enough(visit):
    page = visit()
    page.goto("/")
    tab_to(page, "Skip to the page")
    page.keyboard.press("Enter")
    tab_to(page, "You are asked first")
    press(page, "Enter")
    tab_to(page, "f-disease")
    page.keyboard.type("Colon")
    tab_to(page, "gate")
    page.keyboard.press("Space")
    tab_to(page, "Go on")
    press(page, "Enter")
    tab_to(page, "f-free")
    page.keyboard.type("2")
    tab_to(page, "Show the outlook")
    press(page, "Enter")
    assert "Outlook: Colon" in page.title()
    tab_to(page, "Make a follow-up plan")
    press(page, "Enter")
    assert "Follow-up plan" in page.title()


def press(page, key):
    with page.expect_navigation():
        page.keyboard.press(key)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("forced", {"forced_colors": "active"}),
        ("dark", {"color_scheme": "dark"}),
        ("narrow", {"viewport": {"width": 320, "height": 800}}),
    ],
)
def test_other_ways_to_look(visit, picture, name, settings):
    page = visit(**settings)
    page.goto("/")
    picture(page, f"12-first-{name}")
    send(page, "/outlook/answer", BESIDE)
    picture(page, f"13-outlook-{name}")
    fills = page.evaluate(
        "() => ['p3', 'p0'].map(c => getComputedStyle(document.querySelector(`.circles .${c}`)).fill + "
        "getComputedStyle(document.querySelector(`.circles .${c}`)).stroke)"
    )
    assert fills[0] != fills[1]
