"""Guard: what stands between a review and every other page, program and machine that can reach its port.

Bound to 127.0.0.1 the port is still open to whatever runs in the reviewer's browser. So: the exact ``Host`` (DNS
rebinding), an unguessable token in the path, the own ``Origin`` for whatever changes something, no content type that a
form can send (CSRF), bodies of a bounded size, and answers that nobody else may read, frame or keep. OWASP, "Cross-Site
Request Forgery Prevention"; Fetch Standard, "CORS protocol"; W3C Fetch Metadata, 2.3.
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

#: The largest body of each content type that is taken, in bytes: requests, and looks.
LARGEST = {"application/json": 2**16, "application/octet-stream": 2**26}

#: Seconds for which the rest of a refused request is read and thrown away.
LINGER = 2.0

#: On every answer.
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
    """Why a request is not answered."""

    status: int
    words: str


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets requests through to ``app`` that come from its own page: this token, this port."""

    app: App
    token: str
    port: int

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it (ASGI 3)."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        headers = _headers(scope)
        refusal = self.refusal(scope["method"], scope["path"], headers)
        body = b""
        if refusal is None and scope["method"] == "POST":
            read = await _body(receive, LARGEST[_kind(headers)])
            refusal, body = (Refusal(413, "this is too large"), b"") if read is None else (None, read)
        if refusal is not None:
            await _refuse(receive, send, refusal)
            return
        path = scope["path"].removeprefix(f"/{self.token}")
        inner = {**scope, "path": path, "raw_path": path.encode("utf-8", "surrogateescape"), "root_path": ""}
        await self.app(inner, _told(body, receive), _with_headers(send))

    def refusal(self, method: str, path: str, headers: Mapping[str, list[str]]) -> Refusal | None:
        """Why a request is refused, or None. ``headers``: lower-case name -> every value."""
        hosts = [f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")]
        if len(headers.get("host", ())) != 1 or headers["host"][0] not in hosts:
            return Refusal(421, "this is not the host that you asked for")
        token = path[1:].partition("/")[0]
        if not compare_digest(token.encode("utf-8", "replace"), self.token.encode("ascii")):
            return Refusal(404, "there is nothing here: use the whole address that `otiograde review` printed")
        if method not in ("GET", "HEAD", "POST"):
            return Refusal(405, f"{method} is not for here")
        origins = headers.get("origin", [])
        if any(origin not in [f"http://{host}" for host in hosts] for origin in origins):
            return Refusal(403, "another page may not ask this")
        if any(site not in ("same-origin", "none") for site in headers.get("sec-fetch-site", ())):
            return Refusal(403, "another page may not ask this")
        return self._refused_post(origins, headers) if method == "POST" else None

    def _refused_post(self, origins: list[str], headers: Mapping[str, list[str]]) -> Refusal | None:
        if len(origins) != 1:
            return Refusal(403, "a change needs its page's Origin")
        if _kind(headers) not in LARGEST:
            return Refusal(415, f"a body is one of {', '.join(LARGEST)}")
        lengths = headers.get("content-length", ["0"])
        if not all(length.isdecimal() and int(length[:12]) <= LARGEST[_kind(headers)] for length in lengths):
            return Refusal(413, "this is too large")
        return None


def _headers(scope: Message) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _kind(headers: Mapping[str, list[str]]) -> str:
    values = headers.get("content-type", [])
    return values[0].partition(";")[0].strip().lower() if len(values) == 1 else ""


async def _body(receive: Receive, largest: int) -> bytes | None:
    """The whole body, or None when it is larger: a chunked one does not say how long it is."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > largest:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return body


def _told(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, once; then whatever comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def once() -> Message:
        return messages.pop() if messages else await receive()

    return once


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(name.encode("ascii"), value.encode("ascii")) for name, value in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", ()), *own]}
        await send(message)

    return sent


async def _refuse(receive: Receive, send: Send, refusal: Refusal) -> None:
    """Answer, and read what still comes before the connection is closed.

    To close it on unread bytes resets it, and the answer may be lost on its way (RFC 9112, 9.6).
    """
    body = f"{refusal.words}\n".encode()
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
