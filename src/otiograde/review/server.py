"""Server: a desk over HTTP, for one page on this machine (see ``guard``).

``GET`` the page, ``api/state``, ``api/pulse`` and ``api/lut/SHOT``; ``POST`` JSON to ``api/change``, ``undo``,
``redo``, ``reload``, ``solve``, ``save``, ``cancel`` and ``preview``, and a file to ``api/look?name=``. What changes
something names the revision it was made for and answers with the new state; 409 says that the revision is an old one.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from otiograde.color.trim import Trim
from otiograde.errors import OtiogradeError
from otiograde.record.codec import decode, encode
from otiograde.review.changes import ChangeError, parse_change
from otiograde.review.desk import Desk, Job, StaleError, Told, Work
from otiograde.review.guard import App, Guard

_T = TypeVar("_T")
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

#: Seconds that open requests are waited for when the server is stopped.
PATIENCE = 2


@dataclass(frozen=True, slots=True)
class At:
    """A request made for a revision."""

    revision: int


@dataclass(frozen=True, slots=True)
class Changing:
    """A change of a revision, spelled as ``changes.parse_change`` reads it."""

    revision: int
    change: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Solving:
    """A scene to solve again."""

    revision: int
    scene: str


@dataclass(frozen=True, slots=True)
class Saving:
    """Save a revision, scenes that ask for it solved first (``solve``) or as they are."""

    revision: int
    solve: bool = True


@dataclass(frozen=True, slots=True)
class Previewing:
    """A shot at another strength and with another trim."""

    shot: str
    strength: float | None = None
    trim: Trim = Trim()


class Review:
    """The requests of a review, each answered by its desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._tasks: set[asyncio.Task[None]] = set()

    def app(self) -> Starlette:
        """The application, without its guard."""
        asked: dict[str, Handler] = {"state": self.state, "pulse": self.pulse, "lut/{shot}": self.lut}
        told: dict[str, Handler] = {
            "change": self.change,
            "undo": self.undo,
            "redo": self.redo,
            "reload": self.reload,
            "solve": self.solve,
            "save": self.save,
            "cancel": self.cancel,
            "preview": self.preview,
            "look": self.look,
        }
        return Starlette(
            routes=[
                Route("/", self.page, methods=["GET"]),
                *(Route(f"/api/{name}", _answered(handler), methods=["GET"]) for name, handler in asked.items()),
                *(Route(f"/api/{name}", _answered(handler), methods=["POST"]) for name, handler in told.items()),
            ]
        )

    async def page(self, request: Request) -> Response:
        """The report of the draft, with the review on top."""
        del request
        return HTMLResponse((await asyncio.to_thread(self.desk.page)).encode("utf-8", "replace"))

    async def state(self, request: Request) -> Response:
        """The whole state."""
        del request
        return _json(await asyncio.to_thread(self.desk.view))

    async def pulse(self, request: Request) -> Response:
        """What changes without being asked for."""
        del request
        return _json(self.desk.pulse())

    async def lut(self, request: Request) -> Response:
        """One shot's LUT."""
        return _json(self.desk.lut(request.path_params["shot"]))

    async def preview(self, request: Request) -> Response:
        """One shot's LUT as it would be."""
        asked = await _read(request, Previewing)
        return _json(self.desk.preview(asked.shot, asked.strength, asked.trim))

    async def change(self, request: Request) -> Response:
        """Make one change."""
        asked = await _read(request, Changing)
        self.desk.change(asked.revision, parse_change(asked.change))
        return await self.state(request)

    async def undo(self, request: Request) -> Response:
        """Take the last change back."""
        self.desk.undo((await _read(request, At)).revision)
        return await self.state(request)

    async def redo(self, request: Request) -> Response:
        """Do again what was taken back."""
        self.desk.redo((await _read(request, At)).revision)
        return await self.state(request)

    async def reload(self, request: Request) -> Response:
        """Read the folder anew."""
        self.desk.reload((await _read(request, At)).revision)
        return await self.state(request)

    async def look(self, request: Request) -> Response:
        """Keep a look; answers with its name."""
        return _json({"look": self.desk.keep_look(request.query_params.get("name", ""), await request.body())})

    async def solve(self, request: Request) -> Response:
        """Begin to solve a scene again; ``pulse`` tells how it goes."""
        asked = await _read(request, Solving)
        return self._begin(*self.desk.solving(asked.revision, asked.scene))

    async def save(self, request: Request) -> Response:
        """Begin to save; ``pulse`` tells how it goes."""
        asked = await _read(request, Saving)
        return self._begin(*self.desk.saving(asked.revision, solve_first=asked.solve))

    async def cancel(self, request: Request) -> Response:
        """Stop the work in progress."""
        del request
        self.stop()
        return _json(self.desk.pulse())

    def stop(self) -> None:
        """Stop the work in progress at its next step."""
        if self.desk.job is not None:
            self.desk.job.canceled = True

    def _begin(self, job: Job, work: Work) -> Response:
        task = asyncio.create_task(self._work(job, work))
        self._tasks.add(task)  # the loop keeps only a weak reference
        task.add_done_callback(self._tasks.discard)
        return _json(self.desk.pulse(), status=202)

    async def _work(self, job: Job, work: Work) -> None:
        done: Callable[[], Told] | OtiogradeError
        try:
            done = await asyncio.to_thread(work)
        except OtiogradeError as error:
            done = error
        except Exception as error:  # a defect must not leave the desk at work for ever
            done = OtiogradeError(f"{job.what} failed: {type(error).__name__}: {error}")
        self.desk.finish(done)


def _answered(handler: Handler) -> Handler:
    """Answer errors of ours with their words."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except StaleError as error:
            return _json({"error": str(error)}, status=409)
        except ChangeError as error:
            return _json({"error": str(error)}, status=400)
        except OtiogradeError as error:
            return _json({"error": str(error)}, status=422)

    return answer


async def _read(request: Request, kind: type[_T]) -> _T:
    """The request's body as a noun. Raises ``ChangeError``."""
    try:
        asked: _T = decode(kind, json.loads(await request.body()))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ChangeError(f"this request is not understood: {error}") from None
    return asked


def _json(value: Any, status: int = 200) -> Response:
    text = json.dumps(encode(value), ensure_ascii=False, allow_nan=False)
    return Response(text.encode("utf-8", "replace"), status, media_type="application/json")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, review: Review) -> None:
        super().__init__(config)
        self._review = review

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._review.stop()
        await super().shutdown(sockets)


def listen(port: int) -> socket.socket:
    """Listen at a port of 127.0.0.1 (0: a free one). Raises ``OtiogradeError`` for one that is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":  # there it would let two programs share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise OtiogradeError(f"port {port} cannot be used ({error.strerror}): name another one with --port") from None
    return listener


def server(desk: Desk, token: str, listener: socket.socket) -> _Server:
    """The server of a desk; ``run(sockets=[listener])`` serves until it is interrupted."""
    review = Review(desk)
    guarded: App = Guard(review.app(), token, listener.getsockname()[1])
    config = uvicorn.Config(
        guarded,
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    return _Server(config, review)
