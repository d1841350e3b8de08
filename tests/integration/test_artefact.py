"""A version's files, from a real registry and its store."""

import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import mlflow
import pytest
from structlog.testing import capture_logs

from sentistream.contracts.model_version import SPARKML, ModelVersion
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.artefact import copies, fetch, manifest
from sentistream.scoring.errors import RefusedError, UnreachableError
from sentistream.scoring.scorer import load
from tests.support import saved_pipelines
from tests.support.registered import BARE, register_at
from tests.support.small_disk import SmallDisk
from trainer.selection import sealing
from trainer.settings import TrainerSettings

WEIGHTS = "sparkml/data/part-0"


@pytest.fixture
def settings(registry_settings: TrainerSettings, tmp_path: Path, request: pytest.FixtureRequest) -> TrainerSettings:
    """The session's registry, with a model and a cache of the test's own."""
    name = "".join(character if character.isalnum() else "-" for character in request.node.name)[:150]
    return registry_settings.model_copy(update={"model_name": name, "model_cache": str(tmp_path / "models")})


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("MLmodel", "sparkml/data/.part-0.crc", WEIGHTS, "sparkml/metadata/part-0"):
        file = tmp_path / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path / "files"


def version(settings: TrainerSettings, number: int = 1) -> ModelVersion:
    return registry.resolve_uri(settings, f"models:/{settings.model_name}/{number}")


def sealed(settings: TrainerSettings, files: Path) -> tuple[ModelVersion, Path]:
    """A version as the trainer leaves it, nothing of it in the cache; and where it lies."""
    number, stored = register_at(settings, files)
    sealing.seal(settings, number)
    shutil.rmtree(settings.model_cache)
    return version(settings, number), stored


def test_a_registered_version_is_known_by_the_digest_of_its_files(settings: TrainerSettings, files: Path) -> None:
    model, stored = sealed(settings, files)
    written = (stored / manifest.NAME).read_bytes()
    assert model.digest == hashlib.sha256(written).hexdigest()
    assert set(manifest.parse(written).files) == {
        file.relative_to(files).as_posix() for file in files.rglob("*") if file.is_file()
    }
    with capture_logs() as logs:
        copy = fetch(settings, model)
    assert (copy.digest, logs) == (model.digest, [])
    assert (copy.folder.parent / WEIGHTS).read_text() == WEIGHTS
    assert copy.folder.parent == Path(settings.model_cache) / f"1-{model.digest}"


def test_a_version_that_mlflow_itself_has_loaded_is_still_what_was_registered(
    settings: TrainerSettings, files: Path
) -> None:
    model, stored = sealed(settings, files)
    mlflow.artifacts.download_artifacts(model.uri)
    assert (stored / "registered_model_meta").exists()
    assert fetch(settings, model).digest == model.digest
    assert fetch(settings, model).digest == model.digest


def test_a_cache_whose_disk_is_full_may_have_room_later(
    settings: TrainerSettings, files: Path, small_disk: SmallDisk
) -> None:
    model, _ = sealed(settings, files)
    elsewhere = settings.model_copy(update={"model_cache": str(small_disk.folder / "models")})
    small_disk.fill()
    with pytest.raises(UnreachableError, match=r"models \(MODEL_CACHE\) is full"):
        fetch(elsewhere, model)
    small_disk.make_room()
    assert fetch(elsewhere, model).digest == model.digest


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        ("edited", f"file {WEIGHTS} isn't what was registered"),
        ("edited without its crc", r"file sparkml/data/\.part-0\.crc is missing"),
        ("cut", f"file {WEIGHTS} isn't what was registered"),
        ("missing", f"file {WEIGHTS} is missing"),
        ("added", "file sparkml/data/part-1 was added since it was registered"),
        ("folder", f"file {WEIGHTS} is missing"),
        ("link", f"its {WEIGHTS} is a link or a device"),
        ("linked folder", "its sparkml is a link or a device"),
        ("pipe", f"its {WEIGHTS} is a link or a device"),
        ("name", r"\\x1b\[2J is no path of a file"),
        ("manifest edited", "file sentistream-manifest.json isn't what was registered"),
        ("manifest gone", "file sentistream-manifest.json isn't what was registered"),
        ("manifest a folder", "its sentistream-manifest.json is a folder"),
        ("many", "it has more than 2,000 files and folders"),
        ("large", "it has more than 2,048 MiB"),
        ("tag edited", "file sentistream-manifest.json isn't what was registered"),
        ("tag no hash", r"has the tag digest \.\./\.\./x\\x07, which is no SHA-256"),
        ("tag gone", "has a sentistream-manifest.json and no tag digest"),
    ],
)
def test_a_version_that_is_not_what_was_registered_is_refused_by_name(
    settings: TrainerSettings, files: Path, harm: str, sentence: str
) -> None:
    model, stored = sealed(settings, files)
    harmed(settings, stored, harm)
    with pytest.raises(RefusedError, match=sentence) as refused:
        fetch(settings, version(settings))
    assert model.uri in str(refused.value)
    assert str(refused.value).isprintable()
    # Nothing is left of it, and what was copied before goes on being served.
    assert [file for file in Path(settings.model_cache).rglob("*") if file.suffix != ".lock"] == []


