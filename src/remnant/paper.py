"""Pages on paper: the HTML of a report, plan or leaflet as a PDF file of its own, by WeasyPrint where it is installed.

The purpose line, page numbers and breaks are the page's own print style. What WeasyPrint cannot do is done here before: the style
of a page does not reach into its pictures, so each picture gets its style with the variables of print filled in.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from remnant.errors import InputError, RefusedError
from remnant.files import write_bytes
from remnant.svg import style

SUFFIX = ".pdf"
PAGES = (".html", ".htm", SUFFIX)
"""How the file of a page may end."""
MISSING = "a PDF needs WeasyPrint: pip install 'remnant[pdf]', or ask for a file that ends in .html and print that"
NO_PANGO = (
    "a PDF needs the text library Pango, which WeasyPrint does not bring: install it (Debian and Ubuntu: apt install "
    "libpango-1.0-0 libpangoft2-1.0-0; macOS: brew install pango), or ask for a file that ends in .html and print that"
)


def is_pdf(path: str | Path) -> bool:
    """Return whether a file asked for is to be a PDF, by the end of its name."""
    return Path(path).suffix.lower() == SUFFIX


def check_paper(path: str | Path, where: str) -> None:
    """Refuse a page that could not be made, before anything is computed for it.

    Parameters
    ----------
    path : path
        Of the file.
    where : str
        Which option asked for it.

    Raises
    ------
    InputError
        If the name does not end as pages do.
    RefusedError
        If it is a PDF, and WeasyPrint or the library it stands on is not installed.
    """
    if Path(path).suffix.lower() not in PAGES:
        raise InputError(where, f"must end in {', '.join(PAGES)}", str(path))
    if is_pdf(path):
        _weasyprint()


def page_bytes(path: str | Path, html: str) -> bytes:
    """Return what a page is written as: PDF where the name of its file ends so, else HTML in UTF-8.

    Raises
    ------
    RefusedError
        If it is to be a PDF and what makes one is not installed.
    """
    return pdf(html) if is_pdf(path) else html.encode("utf-8")


def write_page(path: str | Path, html: str) -> None:
    """Write a page to a file, whole or not at all: as PDF where its name ends so, else as HTML.

    Raises
    ------
    InputError
        If the file cannot be written.
    RefusedError
        If it is to be a PDF and what makes one is not installed.
    """
    write_bytes(path, page_bytes(path, html))


def pdf(html: str) -> bytes:
    """Return a page as PDF: tagged for screen readers, with its fonts inside, and nothing asked of network or disk.

    Parameters
    ----------
    html : str
        A self-contained page of `report`, `explain_page` or `leaflet`.

    Raises
    ------
    RefusedError
        If WeasyPrint, or the library it stands on, is not installed.
    """
    weasyprint = _weasyprint()
    # a page holds everything it shows: nothing is fetched
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=["data"])
    made = weasyprint.HTML(string=for_paper(html), url_fetcher=nothing).write_pdf(pdf_tags=True)
    assert isinstance(made, bytes)
    return made


def for_paper(html: str) -> str:
    """Return a page whose pictures hold their own style and title, with the variables of print filled in."""
    if "<svg" not in html:
        return html
    inner = f"<style>{_filled(style(), print_variables(html))}</style>"

    def dressed(found: re.Match[str]) -> str:
        label = re.search(r'aria-label="([^"]*)"', found[0])
        return found[0] + (f"<title>{label[1]}</title>" if label else "") + inner

    return re.sub(r"<svg\b[^>]*>", dressed, html)


def print_variables(html: str) -> dict[str, str]:
    """Return the CSS variables of a page as they are in print: those of its root, less those for dark screens."""
    sheet = "".join(re.findall(r"<style>(.*?)</style>", html, re.S))
    sheet = re.sub(r"@media \(prefers-color-scheme: dark\) \{\s*:root \{[^}]*\}\s*\}", "", sheet)
    roots = " ".join(re.findall(r":root \{([^}]*)\}", sheet))
    return {name: value.strip() for name, value in re.findall(r"(--[\w-]+):([^;]+);", roots)}


def _filled(sheet: str, variables: dict[str, str]) -> str:
    return re.sub(r"var\((--[\w-]+)\)", lambda found: variables[found[1]], sheet)


def _weasyprint() -> Any:
    if find_spec("weasyprint") is None:
        raise RefusedError(MISSING)
    try:
        import weasyprint
    except OSError:
        raise RefusedError(NO_PANGO) from None
    return weasyprint
