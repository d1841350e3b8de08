"""Foreign files are read in a process apart, which is bounded, knows no secret, and is told of in one sentence however it ends."""

import os
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import sparkml
from sentistream.scoring.apart import ProcessApart
from sentistream.scoring.apart.answer import Answer
from sentistream.scoring.apart.process import Limits
from sentistream.scoring.artefact import Artefact
from sentistream.scoring.errors import RefusedError, UnreachableError
from sentistream.scoring.scorer import FLAVOURS, load
from sentistream.scoring.sparkml import TransformScorer
from sentistream.settings import RegistrySettings
from tests.support import saved_pipelines as saved
from tests.support.waiting import wait_until

MODEL = ModelVersion("m", 3, LabelMap(POLAR), NeutralBand(), "run")


def prepared(model: ModelVersion, folder: Path, limits: Limits | None = None, module: str = "") -> Answer:
    with ProcessApart(module or FLAVOURS[model.flavour], limits=limits) as process:
        return process.prepared(model, folder)


BY_SPARK = saved.linear(tokens=saved.tokens().having(minTokenLength=2))


def test_a_version_is_prepared_and_scores(tmp_path: Path) -> None:
    folder = saved.write(tmp_path / "saved", saved.linear())
    said = prepared(MODEL, folder)
    assert said.prepared is not None
    scorer = sparkml.scorer(MODEL, folder, said.prepared)
    first, second = scorer.score(["i love it", "i hate it"])[:, 1]
    assert first > 0.9
    assert second < 0.1


def test_what_is_not_understood_is_refused_in_one_sentence_that_names_the_version(tmp_path: Path) -> None:
    stages = saved.linear(weighted=saved.weighted([float("nan")] * 6))
    with pytest.raises(RefusedError) as refused:
        prepared(MODEL, saved.write(tmp_path / "saved", stages))
    said = str(refused.value)
    assert said.startswith("models:/m/3 is not run: ")
    assert "stage 3 (IDFModel): idf is nan at 0" in said
    assert "\n" not in said


def test_other_classes_than_its_label_map_has_are_refused(tmp_path: Path) -> None:
    answer = sparkml.prepare(saved.write(tmp_path / "saved", saved.linear()), 3)
    assert answer.refused == "it gives 2 probabilities, its label map has 3 classes"


def test_a_process_that_needs_more_memory_than_it_may_is_refused(tmp_path: Path) -> None:
    buckets = {"inputCol": "words", "outputCol": "features", "numFeatures": 1 << 17}
    hashed = saved.SavedStage(f"{saved.FEATURE}.HashingTF", buckets)
    stages = [saved.cleaned(), saved.tokens(), hashed, saved.regression([1.0] * (1 << 17))]
    with pytest.raises(RefusedError, match=r"models:/m/3 is not run: .*MiB"):
        prepared(MODEL, saved.write(tmp_path / "saved", stages), limits=Limits(memory_bytes=1 << 20))


def test_a_process_that_is_slow_without_work_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(_script(tmp_path, "echo 0.0; read request; exec sleep 60")))
    with pytest.raises(UnreachableError, match=r"models:/m/3 was not loaded within 0\.2 s, the machine is too busy"):
        prepared(MODEL, tmp_path, limits=Limits(seconds=0.2))


def test_a_process_that_works_for_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spinning.py").write_text("def warm_up(): pass\n\n\ndef prepare(*_, **__):\n    while True: pass\n")
    inner = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from sentistream.scoring.apart import __main__ as apart"
    )
    spinning = f"{inner}; apart.main('spinning', '0')"
    monkeypatch.setattr(sys, "executable", str(_script(tmp_path, f'exec {sys.executable} -c "{spinning}"')))
    with pytest.raises(RefusedError, match="models:/m/3 is not run: to load it takes more than 1 s of processor time"):
        prepared(MODEL, tmp_path, limits=Limits(processor_seconds=1))


def test_one_that_worked_until_its_time_was_over_may_be_honest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spinning = "echo 0.0; read request; while :; do :; done"
    monkeypatch.setattr(sys, "executable", str(_script(tmp_path, spinning)))
    with pytest.raises(UnreachableError, match="the machine is too busy"):
        prepared(MODEL, tmp_path, limits=Limits(seconds=0.5))


def test_what_was_wrong_meanwhile_is_raised_though_the_process_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = tmp_path / "number"
    monkeypatch.setattr(sys, "executable", str(_script(tmp_path, f"echo $$ > {number}")))

    def fetch_until_it_died() -> None:
        wait_until(lambda: number.exists() and bool(number.read_text()))
        os.waitid(os.P_PID, int(number.read_text()), os.WEXITED | os.WNOWAIT)
        raise UnreachableError("the store does not answer")

    with pytest.raises(UnreachableError, match="the store"), ProcessApart("any"):
        fetch_until_it_died()


