"""Runs the page on this machine, quietly: what is asked of it stands in no log."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

from remnant.errors import InputError
from remnant.web.app import LOOPBACK, create_app
from remnant.web.computing import warm_up
from remnant.web.workers import Workers

MOST_CONNECTIONS = 400


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


def get_ready() -> Workers:
    """Start the workers, and let them compute what is asked most, so that machine code is there before anybody waits for it."""
    workers = Workers(warm=warm_up())
    workers.wait_until_ready()
    return workers


def serve(listening: socket.socket, host: str, workers: Workers, studies: Path | None = None) -> None:
    """Serve until stopped.

    Parameters
    ----------
    listening : socket
        As `listen` gives it.
    host : str
        The name under which it listens: on loopback, no other name is answered.
    workers : Workers
        What computes; ended at the end.
    studies : path, optional
        Folder whose folders of studies are shown; none unless given.
    """
    import uvicorn

    hosts = LOOPBACK if is_loopback(host) else ("*",)
    config = uvicorn.Config(
        create_app(workers, hosts=hosts, studies=studies), access_log=False, log_config=None, log_level="critical",
        limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=5, server_header=False,
    )  # fmt: skip
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        workers.close()
