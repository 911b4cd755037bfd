"""Reports: words that add up, escaped text, pictures that stay inside their frame, nothing asked of the network."""

from __future__ import annotations

import re

import numpy as np
import pytest
from doors.cases import Page
from hypothesis import given
from hypothesis import strategies as st

from remnant.report import RESEARCH_ONLY, Figure, Report, Section, Table, hundred, number, percent, render, time_words, years_text
from remnant.report_fit import cut_words, fit_sections, fit_words
from remnant.report_outlook import outlook_section, outlook_words
from remnant.svg import Axes, Layer, Line, area_chart, line_chart, on_its_own, people_chart, ticks

YEARS = [0.0, 1.0, 2.0, 5.0, 10.0]
OUTLOOK = {
    "name": "An <example> & more",
    "zero": 0.0,
    "times": [365.25 * year for year in YEARS],
    "recurrence_free": [1.0, 0.96, 0.92, 0.85, 0.8],
    "cured": [0.5, 0.6, 0.7, 0.8, 0.9],
    "inactive": [0.2, 0.2, 0.1, 0.1, 0.05],
    "active": [0.3, 0.2, 0.2, 0.1, 0.05],
}


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda shares: sum(shares) > 0.01))
def test_counts_of_a_hundred_sum_to_a_hundred_and_stay_near_their_shares(shares):
    shares = np.array(shares) / np.sum(shares)
    counts = hundred(shares.tolist())
    assert sum(counts) == 100
    assert np.abs(np.array(counts) - 100 * shares).max() <= 1


def test_counts_are_rounded_where_the_error_is_least():
    assert hundred([1 / 3, 1 / 3, 1 / 3]) == [34, 33, 33]
    assert hundred([0.996, 0.004]) == [100, 0]
    assert hundred([0.004, 0.996]) == [0, 100]


def test_numbers_as_text():
    assert percent(0.1234) == "12.3" and percent(None) == "-" and percent(float("nan")) == "-"
    assert percent(1e-9) == "under 0.1" and percent(0.0) == "0.0"
    assert number(0.0123456) == "0.0123" and number(12345.6) == "12346" and number(None) == "-"
    assert years_text(1.0) == "1 year" and years_text(2.5) == "2.5 years"


def test_the_words_of_an_outlook_add_up():
    words = outlook_words(OUTLOOK)
    assert words[0] == "Out of 100 people, the cancer is found again in 20 within 10 years, and not in 80."
    assert "90 have no cancer cell left, 5 have only cells that rest, and 5 have cells that grow" in words[1]
    assert "well at 5 years, it is found again in 6 by 10 years, and not in 94" in words[2]


def test_an_outlook_where_nobody_is_left_says_no_more_than_is_known():
    empty = OUTLOOK | {"recurrence_free": [1.0, 0.5, 0.0, 0.0, 0.0]}
    empty |= {name: [0.5, 0.3, None, None, None] for name in ("cured", "inactive", "active")}
    words = outlook_words(empty)
    assert "in 100 within 10 years, and not in 0" in words[0] and len(words) == 1
    assert render(Report("t", (), (outlook_section(empty),)))


def test_text_is_escaped_and_nothing_is_fetched():
    table = Table("<b>c</b>", ("<i>", "x"), (("<script>alert(1)</script>", '"'),))
    section = Section("<h>", ("a < b",), (), (table,), (("<k>", "<v>"),), ("<n>",))
    page = render(Report("<t>", ("<l>",), (section, outlook_section(OUTLOOK))))
    parsed = Page(page)
    assert "script" not in parsed.tags and "b" not in parsed.tags and "k" not in parsed.tags
    assert parsed.addresses == [] and "url(" not in page and "@import" not in page
    assert RESEARCH_ONLY in page


