"""What the settings of every service have in common, and the types of their places."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from sentistream import places, refusals
from sentistream.errors import UserError
from sentistream.settings import secret_files


@dataclass(frozen=True)
class OptionName:
    """How a field's option is spelt where it is not the field's name: `--query`, several times, for `queries`."""

    option: str


Location = Annotated[str, Field(min_length=1), AfterValidator(places.place)]
LocalPath = Annotated[str, Field(min_length=1), AfterValidator(places.local_path)]
TableLocation = Annotated[str, Field(min_length=1), AfterValidator(places.table_place)]


class ServiceSettings(BaseSettings):
    """What every service reads; a field `log_level` is the variable `LOG_LEVEL`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe log line that is written; DEBUG shows every batch."""
    log_format: Literal["json", "console"] = "console"
    """One JSON object a line, or text for a person."""
    heartbeat_file: str | None = Field(None, min_length=1)
    """A file that a service touches while it works or has nothing to do; `python -m sentistream.heartbeat` checks its age."""

    @classmethod
    def from_options(cls, **options: Any) -> Self:
        """Read the files in SECRETS_FOLDER, overridden by those that `NAME_FILE` names, these by the environment, and that by the options that were given (not None).

        Raises:
            UserError: a value is not allowed, or a secret's file can't be read; names each variable and what is allowed.
        """
        try:
            given = {name: value for name, value in options.items() if value is not None}
            return cls(_secrets_dir=os.environ.get(secret_files.FOLDER), **given)
        except ValidationError as refused:
            raise UserError(refusals.sentence(cls, refused), exit_code=2) from refused

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where values come from, the first of them first."""
        return init_settings, env_settings, secret_files.NamedFiles(settings_cls), file_secret_settings

    @property
    def readable_secrets(self) -> dict[str, Path]:
        """What names a secret's file → the file, where every user of the machine can read it."""
        return secret_files.readable_by_others(type(self).model_fields, dict(self))

    @property
    def places(self) -> dict[str, Path]:
        """Variable → the folder or file of this machine that it names."""
        written = {
            name.upper(): value.removeprefix("sqlite:///")
            for name, value in self
            if isinstance(value, str) and "/" in value
        }
        return {name: Path(value).absolute() for name, value in written.items() if "://" not in value}
