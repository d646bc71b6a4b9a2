"""Server: a desk over HTTP, for one page on this machine (see ``guard``).

* ``GET``: the page, ``api/state``, ``pulse``, ``lut/SHOT``, ``frame/SHOT/NUMBER`` and ``still/LOOK``.
* ``POST`` of JSON: ``api/change``, ``undo``, ``redo``, ``reload``, ``solve``, ``save``, ``cancel``, ``preview``,
  ``open-look``, ``try-look`` and ``apply-look``.
* ``POST`` of a file: ``api/look?name=NAME``.

A request that changes something names the revision that the page shows, and is answered with the new state. Status 409
means that the revision is not the current one, or that work is in progress.
"""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from otiograde.color.trim import Trim
from otiograde.errors import OtiogradeError
from otiograde.record.codec import MISFITS, decode, encode
from otiograde.review.changes import parse_change
from otiograde.review.desk import Desk, StaleError
from otiograde.review.draft import ChangeError
from otiograde.review.guard import App, Guard
from otiograde.review.scene_looks import SetLook
from otiograde.review.work import Finish, Job, Work

_T = TypeVar("_T")
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

#: Seconds for which a stopping server waits for open requests.
PATIENCE = 2


@dataclass(frozen=True, slots=True)
class RevisionRequest:
    """The body of ``undo``, ``redo`` and ``reload``."""

    revision: int


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """The body of ``change``."""

    revision: int
    #: The change as JSON values for ``changes.parse_change``.
    change: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SolveRequest:
    """The body of ``solve``."""

    revision: int
    #: Id of the scene to solve again.
    scene: str


@dataclass(frozen=True, slots=True)
class SaveRequest:
    """The body of ``save``."""

    revision: int
    #: Whether to solve the scenes first whose wishes changed.
    solve: bool = True


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """The body of ``preview``: a shot at another strength (0 to 1) and with another trim."""

    shot: str
    strength: float | None = None
    trim: Trim = Trim()


@dataclass(frozen=True, slots=True)
class LookRequest:
    """The body of ``apply-look``."""

    revision: int
    look: SetLook


@dataclass(frozen=True, slots=True)
class LookPathRequest:
    """The body of ``open-look``: a path on this machine, and the name of a look in it if it is a folder."""

    path: str
    name: str = ""


