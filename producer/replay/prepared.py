"""The inputs of a replay with what was decided for each, before anything is published."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from sentistream.errors import UserError
from sentistream.files.content.inputs import Input
from sentistream.files.content.spool import spooled
from sentistream.files.deciding import Decided, NothingToReadError, begins_as, decide
from sentistream.files.decision import Decision, carried_head
from sentistream.files.inspection import short
from sentistream.files.options import FileOptions, Ids, Purpose

log = structlog.get_logger()


@dataclass(frozen=True)
class Prepared:
    """An input that is ready to be read."""

    input: Input
    look: Input
    """The same, to look at its beginning once more."""
    decision: Decision
    rows: int
    """Usable rows that were seen; 0 where there is nothing to publish."""
    problem: str = ""
    """Why there is nothing."""
    ids_replaced: bool = False
    """Whether the file has ids that are not used."""
    counted: bool = False
    """Whether `rows` are all that there are."""


def require_files(inputs: Iterable[Input]) -> None:
    """Check that the inputs can be read again and again.

    Raises:
        UserError: one is standard input or a pipe.
    """
    for each in inputs:
        if not each.can_be_read_again:
            raise UserError(f"{each.shown} can be read once only: --loop needs files.", exit_code=2)


def prepare(inputs: Iterable[Input], options: FileOptions) -> list[Prepared]:
    """Decide for every input, and say what was decided; those without a tweet are passed over.

    Raises:
        UserError: one can't be read.
    """
    prepared = []
    for each in inputs:
        look, whole, complete = (each, each, True) if each.can_be_read_again else spooled(each)
        try:
            decided = decide(look, options)
        except NothingToReadError as nothing:
            log.warning(str(nothing))
            continue
        if decided.rows:
            decided.require(Purpose.REPLAY)
        prepared.append(_prepared(whole, look, decided, complete))
    return prepared


def _prepared(each: Input, look: Input, decided: Decided, complete: bool) -> Prepared:
    log.info(short(each.shown, decided, Purpose.REPLAY))
    for warning in decided.told(Purpose.REPLAY):
        log.warning(f"{each.shown}: {warning}")
    if not complete:
        log.warning(f"{each.shown}: decided by the first {decided.rows:,} rows")
    problem = "" if decided.rows else decided.refusals[Purpose.REPLAY]
    if problem:
        log.warning(problem)
    replaced = decided.decision.ids is Ids.HASH and decided.has_ids
    return Prepared(each, look, decided.decision, decided.rows, problem, replaced, complete and decided.whole)


def require_any(prepared: Sequence[Prepared], inputs: Sequence[Input]) -> None:
    """Check that there is something to publish.

    Raises:
        UserError: there is not a single tweet.
    """
    if not any(each.rows for each in prepared):
        problems = [each.problem for each in prepared] or [f"{each.shown}: the file is empty." for each in inputs]
        raise UserError(f"{' '.join(problems[:3])} Nothing was published.")


def as_published(
    prepared: Sequence[Prepared], carried: Mapping[int, Collection[str | None]], options: FileOptions
) -> list[Prepared]:
    """The inputs as they were read when the topic's last records of them were published.

    `carried` has, by the input's place, the decisions on the topic; None is one of a version that carried none.

    Raises:
        UserError: a file has changed under its positions, or what the user or its content says now is something else.
    """
    return [_as_published(each, carried.get(place, ()), options) for place, each in enumerate(prepared)]


def _as_published(each: Prepared, carried: Collection[str | None], options: FileOptions) -> Prepared:
    for before in carried:
        if before is None:
            each = _as_ever(each, options)
            continue
        if not begins_as(each.look, carried_head(before)):
            raise UserError(
                f"{each.input.shown} has changed since its first part was published (its beginning is another): positions on the "
                "topic mean nothing for it. Give it another name, or replay it without --resume."
            )
        decision = _same(each, before, options)
        if decision != each.decision:
            log.info(f"{each.input.shown}: goes on as its first part was read", reading=before)
        each = replace(each, decision=decision)
    return each


def _as_ever(each: Prepared, options: FileOptions) -> Prepared:
    """A file of which a version published that always took the file's own ids."""
    if not each.ids_replaced:
        return each
    if options.ids is Ids.HASH:
        raise UserError(
            f"{each.input.shown}: its first part was published by ids column, and now it is to be hash: "
            "leave the option out to go on as before, or replay the file without --resume."
        )
    log.warning(f"{each.input.shown}: goes on with the file's own ids, since its first part was published with them")
    return replace(each, decision=replace(each.decision, ids=Ids.COLUMN), ids_replaced=False)


def _same(each: Prepared, before: str, options: FileOptions) -> Decision:
    decision = each.decision.as_carried(before)
    said = _said(options, each.decision)
    for name, now in said.items():
        then = getattr(decision, name)
        if then != now:
            raise UserError(
                f"{each.input.shown}: its first part was published by {name} {_shown(then)}, and now it is to be {_shown(now)}: "
                "leave the option out to go on as before, or replay the file without --resume."
            )
    return decision


def _said(options: FileOptions, decision: Decision) -> dict[str, object]:
    """What the user's own words decide, by the decision's fields."""
    fields = {
        "ids": options.ids is not Ids.AUTO,
        "encoding": options.encoding is not None,
        "labels": bool(options.labels),
        "dates": options.date_format is not None,
    }
    return {name: getattr(decision, name) for name, is_said in fields.items() if is_said}


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{label}={meaning}" for label, meaning in sorted(value.items())) or "none"
    return str(value)
