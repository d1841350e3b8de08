from pathlib import Path

import pytest

from producer.replay.prepared import as_published, prepare, require_any
from sentistream.errors import UserError
from sentistream.files.content.inputs import expand
from sentistream.files.options import FileOptions, Ids

ROWS = "id,text,label\n900000000000000017,warm,1\n900000000000000031,cold,0\n"


def write(folder: Path, content: str, name: str = "tweets.csv") -> list[str]:
    (folder / name).write_text(content)
    return [str(folder / name)]


def carried(arguments: list[str], options: FileOptions | None = None) -> str:
    (prepared,) = prepare(expand(arguments), options or FileOptions())
    return str(prepared.decision)


def test_a_file_that_grew_is_read_as_before(tmp_path: Path) -> None:
    before = carried(write(tmp_path, ROWS))
    grown = prepare(expand(write(tmp_path, ROWS + "900000000000000031,another text,2\n")), FileOptions())
    assert grown[0].decision.ids is Ids.HASH
    (again,) = as_published(grown, {0: {before}}, FileOptions())
    assert str(again.decision) == before


def test_a_file_that_changed_under_its_positions_is_refused(tmp_path: Path) -> None:
    before = carried(write(tmp_path, ROWS))
    changed = prepare(expand(write(tmp_path, ROWS.replace("warm", "wet"))), FileOptions())
    with pytest.raises(UserError, match="has changed since its first part was published"):
        as_published(changed, {0: {before}}, FileOptions())


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (FileOptions(ids=Ids.HASH), "by ids column, and now it is to be hash"),
        (FileOptions.parse(labels="0=negative,1=neutral"), "by labels 0=negative,1=positive, and now"),
        (FileOptions.parse(encoding="cp1252"), "by encoding utf-8, and now it is to be cp1252"),
    ],
)
def test_an_option_that_says_otherwise_is_refused_with_both(tmp_path: Path, options: FileOptions, named: str) -> None:
    before = carried(write(tmp_path, ROWS))
    now = prepare(expand(write(tmp_path, ROWS)), options)
    with pytest.raises(UserError, match=named):
        as_published(now, {0: {before}}, options)


def test_positions_of_a_version_that_carried_no_decision_go_on(tmp_path: Path) -> None:
    same = prepare(expand(write(tmp_path, ROWS)), FileOptions())
    assert as_published(same, {0: {None}}, FileOptions()) == same
    numbered = expand(write(tmp_path, "id,text\n1,warm\n2,cold\n"))
    now = prepare(numbered, FileOptions())
    assert now[0].decision.ids is Ids.HASH
    (again,) = as_published(now, {0: {None}}, FileOptions())
    assert again.decision.ids is Ids.COLUMN
    hashed = FileOptions(ids=Ids.HASH)
    with pytest.raises(UserError, match="by ids column, and now it is to be hash"):
        as_published(prepare(numbered, hashed), {0: {None}}, hashed)


def test_one_file_without_a_tweet_ends_no_replay_and_nothing_at_all_does(tmp_path: Path) -> None:
    empty = write(tmp_path, "", "a.csv") + write(tmp_path, "id,text\n", "b.csv")
    inputs = expand([*empty, *write(tmp_path, ROWS)])
    require_any(prepare(inputs, FileOptions()), inputs)
    with pytest.raises(UserError, match="no usable row"):
        require_any(prepare(inputs[:2], FileOptions()), inputs[:2])
    with pytest.raises(UserError, match="the file is empty"):
        require_any(prepare(inputs[:1], FileOptions()), inputs[:1])