class Review:
    """Answers the requests of the page from a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._tasks: set[asyncio.Task[None]] = set()

    def app(self) -> Starlette:
        """Return the application without its guard."""
        getters: dict[str, Handler] = {"state": self.state, "pulse": self.pulse, "lut/{shot}": self.lut}
        getters["frame/{shot}/{number:int}"] = self.frame
        getters["still/{name}"] = self.still
        actions: dict[str, Handler] = {
            "open-look": self.open_look,
            "try-look": self.try_look,
            "apply-look": self.apply_look,
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
                *(Route(f"/api/{name}", _with_errors(handler), methods=["GET"]) for name, handler in getters.items()),
                *(Route(f"/api/{name}", _with_errors(handler), methods=["POST"]) for name, handler in actions.items()),
            ]
        )

    async def page(self, request: Request) -> Response:
        """Answer with the report of the draft and the tools of the review."""
        del request
        return HTMLResponse((await asyncio.to_thread(self.desk.page)).encode("utf-8", "replace"))

    async def state(self, request: Request) -> Response:
        """Answer with the whole state."""
        del request
        return _json(await asyncio.to_thread(self.desk.view))

    async def pulse(self, request: Request) -> Response:
        """Answer with what can change without a request."""
        del request
        return _json(self.desk.pulse())

    async def lut(self, request: Request) -> Response:
        """Answer with the LUT of a shot."""
        return _json(self.desk.lut(request.path_params["shot"]))

    async def frame(self, request: Request) -> Response:
        """Answer with a frame of a shot's media, in base64."""
        shot, number = request.path_params["shot"], request.path_params["number"]
        jpeg = await asyncio.to_thread(self.desk.frame, shot, number)
        return _json({"jpeg": base64.b64encode(jpeg).decode("ascii")})

    async def preview(self, request: Request) -> Response:
        """Answer with the LUT that a shot would have."""
        body = await _parse_body(request, PreviewRequest)
        return _json(self.desk.preview(body.shot, body.strength, body.trim))

    async def change(self, request: Request) -> Response:
        """Make a change."""
        body = await _parse_body(request, ChangeRequest)
        self.desk.change(body.revision, parse_change(body.change))
        return await self.state(request)

    async def undo(self, request: Request) -> Response:
        """Undo the last change."""
        self.desk.undo((await _parse_body(request, RevisionRequest)).revision)
        return await self.state(request)

    async def redo(self, request: Request) -> Response:
        """Redo the change that was undone last."""
        self.desk.redo((await _parse_body(request, RevisionRequest)).revision)
        return await self.state(request)

    async def reload(self, request: Request) -> Response:
        """Read the folder again."""
        self.desk.reload((await _parse_body(request, RevisionRequest)).revision)
        return await self.state(request)

    async def look(self, request: Request) -> Response:
        """Add a look, and answer with its file name."""
        return _json({"look": self.desk.add_look(request.query_params.get("name", ""), await request.body())})

    async def open_look(self, request: Request) -> Response:
        """Add a look of this machine, and answer with its file name; or list the looks of a folder."""
        body = await _parse_body(request, LookPathRequest)
        opened = self.desk.open_look(body.path, body.name)
        return _json({"look": opened} if isinstance(opened, str) else opened)

    async def still(self, request: Request) -> Response:
        """Answer with the still of a look in base64, or with null for a LUT."""
        jpeg = await asyncio.to_thread(self.desk.still, request.path_params["name"])
        return _json({"jpeg": None if jpeg is None else base64.b64encode(jpeg).decode("ascii")})

    async def try_look(self, request: Request) -> Response:
        """Answer with the LUTs that the shots of a scene would have with a look."""
        look = await _parse_body(request, SetLook)
        return _json(await asyncio.to_thread(self.desk.try_look, look))

    async def apply_look(self, request: Request) -> Response:
        """Start to give scenes a look and to solve them again. ``pulse`` reports progress and outcome."""
        body = await _parse_body(request, LookRequest)
        return self._begin(*self.desk.applying(body.revision, body.look))

    async def solve(self, request: Request) -> Response:
        """Start to solve a scene again. ``pulse`` reports progress and outcome."""
        body = await _parse_body(request, SolveRequest)
        return self._begin(*self.desk.solving(body.revision, body.scene))

    async def save(self, request: Request) -> Response:
        """Start to save. ``pulse`` reports progress and outcome."""
        body = await _parse_body(request, SaveRequest)
        return self._begin(*self.desk.saving(body.revision, solve_first=body.solve))

    async def cancel(self, request: Request) -> Response:
        """Stop the work in progress at its next step."""
        del request
        self.stop()
        return _json(self.desk.pulse())

    def stop(self) -> None:
        """Stop the work in progress at its next step."""
        if self.desk.job is not None:
            self.desk.job.canceled = True

    def _begin(self, job: Job, work: Work) -> Response:
        task = asyncio.create_task(self._run(job, work))
        self._tasks.add(task)  # the loop keeps only a weak reference
        task.add_done_callback(self._tasks.discard)
        return _json(self.desk.pulse(), status=202)

    async def _run(self, job: Job, work: Work) -> None:
        result: Finish | OtiogradeError
        try:
            result = await asyncio.to_thread(work)
        except OtiogradeError as error:
            result = error
        except Exception as error:  # after a defect, the desk must take requests again
            result = OtiogradeError(f"{job.what} failed: {type(error).__name__}: {error}")
        self.desk.end_work(result)


def _with_errors(handler: Handler) -> Handler:
    """Return a handler that answers an ``OtiogradeError`` with its status and message."""

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


async def _parse_body(request: Request, kind: type[_T]) -> _T:
    """Parse the body as a ``kind``. Raises ``ChangeError``."""
    try:
        body: _T = decode(kind, json.loads(await request.body()))
    except (*MISFITS, RecursionError) as error:
        raise ChangeError(f"this request is not understood: {error}") from None
    return body


def _json(value: Any, status: int = 200) -> Response:
    text = json.dumps(encode(value), ensure_ascii=False, allow_nan=False)
    return Response(text.encode("utf-8", "replace"), status, media_type="application/json")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, review: Review) -> None:
        super().__init__(config)
        self._review = review

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGHUP, which a closed terminal sends, like Ctrl-C and SIGTERM; not if it is ignored (``nohup``)."""
        number = getattr(signal, "SIGHUP", None)
        with super().capture_signals():
            before = signal.SIG_IGN if number is None else signal.getsignal(number)
            if number is None or before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
                yield
                return
            signal.signal(number, self.handle_exit)
            try:
                yield
            finally:
                signal.signal(number, before)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._review.stop()
        await super().shutdown(sockets)


def listen(port: int) -> socket.socket:
    """Listen on a port of 127.0.0.1; 0 takes a free one. Raises ``OtiogradeError`` if the port cannot be used."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":  # on Windows it would let two programs share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise OtiogradeError(f"port {port} cannot be used ({error.strerror}): name another one with --port") from None
    return listener


def server(desk: Desk, token: str, listener: socket.socket) -> _Server:
    """Return the server of a desk. ``run(sockets=[listener])`` serves until it is interrupted."""
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
