"""A source that never makes anyone wait: who comes late finds the newest item, and the others are gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from threading import Condition, Thread
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class Latest(Generic[Item]):
    """Takes items in a thread of its own and keeps the newest.

    Args:
        items: Iterated in the thread; an error of theirs is raised in the iteration of this object.

    Attributes:
        dropped: How many items nobody took.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items, self.dropped = items, 0
        self._newest: list[Item] = []
        self._error: BaseException | None = None
        self._over = self._stopped = False
        self._changed = Condition()

    def __iter__(self) -> Iterator[Item]:
        thread = Thread(target=self._take, daemon=True)
        thread.start()
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._newest or self._over)
                    if not self._newest:
                        break
                    item = self._newest.pop()
                yield item
            if self._error is not None:
                raise self._error
        finally:
            self._stopped = True

    def _take(self) -> None:
        iterator: Any = iter(self._items)
        try:
            for item in iterator:
                with self._changed:
                    self.dropped += len(self._newest)
                    self._newest[:] = [item]
                    self._changed.notify()
                if self._stopped:
                    break
        except BaseException as error:
            self._error = error
        with suppress(AttributeError):
            iterator.close()
        with self._changed:
            self._over = True
            self._changed.notify()
