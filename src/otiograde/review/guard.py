"""Guard: refuses every request to a review that does not come from its own page.

The port is bound to 127.0.0.1, but any page in the reviewer's browser can still reach it. The guard therefore demands:

* the exact ``Host``, against DNS rebinding;
* a random token in the path;
* for requests that change something, the page's own ``Origin`` and a content type that no form can send, against CSRF;
* a body of limited size.

Response headers forbid other pages to read, frame or cache an answer. Sources: OWASP, "Cross-Site Request Forgery
Prevention"; Fetch Standard, "CORS protocol"; W3C Fetch Metadata, 2.3.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

#: Content types that are accepted -> largest body in bytes. JSON is a request, an octet stream is a look.
LARGEST = {"application/json": 2**16, "application/octet-stream": 2**26}

#: Seconds for which the rest of a refused request is read and discarded.
LINGER = 2.0

#: Headers of every response.
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused."""

    #: HTTP status code.
    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Guard:
    """An ASGI application that passes the page's own requests to ``app`` and refuses all others."""

    app: App
    #: The first part of every path.
    token: str
    #: The port of 127.0.0.1 on which the server listens.
    port: int

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer or refuse one request (ASGI 3)."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        headers = _headers(scope)
        refusal = self.refusal(scope["method"], scope["path"], headers)
        body = b""
        if refusal is None and scope["method"] == "POST":
            read = await _body(receive, LARGEST[_content_type(headers)])
            refusal, body = (Refusal(413, "the body is too large"), b"") if read is None else (None, read)
        if refusal is not None:
            await _refuse(receive, send, refusal)
            return
        path = scope["path"].removeprefix(f"/{self.token}")
        inner = {**scope, "path": path, "raw_path": path.encode("utf-8", "surrogateescape"), "root_path": ""}
        await self.app(inner, _with_read_body(body, receive), _with_headers(send))

    def refusal(self, method: str, path: str, headers: Mapping[str, list[str]]) -> Refusal | None:
        """Return why a request is refused, or None. ``headers``: lower-case name -> all its values."""
        hosts = [f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")]
        if len(headers.get("host", ())) != 1 or headers["host"][0] not in hosts:
            return Refusal(421, "this server does not answer for that host")
        token = path[1:].partition("/")[0]
        if not compare_digest(token.encode("utf-8", "replace"), self.token.encode("ascii")):
            return Refusal(404, "not found: use the whole address that `otiograde review` printed")
        if method not in ("GET", "HEAD", "POST"):
            return Refusal(405, f"{method} is not allowed")
        origins = headers.get("origin", [])
        if any(origin not in [f"http://{host}" for host in hosts] for origin in origins):
            return Refusal(403, "requests from other pages are refused")
        if any(site not in ("same-origin", "none") for site in headers.get("sec-fetch-site", ())):
            return Refusal(403, "requests from other pages are refused")
        return self._refused_post(origins, headers) if method == "POST" else None

    def _refused_post(self, origins: list[str], headers: Mapping[str, list[str]]) -> Refusal | None:
        if len(origins) != 1:
            return Refusal(403, "a POST request needs the Origin of the review's page")
        if _content_type(headers) not in LARGEST:
            return Refusal(415, f"the content type must be one of {', '.join(LARGEST)}")
        lengths = headers.get("content-length", ["0"])
        if not all(length.isdecimal() and int(length[:12]) <= LARGEST[_content_type(headers)] for length in lengths):
            return Refusal(413, "the body is too large")
        return None


def _headers(scope: Message) -> dict[str, list[str]]:
    """The request's headers: lower-case name -> all its values."""
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers


def _content_type(headers: Mapping[str, list[str]]) -> str:
    values = headers.get("content-type", [])
    return values[0].partition(";")[0].strip().lower() if len(values) == 1 else ""


async def _body(receive: Receive, largest: int) -> bytes | None:
    """Read the whole body, or return None if it is too large. A chunked body does not state its length."""
    body = bytearray()  # bytes would be copied with each piece
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > largest:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return bytes(body)


def _with_read_body(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that first gives the body that the guard has read, and then later messages."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


def _with_headers(send: Send) -> Send:
    """Return a ``send`` that adds ``HEADERS`` to the response."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            added = [(name.encode("ascii"), value.encode("ascii")) for name, value in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return send_with_headers


async def _refuse(receive: Receive, send: Send, refusal: Refusal) -> None:
    """Answer, then read the rest of the request before the connection closes.

    Closing a connection with unread bytes resets it, and the client may lose the answer (RFC 9112, 9.6).
    """
    body = f"{refusal.message}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    await _with_headers(send)({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    try:
        async with asyncio.timeout(LINGER):
            while (await receive()).get("more_body", False):
                pass
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})
