"""A page of a review, as far as HTTP is concerned."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection
from typing import Any

from making.waiting import PATIENCE
from otiograde.review.desk import Desk

TOKEN = "test-token"


class Client:
    """A page of the review, as far as HTTP is concerned."""

    def __init__(self, desk: Desk, port: int) -> None:
        self.desk, self.port = desk, port
        self.address = f"http://127.0.0.1:{port}/{TOKEN}/"

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        """Any request at all; ``headers`` are the only ones but Host and Content-Length."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def get(self, what: str) -> Any:
        status, body, _ = self.send("GET", f"/{TOKEN}/api/{what}")
        return {"status": status, **json.loads(body)}

    def post(self, what: str, **values: Any) -> Any:
        return self.post_as(what, json.dumps(values).encode())

    def post_as(self, what: str, body: bytes, kind: str = "application/json") -> Any:
        headers = {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": kind}
        status, answer, _ = self.send("POST", f"/{TOKEN}/api/{what}", body, headers)
        return {"status": status, **json.loads(answer)}

    @property
    def revision(self) -> int:
        return int(self.get("pulse")["revision"])

    def change(self, kind: str, **values: Any) -> Any:
        return self.post("change", revision=self.revision, change={"kind": kind, **values})

    def wait(self) -> Any:
        """The outcome of the work, once it is done."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            pulse = self.get("pulse")
            if pulse["job"] is None:
                return pulse["outcome"]
            time.sleep(0.01)
        raise AssertionError("the work does not end")
