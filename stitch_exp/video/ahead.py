"""Frames made by a thread of their own while the caller works on earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

Item = TypeVar("Item")
_PATIENCE_S = 0.1
_END = object()


def ahead(items: Iterable[Item], depth: int = 4) -> Iterator[Item]:
    """The items in their order, up to `depth` of them made in advance.

    Decoding, composing and encoding are different libraries that leave Python's lock, so they overlap. An error of the
    items is raised here, where it would have been. A caller that stops early stops the thread.

    Args:
        items: Iterated, and closed if it is a generator, in the thread.
        depth: Items in memory besides the one in use.
    """
    waiting: Queue[tuple[Any, BaseException | None]] = Queue(maxsize=depth)
    stopped = Event()
    worker = Thread(target=_fill, args=(items, waiting, stopped), daemon=True)
    worker.start()
    try:
        while (entry := waiting.get())[0] is not _END:
            yield entry[0]
        if entry[1] is not None:
            raise entry[1]
    finally:
        stopped.set()
        with suppress(Empty):
            waiting.get_nowait()
        worker.join()


def _fill(items: Iterable[Any], waiting: Queue[tuple[Any, BaseException | None]], stopped: Event) -> None:
    error: BaseException | None = None
    iterator = iter(items)
    try:
        for item in iterator:
            if not _offered(waiting, (item, None), stopped):
                return
    except BaseException as raised:
        error = raised
    finally:
        close: Callable[[], None] = getattr(iterator, "close", lambda: None)
        close()
    _offered(waiting, (_END, error), stopped)


def _offered(
    waiting: Queue[tuple[Any, BaseException | None]], entry: tuple[Any, BaseException | None], stopped: Event
) -> bool:
    while not stopped.is_set():
        with suppress(Full):
            waiting.put(entry, timeout=_PATIENCE_S)
            return True
    return False
