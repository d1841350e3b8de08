"""What a file is not: other kinds of file, told by their first bytes and named with what to do."""

import re

HEAD_BYTES = 64 << 10
SAVE_AS_CSV = "save it as CSV (UTF-8) and give that"
UNPACK = "unpack it and give the files"
BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", "give a file of tweets"),
    (b"\xff\xd8\xff", "a JPEG picture", "give a file of tweets"),
    (b"GIF8", "a GIF picture", "give a file of tweets"),
    (b"II*\0", "a TIFF picture", "give a file of tweets"),
    (b"%PDF-", "a PDF document", "PDF holds pages, not rows: export the table as CSV"),
    (b"SQLite format 3", "a SQLite database", "export its table: sqlite3 -csv -header FILE 'select * from TABLE'"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook or another Office document of the old kind", SAVE_AS_CSV),
    (b"{\\rtf", "an RTF document", "save it as plain text"),
    (b"version https://git-lfs.github.com/spec", "a Git-LFS pointer, not the data", "run `git lfs pull` and give the file again"),
    (b"/annex/objects/", "a git-annex pointer, not the data", "run `git annex get` and give the file again"),
    (b"ARROW1", "an Arrow (Feather) file", "write it as Parquet or CSV, as with pandas' to_parquet"),
    (b"FEA1", "a Feather file", "write it as Parquet or CSV, as with pandas' to_parquet"),
    (b"\xff\xff\xff\xff", "an Arrow stream", "write it as Parquet or CSV"),
    (b"Obj\x01", "an Avro file", "write it as JSON lines or Parquet, as with avro-tools tojson"),
    (b"ORC", "an ORC file", "write it as Parquet or CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "write it as Parquet or CSV"),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"\x04\x22\x4d\x18", "compressed by LZ4", "unpack it, or pipe it: lz4cat FILE | … -"),
    (b"\xff\x06\0\0sNaPpY", "compressed by Snappy", "unpack it and give the file"),
    (b"\x1f\x9d", "compressed by `compress` (.Z)", "unpack it and give the file"),
    (b"\x7fELF", "a program", "give a file of tweets"),
    (b"$FL2", "an SPSS file", SAVE_AS_CSV),
    (b"<stata_dta>", "a Stata file", SAVE_AS_CSV),
    (b"RDX", "an R data file", "write.csv() it and give that"),
    (b"PK\x05\x06", "an empty zip archive", "give a file of tweets"),
)  # fmt: skip
PICKLE = re.compile(rb"\x80[\x02-\x05](?:\x95|[}\](c])")
TAR_AT, TAR = 257, b"ustar"
HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|script)\b", re.IGNORECASE | re.DOTALL)
XML = re.compile(rb"\s*<\?xml|\s*<[A-Za-z][\w:.-]*[\s>]")
PYTHON_REPR = re.compile(rb"\s*\[?\s*\{\s*'")
OFFICE = (("xl/", "an Excel workbook"), ("word/", "a Word document"), ("ppt/", "a PowerPoint presentation"))
ODF = {"application/vnd.oasis.opendocument.spreadsheet": "an OpenDocument spreadsheet"}


def named(head: bytes) -> str | None:
    """What a file is, with what to do, where its first bytes say that it holds no tweets that can be read."""
    for beginning, kind, remedy in BEGINNINGS:
        if head.startswith(beginning):
            return f"this is {kind}: {remedy}"
    if head[TAR_AT : TAR_AT + len(TAR)] == TAR:
        return f"this is a tar archive: {UNPACK}"
    if PICKLE.match(head):
        return "this is a Python pickle, which is never opened: write it as CSV or Parquet"
    text = head.removeprefix(b"\xef\xbb\xbf")
    if HTML.match(text):
        return "this is a web page (HTML), not data: the download probably needs a login or another address; fetch it again"
    if XML.match(text):
        return "this is XML: write it as CSV or JSON lines"
    if PYTHON_REPR.match(text):
        return "these are Python's dictionaries, not JSON (single quotes): write them with json.dumps"
    return None


def named_archive(names: list[str], mimetype: str = "") -> str | None:
    """What a zip archive with these members is, where it is a document."""
    for folder, kind in OFFICE:
        if any(name.startswith(folder) for name in names):
            return f"this is {kind}: {SAVE_AS_CSV}"
    if mimetype.startswith("application/vnd.oasis.opendocument"):
        return f"this is {ODF.get(mimetype, 'an OpenDocument document')}: {SAVE_AS_CSV}"
    return None
