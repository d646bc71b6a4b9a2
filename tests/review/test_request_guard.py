"""Who is let through to a review: every refusal by itself, without a network.

Tests: review/guard.py
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from making.waiting import slowness
from otiograde.review.guard import HEADERS, LARGEST, Guard, _body

TOKEN, PORT = "s3cret-token", 8123
HOST = f"127.0.0.1:{PORT}"
GET = {"host": [HOST]}
POST = {**GET, "origin": [f"http://{HOST}"], "content-type": ["application/json"]}


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a thread of its own: the browser's driver keeps an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def nowhere(*_: Any) -> None:
    raise AssertionError("a refused request came through")


def refused(method: str, path: str, headers: Mapping[str, list[str]]) -> int:
    refusal = Guard(nowhere, TOKEN, PORT).refusal(method, path, headers)
    return refusal.status if refusal else 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": [f"localhost:{PORT}"]}, 200),
        ({"host": []}, 421),
        ({"host": ["evil.example"]}, 421),
        ({"host": [f"evil.example:{PORT}"]}, 421),
        ({"host": ["127.0.0.1"]}, 421),
        ({"host": ["127.0.0.1:80"]}, 421),
        ({"host": [HOST, "evil.example"]}, 421),
        ({"host": [f"127.0.0.1.nip.io:{PORT}"]}, 421),
        ({"host": [f"0.0.0.0:{PORT}"]}, 421),
        ({"origin": [f"http://{HOST}"]}, 200),
        ({"origin": ["null"]}, 403),
        ({"origin": ["https://evil.example"]}, 403),
        ({"origin": [f"https://{HOST}"]}, 403),
        ({"origin": [f"http://{HOST}", "https://evil.example"]}, 403),
        ({"sec-fetch-site": ["none"]}, 200),
        ({"sec-fetch-site": ["same-origin"]}, 200),
        ({"sec-fetch-site": ["cross-site"]}, 403),
        ({"sec-fetch-site": ["same-site"]}, 403),
    ],
)
def test_where_a_request_comes_from(headers: dict[str, list[str]], status: int) -> None:
    assert refused("GET", f"/{TOKEN}/", {**GET, **headers}) == status
    assert refused("POST", f"/{TOKEN}/api/undo", {**POST, **headers}) == status


@pytest.mark.parametrize(
    "path",
    ["/", "", f"/{TOKEN}x/", f"/{TOKEN[:-1]}/", f"//{TOKEN}/", "/api/state", f"/{TOKEN.upper()}/", "/é/", "/\ud800"],
)
def test_the_token_is_all_of_the_first_part(path: str) -> None:
    assert refused("GET", path, GET) == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": []}, 403),
        ({"content-type": []}, 415),
        ({"content-type": ["application/x-www-form-urlencoded"]}, 415),
        ({"content-type": ["multipart/form-data; boundary=x"]}, 415),
        ({"content-type": ["text/plain"]}, 415),
        ({"content-type": ["text/plain; application/json"]}, 415),
        ({"content-type": ["application/json", "text/plain"]}, 415),
        ({"content-type": ["Application/JSON; charset=utf-8"]}, 200),
        ({"content-length": [str(LARGEST["application/json"])]}, 200),
        ({"content-length": [str(LARGEST["application/json"] + 1)]}, 413),
        ({"content-length": ["-1"]}, 413),
        ({"content-length": ["9" * 5000]}, 413),
    ],
)
def test_what_a_change_must_carry(headers: dict[str, list[str]], status: int) -> None:
    assert refused("POST", f"/{TOKEN}/api/undo", {**POST, **headers}) == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_methods(method: str) -> None:
    assert refused(method, f"/{TOKEN}/", POST) == 405


def talk(
    method: str, path: str, headers: Mapping[str, list[str]], chunks: list[bytes]
) -> tuple[int, dict[str, str], bytes]:
    """One request through the guard to an application that gives back the path and the body it got."""

    async def echo(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode() + b" " + body})

    parts = [{"type": "http.request", "body": each, "more_body": at < len(chunks)} for at, each in enumerate(chunks, 1)]
    sent: list[Any] = []

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, values in headers.items() for value in values]
    scope = {"type": "http", "method": method, "path": path, "headers": pairs}
    run_apart(Guard(echo, TOKEN, PORT)(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, sent[1]["body"]


def test_a_body_in_pieces_is_whole_and_bounded() -> None:
    status, headers, body = talk("POST", f"/{TOKEN}/api/undo", POST, [b"{", b"}"])
    assert (status, body) == (200, b"/api/undo {}")
    assert headers == HEADERS
    assert not any(name.startswith("access-control") for name in headers)
    piece = b"x" * 40000
    status, headers, body = talk("POST", f"/{TOKEN}/api/undo", POST, [piece, piece, piece])
    assert (status, body) == (413, b"the body is too large\n")
    assert headers["cache-control"] == "no-store"


def test_a_long_body_in_small_pieces_takes_no_time() -> None:
    """Copying all that was read with each piece would take many seconds, and other tabs would wait."""
    left = [b"x" * 2048] * 10_000
    bodies: list[bytes | None] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": left.pop(), "more_body": bool(left)}

    async def read() -> None:
        bodies.append(await _body(receive, 1 << 26))

    begun = time.process_time()
    run_apart(read())
    assert time.process_time() - begun < 5 * slowness()
    assert bodies == [b"x" * (2048 * 10_000)]


def test_a_refusal_does_not_tell_the_token() -> None:
    status, headers, body = talk("GET", "/nothing", GET, [b""])
    assert status == 404
    assert TOKEN not in f"{headers} {body.decode()}"


def test_websockets_are_closed() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    run_apart(Guard(nowhere, TOKEN, PORT)({"type": "websocket"}, nowhere, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
