"""Pictures made of the block characters of Unicode."""

from __future__ import annotations

# left upper, right upper, left lower, right lower: bits 1, 2, 4, 8
_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# of the 16 colours of every terminal: blue, red, green, magenta, yellow, cyan
_INKS = (34, 31, 32, 35, 33, 36)
_SIGNS = "●▲◆○△◇+×"
_APART = 12


def bar(share: float, room: int) -> str:
    """A horizontal bar, `room` columns where it is full; exact to an eighth of one.

    Args:
        share: 0 to 1; what lies outside counts as the end.
        room: Columns; the rest of them is blank.
    """
    eighths = round(min(max(share, 0.0), 1.0) * room * 8)
    full, rest = divmod(eighths, 8)
    return (_EIGHTHS[8] * full + (_EIGHTHS[rest] if rest else "")).ljust(room)


class Canvas:
    """A field of dots, four to a character.

    Args:
        columns: Characters across.
        rows: Characters down.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self._bits = [[0] * columns for _ in range(rows)]
        self._inks = [[-1] * columns for _ in range(rows)]
        self._reached: dict[int, dict[int, int]] = {}

    def dot(self, x: float, y: float, ink: int) -> None:
        """Set the dot nearest to a place.

        Args:
            x: 0 at the left edge, 1 at the right one; outside nothing is set.
            y: 0 at the lower edge, 1 at the upper one.
            ink: Number of the series, for its colour.
        """
        across, down = round(x * (2 * self.columns - 1)), round((1 - y) * (2 * self.rows - 1))
        if 0 <= across < 2 * self.columns and 0 <= down < 2 * self.rows:
            row, column = down // 2, across // 2
            self._bits[row][column] |= 1 << (across % 2 + 2 * (down % 2))
            self._inks[row][column] = ink
            self._reached.setdefault(ink, {})[column] = row

    def line(
        self, begin: tuple[float, float], end: tuple[float, float], ink: int, *, dashed: bool = False
    ) -> None:
        """Set the dots between two places."""
        across = abs(end[0] - begin[0]) * 2 * self.columns
        down = abs(end[1] - begin[1]) * 2 * self.rows
        steps = max(1, round(max(across, down)))
        for i in range(steps + 1):
            if not dashed or i % 4 == 0:
                share = i / steps
                x = begin[0] + (end[0] - begin[0]) * share
                self.dot(x, begin[1] + (end[1] - begin[1]) * share, ink)

    def lines(self, *, colour: bool, signed: int = 0) -> list[str]:
        """The rows of characters, from above.

        Args:
            colour: Write each series in a colour of its own (ANSI).
            signed: Without colours, put the sign of a series on it here and there, for so many of them.
        """
        lines = [self._row(bits, inks, colour) for bits, inks in zip(self._bits, self._inks, strict=True)]
        if colour or not signed:
            return lines
        cells = [list(line) for line in lines]
        for (row, column), char in self._signs(signed).items():
            cells[row][column] = char
        return ["".join(line) for line in cells]

    def _signs(self, count: int) -> dict[tuple[int, int], str]:
        """Where signs stand: each series at other columns than those before it."""
        signs: dict[tuple[int, int], str] = {}
        shift = max(_APART // count, 1)
        for ink in range(count):
            reached = self._reached.get(ink, {})
            wanted = [column for column in reached if (column - ink * shift) % _APART == 0]
            for column in wanted or [*reached][:1]:
                signs.setdefault((reached[column], column), sign(ink))
        return signs

    @staticmethod
    def _row(bits: list[int], inks: list[int], colour: bool) -> str:
        if not colour:
            return "".join(_QUARTERS[each] for each in bits)
        made, now = "", -1
        for each, ink in zip(bits, inks, strict=True):
            if each and ink != now:
                made += painted_begin(ink)
                now = ink
            made += _QUARTERS[each]
        return made + ("\x1b[0m" if now >= 0 else "")


def sign(ink: int) -> str:
    """The character that stands for a series where there are no colours."""
    return _SIGNS[ink % len(_SIGNS)]


def painted_begin(ink: int) -> str:
    """The sign after which a terminal writes in the colour of a series."""
    return f"\x1b[{_INKS[ink % len(_INKS)]}m"
