"""What a follow-up plan says: how old its guideline is, what is known and what not, what each exam is for, and its calendar."""

from __future__ import annotations

import re
from datetime import date

from remnant import catalogue
from remnant.calendar_file import Entry
from remnant.careplan import OLD_YEARS, CarePlan, Series, stages_covered
from remnant.clinic.exams import Exam
from remnant.countries import country_name, in_words
from remnant.texts import phrase, text

PROPER = ("Ewing", "Hodgkin", "Wilms")
"""Names of diseases that begin with the name of a person."""
MAKERS = re.compile(
    r"\b(rows?|written|cut at|as above|format|general knowledge|ours|taken|evidence|remembered|summary|page|table|stage list|"
    r"run to|not read)\b",
    re.I,
)
"""Words by which the makers of a guideline file speak to each other."""
PLACED, FEWEST_WORDS = re.compile(r"\bplac\w+ (of|is) ours\b"), 3
KINDS = {
    "history": "visit", "physical": "visit", "blood": "blood", "marrow": "blood", "imaging": "picture", "endoscopy": "camera",
}  # fmt: skip


def say(name: str, /, **gaps: object) -> str:
    """Return a phrase of the plan."""
    return phrase(f"plan.{name}", **gaps)


def day_words(day: date) -> str:
    """Return a day as people write it: 3 May 2027."""
    return f"{day.day} {day:%B %Y}"


def disease_words(name: str) -> str:
    """Return the name of a disease as people say it, without its subtype: Breast cancer, ER-positive is breast cancer."""
    first = name.split(",")[0]
    return first if first.startswith(PROPER) else first[:1].lower() + first[1:]


def exam_name(exam: str) -> str:
    """Return the plain name of an exam."""
    return text(f"exams/{exam}").title


def exam_list(exams: tuple[str, ...]) -> str:
    """Return the plain names of some exams in one line."""
    names = [exam_name(exam) for exam in exams]
    return "; ".join([names[0], *(name[:1].lower() + name[1:] if not name[:2].isupper() else name for name in names[1:])])


def guideline_notes(plan: CarePlan) -> list[str]:
    """Return what is to be known about where the visits come from, and what is not known."""
    guideline = plan.guideline
    if guideline is None:
        return [say("no_guideline")]
    notes = [
        say(
            "from_guideline" if plan.visits else "known_guideline",
            body=guideline.body,
            country=country_name(guideline.country),
            year=guideline.year,
            age=_age(plan),
        )
    ]
    if (plan.age_years or 0) >= OLD_YEARS:
        notes[0] += " " + say("old")
    if plan.visits:
        notes.append(_made_for(plan))
    if guideline.kind != "guideline":
        notes.append(say(guideline.kind))
    if plan.from_elsewhere:
        notes.append(say("elsewhere", country=in_words(plan.country), other=in_words(guideline.country)))
    if not plan.visits and plan.came_back is None:
        covered = [stage for stage in stages_covered(guideline) if stage != "any"]
        stage = plan.course.patient.stage or plan.groups[0]
        notes.append(say("no_stage", stage=stage, covered=", ".join(covered)) if covered else say("no_stage_all", stage=stage))
    if guideline.standing != "read":
        notes.append(say("weak"))
    unsure = [not visit.sure for visit in plan.visits]
    if any(unsure):
        notes.append(say("unsure_all" if all(unsure) else "unsure"))
    return notes


def date_notes(plan: CarePlan) -> list[str]:
    """Return what is to be known about the dates: what has passed, and where the list stops."""
    dates = [visit.on for visit in plan.visits]
    notes = [say("same_dates", start=day_words(plan.start))] if dates else []
    if plan.came_back is not None:
        notes.append(say("came_back", day=day_words(plan.came_back)))
    elif dates and dates[-1] < plan.today:
        notes.append(say("all_past", start=day_words(plan.start)))
    elif dates and dates[0] < plan.today:
        notes.append(say("past", start=day_words(plan.start)))
    if plan.start > plan.today:
        notes.append(say("future"))
    if dates and plan.came_back is None:
        notes.append(say("ends", day=day_words(dates[-1])))
    return notes


def person_note(why: str) -> str:
    """Return what a person may want to know of a note in a guideline file, without what was written to its makers."""
    told = []
    for part in re.split(r"(?<=\.)\s+|;\s*", re.sub(r"\s*\([^)]*\)", "", why)):
        words = part.strip().rstrip(".")
        if len(words.split()) >= FEWEST_WORDS and not MAKERS.search(words):
            told.append(words[0].upper() + words[1:] + ".")
    return " ".join([*told, *([say("placed")] if PLACED.search(why) else [])])


def rhythm(series: Series) -> str:
    """Return how often a series comes, in words."""
    if series.every_months is None:
        return ""
    if series.allowed is not None:
        low, high = series.allowed
        return say("range", low=f"{low:g}", high=f"{high:g}")
    return _every(series.every_months)


def exam_numbers(exam: Exam) -> list[str]:
    """Return how often an exam is wrong, in counts of 100 people, where that was read."""
    words = []
    if exam.specificity is not None and exam.specificity.standing != "assumed":
        alarm = min(max(round(100 * (1 - exam.specificity.size)), 1), 99)
        words.append(say("false_alarm", alarm=alarm, right=100 - alarm))
    if exam.non_shedders is not None and exam.non_shedders.standing != "assumed":
        none = min(max(round(100 * exam.non_shedders.size), 1), 99)
        words.append(say("not_made", none=none, some=100 - none))
    return words


def calendar_entry(plan: CarePlan, series: Series, name_diagnosis: bool) -> Entry:
    """Return what a calendar says of a series; the illness and telling tests only where that was ticked."""
    said = [say("draft")]
    if name_diagnosis:
        summary = say("event_for", exams=exam_list(series.exams), disease=disease_words(plan.course.disease.name))
        said += [" ".join(text(f"exams/{exam}").simple.split()) for exam in series.exams]
        said += guideline_notes(plan)[:1]
    else:
        summary = say("event", what=discreet(series.exams))
    said += [words for words in (rhythm(series),) if words]
    return Entry(summary, "\n".join(said))


def discreet(exams: tuple[str, ...]) -> str:
    """Return what is due without telling which illness it is for."""
    kinds = list(dict.fromkeys(KINDS[catalogue.read("exams", exam).kind] for exam in exams))
    return say(kinds[0] if len(kinds) == 1 else "several")


def _made_for(plan: CarePlan) -> str:
    stage = plan.course.patient.stage or plan.groups[0]
    return say("made_for_group" if stage[0].islower() else "made_for", stage=stage)


def _every(months: float) -> str:
    if months == 12:
        return say("every_year")
    return say("every_years", years=f"{months / 12:g}") if months % 12 == 0 else say("every", months=f"{months:g}")


def _age(plan: CarePlan) -> str:
    years = plan.age_years or 0
    return say("this_year") if years <= 0 else say("one_year") if years == 1 else say("years", count=years)
