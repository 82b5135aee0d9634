"""Reads the data of a pickle without running any of it.

A pickle is a program: unpickling one runs whatever it names. The snapshots of StyleGAN2-ADA and StyleGAN3 even carry
their own source code, which the published loader executes. Here the stream is read as data by a small interpreter of
its own. A name in the stream becomes an inert `Name`; "calling" it looks up one of a dozen handlers, which make plain
containers, arrays and tensors. Nothing of the file is imported, called, or given attributes. Every other name, every
persistent id and every opcode that would make an object is refused, by name.

Reference: pickle opcodes as in the standard library's `pickletools`; layout of the snapshots as in SPEC 3.4.
"""

import pickletools
from collections.abc import Callable
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Any, cast

from stitch_exp.errors import WeightsError
from stitch_exp.weights.limits import MAX_INSTRUCTIONS, Bounded, Budget, Refused
from stitch_exp.weights.origins import named
from stitch_exp.weights.pickle_handlers import BUILDERS, CALLS, INERT, Lazy, Name, Options, Storage, as_key

CONSTANTS = frozenset(
    {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"}
    | {"STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
    | {"BINBYTES", "SHORT_BINBYTES", "BINBYTES8"}
)
LITERALS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_SET": set,
    "EMPTY_TUPLE": tuple,
}
IGNORED = frozenset({"PROTO", "FRAME"})


class _Mark:
    """Where a run of items on the stack begins."""


class Interpreter:
    """A stack machine that knows data only.

    Args:
        source: What to call the stream in messages.
        budget: What the data may grow to; None for what the stream's own length allows.
    """

    def __init__(self, source: str, budget: Budget | None = None) -> None:
        self.source = source
        self.budget = budget
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, stream: BufferedIOBase) -> Any:
        """The value the stream describes, with tensors as `torch.Tensor` and objects as `Module`.

        Raises:
            WeightsError: The stream names something outside the allow-list, or is damaged.
        """
        try:
            return self.interpret(stream, _length(stream))
        except Refused as refusal:
            raise WeightsError(f"'{self.source}' is refused: {refusal}") from None
        except (ValueError, LookupError, TypeError, RuntimeError, OverflowError, AttributeError) as error:
            raise WeightsError(
                f"'{self.source}' is damaged, cut short or no pickle of weights ({str(error)[:200]}); fetch it again"
            ) from error

    def interpret(self, stream: BufferedIOBase, size: int) -> Any:
        """As `run`, for a stream of known length whose caller words the message.

        Raises:
            Refused: The stream names something outside the allow-list, or grows beyond its budget.
            Exception: It is damaged.
        """
        self.budget = self.budget or Budget(size)
        bounded = cast("IO[bytes]", Bounded(stream, size))
        for count, (opcode, argument, _) in enumerate(pickletools.genops(bounded)):
            if opcode.name == "STOP":
                return self.stack.pop()
            if count > MAX_INSTRUCTIONS:
                raise Refused(f"it has more than {MAX_INSTRUCTIONS:,} pickle instructions")
            self.step(opcode.name, argument)
        raise ValueError("it ends before its data do")

    def step(self, opcode: str, argument: Any) -> None:
        """Applies one opcode to the stack."""
        if opcode in CONSTANTS:
            self.stack.append(argument)
        elif opcode in LITERALS:
            self.stack.append(LITERALS[opcode]())
        elif opcode not in IGNORED:
            handler = getattr(self, f"_{opcode.lower()}", None)
            if handler is None:
                raise Refused(f"it uses the pickle instruction {opcode}, which plain weights never need")
            handler(argument)

    def _above_mark(self) -> list[Any]:
        start = len(self.stack) - 1
        while not isinstance(self.stack[start], _Mark):
            start -= 1
            if start < 0:
                raise ValueError("no mark on the stack")
        items = self.stack[start + 1 :]
        del self.stack[start:]
        return items

    def _mark(self, _: Any) -> None:
        self.stack.append(_Mark())

    def _pop(self, _: Any) -> None:
        self.stack.pop()

    def _dup(self, _: Any) -> None:
        self.stack.append(self.stack[-1])

    def _tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._above_mark()))

    def _tuple1(self, _: Any) -> None:
        self._gather(1)

    def _tuple2(self, _: Any) -> None:
        self._gather(2)

    def _tuple3(self, _: Any) -> None:
        self._gather(3)

    def _gather(self, count: int) -> None:
        items = tuple(self.stack[-count:])
        if len(items) < count:
            raise IndexError("the stack is empty")
        del self.stack[-count:]
        self.stack.append(items)

    def _list(self, _: Any) -> None:
        self.stack.append(self._above_mark())

    def _dict(self, _: Any) -> None:
        items = self._above_mark()
        self.stack.append(_pairs(items))

    def _append(self, _: Any) -> None:
        item = self.stack.pop()
        _expect(self.stack[-1], list).append(item)

    def _appends(self, _: Any) -> None:
        items = self._above_mark()
        _expect(self.stack[-1], list).extend(items)

    def _additems(self, _: Any) -> None:
        items = self._above_mark()
        _expect(self.stack[-1], set).update(map(as_key, items))

    def _setitem(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        _expect(self.stack[-1], dict)[as_key(key)] = value

    def _setitems(self, _: Any) -> None:
        items = self._above_mark()
        _expect(self.stack[-1], dict).update(_pairs(items))

    def _put(self, slot: int) -> None:
        self.memo[slot] = self.stack[-1]

    _binput = _long_binput = _put

    def _memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _get(self, slot: int) -> None:
        self.stack.append(self.memo[slot])

    _binget = _long_binget = _get

    def _global(self, argument: str) -> None:
        self._push_name(argument.replace(" ", "."))

    def _stack_global(self, _: Any) -> None:
        attribute, module = self.stack.pop(), self.stack.pop()
        self._push_name(f"{_expect(module, str)}.{_expect(attribute, str)}")

    def _push_name(self, path: str) -> None:
        if path not in CALLS and path not in INERT:
            raise Refused(named(path))
        self.stack.append(Name(path))

    def _reduce(self, _: Any) -> None:
        arguments, callee = self.stack.pop(), self.stack.pop()
        for part in _expect(arguments, tuple):
            self._charge(part)
        made = CALLS[_expect(callee, Name).path](*arguments)
        self._charge(made)
        self.stack.append(made)

    def _charge(self, made: Any) -> None:
        """Counts what a call reads or copies; a stream may repeat calls on data it holds once."""
        assert self.budget is not None
        value = made.value if isinstance(made, Lazy) else made
        if isinstance(value, dict | set | tuple | list):
            self.budget.spend(ENTRY_BYTES * (len(value) + 1))
        else:
            data = value.data if isinstance(value, Storage) else value
            self.budget.spend(len(data) if isinstance(data, bytes | str) else _num_bytes(data))

    def _newobj(self, _: Any) -> None:
        arguments, callee = self.stack.pop(), self.stack.pop()
        path = _expect(callee, Name).path
        if arguments != () or CALLS.get(path) not in (dict, Options):
            raise Refused(f"it makes an object of {path}")
        self.stack.append(CALLS[path]())

    def _build(self, _: Any) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        builder = BUILDERS.get(type(target))
        if builder is None:
            raise Refused(f"it sets the state of a {type(target).__name__}")
        builder(target, state)
        self._charge(target)


ENTRY_BYTES = 100
"""About what an entry of a container takes."""


def _length(stream: BufferedIOBase) -> int:
    here = stream.tell()
    end = stream.seek(0, 2)
    stream.seek(here)
    return end


def _num_bytes(value: Any) -> int:
    size = getattr(value, "nbytes", 0)
    return size if isinstance(size, int) else size()


def _expect(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueError(f"a {kind.__name__} was expected, not {type(value).__name__}")
    return value


def _pairs(items: list[Any]) -> dict[Any, Any]:
    return {as_key(key): value for key, value in zip(items[::2], items[1::2], strict=True)}


def read_pickle(path: Path) -> Any:
    """The data of a pickle file: containers, numbers, arrays, tensors, and `Module` for network objects.

    Raises:
        WeightsError: The file names anything else, or is damaged.
    """
    with path.open("rb") as stream:
        return Interpreter(str(path)).run(stream)
