"""A stand-in for X on loopback: the filtered stream and its rules, and every misbehaviour that is documented, on demand."""

from tests.support.x_server.script import (
    CutLine,
    Gzip,
    KeepAlive,
    Posts,
    Raw,
    Refusal,
    Repeat,
    Silence,
    Step,
    client_not_enrolled,
    operational_disconnect,
    rate_limited,
    too_many_connections,
    unauthorized,
    unavailable,
)
from tests.support.x_server.server import XServer

__all__ = [
    "CutLine",
    "Gzip",
    "KeepAlive",
    "Posts",
    "Raw",
    "Refusal",
    "Repeat",
    "Silence",
    "Step",
    "XServer",
    "client_not_enrolled",
    "operational_disconnect",
    "rate_limited",
    "too_many_connections",
    "unauthorized",
    "unavailable",
]
