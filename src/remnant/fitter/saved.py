"""A fit as plain data: everything predictions need, and no patient's row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from remnant.cohort import Design, TimeUnit
from remnant.errors import InputError
from remnant.fitter.fitted import Fitted, Scaling, Told
from remnant.fitter.model import Form
from remnant.fitter.prior import Normal, Prior
from remnant.reading import Floats, Item, frozen

FORMAT, VERSION = "remnant fit", 1
_KEYS = (
    "format",
    "version",
    "name",
    "form",
    "prior",
    "values",
    "covariance",
    "log_likelihood",
    "converged",
    "burden",
    "growth",
    "scaling",
    "unit",
    "told",
)


def to_dict(fitted: Fitted) -> dict[str, Any]:
    """Return a fit as plain data that JSON can hold."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": fitted.name,
        "form": {field.name: getattr(fitted.form, field.name) for field in fields(Form)},
        "prior": {field.name: _belief(getattr(fitted.prior, field.name)) for field in fields(Prior)},
        "values": fitted.values.tolist(),
        "covariance": fitted.covariance.tolist(),
        "log_likelihood": fitted.log_likelihood,
        "converged": fitted.converged,
        "burden": fitted.burden.to_dict(),
        "growth": fitted.growth.to_dict(),
        "scaling": {field.name: getattr(fitted.scaling, field.name).tolist() for field in fields(Scaling)},
        "unit": fitted.unit.name,
        "told": {field.name: getattr(fitted.told, field.name) for field in fields(Told)},
    }


def from_dict(document: Mapping[str, Any]) -> Fitted:
    """Return the fit that `to_dict` described.

    Raises
    ------
    InputError
        If something in it is missing or not allowed.
    """
    items = Item("fit", dict(document) if isinstance(document, Mapping) else document).mapping(_KEYS)
    items["format"].text((FORMAT,))
    if items["version"].whole(1, 10**6) != VERSION:
        raise InputError("fit.version", f"must be {VERSION}", items["version"].value, "load it with the program that saved it")
    counts = items["form"].mapping(("burden", "growth", "mixing", "dormancy", "ages"))
    flags = (counts[name].flag() for name in ("mixing", "dormancy", "ages"))
    form = Form(counts["burden"].whole(0, 500), counts["growth"].whole(0, 500), *flags)
    values = _numbers(items["values"], form.size)
    rows = items["covariance"].items()
    if len(rows) != form.size:
        raise InputError("fit.covariance", f"must have {form.size} rows", len(rows))
    told = items["told"].mapping(("patients", "events", "last_day"))
    designs = [_design(items[name], count) for name, count in (("burden", form.burden), ("growth", form.growth))]
    scaling = items["scaling"].mapping(tuple(field.name for field in fields(Scaling)))
    return Fitted(
        form,
        _prior(items["prior"]),
        values,
        frozen([_numbers(row, form.size) for row in rows]),
        items["log_likelihood"].number(),
        items["converged"].flag(),
        designs[0],
        designs[1],
        Scaling(**{name: _numbers(one, getattr(form, name.split("_")[0])) for name, one in scaling.items()}),
        TimeUnit.named(items["unit"].value),
        Told(told["patients"].whole(1, 10**12), told["events"].whole(1, 10**12), told["last_day"].number(above=0.0)),
        items["name"].text(),
    )


def _numbers(item: Item, size: int) -> Floats:
    values = item.items()
    if len(values) != size:
        raise InputError(item.path, f"must have {size} numbers", len(values))
    return frozen([value.number() for value in values])


def _design(item: Item, columns: int) -> Design:
    asked = item.mapping(("formula", "names", "levels", "transforms"))
    if len(asked["names"].names()) != columns:
        raise InputError(item.path, f"must have {columns} columns", item.value["names"])
    return Design.from_dict(item.value)


def _belief(belief: Any) -> Any:
    if not isinstance(belief, Normal):
        return belief
    return {"mean": belief.mean, "sd": belief.sd if math.isfinite(belief.sd) else None}


def _prior(item: Item) -> Prior:
    names = tuple(field.name for field in fields(Prior))
    given: dict[str, Any] = {}
    for name, one in item.mapping(names).items():
        if isinstance(getattr(Prior, name), Normal):
            parts = one.mapping(("mean", "sd"))
            sd = math.inf if parts["sd"].value is None else parts["sd"].number(above=0.0)
            given[name] = Normal(parts["mean"].number(), sd)
        else:
            given[name] = one.number()
    return Prior(**given)
