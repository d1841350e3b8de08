"""Every variable that a program reads, from the settings classes and from the options that its commands have beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from sentistream.options import value_type
from sentistream.settings import ServiceSettings
from sentistream.settings.secret_files import is_secret

SECTIONS = {
    "All programs": "sentistream.settings:ServiceSettings",
    "Kafka": "sentistream.settings:KafkaSettings",
    "Metrics": "sentistream.settings:MetricsSettings",
    "Producer": "producer.settings:ProducerSettings",
    "Live source": "producer.live.settings:LiveSettings",
    "Lake": "sentistream.settings:LakeSettings",
    "Queries": "sentistream.lake.query.bounds:QuerySettings",
    "Retention": "sentistream.settings:RetentionSettings",
    "Erasure": "sentistream.settings:AuditSettings",
    "Object store": "sentistream.settings:S3Settings",
    "Registry": "sentistream.settings:ChampionSettings",
    "Spark": "sentistream.settings:SparkSettings",
    "Processor": "stream_processor.settings:ProcessorSettings",
    "Bronze and gold": "stream_processor.settings:TablesSettings",
    "Trainer": "trainer.settings:TrainerSettings",
    "Web": "web_service.settings:WebSettings",
    "Doctor": "sentistream.settings:DoctorSettings",
}
"""The classes that declare settings, in the order in which they are shown; a field stands where it is declared first."""
READERS = {
    "producer": "producer.live.settings:LiveSettings",
    "processor": "stream_processor.settings:ProcessorSettings",
    "tables": "stream_processor.settings:TablesSettings",
    "trainer": "trainer.settings:TrainerSettings",
    "web": "web_service.settings:WebSettings",
    "`lake`": "sentistream.settings:LakeSettings",
    "`lake query`": "sentistream.lake.query.bounds:QuerySettings",
    "`lake maintain`": "sentistream.settings:RetentionSettings",
    "`lake forget`": "sentistream.settings:ForgetSettings",
    "`lake doctor`": "sentistream.settings:DoctorSettings",
}
"""Who reads which class, each by the widest that it reads."""


@dataclass(frozen=True)
class Variable:
    """One variable of the environment."""

    name: str
    section: str
    meaning: str
    default: str
    """As it would be written in the environment; empty where there is none."""
    other_defaults: dict[str, str]
    """Of those who have another one."""
    readers: tuple[str, ...]
    is_secret: bool = False
    option: str | None = None
    """Of a command, where the variable is no field of a settings class."""


def named(place: str) -> Any:
    """What `module:name` names; by name, since the services import this package and not the other way round."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def settings() -> Iterator[Variable]:
    """Every field of every settings class, in the order of `SECTIONS`."""
    readers: dict[str, type[ServiceSettings]] = {name: named(place) for name, place in READERS.items()}
    seen: set[str] = set()
    for section, place in SECTIONS.items():
        declaring: type[ServiceSettings] = named(place)
        for name, field in declaring.model_fields.items():
            if name in seen:
                continue
            seen.add(name)
            default = written(field.default)
            having = {who: kind.model_fields[name] for who, kind in readers.items() if name in kind.model_fields}
            others = {who: written(each.default) for who, each in having.items() if each.default != field.default}
            yield Variable(
                name.upper(),
                section,
                meaning(field),
                default,
                others,
                tuple(having),
                is_secret(field),
            )


def arguments(commands: Iterator[tuple[str, Any]]) -> Iterator[Variable]:
    """What named commands read from the environment beside their settings, each variable once for each of its meanings."""
    sections = {named(place): section for section, place in SECTIONS.items()}
    variables: dict[tuple[str, str], Variable] = {}
    for path, command in commands:
        kind = getattr(command.callback, "settings", None)
        for parameter in command.params:
            if not parameter.envvar or (kind is not None and parameter.name in kind.model_fields):
                continue
            key = (parameter.envvar, parameter.help)
            if key in variables:
                variables[key] = replace(variables[key], readers=(*variables[key].readers, f"`{path}`"))
                continue
            variables[key] = Variable(
                parameter.envvar,
                sections.get(kind, ""),
                parameter.help,
                written(parameter.default),
                {},
                (f"`{path}`",),
                option=parameter.opts[0] if parameter.param_type_name == "option" else parameter.name.upper(),
            )
    yield from variables.values()


def meaning(field: FieldInfo) -> str:
    """A field's description in one line, with what it may be."""
    kind = value_type(field.annotation)
    said = " ".join((field.description or "").split())
    return f"{said} One of {', '.join(map(str, get_args(kind)))}." if get_origin(kind) is Literal else said


def written(default: object) -> str:
    """A default as one would write it in the environment."""
    if default in (None, (), [], ""):
        return ""
    return str(default).lower() if isinstance(default, bool) else str(getattr(default, "value", default))