def test_a_report_can_be_read_out():
    parsed = Page(render(Report("Title", ("Lead.",), (outlook_section(OUTLOOK), Section("More", ("Words.",))))))
    for tag in ("html", "title", "main", "h1", "h2", "nav", "table", "caption", "figure", "figcaption", "svg"):
        assert tag in parsed.tags
    assert parsed.tags.count("h1") == 1 and parsed.tags.count("main") == 1
    assert ("html", "lang", "en") in parsed.attributes
    pictures = [dict((n, v) for t, n, v in parsed.attributes if t == "svg")]
    assert pictures[0]["role"] == "img" and pictures[0]["aria-label"]
    ids = [value for _, name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = [value[1:] for tag, name, value in parsed.attributes if tag == "a" and name == "href"]
    assert targets and set(targets) <= set(ids)
    scopes = [value for tag, name, value in parsed.attributes if tag == "th" and name == "scope"]
    assert len(scopes) == parsed.tags.count("th")


def coordinates(svg: str) -> np.ndarray:
    paths = re.findall(r'class="[lab]\d"[^>]* d="M([^"]+?)Z?"', svg)
    return np.array([[float(c) for c in point.split()] for path in paths if "L" in path for point in path.split("L")])


def test_curves_stay_inside_the_picture_and_fall_when_they_fall():
    x = np.linspace(0, 10, 2001)
    y = np.exp(-x / 4)
    axes = Axes("t", "years", "share", (0.0, 10.0))
    svg = line_chart(axes, [Line("a", x, y, low=y * 0.9, high=np.minimum(y * 1.1, 1))])
    at = coordinates(svg)
    assert len(at) > 100 and at[:, 0].min() >= 64 and at[:, 0].max() <= 704
    assert at[:, 1].min() >= 16 and at[:, 1].max() <= 348
    curve = np.array([[float(c) for c in p.split()] for p in re.search(r'class="l0" d="M([^"]+)"', svg)[1].split("L")])
    assert (np.diff(curve[:, 1]) >= 0).all() and len(curve) <= 400, "downwards on the page is upwards in numbers"


def test_a_staircase_goes_across_before_it_goes_down():
    axes = Axes("t", "x", "y", (0.0, 2.0))
    svg = line_chart(axes, [Line("km", np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.5, 0.25]), step=True)])
    points = [tuple(map(float, p.split())) for p in re.search(r'class="l0" d="M([^"]+)"', svg)[1].split("L")]
    assert points[0][1] == points[1][1] and points[1][0] == points[2][0] and points[2][1] > points[1][1]


def test_stacked_shares_fill_the_whole():
    x = np.array([0.0, 1.0, 2.0])
    svg = area_chart(Axes("t", "x", "y", (0.0, 2.0)), x, [Layer("a", [0.2, 0.3, 0.4], 0), Layer("b", [0.8, 0.7, 0.6], 3)])
    at = coordinates(svg)
    assert at[:, 1].min() == 16 and at[:, 1].max() == 348


def test_a_hundred_people_are_a_hundred_dots_in_the_colours_of_their_groups():
    svg = people_chart("<t>", [("after <1> year", [Layer("well", 83, 0), Layer("found", 17, 3)])])
    assert svg.count('r="7"') == 100 + 2, "100 people and 2 in the legend"
    assert svg.count('class="p0"') == 84 and svg.count('class="p3"') == 18
    assert "<1>" not in svg and "<t>" not in svg


def test_patients_still_followed_stand_under_the_curve():
    axes = Axes("t", "days", "y", (0.0, 2.0), under=((0.0, "686"), (1.0, "75")), under_label="Still followed")
    svg = line_chart(axes, [Line("l", np.array([0.0, 2.0]), np.array([1.0, 0.5]))])
    assert all(words in svg for words in (">686<", ">75<", "Still followed"))


