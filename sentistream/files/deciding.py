"""From a file's content, once and by all of its rows, to what is decided for it."""

from dataclasses import dataclass, field, replace
from typing import IO

from sentistream.errors import UserError
from sentistream.files.content import encoding, signatures
from sentistream.files.content.inputs import Input
from sentistream.files.content.opening import opened
from sentistream.files.decision import Decision, Format, Head
from sentistream.files.looked import Looked
from sentistream.files.looking import look
from sentistream.files.options import FileOptions, Ids, Purpose
from sentistream.files.reuse import really_reused
from sentistream.files.table import parquet
from sentistream.files.verdicts import Verdicts


class NothingToReadError(UserError):
    """A file without a single byte."""


@dataclass(frozen=True)
class Decided:
    """A decision, and what a person is told of it."""

    decision: Decision
    names: tuple[str, ...]
    """The columns' names, or what the objects hold."""
    rows: int
    """Rows that were looked at."""
    whole: bool
    """Whether these are all."""
    warnings: tuple[str, ...] = ()
    """For whatever it is read."""
    of_labels: tuple[str, ...] = ()
    """For who reads labels."""
    of_replay: tuple[str, ...] = ()
    """For a replay only."""
    refusals: dict[Purpose, str] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    """Of X's objects: those fields of v2 that they have."""
    has_ids: bool = False
    """Whether the file has usable ids, taken or not."""

    def told(self, purpose: Purpose) -> tuple[str, ...]:
        """The warnings that matter for a purpose."""
        match purpose:
            case Purpose.SCORE:
                return self.warnings
            case Purpose.TRAIN:
                return (*self.warnings, *self.of_labels)
        return (*self.warnings, *self.of_labels, *self.of_replay)

    def decision_for(self, purpose: Purpose) -> Decision:
        """How the file is read for a purpose: to be scored, a row has its own id or none, and its label says nothing."""
        return replace(self.decision, ids=Ids.COLUMN, labels={}) if purpose is Purpose.SCORE else self.decision

    def require(self, purpose: Purpose) -> None:
        """Check that the file can be read for this purpose.

        Raises:
            UserError: it can't; says why.
        """
        if purpose in self.refusals:
            raise UserError(self.refusals[purpose])


def decide(each: Input, options: FileOptions) -> Decided:
    """Decide how a file is read.

    Raises:
        UserError: it is empty, of another kind, or its encoding or columns can't be told.
    """
    with opened(each) as stream:
        head = stream.read(signatures.HEAD_BYTES)
        fingerprint = Head.of(head)
        if not head.strip():
            raise NothingToReadError(f"{each.shown}: the file is empty.")
        if head.startswith(parquet.MAGIC):
            decision = Decision(Format.PARQUET, head=fingerprint)
        else:
            decision = _encoding(each, options, head, stream, fingerprint)
    return _decided(each, options, *look(each, options, decision))


def begins_as(each: Input, head: Head) -> bool:
    """Whether an input's content begins as it did when this fingerprint was taken."""
    with opened(each) as stream:
        return head.begins(stream.read(head.length))


def _encoding(each: Input, options: FileOptions, head: bytes, stream: IO[bytes], fingerprint: Head) -> Decision:
    mark = encoding.marked(head)
    kind = signatures.named(head) if mark is None or mark[1] == len(b"\xef\xbb\xbf") else None
    if kind is not None:
        raise UserError(f"{each.shown}: {kind}.")
    if mark is None and b"\0" in head and options.encoding is None:
        raise UserError(f"{each.shown}: this is a binary file of no known kind: give CSV, JSON or Parquet.")
    name = options.encoding or (mark[0] if mark else None)
    scan = encoding.scan(head, stream, letters=name is None)
    name = name or encoding.told(scan, each.shown)
    return Decision(Format.CSV, name, scan.ends_lines_by_cr, head=fingerprint)


def _decided(each: Input, options: FileOptions, decision: Decision, looked: Looked) -> Decided:
    verdicts = Verdicts(each.shown, options, decision.columns, looked.names, looked.whole, looked.rows)
    chosen = decision.columns
    if chosen is not None:
        verdicts.text(chosen.text, looked.twins)
    label, labels = verdicts.labels(looked.labels, looked.twins)
    date, dates = verdicts.dates(looked.dates, looked.twins)
    if chosen is not None:
        chosen = replace(
            chosen,
            labels=() if label is None else (label,),
            dates=() if date is None else (date,),
            lang=verdicts.lang(looked.languages, looked.twins),
            author_ids=chosen.author is not None and looked.authors.are_ids,
        )
    verdicts.languages_of_objects(looked.no_tags)
    keys = decision.keys
    if label is not None and len(looked.labels.places) > 1:
        keys = {**keys, "label": looked.labels.key(label)}
    ids = options.ids
    if ids is Ids.AUTO:
        problem = verdicts.ids(looked.twins) or looked.ids.problem(looked.api)
        if not problem and (count := really_reused(each, options, decision, looked.ids.reused())):
            problem = f"{count:,} of its ids or more stand beside different texts"
        if problem:
            verdicts.of_replay.append(f"the tweets get ids of our own, since {problem}; --ids column keeps the file's")
        ids = Ids.HASH if problem else Ids.COLUMN
    elif ids is Ids.COLUMN and (rival := verdicts.ids(looked.twins)):
        verdicts.warnings.append(f"{rival}: the first one is read")
    if decision.encoding not in (encoding.UTF_8, *(name for _, name in encoding.MARKS)) and options.encoding is None:
        verdicts.warnings.append(f"the file is not UTF-8: read as {decision.encoding}; --encoding says otherwise")
    if not looked.rows:
        verdicts.nothing_to_read(looked.empty_lists > 0, looked.broken, looked.first_fault)
    return Decided(
        replace(decision, columns=chosen, keys=keys, labels=labels, dates=dates, ids=ids),
        looked.names,
        looked.rows,
        looked.whole,
        (*looked.warnings, *verdicts.warnings),
        tuple(verdicts.of_labels),
        tuple(verdicts.of_replay),
        verdicts.refusals,
        frozenset(looked.fields),
        looked.ids.usable > 0,
    )