def harmed(settings: TrainerSettings, stored: Path, harm: str) -> None:
    weights, listed = stored / WEIGHTS, stored / manifest.NAME
    client, name = registry_connection.client(settings), settings.model_name
    match harm:
        case "edited":
            weights.write_text(WEIGHTS[::-1])
        case "edited without its crc":
            weights.write_text(WEIGHTS[::-1])
            weights.with_name(".part-0.crc").unlink()
        case "cut":
            weights.write_text(WEIGHTS[:-1])
        case "missing":
            weights.unlink()
        case "added":
            weights.with_name("part-1").touch()
        case "folder":
            weights.unlink()
            weights.mkdir()
        case "link":
            weights.unlink()
            weights.symlink_to("/etc/hostname")
        case "linked folder":
            (stored / SPARKML).rename(stored.with_name("elsewhere"))
            (stored / SPARKML).symlink_to(stored.with_name("elsewhere"))
        case "pipe":
            weights.unlink()
            os.mkfifo(weights)
        case "name":
            weights.with_name("\x1b[2J").touch()
        case "manifest edited":
            listed.write_bytes(manifest.of(stored.parent).encoded)
        case "manifest gone":
            listed.unlink()
        case "manifest a folder":
            listed.unlink()
            listed.mkdir()
            (listed / "part-0").touch()
        case "many":
            for number in range(2000):
                (stored / str(number)).touch()
        case "large":
            os.truncate(weights, 3 << 30)
        case "tag edited":
            client.set_model_version_tag(name, "1", registry.DIGEST_TAG, "0" * 64)
        case "tag no hash":
            client.set_model_version_tag(name, "1", registry.DIGEST_TAG, "../../x\x07")
        case "tag gone":
            client.delete_model_version_tag(name, "1", registry.DIGEST_TAG)


def test_a_file_that_was_swapped_together_with_its_manifest_is_refused(settings: TrainerSettings, files: Path) -> None:
    model, stored = sealed(settings, files)
    harmed(settings, stored, "edited")
    (stored / manifest.NAME).write_bytes(manifest.of(stored).encoded)
    with pytest.raises(RefusedError, match="its SHA-256 is not that of the tag digest"):
        fetch(settings, model)


@pytest.mark.parametrize(
    ("run_id", "source", "sentence"),
    [
        ("../../outside", "file:///etc", r"names no run that made it, but '\.\./\.\./outside'"),
        (None, "file:///etc", "names no run that made it"),
        ("its own", "file:///etc", "lies at file:///etc, which is not below its own run"),
        ("its own", "/proc/self", "lies at /proc/self, which is not below its own run"),
        ("its own", "{others}", "not below its own run"),
        ("its own", "{own}/../../{other}/artifacts/model", "is no plain path"),
        ("its own", "http://localhost:1/model", "lies on another server than the registry's"),
        ("0" * 32, "{own}/model", "which the registry doesn't have"),
    ],
)
def test_a_source_that_is_not_its_own_runs_is_never_read(
    settings: TrainerSettings, files: Path, run_id: str | None, source: str, sentence: str
) -> None:
    _, stored = register_at(settings, files)
    _, others = register_at(settings, files)
    client = registry_connection.client(settings)
    own, other = (client.get_model_version(settings.model_name, number).run_id for number in ("1", "2"))
    place = source.format(own=stored.parent, others=others, other=other)
    made = own if run_id == "its own" else run_id
    odd = client.create_model_version(settings.model_name, place, run_id=made, tags=dict(BARE)).version
    with pytest.raises(RefusedError, match=sentence):
        fetch(settings, version(settings, int(odd)))
    written = [file for file in Path(settings.model_cache).rglob("*") if file.suffix != ".lock"]
    assert written == []
    assert not list(files.parent.parent.glob("outside*"))


def test_a_version_from_before_digests_is_loaded_and_said_to_have_none(settings: TrainerSettings, files: Path) -> None:
    shutil.rmtree(files / SPARKML)
    saved_pipelines.write(files / SPARKML, saved_pipelines.linear())
    register_at(settings, files)
    with capture_logs() as logs:
        scorer = load(settings, version(settings))
    assert [(each["log_level"], each["remedy"]) for each in logs] == [("warning", "sentistream models --adopt 1")]
    assert scorer.version.digest == manifest.of(files).digest


def test_files_that_are_not_there_may_come_yet(settings: TrainerSettings, files: Path) -> None:
    _, stored = register_at(settings, files.with_name("absent"))
    with pytest.raises(UnreachableError, match="has no files where the registry says that it lies"):
        fetch(settings, version(settings))
    shutil.copytree(files, stored)
    assert fetch(settings, version(settings)).digest


def test_a_copy_that_was_refused_is_not_kept(settings: TrainerSettings, files: Path) -> None:
    model, _ = sealed(settings, files)
    with pytest.raises(RefusedError, match="1 is not run: sparkml/metadata holds part-0"):
        load(settings, model)
    assert [file for file in Path(settings.model_cache).rglob("*") if file.suffix != ".lock"] == []


