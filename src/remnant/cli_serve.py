"""The command that shows the page in a browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from remnant.cli_frame import EVERYONE, door


def serve(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", min=1, max=65535, help="Port to listen at.")] = 8040,
    studies: Annotated[str, typer.Option("--studies", metavar="DIR", help="Show the studies in this folder.")] = "",
) -> None:
    """The page in a browser: why it can come back, outlooks, plans, support; on this machine only unless told."""
    with door() as progress:
        from remnant.errors import InputError

        try:
            from remnant.web.server import get_ready, is_loopback, listen
            from remnant.web.server import serve as run
        except ModuleNotFoundError as error:
            allowed = "needs what draws the page, which is not installed"
            raise InputError("serve", allowed, error.name, "install remnant[web]") from None
        place = Path(studies) if studies else None
        if place is not None and not place.is_dir():
            raise InputError("--studies", "must be a folder that holds folders of studies", studies)
        socket = listen(host, port)
        progress("getting ready")
        sys.stderr.write("remnant: getting ready; some seconds, and minutes the first time after an installation\n")
        sys.stderr.flush()
        workers = get_ready()
        sys.stderr.write(f"remnant: open http://{host}:{port} in a browser; stop with Ctrl-C\n")
        if not is_loopback(host):
            sys.stderr.write("remnant: others on the network can reach this page, and nothing it sends is encrypted\n")
        run(socket, host, workers, place)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(rich_help_panel=EVERYONE, epilog="Example: remnant serve --port 8040")(serve)