FIT = {
    "data": {"patients": 80, "found_again": 30, "unit": "days"},
    "curve": {
        "times": [0.0, 500.0, 1000.0, 2000.0],
        "recurrence_free": [1.0, 0.8, 0.7, 0.6],
        "kaplan_meier": [1.0, 0.82, 0.69, None],
        "low": [1.0, 0.7, 0.6, 0.5],
        "high": [1.0, 0.9, 0.8, 0.7],
        "at_risk": {"times": [0.0, 1000.0], "counts": [80, 21]},
    },
    "cured": {"share": 0.55, "low": 0.4, "high": 0.7},
    "fit": {"form": "plain", "log_likelihood": -100.0, "parameters": 3, "aic": 206.0},
    "coefficients": [{"name": "nodes", "estimate": 0.1, "standard_error": 0.02, "low": 0.06, "high": 0.14}],
    "models": [{"model": "remnant", "parameters": 3, "log_likelihood": -100.0, "aic": 206.0}],
    "cut": {
        "time": 500.0,
        "times": [0.0, 500.0, 1000.0],
        "observed": [1.0, 0.82, 0.69],
        "low": [1.0, 0.75, 0.6],
        "high": [1.0, 0.9, 0.8],
        "models": [
            {"model": "Weibull", "aic": 90.0, "foretold": [1.0, 0.8, 0.5]},
            {"model": "remnant", "aic": 91.0, "foretold": [1.0, 0.81, 0.66]},
        ],
    },
    "warnings": ["one <event>"],
}


def test_a_fit_says_how_many_will_and_how_many_will_not_and_where_seeing_ends():
    words = fit_words(FIT)
    assert "found again in 30 of them, and not in 50" in words[0]
    assert "found again in 30 within 1000 days (2.74 years), and not in 70" in words[1], "the last time observed, not foretold"
    assert "never comes back in 55 of 100 (95% interval 40 to 70) and does in 45" in words[2]


def test_a_cut_names_what_was_foretold_what_was_seen_and_what_would_have_been_chosen():
    words = cut_words(FIT)
    assert (
        "foretold 66.0 of 100 still well at 1000 days (2.74 years). What was seen: 69.0 (95% interval 60.0 to 80.0)" in words[0]
    )
    assert "Weibull, foretold 50.0" in words[1]


def test_a_page_of_a_fit_holds_figures_tables_and_warnings():
    page = render(Report("t", (), fit_sections(FIT), ("In short < this",)))
    parsed = Page(page)
    assert parsed.tags.count("svg") == 2 and parsed.tags.count("table") == 4
    assert "one &lt;event&gt;" in page and "In short &lt; this" in page and ">21<" in page
    assert " nan" not in page.lower()


def test_times_as_people_say_them():
    assert time_words(913.125, "days") == "913 days (2.5 years)" and time_words(30, "days") == "30 days"
    assert time_words(60, "months") == "60 months (5 years)" and time_words(7.25, "years") == "7.25 years"


def test_names_in_pictures_are_escaped():
    svg = line_chart(
        Axes("<t>", "<x>", "<y>", (0, 1), (0, 1), ((0.5, "<m>"),)), [Line("<l>", np.array([0.0, 1.0]), np.array([1.0, 0.0]))]
    )
    assert not {"t", "x", "y", "m", "l"} & set(Page(svg).tags)


def test_a_picture_on_its_own_is_xml():
    from xml.etree import ElementTree

    svg = on_its_own(line_chart(Axes("t", "x", "y", (0, 1)), [Line("l", np.array([0.0, 1.0]), np.array([1.0, 0.0]))]))
    assert ElementTree.fromstring(svg).tag.endswith("svg")


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 7.3), (0, 2659), (0.6, 1.0), (0, 15), (0, 1e-3)])
def test_ticks_are_round_and_inside(low, high):
    marks = ticks(low, high)
    assert 3 <= len(marks) <= 8 and marks[0] >= low - 1e-12 and marks[-1] <= high + 1e-9
    assert np.diff(marks) == pytest.approx(np.diff(marks)[0], rel=1e-9, abs=0)


def test_a_figure_is_shown_as_it_is():
    page = render(Report("t", (), (Section("s", (), (Figure("<svg></svg>", "words"),)),)))
    assert "<svg></svg>" in page and "words" in page
