"""Runs the page on this machine, quietly: what is asked of it stands in no log."""

from __future__ import annotations

import ipaddress
import socket

from remnant.errors import InputError
from remnant.web.app import LOOPBACK, create_app


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    InputError
        If the address or the port cannot be had.
    """
    refused, advice = f"{host}:{port}", "choose another port"
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise InputError("--host", f"must be an address of this machine: {error}", host) from None
    made = socket.socket(family, kind, number)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        made.close()
        raise InputError("--host, --port", f"cannot listen there: {error.strerror}", refused, advice) from None
    return made


def get_ready() -> None:
    """Compute one outlook, so that machine code is there before anybody waits for it."""
    from remnant.outlook import outlook
    from remnant.web.outlook_pages import DRAWS

    outlook({"course": "colon", "draws": DRAWS, "ahead": True})


def serve(listening: socket.socket, host: str) -> None:
    """Serve until stopped.

    Parameters
    ----------
    listening : socket
        As `listen` gives it.
    host : str
        The name under which it listens: on loopback, no other name is answered.
    """
    import uvicorn

    hosts = LOOPBACK if is_loopback(host) else ("*",)
    config = uvicorn.Config(
        create_app(hosts=hosts), access_log=False, log_config=None, log_level="critical", limit_concurrency=200,
        timeout_keep_alive=5, server_header=False,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])
