"""Real HTTP serving on 127.0.0.1: for tests in a thread, for `python -m sandbox.systems` in the main one."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import uvicorn
from anyio.from_thread import start_blocking_portal
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HOST = "127.0.0.1"
BACKLOG = 1024
SECONDS_TO_START = 30
SECONDS_TO_FINISH_CALLS = 1
# Longer than any client keeps one: what is closed just as it is used fails a call that nobody may repeat.
SECONDS_TO_KEEP_IDLE_CONNECTIONS = 3600


class _DroppableProtocol(HttpToolsProtocol):
    """Puts the connection into each request's `scope["state"]["transport"]`, so that a fault can drop it for real."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it is up and leaves the process's signals alone: several share one process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def listening(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Serve `app` on `port` (0: a free one) while the context lasts; yields its base URL once it answers."""
    # asyncio switches Nagle's 40 ms off only for sockets that say they are TCP, which socket.create_server's do not.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        server = _Server(_config(app))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await asyncio.wait_for(server.up.wait(), SECONDS_TO_START)
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_DroppableProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=SECONDS_TO_FINISH_CALLS,
        timeout_keep_alive=SECONDS_TO_KEEP_IDLE_CONNECTIONS,
    )


@contextmanager
def serve(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """`listening` for synchronous code: the server runs on a loop of its own in a thread."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(listening(app, port)) as url:
        yield url


async def serve_all(apps: Mapping[str, tuple[ASGIApp, int]], announce: Callable[[dict[str, str]], None]) -> None:
    """Serve each named app on its port until SIGTERM or SIGINT; `announce` gets the base URLs once all answer."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as running:
        announce({name: await running.enter_async_context(listening(app, port)) for name, (app, port) in apps.items()})
        await stop.wait()
