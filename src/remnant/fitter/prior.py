"""What is known about recurrence before a cohort is looked at: the default prior, and why it is what it is.

Every number below was set from the evidence tables alone. The rows that were computed from the cohorts on which this
package is judged (COL105-COL178, the Moertel colon trial; BRE355-BRE362, GBSG-2) were left out. Row ids are those of
the evidence tables; `remembered` marks rows whose source nobody has reread yet.

**Detection time of one lineage.** Median times to recurrence: 22.6, 18.2 and 15.9 months for colorectal stages I to III
(COL049-COL051, 10.1001/jamaoncol.2023.5098), 18 months for osteosarcoma (OST003, PMC4160478), 5 months for testis
(TES010, 10.1200/JCO.2013.53.5831), 10.5 and 6.6 months for Wilms tumour (WIL020, WIL055, 10.1111/1467-9876.00165), and
about 49 and 38 months for breast, from the annual hazards over 25 years (BRE013-BRE030, IBCSG I-V, PMID 26786933).
One cancer, one vote: geometric mean 14 months, standard deviation of the logarithm 0.83. They are medians within a
follow-up that ended, so one lineage takes longer: median 18 months, standard deviation 1. The prior stands on the
detection time and not on the doubling time of lesions (relapses and metastases mostly 20 to 120 days: BIO0015,
BIO0252, BIO0322-BIO0326, BIO0365), because what is left behind may be a nest of cells and not one cell.

**Spread of growth speed between patients.** Doubling times are log-normal within a cancer (BIO0029,
Usuda 1994 Cancer 74:2239; BIO0329). Standard deviations of their logarithm, from the printed mean and SD, IQR or interval of a
geometric mean: breast 0.65 (BIO0004, PMID 24895040), 0.62 (BIO0005, PMID 28652562), ER+ 0.62, HER2+ 0.36, triple
negative 0.40 (BIO0001-BIO0003); colorectal 0.95 (BIO0013, PMID 32996713); lung 0.49, 0.53, 0.87, 0.95 (BIO0019-BIO0022),
0.44 (BIO0023, 10.1016/j.lungcan.2009.01.018); lung metastases 0.91 (BIO0252), of kidney 0.46 (BIO0365); and 15 series
of Steel 0.46 to 0.96 (BIO0399-BIO0413, remembered). Geometric mean 0.69, and the series differ by 0.3 in the logarithm:
0.7 with standard deviation 0.4.

**Lineages left.** Recurrence in the long run goes from about 7 in 100 (colon stage I) to over 90 in 100, that is 0.07
to 2.3 lineages and more: 0.7, standard deviation 1.5 of the logarithm.

**Covariates**, per standard deviation of the covariate: the number of lineages changes at most some sevenfold (1 on the
logarithm); growth speed differs by 0.85 on the logarithm between the slowest and the fastest subtype of breast cancer
(BIO0001 against BIO0003), so 0.5 is wide.

**Rest.** A third of patients have dormant cells (BIO0236, 10.1177/09622802211072496). Half-lives of rest: 1 to 2 years
(BIO0420, remembered) and 12 to 69 years (BIO0233, Cancer Res 70:4310): 8 years, standard deviation 1.2.

**Spread of burden.** No row gives it; 1/k about 1, anywhere from 0.05 to 20.

**Held fixed.** A lesion is found at 1e9 cells (BIO0118, 10.7554/eLife.06266; 1e9 per cm3 is customary, BIO0163,
PMID 19176997), and a founder's lineage lasts with probability 0.05: potential doubling time 5 days (BIO0035,
PMID 10873364) over a volume doubling time of 100 days. Only their product matters, and the data say little about it,
because the spread between patients hides the width of one patient's detection time. A primary sheds as it grows, and grows
more slowly than what it sheds: doubling times of metastases over those of primaries are 0.43 in the breast (BIO0400,
remembered, over BIO0329, Breast Cancer Res Treat), 0.34 and 0.55 in the bowel (BIO0015 over BIO0013 and BIO0361), 0.19 in
the kidney (BIO0365 over BIO0364), and 0.35 in melanoma (BIO0370 over BIO0369). One cancer, one vote: geometric mean 0.33.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from remnant.errors import InputError
from remnant.fitter.bounds import LEAST_RHO, MOST_RHO

DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365.25
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Normal:
    """A normal law."""

    mean: float
    """Centre."""
    sd: float
    """Standard deviation, above 0; infinite for no opinion."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean):
            raise InputError("prior mean", "must be a finite number", self.mean)
        if not self.sd > 0:
            raise InputError("prior sd", "must be over 0", self.sd)


def log_normal(median: float, sd: float) -> Normal:
    """Return the normal law of the logarithm of a quantity with this median and this standard deviation of the logarithm."""
    return Normal(math.log(median), sd)


NO_OPINION = Normal(0.0, math.inf)


def ln_waking(half_life_days: float) -> float:
    """Return ln of the rate, per day, at which resting founders with this half-life leave rest."""
    return math.log(math.log(2.0) / half_life_days)


@dataclass(frozen=True)
class Prior:
    """What is believed before the data; each belief is a normal law on the scale that is named (see the module's text)."""

    lineages: Normal = log_normal(0.7, 1.5)
    """ln of the expected number of lineages that will be detected, at average covariates."""
    burden: Normal = Normal(0.0, 1.0)
    """Change of ln lineages per standard deviation of a covariate on burden."""
    growth: Normal = Normal(0.0, 0.5)
    """Change of ln growth speed per standard deviation of a covariate on growth."""
    detection_days: Normal = log_normal(18 * DAYS_PER_MONTH, 1.0)
    """ln of the median detection time of one lineage, days, at average covariates."""
    growth_spread: Normal = log_normal(0.7, 0.4)
    """ln of the standard deviation of ln growth speed between patients."""
    burden_spread: Normal = log_normal(1.0, 1.5)
    """ln of 1/k, the variance of the gamma factor on burden."""
    dormant_share: Normal = Normal(math.log(0.33 / 0.67), 1.5)
    """logit of the share of lineages that rest first."""
    waking: Normal = Normal(ln_waking(8 * DAYS_PER_YEAR), 1.2)
    """ln of the rate at which resting founders leave rest (wake or die), per day."""
    detection_cells: float = 1e9
    """Net growth rate over symptom rate per cell: cells at which a lesion is found, about. Held fixed."""
    lasting: float = 0.05
    """Probability that a founder's lineage lasts, (b - d)/b. Held fixed."""
    shedding: float = 0.33
    """Growth of the primary's shedding against that of lineages, where lineages are of all ages. Held fixed."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.detection_cells) and self.detection_cells >= 10):
            raise InputError("prior detection_cells", "must be 10 cells or more", self.detection_cells)
        if not 0 < self.lasting <= 1:
            raise InputError("prior lasting", "must be over 0 and at most 1", self.lasting)
        if not LEAST_RHO <= self.shedding <= MOST_RHO:
            raise InputError("prior shedding", f"must be {LEAST_RHO:g} to {MOST_RHO:g}", self.shedding)

    @classmethod
    def flat(cls) -> Prior:
        """Return no opinion on anything: the fit is then maximum likelihood. What is held fixed stays so."""
        return cls().without_opinion()

    def without_opinion(self) -> Prior:
        """Return no opinion on anything, and the same held fixed."""
        beliefs: dict[str, Any] = {f.name: NO_OPINION for f in fields(self) if isinstance(getattr(self, f.name), Normal)}
        return replace(self, **beliefs)


EVIDENCE = Prior()
"""The default: weak, from the evidence tables, the same for every cancer."""
