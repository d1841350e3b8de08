"""Command-line options that are made from the fields of a settings class."""

import functools
import inspect
import types
from collections.abc import Callable
from typing import Annotated, Any, Concatenate, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import typer

from sentistream.settings import OptionName, ServiceSettings

Json = Annotated[
    bool, typer.Option("--json", envvar="PRINT_JSON", help="Print the result as JSON on standard output, for programs.")
]
S = TypeVar("S", bound=ServiceSettings)
P = ParamSpec("P")


def with_settings(
    kind: type[S], *fields: str, private: bool = True
) -> Callable[[Callable[Concatenate[S, P], None]], Callable[..., None]]:
    """Give a command its settings as the first argument, read once, and an option for each of the named fields.

    An option's name, type, default, help and variable are the field's; whoever runs the command has its logs set up, too.

    Args:
        kind: of the settings.
        fields: that get an option.
        private: whether what the command writes is its user's alone; else his umask says.
    """

    def decorate(command: Callable[Concatenate[S, P], None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run_with_settings(context: typer.Context, **given: Any) -> None:
            # Not for `--help`: it takes longer to import than the rest.
            from sentistream import log
            from sentistream.process import disk, private_files

            if private:
                private_files.keep()
            options = {name: given.pop(name) for name in fields}
            settings = kind.from_options(**{name: each for name, each in options.items() if _is_given(context, name)})
            log.configure(settings)
            log.warn_of_readable_secrets(settings)
            with disk.explained(settings.places):
                command(settings, **given)  # type: ignore[call-arg]  # Typer gives what the signature below says

        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
        context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        parameters = [*own, *(_parameter(kind, name) for name in fields), context]
        run_with_settings.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by Typer
        run_with_settings.settings = kind  # type: ignore[attr-defined]  # what this command reads, for the reference
        run_with_settings.__annotations__ = {each.name: each.annotation for each in parameters}
        return run_with_settings

    return decorate


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether an option or its variable is there; what is not is left to the class, which reads files of secrets, too."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _parameter(kind: type[ServiceSettings], name: str) -> inspect.Parameter:
    """The option for a field, with the field's default for `--help`."""
    field = kind.model_fields[name]
    value = value_type(field.annotation)
    spelt = next(
        (each.option for each in field.metadata if isinstance(each, OptionName)), f"--{name.replace('_', '-')}"
    )
    several = get_origin(value) is tuple
    option = typer.Option(
        *([] if value is bool else [spelt]),
        # Typer would cut a list at each space.
        envvar=None if several else name.upper(),
        help=f"{field.description} May be given several times; in the environment {name.upper()}."
        if several
        else field.description,
    )
    of_option = list[str] if several else value if value in (bool, int, float) or get_origin(value) is Literal else str
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None if several else field.default,
        annotation=Annotated[of_option | None, option],
    )


def value_type(annotation: Any) -> Any:
    """A field's type, without the None that it may be."""
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (each for each in get_args(annotation) if each is not type(None))
    return annotation
