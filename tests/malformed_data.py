"""Files that are no data, or not quite, as people come by them: name, what is the matter, and content."""

import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import FLAGS, spelt
from robustaudit.datasets import load


def _parquet(columns: dict[str, list[object]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def _arrow(columns: dict[str, list[object]]) -> bytes:
    buffer = io.BytesIO()
    table = pa.table(columns)
    packed = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(buffer, table.schema, options=packed) as file:
        file.write_table(table)
    return buffer.getvalue()


_ROWS = {"text": ["Fine.", "Bad."], "label": [1, 0]}
_BEGUN = b"text,label\nWorks as it should and looks good too.,1\nBroke within a week of light use.,0\n"

MALFORMED: dict[str, tuple[str, bytes]] = {
    "a quote left open": ("my.csv", b'text,label\nFine.,1\n"Bad.,0\n'),
    "a quote left open before others": ("my.csv", b'text,label\n"Fine.,1\n"Bad.",0\n'),
    "a quote inside quotes": ("my.csv", b'text,label\n"It is "fine"",1\n'),
    "a quote inside a bare field": ("my.csv", b'text,label\nIt is "fine",1\n'),
    "a quote behind a backslash": ("my.csv", b'text,label\n"It is \\"fine\\"",1\n'),
    "quotes in two lines": ("my.csv", b'label,text\n1,Good.\n1,"Fine\n0,bad"\n0,Bad.\n'),
    "a header that stands again": ("my.csv", b"text,label\nFine.,1\ntext,label\nBad.,0\n"),
    "a comma at the end of rows alone": ("my.csv", b"text,label\nFine.,1,\n"),
    "a column of numbers without a name": ("my.csv", b'"text","label"\n"1","Fine.",1\n'),
    "no header": ("my.csv", b"Fine.,1\nBad.,0\n"),
    "a comma without quotes": ("my.csv", b"text,label\nFine, really,1\n"),
    "a field too few": ("my.csv", b"text,label\nFine.,1\nBad.\n"),
    "a missing column": ("my.csv", b"words,label\nFine.,1\n"),
    "a column named twice": ("my.csv", b"text,label,text\nFine.,1,x\n"),
    "an empty label": ("my.csv", b"text,label\nFine.,1\nBad.,\n"),
    "a label that is NaN": ("my.csv", b"text,label\nFine.,1\nBad.,nan\n"),
    "a label between classes": ("my.csv", b"text,label\nFine.,1\nSo so.,0.5\n"),
    "numbers and names as labels": ("my.csv", b"text,label\nFine.,1\nBad.,neg\n"),
    "an id given twice": ("my.csv", b"id,text,label\na,Fine.,1\na,Bad.,0\n"),
    "two labels of fastText": ("my.txt", b"__label__good __label__new Fine.\n"),
    "a text a line": ("my.txt", b"Fine, really.\nBad.\n"),
    "lines with tabs": ("my.txt", b"Fine.\tgood\nBad.\tbad\n"),
    "no bytes": ("my.csv", b""),
    "a header alone": ("my.csv", b"text,label\n"),
    "zero bytes": ("my.csv", b"text,label\nFi\0ne.,1\n"),
    "Latin-1": ("my.csv", "text,label\nFine.,1\nNaïve.,0\n".encode("latin-1")),
    "UTF-16 cut in a letter": ("my.csv", "text,label\nFine.,1\n".encode("utf-16")[:-1]),
    "a gzip file cut short": ("my.csv.gz", gzip.compress(_BEGUN) + gzip.compress(b"Fine.,1")[:-9]),
    "not gzip": ("my.csv.gz", b"text,label\nFine.,1\n"),
    "a JSON syntax error": ("my.jsonl", b'{"text": "Fine.", "label": 1}\n{"text": "Bad.", "label": }\n'),
    "a row that is no object": ("my.jsonl", b'{"text": "Fine.", "label": 1}\n["Bad.", 0]\n'),
    "a name that stands twice": ("my.jsonl", b'{"text": "Fine.", "label": 1, "label": 0}\n'),
    "a text that is a list": ("my.jsonl", b'{"text": ["Fine."], "label": 1}\n'),
    "half a surrogate pair": ("my.jsonl", b'{"text": "Fine \\ud83d", "label": 1}\n'),
    "a first row without a label": ("my.jsonl", b'{"text": "Fine."}\n{"text": "Bad.", "label": 0}\n'),
    "JSON that holds no rows": ("my.json", b'{"model": "mine", "accuracy": 0.9}\n'),
    "JSON with several lists of rows": ("my.json", b'{"a": [{"text": "x"}], "b": [{"text": "y"}]}\n'),
    "rows that lie deeper": ("my.json", b'{"data": {"items": [{"text": "x", "label": 1}]}}\n'),
    "JSON columns of other lengths": ("my.json", b'{"text": ["Fine.", "Bad."], "label": [1]}\n'),
    "null for a label": ("my.jsonl", b'{"text": "Fine.", "label": null}\n'),
    "a chat without an answer": ("my.jsonl", b'{"messages": [{"role": "user", "content": "Fine."}]}\n'),
    "a chat with two answers": (
        "my.jsonl",
        (
            b'{"messages": [{"role": "user", "content": "Fine."}, {"role": "assistant", "content": "good"}, '
            b'{"role": "assistant", "content": "bad"}]}\n'
        ),
    ),
    "annotators who differ": (
        "my.json",
        (
            b'[{"data": {"text": "Fine."}, "annotations": ['
            b'{"result": [{"from_name": "mood", "value": {"choices": ["good"]}}]}, '
            b'{"result": [{"from_name": "mood", "value": {"choices": ["bad"]}}]}]}]\n'
        ),
    ),
    "a record without a response": (
        "my.json",
        (
            b'[{"fields": {"text": "Fine."}, "responses": {"label": []}, "suggestions": {}}, '
            b'{"fields": {"text": "Bad."}, "responses": {"label": [{"value": 0}]}, "suggestions": {}}]\n'
        ),
    ),
    "an array left open": ("my.json", b'[{"text": "Fine.", "label": 1},\n {"text": "Bad.", "label": 0}\n'),
    "not Parquet": ("my.parquet", b"text,label\nFine.,1\n"),
    "Parquet cut short": ("my.parquet", _parquet(dict(_ROWS))[:-100]),
    "Feather cut short": ("my.feather", _arrow(dict(_ROWS))[:150]),
    "not Feather": ("my.feather", b"text,label\nFine.,1\n"),
    "Arrow by another name": ("my.csv", _arrow(dict(_ROWS))),
    "bytes that are not UTF-8": ("my.parquet", _parquet({"text": [b"Na\xefve"], "label": [1]})),
    "texts that are numbers": ("my.parquet", _parquet({"text": [1.5, 2.5], "label": [1, 0]})),
    "a file of Excel": ("my.csv", b"PK\x03\x04\x14\0\x06\0"),
    "a pointer of Git LFS": ("my.parquet", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n"),
    "a folder without data": ("my/readme.txt", b"Nothing here."),
}
TOLD: dict[str, tuple[str, bytes]] = {  # what is read all the same, and what is said of it
    "UTF-16 without a mark": ("my.csv", "text,label\nNaïve.,1\nBad.,0\n".encode("utf-16-le")),
    "semicolons": ("my.csv", b"text;label\nFine, really;1\nBad.;0\n"),
    "blanks behind commas": ("my.csv", b'label, text\n1, Fine.\n0, "Bad, really."\n'),
    "other names": ("my.csv", b"review,sentiment\nFine.,1\nBad.,0\n"),
    "several columns of texts": ("my.csv", b"title,text,label\nSo,Fine.,1\nNo,Bad.,0\n"),
    "groups": ("my.csv", b"group,text,label\na,Fine.,1\na,Bad.,0\n"),
    "one class": ("my.csv", b"text,label\nFine.,1\nGood.,1\n"),
    "texts again, with other labels": ("my.csv", b"text,label\nFine.,1\nFine.,0\nFine.,1\n"),
    "texts that are empty": ("my.csv", b'text,label\nFine.,1\n"",0\n'),
}


def complaint(name: str) -> str:
    """The line that data of that name is refused with."""
    try:
        with spelt(FLAGS):
            load(name)
    except UserError as error:
        return str(error)
    raise AssertionError(f"{name} was read")


def said(name: str) -> list[str]:
    """What is said of data of that name while it is read."""
    lines: list[str] = []
    with spelt(FLAGS):
        load(name, announce=lines.append)
    return lines
