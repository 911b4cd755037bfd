"""What a recurrence is called: local, regional, distant or a second primary, after the cancer it came from, and rTNM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

Kind = Literal["local", "regional", "distant", "systemic", "second_primary"]
ORDER: tuple[Kind, ...] = ("systemic", "distant", "regional", "local")
"""The most advanced lesion names the recurrence."""


def kind_of(found: Sequence[str], site_kinds: Mapping[str, str]) -> Kind:
    """Return what a recurrence with lesions at these sites is called.

    Raises
    ------
    ValueError
        If nothing was found.
    """
    kinds = {site_kinds[site] for site in found}
    for kind in ORDER:
        if kind in kinds:
            return kind
    raise ValueError("a recurrence has at least one site")


def restaged(found: Sequence[str], site_kinds: Mapping[str, str], counts_organs: bool = False) -> str:
    """Return the rTNM of a recurrence: r for after a time without disease; the stage at diagnosis stays what it was.

    Parameters
    ----------
    found : sequence of str
        Sites with lesions.
    site_kinds : mapping
        Site to local, regional, distant or systemic.
    counts_organs : bool
        Whether the staging table tells one organ (M1a) from several (M1b).

    Returns
    -------
    str
        Such as "rT0 N0 M1a"; empty for systemic disease, which has no TNM.
    """
    kinds = [site_kinds[site] for site in dict.fromkeys(found)]
    if "systemic" in kinds:
        return ""
    organs = kinds.count("distant")
    spread = "M0" if organs == 0 else "M1" if not counts_organs else "M1a" if organs == 1 else "M1b"
    # the size categories of the first operation do not fit what comes back, so a local recurrence is TX
    return f"rT{'X' if 'local' in kinds else '0'} N{'1' if 'regional' in kinds else '0'} {spread}"


def named(disease: str, found: Sequence[str], site_kinds: Mapping[str, str]) -> str:
    """Return the name of a recurrence, after the cancer it came from: "distant recurrence of colon cancer, in the liver"."""
    kind = kind_of(found, site_kinds)
    what = disease[:1].lower() + disease[1:] if not disease[:2].isupper() else disease
    places = " and ".join(site.replace("-", " ") for site in dict.fromkeys(found))
    return f"relapse of {what}" if kind == "systemic" else f"{kind} recurrence of {what}, in: {places}"


Rule = Literal["seer", "iarc", "martini-melamed"]
RULES: tuple[Rule, ...] = get_args(Rule)


def is_new_primary(rule: Rule, years: float, same_organ: bool, same_histology: bool) -> bool:
    """Return whether a second tumour counts as a new primary by a named rule, where cells themselves cannot tell.

    Parameters
    ----------
    rule : {"seer", "iarc", "martini-melamed"}
        SEER solid tumour rules: another organ, another histology, or the same after 5 years clear. IARC: another organ or
        another histology, whatever the time. Martini and Melamed 1975 (lung): another histology, or the same after 2 years.
    years : float
        Clear of disease before.
    same_organ, same_histology : bool

    Source
    ------
    Johnson CH et al., SEER Solid Tumor Rules; IARC, International rules for multiple primary cancers (2004); Martini N, Melamed
    MR 1975, J Thorac Cardiovasc Surg 70:606.
    """
    if not same_histology:
        return True
    if rule == "martini-melamed":
        return years >= 2.0
    if not same_organ:
        return True
    return rule == "seer" and years > 5.0


def called(rule: Rule, kind: Kind, lesions: int, years: float) -> Kind:
    """Return what a recurrence is called where cells cannot tell it from a new cancer: exactly one class.

    Only a single lesion at the first place can be taken for a new primary of the same organ; what has spread, or lies elsewhere
    with the same cells, is a recurrence by every rule.

    Parameters
    ----------
    rule : {"seer", "iarc", "martini-melamed"}
    kind : str
        By the most advanced lesion.
    lesions : int
        Seen.
    years : float
        Clear of disease before.
    """
    alone = kind == "local" and lesions == 1
    return "second_primary" if alone and is_new_primary(rule, years, same_organ=True, same_histology=True) else kind


def called_second(rule: Rule, same_organ: bool, same_histology: bool, years: float) -> Kind:
    """Return what a second cancer is called: a second primary, or a local recurrence where the rule takes it for one."""
    return "second_primary" if is_new_primary(rule, years, same_organ, same_histology) else "local"
