"""Stands between the app and everyone it speaks to: sees every call, and does to it what is planned for its order."""

import asyncio
import re
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from aiohttp import web
from yarl import URL

from tests.chaos.boundaries import CALLBACKS, STORAGE, Call, kind_of
from tests.chaos.disasters import Disasters
from tests.chaos.faults import KILLS, ON_CALLBACKS, REPLIES, REPLIES_OF_STORAGE, STORAGE_RESTART, Planned, Reply
from tests.chaos.subjects import Subject, Subjects

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length"})
_MESSAGE_ID = re.compile(rb"<MessageId>(.*?)</MessageId>")
_SLOW_SECONDS = 1.0
_LATE_SECONDS = 3.0
_LONGEST_SILENCE_SECONDS = 30.0
_LOOK_SECONDS = 0.05
_CREATING = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class _Crossing:
    """One call on its way to `url`; `subject` is the order it is about."""

    call: Call
    url: str
    request: web.BaseRequest
    subject: Subject | None


class _Cut(Exception):
    """The caller hears nothing more on this connection."""


class Wire:
    """Runs in a thread of its own; `between` fits `Sandbox`."""

    def __init__(self, subjects: Subjects, disasters: Disasters) -> None:
        self._subjects = subjects
        self.disasters = disasters
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire", daemon=True)
        self._runners: list[web.AppRunner] = []
        self._routes: dict[str, tuple[str, str]] = {}
        self._messages: dict[str, Subject] = {}
        self._http: aiohttp.ClientSession | None = None
        self._background: set[asyncio.Task[Any]] = set()
        self.nobodys = Subject("nobody's own")
        self._shared_plan: dict[tuple[str, str], list[Planned]] = defaultdict(list)
        self.injected: Counter[str] = Counter()
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def between(self, system: str, url: str) -> str:
        """The address to tell callers instead of `url`; the same one for a `url` that was given before."""
        known = self._routes.get(system)
        if known is None or known[0] != url:
            self._routes[system] = known = (url, self._do(self._listen(system, url)))
        return known[1]

    def arm(self, *shared: Planned) -> None:
        """Each meets the next call of its kind that is no order's own."""
        for each in shared:
            self._shared_plan[each.boundary.system, each.boundary.call].append(each)

    def disarm(self) -> list[Planned]:
        """Those that have met no call."""
        left = [each for waiting in self._shared_plan.values() for each in waiting]
        self._shared_plan.clear()
        return left

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(30)

    async def _listen(self, system: str, url: str) -> str:
        if self._http is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)
            self._http = aiohttp.ClientSession(
                connector=connector, timeout=aiohttp.ClientTimeout(total=120), auto_decompress=False
            )

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            return await self._handle(system, url, request)

        runner = web.ServerRunner(web.Server(handle, access_log=None))
        await runner.setup()
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._runners.append(runner)  # pyright: ignore[reportArgumentType] # both kinds of runner are cleaned up alike
        await web.SockSite(runner, listener).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    async def _close(self) -> None:
        for task in self._background:
            task.cancel()
        for runner in self._runners:
            await runner.cleanup()
        if self._http:
            await self._http.close()

    async def _handle(self, system: str, url: str, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await request.read()
            call = Call(system, request.method, request.raw_path, dict(request.headers), body)
            answer = await self._cross(call, url, request)
        except (_Cut, aiohttp.ClientError, TimeoutError, ConnectionError):
            # As a connection that broke: the caller gets no status, and so does the server's log.
            if request.transport:
                request.transport.abort()
            return web.Response(status=502)
        except Exception as failure:
            self.failures.append(f"{system} {request.method} {request.path}: {failure!r}")
            raise
        response = web.Response(status=answer.status, body=answer.body)
        for name, value in answer.headers:
            if name.lower() not in _HOP_BY_HOP:
                response.headers.add(name, value)
        return response

    async def _cross(self, call: Call, url: str, request: web.BaseRequest) -> _Answer:
        subject, planned = self._next(call)
        crossing = _Crossing(call, url, request, subject)
        disaster = self._disaster(planned.fault) if planned else None
        if planned and disaster is None and planned.fault in KILLS:
            self._put_off(subject, planned)
            planned = None
        if planned:
            self.injected[planned.fault] += 1
            return await self._with(planned.fault, disaster, crossing)
        return await self._forward(crossing)

    def _next(self, call: Call) -> tuple[Subject | None, Planned | None]:
        if not call.is_boundary:
            return None, None
        message = call.queue_message
        subject = self._messages.get(message) if message else self._subjects.of(call.words)
        kind = kind_of(call)
        if subject:
            return subject, subject.cross(call.system, kind)
        self.nobodys.cross(call.system, kind)
        waiting = self._shared_plan.get((call.system, kind))
        return None, waiting.pop(0) if waiting else None

    def _put_off(self, subject: Subject | None, planned: Planned) -> None:
        """To another wave."""
        if subject:
            subject.met.remove(planned)
        else:
            self.arm(planned)

    def _note(self, call: Call, subject: Subject, answer: _Answer) -> None:
        """By what names the order will be known from now on."""
        if call.system == "queue" and (found := _MESSAGE_ID.search(answer.body)):
            self._messages[found[1].decode()] = subject
        elif call.system not in STORAGE and call.method in _CREATING and answer.status < 300:
            self._subjects.learn(subject, answer.body)
        subject.changed.set()

    def _disaster(self, fault: str) -> asyncio.Task[None] | None:
        """It is under way from now on, shared by all calls that come to theirs within moments."""
        if fault in KILLS:
            return self.disasters.killing()
        return self.disasters.restarting_storage() if fault == STORAGE_RESTART else None

    async def _with(self, fault: str, disaster: asyncio.Task[None] | None, crossing: _Crossing) -> _Answer:
        if reply := REPLIES.get(fault) or REPLIES_OF_STORAGE.get(fault):
            return await self._replied(reply, crossing)
        if fault in ON_CALLBACKS:
            return await self._misdelivered(fault, crossing)
        if fault == "slow":
            await asyncio.sleep(_SLOW_SECONDS)
            return await self._forward(crossing)
        answer = await self._forward(crossing) if fault.endswith("-after") else None
        if disaster:
            await asyncio.shield(disaster)
        elif fault.startswith("timeout"):
            await _silence(crossing.request)
        if crossing.call.system == CALLBACKS and answer:
            return answer  # it was told before the app died
        raise _Cut

    async def _replied(self, reply: Reply, crossing: _Crossing) -> _Answer:
        if reply.after:
            await self._forward(crossing)
        return _Answer(reply.status, [*reply.headers().items()], reply.body.encode())

    async def _misdelivered(self, fault: str, crossing: _Crossing) -> _Answer:
        if fault == "duplicate":
            first, _ = await asyncio.gather(self._forward(crossing), self._forward(crossing))
            return first
        if fault == "delay":
            self._later(lambda: asyncio.sleep(_LATE_SECONDS), crossing)
        elif fault == "reorder" and (subject := crossing.subject):
            self._later(lambda: self._behind_the_next(subject), crossing)
        return _Answer(202, [], b"")

    def _later(self, wait: Callable[[], Awaitable[Any]], crossing: _Crossing) -> None:
        """Delivered once it has waited, again and again while nobody answers, as its sender would."""

        async def deliver() -> None:
            await wait()
            while True:
                try:
                    await self._forward(crossing)
                    return
                except (aiohttp.ClientError, TimeoutError):
                    await asyncio.sleep(_SLOW_SECONDS)

        task = asyncio.create_task(deliver())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _behind_the_next(self, subject: Subject) -> None:
        """Until another callback about the order has come through, or there seems to be none."""
        before = _callbacks(subject)
        for _ in range(round(_LATE_SECONDS / _LOOK_SECONDS)):
            if _callbacks(subject) > before:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _forward(self, crossing: _Crossing) -> _Answer:
        """The real answer."""
        assert self._http is not None
        call = crossing.call
        headers = {name: value for name, value in call.headers.items() if name.lower() not in _HOP_BY_HOP}
        target = f"{crossing.url}{call.target}"
        async with self._http.request(
            call.method,
            URL(target, encoded=True),
            headers=headers,
            data=call.body or None,
            allow_redirects=False,
            skip_auto_headers=("Content-Type", "User-Agent", "Accept-Encoding", "Accept"),
        ) as response:
            answer = _Answer(response.status, [*response.headers.items()], await response.read())
        if crossing.subject:
            self._note(call, crossing.subject, answer)
        return answer


async def _silence(request: web.BaseRequest) -> None:
    """Until the caller has hung up."""
    for _ in range(round(_LONGEST_SILENCE_SECONDS / _LOOK_SECONDS)):
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _callbacks(subject: Subject) -> int:
    return sum(each.system == CALLBACKS for each in subject.crossed)
