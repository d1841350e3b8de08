import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from deltalake import CommitProperties

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.lake import transactions
from sentistream.lake.doctor.balance import counted
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import log_retention
from sentistream.lake.tables import SCORED
from sentistream.scoring.errors import UnfitError
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.succession import served_versions
from stream_processor.stream.succession.served_versions import Served
from tests.support.lake_rows import TOPIC, batch, column, empty_lake, tweet


def version(number: int, files: str = "files") -> ModelVersion:
    digest = hashlib.sha256(files.encode()).hexdigest()
    return ModelVersion("m", number, LabelMap(POLAR), NeutralBand(), "run", digest=digest)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(empty_lake(tmp_path_factory.mktemp("empty")).uri)


@pytest.fixture
def lake(empty: Path, tmp_path: Path) -> Lake:
    return Lake.at(str(shutil.copytree(empty, tmp_path / "lake")))


def serve(lake: Lake, model: ModelVersion, start: int, unfit: tuple[ModelVersion, ...] = ()) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet(start + 1)], start=start), Served(model, unfit))


def recorded(lake: Lake) -> dict[str, int]:
    return {name: at for name, at in transactions.of(lake.require(SCORED)).items() if name.startswith("model/")}


def test_the_first_commit_of_a_version_says_by_which_files_it_is_known(lake: Lake) -> None:
    sink = LakeSink(lake, TOPIC)
    served_versions.require(lake.require(SCORED), version(1))
    for start in range(3):
        sink.append(batch([tweet(start + 1)], start=start), Served(version(1)))
    pieces = [recorded(lake)[f"model/m/1/digest/{number}"] for number in (1, 2, 3, 4)]
    assert "".join(f"{piece:063b}" for piece in pieces) == f"{int(version(1).digest, 16):0256b}"[:252]
    served_versions.require(lake.require(SCORED), version(1))
    assert served_versions.latest(lake.require(SCORED), "m") == [1]
    # Once: what each commit carries costs each commit.
    entries = [Path(file).read_text() for file in sorted(Path(lake.uri).glob("silver/scored_tweets/_delta_log/*.json"))]
    assert ["model/m/" in entry for entry in entries[1:]] == [True, False, False]


def test_other_files_under_the_same_number_never_serve_and_other_numbers_do(lake: Lake) -> None:
    serve(lake, version(1), 0)
    changed = version(1, "changed")
    with pytest.raises(UnfitError, match=r"^models:/m/1 has other files than when it first served \(digest "):
        served_versions.require(lake.require(SCORED), changed)
    with pytest.raises(UnfitError, match="has other files"):
        serve(lake, changed, 1)
    assert column(lake, SCORED, "tweet_id") == [1]
    serve(lake, version(2, "changed"), 1)
    assert served_versions.latest(lake.require(SCORED), "m") == [2, 1]


def test_a_new_registry_beside_an_old_lake_serves_under_another_name(lake: Lake) -> None:
    serve(lake, version(1), 0)
    anew = version(1, "of a new registry")
    with pytest.raises(UnfitError, match="if the registry is a new one, under another MODEL_NAME"):
        served_versions.require(lake.require(SCORED), anew)
    serve(lake, replace(anew, name="n"), 1)
    assert served_versions.latest(lake.require(SCORED), "n") == [1]


def test_the_record_outlives_the_clean_up_of_the_log(lake: Lake) -> None:
    serve(lake, version(1), 0)
    serve(lake, version(2), 1)
    before = recorded(lake)
    for start in range(2, 6):
        LakeSink(lake, TOPIC).append(batch([tweet(start + 1)], start=start))
        lake.require(SCORED).create_checkpoint()
    assert log_retention.shorten(lake.require(SCORED), kept=1) > 3
    assert recorded(lake) == before
    assert served_versions.latest(lake.require(SCORED), "m") == [2, 1]
    with pytest.raises(UnfitError, match="has other files"):
        served_versions.require(lake.require(SCORED), version(1, "changed"))


def test_an_unfit_version_is_known_after_a_restart_by_its_files(lake: Lake) -> None:
    serve(lake, version(1), 0)
    serve(lake, version(1), 1, (version(2, "unfit"),))
    with pytest.raises(UnfitError, match="models:/m/2 turned out unfit"):
        served_versions.require(lake.require(SCORED), version(2, "unfit"))
    served_versions.require(lake.require(SCORED), version(2, "other"))
    # Nor does who counts a topic's records take any of it for a partition.
    assert counted(recorded(lake)) == {}


def test_an_unfit_version_takes_nobodys_place_among_those_that_served(lake: Lake) -> None:
    for start, number in enumerate((3, 4, 5)):
        serve(lake, version(number), start)
    serve(lake, version(4), 3, (version(5),))
    assert served_versions.latest(lake.require(SCORED), "m") == [4, 3]
    serve(lake, version(3), 4, (version(4),))
    assert served_versions.latest(lake.require(SCORED), "m") == [3]


def test_a_version_without_a_digest_leaves_no_record_of_one(lake: Lake) -> None:
    serve(lake, replace(version(1), digest=""), 0)
    assert recorded(lake) == {"model/m/serving": 1}


def test_a_version_that_another_process_brought_in_between_is_held_against_it(lake: Lake) -> None:
    stream = LakeSink(lake, TOPIC)
    stream.append(batch([tweet(1), tweet(2)]), Served(version(1)))
    # As a rescoring does beside it: rows are changed, and the first digest of version 2 is theirs.
    table = lake.require(SCORED)
    properties = CommitProperties(app_transactions=served_versions.first_digest(table, version(2)))
    table.delete("tweet_id = 1", commit_properties=properties)
    with pytest.raises(UnfitError, match="models:/m/2 has other files"):
        stream.append(batch([tweet(3)], start=2), Served(version(2, "changed")))
    stream.append(batch([tweet(3)], start=2), Served(version(2)))
    assert column(lake, SCORED, "tweet_id") == [2, 3]
