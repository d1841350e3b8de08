"""Versions whose artefact is said to lie where it can't be its own."""

import os
import shutil

from tests.support.hostile.version import Draft, registered


@registered("a run that is a path", says="names no run")
def run_that_is_a_path(draft: Draft) -> None:
    draft.run_id = "../../../outside"


@registered("a folder of the system", says="not below its own run|no plain|no file|another server")
def folder_of_the_system(draft: Draft) -> None:
    draft.source = "file:///etc"


@registered("a way out of its own run", says="not below its own run|no plain|no file|another server")
def way_out(draft: Draft) -> None:
    outside = draft.canary.folder / "outside" / "model"
    shutil.copytree(draft.artefact.folder, outside)
    draft.source = f"{draft.source}/{os.path.relpath(outside, draft.artefact.folder)}"


@registered("another run's artefact", says="not below its own run|no plain|no file|another server")
def artefact_of_another_run(draft: Draft) -> None:
    draft.source = draft.source_of_the_champion


@registered("an artefact on another machine", says="not below its own run|no plain|no file|another server")
def another_machine(draft: Draft) -> None:
    draft.source = "http://127.0.0.1:9/model"


OF_THE_REGISTRY = (run_that_is_a_path, folder_of_the_system, way_out, artefact_of_another_run, another_machine)
