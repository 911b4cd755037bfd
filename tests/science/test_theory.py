"""Results of theory: resistance tables, metastases of a growing primary, each against its printed or closed-form number."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import remnant as rm
from remnant import theory

LAWS = theory.laws()


@pytest.mark.parametrize("law", LAWS, ids=[law.id for law in LAWS])
def test_the_engine_gives_the_published_number(law):
    assert law.agrees, (law.published, law.model)


def test_a_wrong_mutation_rate_would_be_found_out(monkeypatch):
    monkeypatch.setattr(theory, "PER_SITE", 1.5e-9)
    assert not all(law.agrees for law in theory.laws())


def test_metastases_that_live_on_have_their_closed_form():
    """F3: 1 - exp(-nu N lambda / (b r))."""
    closed = -math.expm1(-1e-6 * 1e5 * 0.02 / (0.14 * 0.012))
    assert theory.any_metastasis(1e-6) == pytest.approx(closed, rel=1e-6, abs=0)


@pytest.mark.parametrize("day", [50.0, 200.0, 400.0, 800.0])
def test_relapse_after_resection_follows_from_the_law_of_sizes(day):
    """F1 and F4 with the look's law in place of a sharp size: a lineage of age u that lives on has W e^(lambda u) cells, W
    exponential of mean 1/kappa, and one look misses it with chance 1 / (1 + c e^(lambda u) / kappa), c = ln 2 / n50."""
    division, death, growth, shed, n50 = 0.14, 0.12, 0.012, 0.1, 1e5
    net = division - death
    kappa, c = net / division, math.log(2) / n50
    document = {
        "sites": ["distant"], "types": ["metastatic"], "symptoms": [0.0], "zero": 0.0, "times": [day],
        "epochs": [{"start": -4000.0, "division": [[division]], "death": [[death]]}],
        "looks": [{"time": day, "n50": [n50], "exam": "one-look"}],
        "founders": [
            {"site": "distant", "type": "metastatic", "seeding": {"rate": shed, "growth": growth, "from": -3000.0, "to": 0.0}}
        ],
    }  # fmt: skip
    seen = lambda age: shed * math.exp(-growth * (age - day)) * kappa * (1 - 1 / (1 + c * math.exp(net * age) / kappa))  # noqa: E731
    mean = sum(quad(seen, low, low + 250, epsrel=1e-10)[0] for low in np.arange(day, day + 3000, 250))
    found = float(rm.solve(rm.Timeline.from_dict(document)).recurred[-1])
    assert found == pytest.approx(-math.expm1(-mean), rel=2e-3, abs=0)
