"""The outlook of a course as one self-contained page."""

from __future__ import annotations

from typing import Any

from remnant.report import Report, render
from remnant.report_course import course_sections, outcome_words
from remnant.service import made_by


def outlook_page(result: dict[str, Any]) -> str:
    """Return the answer of `outlook.outlook` as one self-contained HTML page."""
    sections = (*course_sections(result), made_by(result["provenance"]))
    return render(Report(f"Outlook: {result['course']['disease']}", tuple(outcome_words(result)[:1]), sections))
