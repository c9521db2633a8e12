"""Tables to be taken along: as CSV for a spreadsheet, as Markdown for notes."""

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | float | None


def to_csv(rows: Iterable[Sequence[Cell]], heads: Sequence[str]) -> str:
    """The table as RFC 4180 has it, numbers bare, an empty cell for None.

    Without a byte order mark, which a download gets before it.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(heads)
    writer.writerows(_checked(rows, heads))
    return file.getvalue()


def to_markdown(rows: Iterable[Sequence[Cell]], heads: Sequence[str]) -> str:
    """The table as GitHub and Pandoc read it; columns that hold only numbers stand right."""
    body = _checked(rows, heads)
    numeric = [_is_numeric([row[column] for row in body]) for column in range(len(heads))]
    rule = ["---:" if number else "---" for number in numeric]
    lines = [
        [_escaped(head) for head in heads],
        rule,
        *([_escaped(_shown(cell)) for cell in row] for row in body),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _checked(rows: Iterable[Sequence[Cell]], heads: Sequence[str]) -> list[Sequence[Cell]]:
    body = list(rows)
    for row in body:
        if len(row) != len(heads):
            raise ValueError(f"A row has {len(row)} cells under {len(heads)} heads: {row}")
    return body


def _is_numeric(cells: list[Cell]) -> bool:
    numbers = [cell for cell in cells if cell is not None]
    return bool(numbers) and all(isinstance(cell, int | float) for cell in numbers)


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _escaped(text: str) -> str:
    """Without what would end a cell or a row."""
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())
