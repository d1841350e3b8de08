"""Secrets from files: the variable `NAME_FILE` names the file that holds the secret `NAME`, and a file `name` in SECRETS_FOLDER does, too."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from sentistream.errors import UserError

FOLDER = "SECRETS_FOLDER"


@dataclass(frozen=True)
class PrivateFile:
    """Marks a field that names a file which is a secret itself."""


class NamedFiles(PydanticBaseSettingsSource):
    """The secrets whose files the environment names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The secret of one field, None where no file is named.

        Raises:
            UserError: the file can't be read.
        """
        file = named_file(field_name) if is_secret(field) else None
        return (_read(_variable(field_name), file) if file else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Field → secret."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: secret for name, secret in found.items() if secret is not None}


def is_secret(field: FieldInfo) -> bool:
    """Whether a field holds a secret."""

    def names(annotation: Any) -> bool:
        return annotation is SecretStr or any(map(names, get_args(annotation)))

    return names(field.annotation)


def named_file(field: str) -> Path | None:
    """The file that the environment names for a field's secret."""
    written = os.environ.get(_variable(field))
    return Path(written) if written else None


def readable_by_others(fields: Mapping[str, FieldInfo], values: Mapping[str, Any]) -> dict[str, Path]:
    """Variable or field → its secret's file, where every user of the machine can read it.

    Args:
        fields: of the settings.
        values: what they hold.
    """
    return {name: file for name, file in _files(fields, values) if _is_readable_by_others(file)}


def _files(fields: Mapping[str, FieldInfo], values: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    folder = os.environ.get(FOLDER)
    for name, field in fields.items():
        if any(isinstance(each, PrivateFile) for each in field.metadata) and values.get(name):
            yield name.upper(), Path(values[name])
        elif is_secret(field) and (file := named_file(name)) is not None:
            yield _variable(name), file
        elif is_secret(field) and folder:
            yield FOLDER, Path(folder) / name


def _is_readable_by_others(file: Path) -> bool:
    try:
        found = file.stat()
    except OSError:
        return False
    # An empty one stands in for no secret.
    return stat.S_ISREG(found.st_mode) and bool(found.st_mode & stat.S_IROTH) and found.st_size > 0


def _variable(field: str) -> str:
    return f"{field.upper()}_FILE"


def _read(variable: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as refused:
        why = refused.strerror if isinstance(refused, OSError) else "it is no UTF-8 text"
        raise UserError(f"{variable}: {file} can't be read ({why}).", exit_code=2) from None
