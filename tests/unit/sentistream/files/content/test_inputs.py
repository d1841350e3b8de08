from pathlib import Path

import boto3
import pytest

from sentistream.errors import UserError
from sentistream.files.content.inputs import expand


def write(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())


def test_a_folder_is_read_by_name_and_its_hidden_files_are_not(tmp_path: Path) -> None:
    write(tmp_path, "b.csv", "a/2.csv", "a/1.csv", ".hidden", ".git/x")
    found = expand([str(tmp_path)])
    assert [each.name for each in found] == ["a/1.csv", "a/2.csv", "b.csv"]
    assert [each.size for each in found] == [7, 7, 5]
    with found[0].open() as stream:
        assert stream.read() == b"a/1.csv"


def test_a_glob_and_files_are_read_in_the_order_given(tmp_path: Path) -> None:
    write(tmp_path, "b.csv", "a.csv", "c [1].csv", "d/e.csv")
    arguments = [str(tmp_path / "c [1].csv"), str(tmp_path / "?.csv"), str(tmp_path / "**" / "e.csv")]
    assert [each.name for each in expand(arguments)] == ["c [1].csv", "a.csv", "b.csv", "e.csv"]


def test_two_inputs_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a/x.csv", "b/x.csv")
    with pytest.raises(UserError, match=r"both called x\.csv"):
        expand([str(tmp_path / "a/x.csv"), str(tmp_path / "b/x.csv")])
    assert [each.name for each in expand([str(tmp_path)])] == ["a/x.csv", "b/x.csv"]


def test_where_nothing_is_resumed_two_inputs_may_have_one_name_and_none_is_read_twice(tmp_path: Path) -> None:
    write(tmp_path, "a/x.csv", "b/x.csv")
    files = [str(tmp_path / "a/x.csv"), str(tmp_path / "b/x.csv")]
    assert [each.shown for each in expand(files, named_apart=False)] == files
    with pytest.raises(UserError, match=r"a/x\.csv is given twice\."):
        expand([files[0], *files], named_apart=False)


@pytest.mark.parametrize(
    ("argument", "sentence"), [("absent", "no such file"), ("*.none", "matches no file"), ("empty", "holds no file")]
)
def test_what_names_nothing_is_refused(tmp_path: Path, argument: str, sentence: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=sentence):
        expand([str(tmp_path / argument)])


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> str:
    # A web framework, which each worker would import when it collects.
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "an id",
        "AWS_SECRET_ACCESS_KEY": "a secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="tweets")
    for key in ("day/1.csv", "day/2.csv", "day/old/3.json", "days.csv"):
        client.put_object(Bucket="tweets", Key=key, Body=key.encode() * 1000)
    yield "s3://tweets"  # type: ignore[misc]  # a fixture that cleans up
    server.stop()


def test_objects_are_read_from_a_real_s3_protocol(bucket: str) -> None:
    assert [each.name for each in expand([f"{bucket}/day/"])] == ["1.csv", "2.csv", "old/3.json"]
    assert [each.name for each in expand([f"{bucket}/day/*.csv", f"{bucket}/days.csv"])] == [
        "1.csv",
        "2.csv",
        "days.csv",
    ]
    (one,) = expand([f"{bucket}/day/2.csv"])
    assert one.size == 9000
    with one.open() as stream:
        assert stream.read() == b"day/2.csv" * 1000
    for nothing in ("absent", "day", "day/*.tsv"):
        with pytest.raises(UserError, match="no such object"):
            expand([f"{bucket}/{nothing}"])
    with pytest.raises(UserError, match="can't be listed"):
        expand(["s3://another-bucket/x"])
    with pytest.raises(UserError, match="can't be a bucket's name"):
        expand(["s3://b ad/x"])
