"""What every report says of how data was read."""

from dataclasses import replace
from pathlib import Path

from printed import printed
from results import PLAN, RESULT, unread
from robustaudit.reports.markdown import markdown_report
from robustaudit.reports.page.document import inline
from robustaudit.reports.report import Report
from robustaudit.reports.terminal import render

NOTES = ["3 of 90 rows skipped: line 5", "reading texts from column '<b>\x1b[31m`'"]
FOUND = replace(RESULT, plan={**PLAN, "data": {**PLAN["data"], "notes": NOTES}})


def test_each_report_says_what_was_said_of_the_data() -> None:
    terminal = printed(render(FOUND, width=100), width=100)
    markdown = markdown_report(Report(run=unread(Path("run")), result=FOUND)).decode()
    page = inline(FOUND)
    for text in (terminal, markdown, page):
        assert "3 of 90 rows skipped: line 5" in text
        assert "\x1b" not in text
    assert "reading texts from column '<b><U+001B>[31m`'" in terminal
    assert "- Data: ``reading texts from column '<b><U+001B>[31m`'``" in markdown
    assert "&lt;b&gt;&lt;U+001B&gt;[31m" in page
    assert "<b>&lt;" not in page


def test_where_nothing_was_said_there_is_no_word() -> None:
    assert "Data: " not in inline(replace(RESULT, plan={**PLAN, "data": {**PLAN["data"], "notes": []}}))
