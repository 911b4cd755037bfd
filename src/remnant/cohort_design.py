"""Covariates as columns of numbers: a formula is read once from a table and then encodes any other rows the same way."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from remnant.cohort_read import Source, cell_error, first_true, shown, to_frame
from remnant.errors import InputError
from remnant.reading import Floats, frozen

MOST_LEVELS = 50
MOST_COLUMNS = 500
DEPENDENT = 1e-9
"""Share of a column's variance below which it counts as a combination of the columns before it."""
_NUMPY = ("abs", "sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10", "minimum", "maximum", "clip", "square", "where")
_TRANSFORMS = ("C", "center", "scale", "standardize", "bs", "cr", "cs", "cc", "poly", "log", "log10", "log2", "exp", "lag")
_ALLOWED = (
    ast.Expression, ast.Name, ast.Load, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.operator,
    ast.unaryop, ast.cmpop, ast.boolop, ast.Call, ast.keyword, ast.List, ast.Tuple, ast.Attribute,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Design:
    """Covariates as numbers, without intercept."""

    names: tuple[str, ...]
    """One per column of `matrix`, as formulaic names them: `C(grade)[T.2]` is grade 2 against the first grade."""
    matrix: Floats
    """[patient][column]"""
    formula: str = ""
    """What made the columns; empty for none."""
    spec: Any = field(default=None, repr=False)
    """The formulaic ModelSpec that remembers levels and transformations; None without covariates."""

    @classmethod
    def none(cls, rows: int) -> Design:
        """Return the design without any covariate."""
        return cls((), frozen(np.zeros((rows, 0))))

    def rows(self, keep: Any) -> Design:
        """Return the same design for some of its rows, by mask or index."""
        return replace(self, matrix=frozen(self.matrix[keep]))

    def encode(self, frame: Any) -> Floats:
        """Return the columns of other rows, levels and transformations as they were read from the first table.

        Parameters
        ----------
        frame : pandas or polars DataFrame
            Has every column that the formula names.

        Returns
        -------
        float[row][column]

        Raises
        ------
        InputError
            If a column or a cell is missing, text stands in a number, or a level was never seen before.
        """
        table, source = to_frame(frame), Source("rows", 1)
        if self.spec is None:
            return frozen(np.zeros((len(table), 0)))
        _check_levels(self.spec, table, source)
        return _matrix(self.spec, _cells(self.formula, table, source), self.formula)[1]

    def to_dict(self) -> dict[str, Any]:
        """Return what encodes new rows as plain data; it holds no patient's row."""
        if self.spec is None:
            return {"formula": "", "names": [], "levels": {}, "transforms": {}}
        levels = {name: [shown(one) for one in values] for name, values in _levels(self.spec).items()}
        transforms = _plain(dict(self.spec.transform_state))
        return {"formula": self.formula, "names": list(self.names), "levels": levels, "transforms": transforms}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Design:
        """Return the design that `to_dict` described, with no rows.

        Raises
        ------
        InputError
            If its formula uses anything but columns, numbers and the transformations that are allowed.
        """
        from formulaic import ModelSpec
        from formulaic.materializers.types import FactorValues

        names = tuple(document["names"])
        if not names:
            return cls.none(0)
        formula = read_formula(document["formula"])
        levels = {
            key: (FactorValues.Kind.CATEGORICAL if hasattr(FactorValues, "Kind") else "categorical", {"categories": values})
            for key, values in document["levels"].items()
        }
        spec = ModelSpec(
            formula=formula,
            transform_state=dict(document["transforms"]),
            encoder_state=levels,
            output="pandas",
            na_action="raise",
        )
        return cls(names, frozen(np.zeros((0, len(names)))), document["formula"], spec)


def read_design(table: Any, formula: str | Sequence[str], what: str, source: Source) -> Design:
    """Return the covariates that a formula, or a list of columns, makes of a table.

    Parameters
    ----------
    table : pandas DataFrame
    formula : str or list of str
        formulaic's language ("nodes + C(grade)", "np.log1p(nodes)"); empty for no covariates.
    what : str
        `burden` or `growth`, for the messages.
    source : Source
        Names the table's rows in messages.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        If the formula is not allowed, a column is missing, constant or a combination of others, or a cell is missing.
    """
    text = formula if isinstance(formula, str) else " + ".join(f"`{name}`" for name in formula)
    if not text.strip():
        return Design.none(len(table))
    from formulaic import ModelSpec

    parsed = read_formula(text, what)
    spec = ModelSpec(formula=parsed, output="pandas", na_action="raise")
    cells = _cells(text, table, source, what)
    names, matrix, spec = _evaluate(spec, cells, text, what)
    _check_informative(names, matrix, source)
    return Design(names, frozen(matrix), text, spec)


def read_formula(text: str, what: str = "formula") -> Any:
    """Return the parsed formula after checking that it can only compute columns.

    Raises
    ------
    InputError
        If it cannot be read, leaves the intercept out, or calls anything that is not a known transformation.
    """
    from formulaic import Formula
    from formulaic.errors import FormulaicError
    from formulaic.formula import SimpleFormula

    write = 'write it such as "nodes + C(grade)"'
    try:
        parsed = Formula(text, _context={})
    except (FormulaicError, SyntaxError) as error:
        raise InputError(what, f"must be a formula ({_first_line(error)})", text, write) from None
    if not isinstance(parsed, SimpleFormula):
        raise InputError(what, "must be one right-hand side, without `~` or `|`", text, write)
    factors = {str(factor.expr) for term in parsed for factor in term.factors}
    if "1" not in factors:
        raise InputError(what, "always has an intercept; leave out `- 1` and `0 +`", text)
    if len(factors) == 1:
        raise InputError(what, "must name at least one column, or be empty", text, write)
    for expression in factors:
        _check_expression(expression, what)
    return parsed


def independent(matrix: Floats) -> list[int]:
    """Return the columns that are neither constant nor a linear combination of the columns before them."""
    spread = matrix.std(axis=0)
    kept: list[int] = []
    basis: list[Floats] = []
    for j in range(matrix.shape[1]):
        if not spread[j] > 1e-12 * np.abs(matrix[:, j]).max(initial=0.0):
            continue
        column = (matrix[:, j] - matrix[:, j].mean()) / spread[j]
        for _ in range(2):  # twice is enough for Gram-Schmidt
            for other in basis:
                column = column - other * (other @ column)
        length = float(column @ column)
        if length > DEPENDENT * matrix.shape[0]:
            kept.append(j)
            basis.append(column / np.sqrt(length))
    return kept


def _check_expression(expression: str, what: str) -> None:
    """A formula may come from a file: it can name columns and known transformations, and nothing else of Python."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        return  # a column with an odd name: looked up, never evaluated
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise InputError(what, "must be made of columns, numbers and transformations", expression)
        if isinstance(node, ast.Attribute):
            root = node.value.id if isinstance(node.value, ast.Name) else ""
            if (root, node.attr) not in {*(("np", name) for name in _NUMPY), ("contr", "treatment")}:
                raise InputError(what, f"may use np.{', np.'.join(_NUMPY)}", expression)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in _TRANSFORMS:
            raise InputError(what, f"may call {', '.join(_TRANSFORMS)} or numpy functions such as np.log1p", expression)


def _columns_of(text: str) -> list[str]:
    """Return the columns that a formula names, in its order, and of each whether it is one as it stands (not transformed)."""
    names: dict[str, None] = {}
    for term in read_formula(text):
        for factor in term.factors:
            expression = str(factor.expr)
            if factor.eval_method.value == "lookup":
                names[expression] = None
            elif factor.eval_method.value == "python":
                tree = ast.parse(expression, mode="eval")
                called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
                found = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called]
                names |= {n.id: None for n in found if n.id not in ("np", "contr")}
    return list(names)


def _plain_columns(text: str) -> set[str]:
    """Return the columns that stand untransformed in some term: there text means levels."""
    return {str(f.expr) for term in read_formula(text) for f in term.factors if f.eval_method.value == "lookup"}


def _cells(text: str, table: Any, source: Source, what: str = "formula") -> Any:
    """Return the columns a formula needs, numbers as numbers and levels as levels, with no cell missing."""
    import pandas

    columns, as_levels = {}, _level_columns(text)
    for name in _columns_of(text):
        if name not in table.columns:
            known = ", ".join(f"`{c}`" for c in list(table.columns)[:20])
            raise InputError(what, f"must name columns of the table, which has {known}", name)
        column = table[name]
        missing = column.isna().to_numpy()
        if missing.any():
            raise cell_error(source, first_true(missing), name, "must have a value for every patient", "nothing", _FILL)
        if name in as_levels or pandas.api.types.is_bool_dtype(column):
            columns[name] = column
        elif pandas.api.types.is_numeric_dtype(column):
            values = column.to_numpy(dtype=float)
            endless = ~np.isfinite(values)
            if endless.any():
                row = first_true(endless)
                raise cell_error(source, row, name, "must be a finite number", values[row], _FILL)
            columns[name] = pandas.Series(values, index=table.index)
        else:
            columns[name] = _text_column(column, name, source, name in _plain_columns(text))
    return pandas.DataFrame(columns, index=table.index)


_FILL = "correct the cell or drop the row"


def _level_columns(text: str) -> set[str]:
    """Return the columns inside C(...), which are levels whatever they look like."""
    found: set[str] = set()
    for term in read_formula(text):
        for factor in term.factors:
            if factor.eval_method.value == "python":
                for node in ast.walk(ast.parse(str(factor.expr), mode="eval")):
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "C":
                        found |= {a.id for a in node.args[:1] if isinstance(a, ast.Name)}
    return found


def _text_column(column: Any, name: str, source: Source, untransformed: bool) -> Any:
    """Return a column of texts as levels, or as numbers if all of them are; some numbers and some words are a mistake."""
    import pandas

    words = column.astype(str)
    numbers = pandas.to_numeric(words, errors="coerce")
    unread = numbers.isna().to_numpy()
    if not unread.any():
        return numbers.astype(float)
    if not unread.all() or not untransformed:
        row = first_true(unread)
        write = f"correct the cell, drop the row, or write C({name}) if these are levels"
        raise cell_error(source, row, name, "must be a number", words.iloc[row], write)
    if words.nunique() > MOST_LEVELS:
        message = f"must be a number, or one of at most {MOST_LEVELS} levels"
        raise InputError(source.column(name), message, f"{words.nunique()} different texts")
    return words


def _evaluate(spec: Any, cells: Any, text: str, what: str) -> tuple[tuple[str, ...], Floats, Any]:
    from formulaic.errors import FormulaicError

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)
            matrix = spec.get_model_matrix(cells, context={"np": np})
    except (FormulaicError, ValueError, TypeError, ArithmeticError, AttributeError) as error:
        raise InputError(what, f"must be a formula of these columns ({_first_line(error)})", text) from None
    kept = [name for name in matrix.columns if name != "Intercept"]
    if len(kept) > MOST_COLUMNS:
        raise InputError(what, f"must make at most {MOST_COLUMNS} columns", f"{len(kept)} of them")
    values = matrix[kept].to_numpy(dtype=float)
    for j, name in enumerate(kept):
        if not np.isfinite(values[:, j]).all():
            raise InputError(what, f"must give a finite number for every patient; `{name}` does not", text)
    return tuple(kept), values, matrix.model_spec


def _matrix(spec: Any, cells: Any, text: str) -> tuple[tuple[str, ...], Floats]:
    names, matrix, _ = _evaluate(spec, cells, text, "formula")
    return names, frozen(matrix)


def _levels(spec: Any) -> dict[str, list[Any]]:
    return {str(key): list(state["categories"]) for key, (_, state) in spec.encoder_state.items() if "categories" in state}


def _check_levels(spec: Any, table: Any, source: Source) -> None:
    """Refuse a level that the first table did not have: formulaic would take it for the first level, with a warning."""
    for expression, known in _levels(spec).items():
        tree = ast.parse(expression, mode="eval").body if expression.isidentifier() or "(" in expression else None
        name = expression
        if isinstance(tree, ast.Call) and tree.args and isinstance(tree.args[0], ast.Name):
            name = tree.args[0].id
        if name not in table.columns:
            continue
        column = table[name]
        unknown = ~column.isin(known).to_numpy() & ~column.astype(str).isin([str(k) for k in known]).to_numpy()
        if unknown.any():
            row = first_true(unknown)
            allowed = f"must be one of the levels that were fitted: {', '.join(str(k) for k in known)}"
            raise cell_error(source, row, name, allowed, column.iloc[row])


def _check_informative(names: tuple[str, ...], matrix: Floats, source: Source) -> None:
    kept = set(independent(matrix))
    for j, name in enumerate(names):
        column = matrix[:, j]
        if j in kept:
            continue
        if np.ptp(column) <= 1e-12 * np.abs(column).max(initial=0.0):
            raise InputError(source.column(name), "must differ between patients", f"{shown(column[0])} for all", "leave it out")
        before = ", ".join(f"`{names[i]}`" for i in sorted(kept) if i < j)
        raise InputError(
            source.column(name), f"must not be a combination of the columns before it ({before})", name, "leave one out"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return shown(value)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
