"""The follow-up plan as one page to print."""

from __future__ import annotations

from typing import Any

from remnant.leaflet import Grid, Leaflet, Part, page, part
from remnant.texts import phrase

STAR = " *"
NOTES_LINES = 4


def plan_page(result: dict[str, Any], name_diagnosis: bool = False) -> str:
    """Return the answer of `followup_plan.answer` as one self-contained HTML page.

    Parameters
    ----------
    result : dict
        What `followup_plan.answer` gave.
    name_diagnosis : bool
        Whether the illness stands in the title.
    """
    return page(plan_leaflet(result, name_diagnosis))


def plan_leaflet(result: dict[str, Any], name_diagnosis: bool = False) -> Leaflet:
    """Return the answer of `followup_plan.answer` as the parts of a page."""
    texts = result["texts"]
    parts = [Part("Where the dates come from", tuple(result["notes"]))]
    if result["visits"]:
        parts.append(_visits(result))
        parts.append(_exams(result))
    parts += [*_watch(result), part(texts["who-to-call"], lines=NOTES_LINES)]
    if result["lines"]:
        rows = tuple((one["name"], one["call"], one["hours"]) for one in result["lines"])
        parts.append(Part(f"Support lines: {result['country']}", (), (), Grid(("who", "how to reach them", "when"), rows)))
    parts += [part(one, tick=True) for one in result["questions"]]
    if result["other_guidelines"]:
        parts.append(_others(result))
    title = phrase("plan.title_for", disease=result["called"]) if name_diagnosis else phrase("plan.title")
    lead = tuple(texts["what-this-is"]["simple"]) if result["visits"] else (phrase("plan.lead_none"),)
    parts.append(Part("About this plan", more=tuple(texts["what-this-is"]["more"]), small=_small(result)))
    return Leaflet(title, result["draft"], lead, tuple(parts))


def _visits(result: dict[str, Any]) -> Part:
    rows = tuple(
        (one["day"] + (" (past)" if one["past"] else ""), one["what"] + ("" if one["read"] else STAR), f"{one['months']:g}")
        for one in result["visits"]
    )
    past = frozenset(i for i, one in enumerate(result["visits"]) if one["past"])
    grid = Grid(("about", "what is planned", "month"), rows, past, "dates")
    return Part(
        "Your visits and tests", grid=grid, small=(phrase("plan.lines"), *line_notes(result)) if line_notes(result) else ()
    )


def line_notes(result: dict[str, Any]) -> tuple[str, ...]:
    """Return what is to be known about single lines of the guideline, such as for whom an exam is meant."""
    return tuple(dict.fromkeys(f"{one['what']}: {one['note']}" for one in result["series"] if one["note"]))


def _exams(result: dict[str, Any]) -> Part:
    rows = tuple((one["title"], " ".join(one["simple"]), " ".join([*one["points"], *one["numbers"]])) for one in result["exams"])
    not_done = (phrase("plan.not_done", exams=result["not_done"]),) if result["not_done"] else ()
    grid = Grid(("what", "what happens", "what it can and cannot see"), rows)
    return Part("What each of them is for", not_done, (), grid)


def _watch(result: dict[str, Any]) -> list[Part]:
    watch, once = result["texts"]["what-to-watch-for"], result["texts"]["call-at-once"]
    own = result["symptoms"]
    soon = tuple(sentence(one) for one in [*own["soon"], *own["next-visit"]]) or tuple(watch["points"])
    general = () if own["soon"] or own["next-visit"] or not result["guideline"] else (phrase("plan.symptoms_none"),)
    now = (*once["points"], *(sentence(one) for one in own["now"]), result["emergency"])
    return [
        Part(watch["title"], (*watch["simple"], *general), soon, small=part(watch).small),
        Part(once["title"], tuple(once["simple"]), now, small=part(once).small),
    ]


def _others(result: dict[str, Any]) -> Part:
    rows = tuple((one["body"], one["country_name"], str(one["year"])) for one in result["other_guidelines"])
    return Part("Other guidelines for this cancer", (), (), Grid(("who wrote it", "where", "year"), rows))


def _small(result: dict[str, Any]) -> tuple[str, ...]:
    guideline = result["guideline"]
    made = f"Made on {result['today']} by {result['provenance']['program']} {result['provenance']['version']}."
    if guideline is None:
        return (made,)
    return (f"{guideline['name']}: rows {', '.join(guideline['source'])}. {guideline['why']}".strip(), made)


def sentence(words: str) -> str:
    """Return a sign as a sentence of its own."""
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
