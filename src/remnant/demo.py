"""The main job on real patients: fit, compare, foretell from an early cut, look ahead for one course, write one report."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from remnant import files, fit_cohort, service
from remnant.errors import RefusedError
from remnant.outlook import outlook as look_ahead
from remnant.quantity import YEAR_DAYS
from remnant.report import Report, hundred, percent, render, years_text
from remnant.report_course import course_sections
from remnant.report_fit import fit_sections
from remnant.service import Progress

SEED = 1
COURSE = "breast/er-positive"
"""The course of the catalogue whose outlook stands beside the cohort."""
DRAWS = 200
CUT_YEARS = 2.5
# Stated before any model was fitted: burden is what stages and treatment tell of how much was left, growth what the
# cells themselves tell of how fast they are.
QUESTION = {
    "unit": "days",
    "duration": "time",
    "event": "cens",
    "burden": "age + C(menostat) + tsize + pnodes + progrec + estrec + C(horTh)",
    "growth": "C(tgrade) + progrec + estrec",
    "compare": True,
    "cut": CUT_YEARS * 365.25,
}
LEAD = (
    "686 women with node-positive breast cancer were followed for up to seven years after surgery (German Breast Cancer "
    "Study Group 2). This page fits them, sets the fit beside the standard models, and tells the models only the first "
    "two and a half years to see who foretells the rest.",
)


def run(out: str, patients: int, progress: Progress = service.silent) -> dict[str, Any]:
    """Do the main job and write `report.html` into a folder.

    Parameters
    ----------
    out : str
        Folder of the report; made if it is not there.
    patients : int
        Sampled patients beside the exact outlook, 1 or more.
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        `fit` (as `fit_cohort.fit`), `outlook` (as `service.solve`, with `sampled`), `report`, `seconds`, and five `lines`.

    Raises
    ------
    InputError
        If the folder cannot be written or `patients` is not allowed.
    RefusedError
        If lifelines, which brings the cohort, is not installed.
    """
    begun = time.perf_counter()
    service.check_patients(patients)
    data = gbsg2()
    folder = files.make_folder(out)
    fitted = fit_cohort.fit(QUESTION | {"data": data}, progress)
    exact = look_ahead({"course": COURSE, "draws": DRAWS}, progress)
    progress(f"sampling {patients:,} patients")
    outlook = service.beside(exact, _sampled(patients, exact["times"]))
    report = folder / "report.html"
    files.write_text(report, _page(fitted, outlook))
    seconds = time.perf_counter() - begun
    result = {"fit": fitted, "outlook": outlook, "report": str(report), "seconds": seconds}
    return result | {"lines": _lines(result)}


def gbsg2() -> str:
    """Return the path of the cohort inside lifelines, without importing it.

    Raises
    ------
    RefusedError
        If lifelines is not installed.
    """
    found = find_spec("lifelines")
    if found is None or found.origin is None:
        raise RefusedError("the demo needs the cohort and the models that lifelines brings: pip install 'remnant[compare]'")
    return str(Path(found.origin).parent / "datasets" / "gbsg2.csv")


def _sampled(patients: int, times: list[float]) -> dict[str, Any]:
    """Return the curves of the course by so many sampled lives."""
    from remnant import catalogue
    from remnant.predict import sample

    course = catalogue.course(COURSE).replace("years", max(times) / YEAR_DAYS)
    lives = sample(course, patients=patients, seed=SEED, times=times, histories=False)
    curves = {name: service.plain(getattr(lives, name)) for name in (*service.CURVES, "standard_error")}
    return curves | {"patients": patients, "seed": SEED}


def _page(fitted: dict[str, Any], outlook: dict[str, Any]) -> str:
    made = service.made_by(fitted["provenance"] | {"sampled_patients": outlook["sampled"]["patients"], "seed": SEED})
    return render(
        Report(
            "When cancer comes back: real patients, and one course",
            LEAD,
            (*fit_sections(fitted), *course_sections(outlook), made),
        )
    )


def _lines(result: dict[str, Any]) -> list[str]:
    fitted, outlook = result["fit"], result["outlook"]
    best, second = fitted["models"][:2]
    cut, unit = fitted["cut"], fitted["data"]["unit"]
    foretold = next(m["foretold"][-1] for m in cut["models"] if m["model"] == fit_cohort.OURS)
    none, resting, growing = hundred([outlook[state][-1] for state in ("cured", "inactive", "active")])
    years = (outlook["times"][-1] - outlook["zero"]) / YEAR_DAYS
    return [
        f"Best model: {best['model']}, AIC {best['aic']:.1f}; next {second['model']}, {second['aic']:.1f} "
        f"({fitted['data']['patients']} women, {fitted['data']['found_again']} recurrences).",
        f"Foretold from the first {CUT_YEARS:g} years: {percent(foretold)} of 100 still well at {cut['times'][-1]:.4g} {unit}; "
        f"observed: {percent(cut['observed'][-1])}.",
        f"Left in those still well {years_text(years)} after the example's treatment: nothing in {none} of 100, "
        f"resting cells in {resting}, growing cells in {growing}; {outlook['sampled']['patients']:,} sampled lives agree within "
        f"{outlook['sampled']['largest_gap']:.1f} standard errors.",
        f"Report: {result['report']}",
        f"Time taken: {result['seconds']:.0f} seconds.",
    ]
