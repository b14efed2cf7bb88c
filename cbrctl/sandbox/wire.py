"""Writes answers to the connection, whole or spoiled in the way a fault says."""

import socket
import struct
from http import HTTPStatus

from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer
from cbrctl.sandbox.faults import Fault

HUGE_BYTES = 64 * 1024 * 1024
CHUNK = b"x" * 65536
# Faults after which the connection cannot be used again.
CLOSING = ("drop-before", "drop-after", "reset-before", "reset-after", "cut", "huge", "headerless", "drip")


def render_head(answer: Answer, date: str, request_id: str, close: bool, length: int | None) -> bytes:
    """The status line and headers; `date` is the Date header's text, without `length` the body ends with the stream."""
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Unknown"
    headers = {
        "Date": date,
        "Server": "api-gateway",
        "Content-Type": "application/json",
        "X-Request-Id": request_id,
        **answer.headers,
    }
    if length is not None:
        headers["Content-Length"] = str(length)
    if close:
        headers["Connection"] = "close"
    lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", errors="replace")


def send_spoiled(connection: socket.socket, cloud: Cloud, head: bytes, answer: Answer, fault: Fault) -> None:
    """Send an answer as a fault of the AFTER kinds wants it. Raises OSError when the client is gone."""
    whole = head + answer.body
    if fault.kind == "cut":
        # A negative number counts from the end, so that -1 always cuts in the body.
        connection.sendall(whole[: int(fault.number)])
    elif fault.kind == "headerless":
        connection.sendall(head.partition(b"\r\n")[0] + b"\r\n")
    elif fault.kind == "huge":
        send_huge(connection, head)
    elif fault.kind == "drip":
        for place in range(len(whole)):
            cloud.sleep(fault.number)
            connection.sendall(whole[place : place + 1])
    else:
        connection.sendall(whole)


def send_huge(connection: socket.socket, head: bytes) -> None:
    """A JSON text that seems never to end: 64 MiB, then the stream does."""
    connection.sendall(head + b'{"padding": "')
    for _ in range(HUGE_BYTES // len(CHUNK)):
        connection.sendall(CHUNK)


def arm_reset(connection: socket.socket) -> None:
    """Make the coming close a reset (RST) instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
