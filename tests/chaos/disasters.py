"""What hits all orders at once: the app killed and started again, its storage restarted, a dual-write map paused."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from sandbox.stack import Sandbox

_GATHERING_SECONDS = 2.5
_OUTAGE_SECONDS = 1.0
# In a wave. A queue counts how often it hands a message out, also when it was the host that died each time.
MOST_KILLS = 12
_SECONDS_BETWEEN = 1.5
_PAUSE_SECONDS = 4.0


class Disasters:
    """Each kind is done once for all calls that wait for it: whoever asks within a moment shares it."""

    def __init__(self, sandbox: Callable[[], Sandbox]) -> None:
        self._sandbox = sandbox
        self._asked: dict[str, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="disaster")
        self._last = 0.0
        self.kills_left = MOST_KILLS
        self.kills = 0
        self.storage_restarts = 0
        self.map_pauses = 0

    def killing(self) -> asyncio.Task[None] | None:
        """A kill of the app within moments, over once it runs again; None when it had its share in this wave."""
        return self._asked_for("kill", self._kill) if self.kills_left > 0 or "kill" in self._asked else None

    def restarting_storage(self) -> asyncio.Task[None]:
        return self._asked_for("storage", self._restart_storage)

    @property
    def under_way(self) -> bool:
        return bool(self._asked) or self._one_at_a_time.locked()

    def restart_app(self) -> None:
        """In order, as for a deployment. A kill that the start itself gives rise to comes after it."""
        self._pool.submit(self._restart_app).result()

    @contextmanager
    def maps_paused(self) -> Iterator[None]:
        """Again and again both dual-write maps are paused for a while, and then replay what has gathered, twice."""
        over = threading.Event()
        flooding = threading.Thread(target=self._flood, args=(over,), name="maps")
        flooding.start()
        try:
            yield
        finally:
            over.set()
            flooding.join()

    def _flood(self, over: threading.Event) -> None:
        with httpx.Client(base_url=self._sandbox().finops_url, timeout=10, trust_env=False) as finops:
            while not over.is_set():
                # While headers are paused and lines are not, dual-write drops the lines of new orders for good.
                for name in ("lines", "headers"):
                    finops.post(f"/_control/maps/{name}/pause").raise_for_status()
                self.map_pauses += 1
                over.wait(_PAUSE_SECONDS)
                for name in ("headers", "lines"):
                    finops.post(f"/_control/maps/{name}/run", json={"replay_twice": True}).raise_for_status()
                over.wait(_PAUSE_SECONDS)

    def close(self) -> None:
        self._pool.shutdown()

    def _asked_for(self, kind: str, happen: Callable[[], None]) -> asyncio.Task[None]:
        if kind not in self._asked:
            self._asked[kind] = asyncio.create_task(self._happen(kind, happen))
        return self._asked[kind]

    async def _happen(self, kind: str, happen: Callable[[], None]) -> None:
        async with self._one_at_a_time:
            since = time.monotonic() - self._last
            await asyncio.sleep(max(_GATHERING_SECONDS, _SECONDS_BETWEEN - since))
            self.kills_left -= kind == "kill"
            del self._asked[kind]  # whoever asks from now on comes too late for this one
            await asyncio.get_running_loop().run_in_executor(self._pool, happen)
            self._last = time.monotonic()

    def _restart_app(self) -> None:
        self._sandbox().stop_app()
        self._sandbox().start_app()

    def _kill(self) -> None:
        self._sandbox().kill_app()
        self._sandbox().start_app()
        self.kills += 1

    def _restart_storage(self) -> None:
        self._sandbox().stop_azurite()
        time.sleep(_OUTAGE_SECONDS)
        self._sandbox().start_azurite()
        self.storage_restarts += 1
