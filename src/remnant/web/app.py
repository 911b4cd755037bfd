"""The routes of the page. Forms are sent by POST, so that nothing a person writes stands in an address or a log."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from remnant.errors import InputError, RemnantError
from remnant.web import care_pages, kept_pages, lab_pages, outlook_pages, read_pages
from remnant.web.computing import FaultError, fault_of
from remnant.web.desk import Computes, Desk
from remnant.web.guard import HEADERS, Guard
from remnant.web.limits import BusyError, TooLargeError, Work
from remnant.web.refusals import refused_page
from remnant.web.render import look, page
from remnant.web.workers import MOST_WAITING

RETRY_SECONDS = 10
SPARE_THREADS = 40
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SAID = {
    HTTPStatus.NOT_FOUND: ("There is no such page", "Nothing stands at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "This page is reached by a form", "Please begin at the form: what is written into it is not kept.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "That is too much", "A form of these pages holds up to 64 kB, and with a file up to 1 MB.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Many people ask at once", "Nothing is lost but the answer: please go back and send the form again in a moment.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("Something went wrong here", "It is the program's fault, not yours. Nothing was kept."),
}  # fmt: skip


def create_app(work: Computes | None = None, hosts: tuple[str, ...] = LOOPBACK, studies: Path | None = None) -> FastAPI:
    """Return the page as an ASGI application.

    Parameters
    ----------
    work : Computes
        Where everything is computed.
    hosts : tuple of str
        Names by which it may be called; others are refused, so that no other site can reach it through a browser. "*" for any.
    studies : path, optional
        Folder whose folders of studies are shown; none unless given.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_many_may_wait)
    app.state.desk, app.state.studies = Desk(work or Work()), studies
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.add_middleware(Guard)
    app.add_api_route("/look.css", look, methods=["GET"])
    for pages in (read_pages, outlook_pages, care_pages, kept_pages, lab_pages):
        app.include_router(pages.router)
    app.add_exception_handler(InputError, _refused)
    app.add_exception_handler(RemnantError, _refused)
    app.add_exception_handler(BusyError, _busy)
    app.add_exception_handler(TooLargeError, _too_large)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)
    return app


@asynccontextmanager
async def _many_may_wait(app: FastAPI) -> AsyncIterator[None]:
    # one thread for each who waits for an answer, and some more, so that pages to read never wait
    current_default_thread_limiter().total_tokens = MOST_WAITING + SPARE_THREADS
    yield


def _refused(request: Request, error: Exception) -> Response:
    """Say in one sentence what was not allowed."""
    words = " ".join(str(error).split())
    if _wants_json(request):
        return JSONResponse({"error": words}, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert isinstance(error, RemnantError)
    return refused_page(request, error)


def _busy(request: Request, error: Exception) -> Response:
    answer = _said(request, HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["retry-after"] = str(RETRY_SECONDS)
    return answer


def _too_large(request: Request, error: Exception) -> Response:
    return _said(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _said(request, HTTPStatus(error.status_code))


def _broken(request: Request, error: Exception) -> Response:
    # only what kind of fault and where: its words may hold what a person wrote
    fault = error.fault if isinstance(error, FaultError) else fault_of(error)
    sys.stderr.write(f"remnant: a fault in the page: {fault.kind} at {fault.where}\n")
    answer = _said(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    answer.headers.update(dict(HEADERS))  # this answer is made outside every other layer
    return answer


def _said(request: Request, status: HTTPStatus) -> Response:
    title, words = SAID.get(status, (status.phrase, status.description or status.phrase))
    if _wants_json(request):
        return JSONResponse({"error": f"{title}. {words}"}, status)
    answer: HTMLResponse = page("refused", title, status=status, called="", words=words)
    return answer


def _wants_json(request: Request) -> bool:
    return request.url.path.endswith(".json")
