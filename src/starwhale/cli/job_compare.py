"""`swcli job compare`: jobs side by side, with what is not as in the base marked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starwhale.cli import units
from starwhale.cli.job_columns import Cell, Line, draw
from starwhale.cli.plain import visible
from starwhale.core.errors import NotFound, UsageError
from starwhale.core.version import short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starwhale.cli.session import Session
    from starwhale.evaluations.comparison import ComparedRow, ComparedRows, Figure
    from starwhale.evaluations.comparison_intervals import Interval
    from starwhale.evaluations.comparison_results import Asked, Comparison
    from starwhale.instance.local import LocalInstance
    from starwhale.jobs.schemas import JobRead

UP, DOWN, OTHER = "↑", "↓", "≠"
# Up is not better everywhere: colours tell the direction, not the worth.
STYLES = {UP: "cyan", DOWN: "magenta", OTHER: "yellow"}
_ABSENT = Cell("(no such row)", "dim")


def compare_jobs(session: Session, texts: Sequence[str], asked: Asked, *, base: int, strict: bool) -> None:
    """Print jobs side by side.

    Args:
        session: The run of swcli.
        texts: What the user calls them.
        asked: What of their results is compared.
        base: Which of them the others are compared with, counted from 1.
        strict: It is an error where a job has no such table.
    """
    from starwhale.evaluations.comparison_results import compare_results

    places, jobs = _jobs(session, texts)
    if not 1 <= base <= len(jobs):
        raise UsageError(f"--base is from 1 to {len(jobs)}, not {base}")
    if len({job.plan.datasets for job in jobs}) == 1:
        # What was read is the same, and reading large media to see it would take its time.
        asked = replace(asked, wanted=replace(asked.wanted, inputs=False))
    stores = [
        place.results(job.plan.log_project or job.project, job.id)
        for place, job in zip(places, jobs, strict=True)
    ]
    try:
        found = compare_results(stores, asked, base=base - 1)
        lacking = [(jobs[place], stores[place].tables()) for place in found.lacking]
    finally:
        for store in stores:
            store.close()
    if lacking and strict:
        job, tables = lacking[0]
        known = f"there are {', '.join(tables)}" if tables else "it has no tables"
        raise NotFound(f"job {short(job.id)} has no table {asked.table!r}", hint=known)
    if session.json:
        session.out.document(_document(jobs, asked, found))
        return
    _View(session, jobs, asked, found).show()


def _jobs(session: Session, texts: Sequence[str]) -> tuple[list[LocalInstance], list[JobRead]]:
    found = [session.found_job(text) for text in texts]
    jobs = [job for _, job in found]
    if len({job.id for job in jobs}) < 2 or len({job.id for job in jobs}) < len(jobs):
        raise UsageError("one job cannot be compared with itself", hint="name two jobs or more, each once")
    return [place for place, _ in found], jobs


class _View:
    def __init__(self, session: Session, jobs: Sequence[JobRead], asked: Asked, found: Comparison) -> None:
        self._session = session
        self._out = session.out
        self._jobs = jobs
        self._asked = asked
        self._found = found
        self._base = found.base
        self._only = asked.wanted.only_different

    def show(self) -> None:
        self._table("JOB", self._origins())
        figures = [each for each in self._found.summary if any(each.differs) or not self._only]
        if figures:
            self._out.blank()
            self._table("SUMMARY", [self._figure(each) for each in figures])
        elif self._found.summary:
            self._out.blank()
            self._out.line("the summaries are the same", None)
        if self._found.rows is None:
            for place in self._found.lacking:
                name = f"job {short(self._jobs[place].id)}"
                self._out.say(f"{name} has no table {self._asked.table!r}: --table names another one")
            return
        self._out.blank()
        self._table(f"ROWS OF {self._asked.table}", self._counts(self._found.rows))
        self._rows(self._found.rows)
        self._intervals()

    def _origins(self) -> list[Line]:
        def line(name: str, texts: Sequence[str]) -> Line:
            base = texts[self._base]
            return Line(name, tuple(Cell(text) if text == base else _unlike(text) for text in texts))

        jobs = self._jobs
        lines = [
            line("handler", [job.handler for job in jobs]),
            line("model", [_brief(job.plan.model) or job.plan.source for job in jobs]),
            line("datasets", ["\n".join(_brief(each.uri) for each in job.plan.datasets) for job in jobs]),
            line("runtime", [_brief(job.plan.runtime) for job in jobs]),
            line("arguments", [" ".join(job.plan.arguments) for job in jobs]),
            line("state", [str(job.state) for job in jobs]),
            line("comment", [job.comment for job in jobs]),
        ]
        kept = [each for each in lines if len({cell.text for cell in each.cells}) > self._only]
        created = Line("created", tuple(Cell(units.relative(job.created_at, self._out.now)) for job in jobs))
        return [*(each for each in kept if any(cell.text for cell in each.cells)), created]

    def _figure(self, figure: Figure) -> Line:
        return Line(
            figure.name,
            tuple(
                _cell(value, change=change, differs=differs)
                for value, change, differs in zip(figure.values, figure.changes, figure.differs, strict=True)
            ),
        )

    def _counts(self, rows: ComparedRows) -> list[Line]:
        def line(name: str, field: str) -> Line:
            cells = (Cell(units.number(getattr(pair, field)) if pair else "") for pair in rows.pairs)
            return Line(name, tuple(cells))

        lines = [
            line("equal", "equal"),
            line("different", "different"),
            line("only in base", "only_base"),
            line("not in base", "only_other"),
        ]
        for column in rows.columns:
            if any(column.different):
                counts = [units.number(count) if count else "" for count in column.different]
                lines.append(Line(f"  {column.name}", tuple(Cell(each) for each in counts)))
        # the columns in which rows differ stand below how many do
        return [*lines[:2], *lines[4:], *lines[2:4]]

    def _rows(self, rows: ComparedRows) -> None:
        if not rows.rows:
            where = f" on page {self._asked.wanted.page.number}" if rows.total else ""
            self._out.say(f"no row{' that differs' if self._only else ''}{where}")
            return
        names = self._asked.wanted.columns or tuple(
            column.name for column in rows.columns if any(column.different)
        )
        names = names or tuple(column.name for column in rows.columns)
        lines = [line for row in rows.rows for line in self._row(row, names)]
        self._out.blank()
        self._table(names[0].upper() if len(names) == 1 else "ROW", lines)
        if rows.total > len(rows.rows):
            self._out.say(f"({len(rows.rows)} of {units.number(rows.total)} rows; see --page and --size)")

    def _row(self, row: ComparedRow, names: Sequence[str]) -> list[Line]:
        """A line for each column below the key; where there is only one column, beside it."""
        met = set().union(*row.different)
        everywhere = all(values is not None for values in row.values)
        kept = [name for name in names if name in met or not (self._only and everywhere)]
        if len(names) == 1:
            cells = (self._value(values, row, names[0], at) for at, values in enumerate(row.values))
            return [Line(str(row.key), tuple(cells))]
        absent = tuple(Cell("") if values is not None else _ABSENT for values in row.values)
        lines = [Line(str(row.key), absent)]
        for name in kept:
            cells = (
                Cell("") if values is None else self._value(values, row, name, at)
                for at, values in enumerate(row.values)
            )
            lines.append(Line(f"  {name}", tuple(cells)))
        return lines

    def _value(self, values: Mapping[str, Any] | None, row: ComparedRow, name: str, place: int) -> Cell:
        from starwhale.evaluations.comparison_values import number_of

        if values is None:
            return _ABSENT
        base, value = row.values[self._base], values.get(name)
        if name not in row.different[place] or base is None:
            return _cell(value, change=None, differs=False)
        first, number = number_of(base.get(name)), number_of(value)
        is_label = isinstance(value, int) and not isinstance(value, bool)
        change = None if first is None or number is None or is_label else number - first
        return _cell(value, change=change, differs=True)

    def _intervals(self) -> None:
        from rich.text import Text

        if self._found.intervals:
            self._out.blank()
        for each in self._found.intervals:
            self._out.draw(Text(visible(_sentence(each, self._jobs[each.other]))))
        if self._found.left_out:
            names = ", ".join(self._found.left_out)
            self._out.say(f"(--metric gives an interval for {names} as well)")

    def _table(self, title: str, lines: Sequence[Line]) -> None:
        heads = [short(job.id) + (" (base)" if at == self._base else "") for at, job in enumerate(self._jobs)]
        draw(self._out, title, heads, lines, base=self._base)


def _unlike(text: str) -> Cell:
    return Cell(f"{text or '-'} {OTHER}", STYLES[OTHER])


def _brief(uri: str) -> str:
    """A package without its project: `NAME/version/VERSION` with a short version."""
    _, _, name = uri.rpartition("/project/")[2].partition("/")
    kind_name, _, version = name.partition("/version/")
    return f"{kind_name.partition('/')[2]}/version/{short(version)}" if version else uri


def _cell(value: Any, *, change: float | None, differs: bool) -> Cell:
    from starwhale.cli.rows import cell

    text = "" if value is None else cell(value)
    if not differs:
        return Cell(text)
    if not change:
        return _unlike(text)
    mark = UP if change > 0 else DOWN
    return Cell(f"{text} {mark} {_signed(change)}", STYLES[mark])


def _signed(change: float) -> str:
    return f"{'-' if change < 0 else '+'}{units.number(abs(change))}"


def _sentence(interval: Interval, job: JobRead) -> str:
    """What an interval says, in words."""
    found = interval.difference
    name = f"{interval.metric} of {short(job.id)}"
    if found is None:
        return f"{name}: no row has it in both jobs"
    verdict = (
        ("clearly higher" if found.low > 0 else "clearly lower") if found.is_clear else "no clear difference"
    )
    ends = f"{_signed(found.low)} to {_signed(found.high)}"
    means = f"{units.number(found.second)} against {units.number(found.first)}, {_signed(found.difference)}"
    rows = units.counted(found.rows, "row")
    return f"{name}: {means} ({100 * found.level:g}% interval {ends}, {rows}): {verdict}"


def _document(jobs: Sequence[JobRead], asked: Asked, found: Comparison) -> dict[str, Any]:
    from starwhale.cli.jobs import facts
    from starwhale.cli.plain import plain

    rows = found.rows
    only = asked.wanted.only_different
    return {
        "base": jobs[found.base].id,
        "jobs": [facts(job) for job in jobs],
        "summary": [each for each in found.summary if any(each.differs) or not only],
        "table": asked.table,
        "lacking": [jobs[place].id for place in found.lacking],
        "rows": None if rows is None else {**plain(rows), "page": asked.wanted.page.number},
        "intervals": [
            {
                "metric": each.metric,
                "job": jobs[each.other].id,
                "is_clear": each.difference is not None and each.difference.is_clear,
                **(plain(each.difference) or {}),
            }
            for each in found.intervals
        ],
    }
