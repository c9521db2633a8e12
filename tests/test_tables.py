"""Tables as CSV and Markdown."""

import csv
import io

import pytest

from cnnviz.tables import to_csv, to_markdown

HEADS = ("layer", "parameters")


def test_csv_is_read_back_as_it_was():
    rows = [("conv1, 3×3", 320), ('the "first" | one', None), ("卷积\n层", 2.5)]
    read = list(csv.reader(io.StringIO(to_csv(rows, HEADS), newline="")))
    assert read == [
        ["layer", "parameters"],
        ["conv1, 3×3", "320"],
        ['the "first" | one', ""],
        ["卷积\n层", "2.5"],
    ]


def test_csv_begins_with_its_first_head_and_no_byte_order_mark():
    assert to_csv([("conv1", 320)], HEADS).encode() == b"layer,parameters\r\nconv1,320\r\n"


def test_markdown_sets_numbers_right_and_groups_their_digits():
    assert to_markdown([("conv1", 320), ("dense1", 36_928), ("flatten", None)], HEADS) == (
        "| layer | parameters |\n"
        "| --- | ---: |\n"
        "| conv1 | 320 |\n"
        "| dense1 | 36,928 |\n"
        "| flatten |  |\n"
    )


def test_markdown_keeps_a_pipe_a_backslash_and_a_line_break_inside_their_cell():
    assert to_markdown([("a|b\\c\nd", 1)], HEADS).splitlines()[2] == "| a\\|b\\\\c d | 1 |"


@pytest.mark.parametrize("export", [to_csv, to_markdown])
def test_a_row_of_another_length_is_refused(export):
    with pytest.raises(ValueError, match="3 cells under 2 heads"):
        export([("conv1", 320, 1)], HEADS)


@pytest.mark.parametrize("export", [to_csv, to_markdown])
def test_heads_stand_alone_where_there_are_no_rows(export):
    assert "layer" in export([], HEADS)
