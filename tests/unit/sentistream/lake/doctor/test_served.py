"""Which versions have served, as the doctor shows it, beside what the registry has under their numbers."""

import hashlib
from pathlib import Path

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from sentistream.lake import served_record
from sentistream.lake.doctor.finding import Verdict
from sentistream.lake.doctor.served import served

NAME = "tweet-sentiment"


def digest(files: str) -> str:
    return hashlib.sha256(files.encode()).hexdigest()


def table(folder: Path, serving: int, unfit: int, **served_with: str) -> DeltaTable:
    """A scored table with the record of versions and their files."""
    said = {served_record.places(NAME)[0]: serving, "tweets/id/0": 7}
    for version, files in served_with.items():
        pieces = served_record.pieces_of(digest(files))
        said |= dict(zip(served_record.of_digest(NAME, int(version[1:])), pieces, strict=True))
        if int(version[1:]) == unfit:
            said[served_record.of_unfit(NAME, unfit)] = pieces[0]
    properties = CommitProperties(app_transactions=[Transaction(*each) for each in said.items()])
    write_deltalake(str(folder), pa.table({"tweet_id": [1]}), commit_properties=properties)
    return DeltaTable(str(folder))


def test_each_version_that_served_is_shown_with_its_digest_and_beside_what_the_registry_has_now(tmp_path: Path) -> None:
    scored = table(tmp_path, 2, 3, v1="same", v2="at first", v3="tag gone", v4="deleted", v10="odd tag")
    now = {1: digest("same"), 2: digest("changed since"), 3: "", 10: "no SHA-256"}
    asked: list[str] = []
    findings = list(served(scored, lambda name: asked.append(name) or now))  # type: ignore[func-returns-value]
    assert asked == [NAME]
    numbers = [(each.subject.rpartition("/")[2], each.verdict) for each in findings]
    assert numbers == [("1", Verdict.KEPT), *((each, Verdict.NOTED) for each in ("2", "3", "4", "10"))]
    same, changed, untagged, deleted, odd = (each.found for each in findings)
    assert same == f"served with digest {digest('same')[:12]}…; the registry has the same"
    assert changed.startswith(f"served with digest {digest('at first')[:12]}…, serving; ")
    assert f"another digest under this number, {digest('changed since')[:12]}…" in changed
    assert untagged.startswith(f"served with digest {digest('tag gone')[:12]}…, unfit; ")
    assert untagged.endswith("no digest of it (`sentistream models --adopt 3` writes one)")
    assert deleted.endswith("the registry has it no more")
    assert "another digest under this number, no SHA-256…" in odd


def test_the_record_is_shown_where_the_registry_does_not_say(tmp_path: Path) -> None:
    [found] = served(table(tmp_path, 1, 0, v1="files"), lambda _: "the registry is away")
    assert (found.verdict, found.found) == (
        Verdict.SKIPPED,
        f"served with digest {digest('files')[:12]}…, serving; the registry is away",
    )
