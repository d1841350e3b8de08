"""Versions whose folder holds something else than files."""

import os
import shutil
from pathlib import Path

from tests.support.hostile.version import Draft, edited

REPLACED = "requirements.txt"
"""A registered file that nothing reads: what stands in its place is met by the copy alone."""


def _replace(draft: Draft) -> Path:
    file = draft.artefact.folder / REPLACED
    file.unlink()
    return file


@edited("a link to a file of the system", says="is a link or a device")
def link_to_a_file(draft: Draft) -> None:
    _replace(draft).symlink_to("/etc/passwd")


@edited("a link to a secret", says="is a link or a device")
def link_to_a_secret(draft: Draft) -> None:
    _replace(draft).symlink_to(draft.canary.secret_file)


@edited("a link in the place of the pipeline", says="is a link or a device")
def link_to_a_folder(draft: Draft) -> None:
    outside = draft.canary.folder / "linked"
    shutil.move(draft.artefact.pipeline, outside)
    draft.artefact.pipeline.symlink_to(outside)


@edited("a link to the folder that holds it", says="is a link or a device")
def link_to_itself(draft: Draft) -> None:
    (draft.artefact.pipeline / "again").symlink_to(draft.artefact.folder)


@edited("a pipe that nobody writes to", says="is a link or a device")
def pipe(draft: Draft) -> None:
    os.mkfifo(_replace(draft))


@edited("a link to a device without end", says="is a link or a device")
def endless_device(draft: Draft) -> None:
    _replace(draft).symlink_to("/dev/zero")


OF_THE_REGISTRY = (link_to_a_file, link_to_a_secret, link_to_a_folder, link_to_itself, pipe, endless_device)
