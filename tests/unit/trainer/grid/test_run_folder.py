"""Which work a run's folder is of, and for how long."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from sentistream.errors import UserError
from sentistream.files.content.inputs import local
from sentistream.files.options import FileOptions
from sentistream.scoring import registry
from tests.support.invented_run import invented_run
from tests.support.registries import registry_in
from trainer import train as train_module
from trainer.data.dataset import Dataset, load
from trainer.grid.outcomes import Outcome, RunFolder


def read(file: Path, labels: str) -> Dataset:
    return load([local(file)], options=FileOptions.parse(labels=labels))


def test_a_file_that_is_read_otherwise_has_another_folder(tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("label,text\n0,bad\n1,good\n")
    right, turned = "0=negative,1=positive", "1=negative,0=positive"
    RunFolder.of(tmp_path / "state", read(file, right), [], 7).keep(Outcome("cell"))
    assert RunFolder.of(tmp_path / "state", read(file, right), [], 7).outcome("cell") == Outcome("cell")
    assert RunFolder.of(tmp_path / "state", read(file, turned), [], 7).outcome("cell") is None


def test_what_is_registered_is_not_gone_on_with_even_where_its_proof_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> str:
        raise UserError("its labels are turned")

    settings, run = registry_in(tmp_path), invented_run()
    monkeypatch.setattr(registry, "resolve", lambda _: None)
    monkeypatch.setattr(train_module.tracking, "parent_run", lambda *_: nullcontext())
    monkeypatch.setattr(train_module.tracking, "place_of", lambda *_: "")
    monkeypatch.setattr(train_module, "_go_through", lambda *_: [])
    monkeypatch.setattr(train_module, "_finish", lambda *_: (run, None))
    monkeypatch.setattr(train_module.registration, "register", lambda *_: 1)
    monkeypatch.setattr(train_module.report, "write", lambda *_, **__: None)
    monkeypatch.setattr(train_module.mlflow, "log_artifact", lambda _: None)
    monkeypatch.setattr(train_module.succession, "proved", refused)
    with pytest.raises(UserError, match="turned"):
        train_module.train(None, settings, run.data, "quick", Console(quiet=True))  # type: ignore[arg-type]  # no Spark
    assert not list(Path(settings.trainer_state).iterdir())


def test_force_helps_where_the_champion_can_not_be_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(*_: Any) -> None:
        raise UserError("its artefact is gone")

    monkeypatch.setattr(train_module, "predict_registered", refused)
    run = invented_run()
    given: Any = (registry_in(tmp_path), {None: run.test}, SimpleNamespace(), run.data)
    assert train_module._contest(*given, force=True) is None
    with pytest.raises(UserError, match="gone"):
        train_module._contest(*given, force=False)
