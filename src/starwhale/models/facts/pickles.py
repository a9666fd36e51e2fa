"""What a pickle would build, followed on paper: nothing is imported and nothing is called.

A call becomes a `Made`, a global a `Global`; so one sees which globals a pickle names, whatever way it takes
to name them, and the shapes of the tensors in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starwhale.models.facts.objects import Blank, Global, Made, Pairs, Stored
from starwhale.models.facts.opcodes import operations
from starwhale.models.facts.source import Stream, Unreadable

MOST_OPERATIONS = 500_000
MOST_IMPORTS = 5000
_MOST_KEPT = 64 << 20
_MOST_STREAMS = 16
_DEEPEST = 4


@dataclass(slots=True)
class Scan:
    """What was found in a file.

    Attributes:
        values: What each pickle of the file would give.
        imports: The globals that are named.
        problem: Why it was not followed to its end; empty where it was.
    """

    values: list[Any] = field(default_factory=list[Any])
    imports: set[Global] = field(default_factory=set[Global])
    problem: str = ""


ReadArray = Callable[[Made, Stream, Callable[[], Any]], bool]
"""Passes over numbers that follow an object in the stream, where they do; may scan another pickle there."""


def scan(stream: Stream, *, streams: int = _MOST_STREAMS, array: ReadArray | None = None) -> Scan:
    """Follow the pickles of a file, one behind the other. What was found before a fault is kept.

    Args:
        stream: The file.
        streams: How many pickles to follow.
        array: Knows objects behind which numbers lie in the stream.
    """
    found = Scan()
    machine = _Machine(stream, found, array)
    try:
        for _ in range(streams):
            found.values.append(machine.run())
            following = stream.peek(2)
            if len(following) < 2 or following[0] != 0x80 or not 2 <= following[1] <= 5:
                break
    except Unreadable as error:
        found.problem = error.message
    return found


_MARK = object()


class _Machine:
    """The stack and the memory of an unpickler that only takes notes."""

    def __init__(self, stream: Stream, found: Scan, array: ReadArray | None) -> None:
        self._stream = stream
        self._found = found
        self._array = array
        self._left = MOST_OPERATIONS
        self._room = _MOST_KEPT
        self._depth = 0
        self._stack: list[Any] = []
        self._memory: dict[Any, Any] = {}

    def run(self) -> Any:
        """Follow one pickle to its STOP, and tell what it would give.

        Raises:
            Unreadable: it is none, ends too soon, or is longer than is looked at.
        """
        if self._depth >= _DEEPEST:
            raise Unreadable("pickles are nested too deep")
        outer = self._stack, self._memory
        self._stack, self._memory = [], {}
        self._depth += 1
        try:
            for name, argument in operations(self._stream):
                self._left -= 1
                if isinstance(argument, bytes | str):
                    self._room -= len(argument)
                elif isinstance(argument, int):
                    self._room -= argument.bit_length() >> 3
                if self._left < 0 or self._room < 0:
                    raise Unreadable("the pickle was not followed to its end: it is too long")
                _ACTIONS[name](self, argument)
            return self.pop()
        finally:
            self._depth -= 1
            self._stack, self._memory = outer

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def pop(self) -> Any:
        if not self._stack or self._stack[-1] is _MARK:
            raise Unreadable(f"the pickle takes more than there is before {self._stream.position}")
        return self._stack.pop()

    def top(self) -> Any:
        value = self.pop()
        self._stack.append(value)
        return value

    def marked(self) -> list[Any]:
        """All above the last mark; the mark goes too."""
        for at in range(len(self._stack) - 1, -1, -1):
            if self._stack[at] is _MARK:
                values = self._stack[at + 1 :]
                del self._stack[at:]
                return values
        raise Unreadable(f"the pickle has no mark before {self._stream.position}")

    def name(self, module: Any, name: Any) -> None:
        """Note a global, and put it on the stack."""
        known = isinstance(module, str) and isinstance(name, str)
        made = Global(module[:500], name[:500]) if known else Global("?", "?")
        if len(self._found.imports) >= MOST_IMPORTS:
            raise Unreadable(f"the pickle names more than {MOST_IMPORTS} things to import")
        self._found.imports.add(made)
        self.push(made)

    def make(self, by: Any, args: Any) -> None:
        self.push(Made(by, args))

    def remember(self, key: Any) -> None:
        self._memory[len(self._memory) if key is None else key] = self.top()

    def recall(self, key: Any) -> None:
        if key not in self._memory:
            raise Unreadable(f"the pickle recalls what it never kept before {self._stream.position}")
        self.push(self._memory[key])

    def put(self, pairs: list[tuple[Any, Any]]) -> None:
        """Set members of the object on the stack."""
        target = self.top()
        if isinstance(target, Pairs | Made):
            target.pairs.extend(pairs)

    def add(self, items: list[Any]) -> None:
        """Append to the object on the stack."""
        target = self.top()
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, Made):
            target.items.extend(items)

    def build(self, _: Any) -> None:
        state = self.pop()
        target = self.top()
        if isinstance(target, Made):
            target.state = state
            if self._array is not None:
                self._array(target, self._stream, self.run)


def _two(values: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip(values[::2], values[1::2], strict=False))


def _reduce(machine: _Machine, _: Any) -> None:
    args = machine.pop()
    machine.make(machine.pop(), args)


def _new_with_names(machine: _Machine, _: Any) -> None:
    names, args = machine.pop(), machine.pop()
    machine.make(machine.pop(), (args, names))


def _stack_global(machine: _Machine, _: Any) -> None:
    name, module = machine.pop(), machine.pop()
    machine.name(module, name)


def _instance(machine: _Machine, argument: tuple[str, str]) -> None:
    args = tuple(machine.marked())
    machine.name(*argument)
    machine.make(machine.pop(), args)


def _object(machine: _Machine, _: Any) -> None:
    values = machine.marked()
    machine.make(values[0] if values else None, tuple(values[1:]))


def _set_item(machine: _Machine, _: Any) -> None:
    value, key = machine.pop(), machine.pop()
    machine.put([(key, value)])


def _append(machine: _Machine, _: Any) -> None:
    value = machine.pop()
    machine.add([value])


def _tuple_of(count: int) -> Callable[[_Machine, Any], None]:
    def act(machine: _Machine, _: Any) -> None:
        values = [machine.pop() for _ in range(count)]
        machine.push(tuple(reversed(values)))

    return act


def _push(machine: _Machine, value: Any) -> None:
    machine.push(value)


def _nothing(machine: _Machine, _: Any) -> None:
    del machine


def _pop(machine: _Machine, _: Any) -> None:
    # POP takes a mark away as well.
    stack = machine._stack  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the machine is ours, and this one of its steps
    if not stack:
        machine.pop()
    stack.pop()


_VALUES = (
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING BINBYTES "
    "SHORT_BINBYTES BINBYTES8 BYTEARRAY8 UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8"
)
_ACTIONS: dict[str, Callable[[_Machine, Any], object]] = {
    **dict.fromkeys(_VALUES.split(), _push),
    **dict.fromkeys(("PROTO", "FRAME", "STOP", "READONLY_BUFFER"), _nothing),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.remember),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.recall),
    **dict.fromkeys(
        ("EXT1", "EXT2", "EXT4"), lambda machine, code: machine.name("copyreg", f"extension {code}")
    ),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "MARK": lambda machine, _: machine.push(_MARK),
    "POP": _pop,
    "POP_MARK": lambda machine, _: machine.marked(),
    "DUP": lambda machine, _: machine.push(machine.top()),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_DICT": lambda machine, _: machine.push(Pairs()),
    "EMPTY_SET": lambda machine, _: machine.push([]),
    "LIST": lambda machine, _: machine.push(machine.marked()),
    "FROZENSET": lambda machine, _: machine.push(machine.marked()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.marked())),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "DICT": lambda machine, _: machine.push(Pairs(_two(machine.marked()))),
    "APPEND": _append,
    "APPENDS": lambda machine, _: machine.add(machine.marked()),
    "ADDITEMS": lambda machine, _: machine.add(machine.marked()),
    "SETITEM": _set_item,
    "SETITEMS": lambda machine, _: machine.put(_two(machine.marked())),
    "GLOBAL": lambda machine, argument: machine.name(*argument),
    "STACK_GLOBAL": _stack_global,
    "INST": _instance,
    "OBJ": _object,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _new_with_names,
    "REDUCE": _reduce,
    "BUILD": _Machine.build,
    "PERSID": lambda machine, key: machine.push(Stored(key)),
    "BINPERSID": lambda machine, _: machine.push(Stored(machine.pop())),
    "NEXT_BUFFER": lambda machine, _: machine.push(Blank(0)),
}