def test_a_process_that_dies_is_refused_unless_it_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(_script(tmp_path, "echo 0.0; read request; kill -SEGV $$")))
    with pytest.raises(RefusedError, match=r"the process that loads it died \(SIGSEGV\)"):
        prepared(MODEL, tmp_path)
    monkeypatch.setattr(sys, "executable", str(_script(tmp_path, "echo 0.0; read request; kill -KILL $$")))
    with pytest.raises(UnreachableError, match="the process for it was killed"):
        prepared(MODEL, tmp_path)


def test_why_it_can_not_begin_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=r"did not start \(.*No module named 'sentistream.gone'.*\)"):
        prepared(MODEL, tmp_path, module="sentistream.gone")


def test_it_knows_no_variable_that_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", "secret-canary")
    monkeypatch.setattr(
        sys, "executable", str(_script(tmp_path, f"env > {tmp_path}/seen; ls /proc/$$/fd > {tmp_path}/fd"))
    )
    with Path(os.devnull).open() as ours:
        os.set_inheritable(ours.fileno(), True)
        with pytest.raises(UnreachableError, match="did not start"):
            prepared(MODEL, tmp_path)
        # Its pipes, standard error, and what the shell has open itself.
        assert str(ours.fileno()) not in (tmp_path / "fd").read_text().split()
    seen = (tmp_path / "seen").read_text()
    assert "PATH=" in seen
    assert "secret-canary" not in seen
    assert "X_BEARER" not in seen


def _script(folder: Path, commands: str) -> Path:
    script = folder / "python"
    script.write_text(f"#!/bin/sh\n{commands}\n")
    script.chmod(0o755)
    return script


def test_one_that_only_spark_can_score_is_said_to_be_so(tmp_path: Path) -> None:
    folder = saved.write(tmp_path / "saved", BY_SPARK)
    answer = sparkml.prepare(folder, 2)
    assert answer.prepared is not None
    scorer = sparkml.scorer(MODEL, folder, answer.prepared)
    assert isinstance(scorer, sparkml.TransformScorer)
    assert scorer.reason == "a least length of tokens is not taken"


@pytest.mark.parametrize("pattern", ["(a+)+b", "a*a*a*b", "(?:aa|a)+b"])
def test_a_pattern_that_java_reads_in_many_ways_is_refused_where_spark_has_to_look_for_it(
    tmp_path: Path, pattern: str
) -> None:
    cleaned = saved.cleaned(f"regexp_replace(`text`, '{pattern}', 'x')")
    answer = sparkml.prepare(saved.write(tmp_path / "by_spark", [cleaned, *BY_SPARK[1:]]), 2)
    assert answer.refused.startswith("stage 0 (SQLTransformer): Java would try its pattern in too many ways")
    linear = sparkml.prepare(saved.write(tmp_path / "linear", saved.linear(cleaned=cleaned)), 2)
    assert linear.refused == ""


def test_an_unchecked_model_is_let_through_only_where_that_is_allowed(tmp_path: Path) -> None:
    other = saved.SavedStage(f"{saved.FEATURE}.StopWordsRemover", {"inputCol": "words", "outputCol": "words_2"})
    folder = saved.write(tmp_path / "saved", saved.linear(tokens=other))
    assert "is not on the list" in sparkml.prepare(folder, 2).refused
    allowed = sparkml.prepare(folder, 2, unchecked=True)
    assert allowed.prepared is not None
    assert "StopWordsRemover is not on the list" in allowed.unchecked


def test_that_an_unchecked_model_is_run_is_said(tmp_path: Path) -> None:
    folder = saved.write(tmp_path / "saved", saved.linear(weighted=saved.weighted([float("nan")] * 6)))

    def fetch(*_: object) -> Artefact:
        return Artefact(folder, "d1")

    with pytest.raises(RefusedError, match="models:/m/3 is not run: stage 3"):
        load(RegistrySettings(), MODEL, fetch=fetch)
    with capture_logs() as logs:
        scorer = load(RegistrySettings(allow_unchecked_models=True), MODEL, fetch=fetch)
    assert scorer.version.digest == "d1"
    assert isinstance(scorer, TransformScorer)
    [said] = [each for each in logs if "ALLOW_UNCHECKED_MODELS" in each["event"]]
    assert (said["log_level"], said["model"]) == ("warning", "models:/m/3")
    assert "idf is nan" in said["reason"]
