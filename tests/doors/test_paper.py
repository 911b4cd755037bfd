"""Pages as PDF: every page says what it is for, pictures keep their colours, nothing is asked of the network."""

from __future__ import annotations

import re
from importlib.util import find_spec

import numpy as np
import pytest

from remnant import paper
from remnant.errors import InputError, RefusedError
from remnant.explain import explain
from remnant.explain_page import explain_page
from remnant.leaflet import Grid, Leaflet, Part, page
from remnant.report import RESEARCH_ONLY, Figure, Report, Section, Table, render
from remnant.svg import LIGHT, Axes, Line, line_chart
from remnant.texts.phrases import phrase


def _has_pango():
    try:
        paper.check_paper("x.pdf", "report")
    except RefusedError:
        return False
    return True


needs_pango = pytest.mark.skipif(not _has_pango(), reason="Pango is not installed here")


def report():
    x = np.linspace(0.0, 10.0, 11)
    svg = line_chart(Axes("Well over time", "years", "of 100", (0.0, 10.0)), [Line("this course", x, np.exp(-x / 9))])
    rows = tuple((f"after {i} years", "12", "34") for i in range(60))
    table = Table("A long table", ("time", "here", "there"), rows)
    return render(
        Report("A report", ("What was found.",), (Section("First", ("Words.",), (Figure(svg, "A curve."),), (table,)),))
    )


def leaflet():
    grid = Grid(("when", "what"), tuple((f"{i} May 2027", "A visit") for i in range(1, 29)))
    parts = tuple(Part(f"Part {i}", ("Some words.",) * 12, points=("a point",) * 6, more=("More.",)) for i in range(4))
    return page(Leaflet("A plan", "Draft: your team's plan comes first.", ("Hello.",), (Part("Dates", grid=grid), *parts)))


def opened(html):
    from pypdfium2 import PdfDocument

    return PdfDocument(paper.pdf(html))


def words_of(document):
    return [" ".join(one.get_textpage().get_text_range().split()) for one in document]


def shades(document, at):
    """The colours of a page that many points have, as #rrggbb."""
    blue, green, red = np.moveaxis(document[at].render(scale=2).to_numpy()[..., :3].astype(int), -1, 0)
    found, counts = np.unique(red * 65536 + green * 256 + blue, return_counts=True)
    return {f"#{one:06x}" for one, count in zip(found, counts, strict=True) if count > 50}


@needs_pango
def test_every_page_says_what_it_is_for_and_its_number():
    for html in (report(), leaflet()):
        said = words_of(opened(html))
        assert len(said) > 1
        for number, words in enumerate(said, 1):
            assert RESEARCH_ONLY in words and f"{number} / {len(said)}" in words
    assert all("Draft: your team's plan comes first." in words for words in words_of(opened(leaflet())))


@needs_pango
def test_a_topic_in_german_says_it_in_german():
    html = explain_page(explain({"about": "sleeping-cells", "language": "de"}))
    assert all(phrase("page.research-only", "de") in words for words in words_of(opened(html)))


@needs_pango
def test_pictures_keep_their_colours_and_without_their_style_they_do_not(monkeypatch):
    assert LIGHT[0] in shades(opened(report()), 0)
    monkeypatch.setattr(paper, "for_paper", lambda html: html)
    assert LIGHT[0] not in shades(opened(report()), 0)


@needs_pango
def test_a_pdf_holds_its_fonts_its_title_and_asks_for_nothing(caplog):
    from pypdfium2.raw import FPDF_PAGEOBJ_TEXT

    document = opened(report())
    assert document.get_metadata_dict()["Title"] == "A report"
    letters = [one for one in document[0].get_objects() if one.type == FPDF_PAGEOBJ_TEXT]
    assert len(letters) > 10 and all(one.get_font().is_embedded for one in letters)
    caplog.clear()
    paper.pdf(report())
    paper.pdf(leaflet())
    assert not [one for one in caplog.messages if "protocol" in one]
    # planted fault: a picture from elsewhere is asked for, and refused
    paper.pdf(report().replace("<h1>", '<img src="https://example.org/x.png" alt="x"><h1>'))
    assert any("disallowed protocol: https://example.org/x.png" in one for one in caplog.messages)


def test_every_variable_of_a_picture_is_known_to_print():
    html = report()
    assert paper.print_variables(html)["--ink"] == "#000" and "--c5" in paper.print_variables(html)
    for svg in re.findall(r"<svg.*?</svg>", paper.for_paper(html), re.S):
        assert "var(" not in svg and "<title>Well over time</title>" in svg and LIGHT[0] in svg


def test_what_is_missing_is_told_before_anything_is_computed(monkeypatch):
    monkeypatch.setattr(paper, "find_spec", lambda name: None if name == "weasyprint" else find_spec(name))
    with pytest.raises(RefusedError, match=r"pip install 'remnant\[pdf\]'"):
        paper.check_paper("report.pdf", "report")
    paper.check_paper("report.html", "report")


def test_a_page_with_another_ending_is_refused():
    with pytest.raises(InputError, match=r"`print`: must end in \.html, \.htm, \.pdf; came 'plan\.docx'"):
        paper.check_paper("plan.docx", "print")
    for name in ("plan", "plan.txt"):
        with pytest.raises(InputError):
            paper.check_paper(name, "print")


def test_a_page_is_written_as_its_name_says(tmp_path):
    paper.write_page(tmp_path / "a.html", "<p>Hello</p>")
    assert (tmp_path / "a.html").read_text() == "<p>Hello</p>"
    if _has_pango():
        paper.write_page(tmp_path / "a.PDF", "<p>Hello</p>")
        assert (tmp_path / "a.PDF").read_bytes().startswith(b"%PDF")