def test_another_flavours_files_are_refused(settings: TrainerSettings, files: Path) -> None:
    shutil.rmtree(files / SPARKML)
    register_at(settings, files)
    with pytest.raises(RefusedError, match="has no sparkml model among its files"):
        fetch(settings, version(settings))


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_changed_copy_is_fetched_anew(settings: TrainerSettings, files: Path, is_sealed: bool) -> None:
    model = sealed(settings, files)[0] if is_sealed else version(settings, register_at(settings, files)[0])
    copy = fetch(settings, model).folder.parent
    before = (copy / WEIGHTS).stat().st_ino
    fetch(settings, model)
    assert (copy / WEIGHTS).stat().st_ino == before
    (copy / WEIGHTS).write_text("cut")
    fetch(settings, model)
    assert (copy / WEIGHTS).read_text() == WEIGHTS
    # Together with its list: of a version with a digest this is known, too.
    if is_sealed:
        (copy / WEIGHTS).write_text("other weights")
        (copy / manifest.NAME).write_bytes(manifest.of(copy).encoded)
        fetch(settings, model)
        assert (copy / WEIGHTS).read_text() == WEIGHTS


@pytest.mark.parametrize("is_damaged", [False, True])
def test_who_fetches_together_copies_once_and_nobodys_copy_is_taken_away(
    settings: TrainerSettings, files: Path, is_damaged: bool
) -> None:
    model, _ = sealed(settings, files)
    if is_damaged:
        (fetch(settings, model).folder / "data" / "part-0").write_text("cut")

    def fetched(_: int) -> int:
        return (fetch(settings, model).folder / "data" / "part-0").stat().st_ino

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(fetched, range(4)))) == 1


def test_a_whole_copy_in_a_folder_that_can_not_be_written_is_used(settings: TrainerSettings, files: Path) -> None:
    model, stored = sealed(settings, files)
    copy = fetch(settings, model)
    (lock,) = Path(settings.model_cache).glob("*.lock")
    lock.unlink()
    shutil.rmtree(stored)
    assert fetch(settings, model) == copy
    assert not lock.exists()


def test_a_signed_version_is_loaded_where_the_key_is_set_and_no_other(
    settings: TrainerSettings, files: Path, tmp_path: Path
) -> None:
    (tmp_path / "key").write_bytes(os.urandom(32))
    (tmp_path / "key").chmod(0o600)
    keyed = settings.model_copy(update={"model_signing_key_file": str(tmp_path / "key")})
    unsigned, _ = sealed(settings, files)
    signed, stored = sealed(keyed, files)
    assert fetch(keyed, signed).digest == fetch(settings, signed).digest == signed.digest
    # A copy in the cache does not do: each start asks.
    fetch(settings, unsigned)
    with pytest.raises(RefusedError, match="1 is not signed, and MODEL_SIGNING_KEY_FILE is set"):
        fetch(keyed, unsigned)
    client, name = registry_connection.client(settings), settings.model_name
    client.set_model_version_tag(name, "1", registry.SIGNATURE_TAG, signed.signature)
    with pytest.raises(RefusedError, match="1 is not signed with the key"):
        fetch(keyed, version(settings, 1))
    # Files, manifest and tag together: only the signature knows it.
    harmed(settings, stored, "edited")
    (stored / manifest.NAME).write_bytes(manifest.of(stored).encoded)
    client.set_model_version_tag(name, "2", registry.DIGEST_TAG, manifest.of(stored).digest)
    assert fetch(settings, version(settings, 2)).digest != signed.digest
    with pytest.raises(RefusedError, match="2 is not signed with the key"):
        fetch(keyed, version(settings, 2))


def test_a_version_on_an_object_store_is_sealed_fetched_and_refused_as_on_a_disk(
    settings: TrainerSettings, files: Path, bucket: str
) -> None:
    client, name = registry_connection.client(settings), settings.model_name
    run = client.create_run(client.create_experiment(name, f"{bucket}/models")).info
    client.log_artifacts(run.run_id, str(files), "model")
    client.create_registered_model(name)
    client.create_model_version(name, f"{run.artifact_uri}/model", run_id=run.run_id, tags=dict(BARE))
    sealing.seal(settings, 1)
    shutil.rmtree(settings.model_cache)
    model = version(settings)
    assert fetch(settings, model).digest == model.digest == manifest.of(files).digest
    shutil.rmtree(settings.model_cache)
    key = f"{run.artifact_uri}/model/{WEIGHTS}".removeprefix(f"{bucket}/")
    boto3.client("s3").put_object(Bucket=bucket.removeprefix("s3://"), Key=key, Body=WEIGHTS[::-1].encode())
    with pytest.raises(RefusedError, match=f"file {WEIGHTS} isn't what was registered"):
        fetch(settings, model)


def test_no_foreign_text_is_in_a_cache_path(settings: TrainerSettings, files: Path) -> None:
    model = version(settings, register_at(settings, files)[0])
    path = copies.place(settings, model)
    assert path.parent == Path(settings.model_cache)
    assert set(path.name.removeprefix("1-of-run-")) <= set("0123456789abcdef")
