"""From what a file shows to what it means, or to a refusal in a sentence, for each purpose."""

from collections.abc import Mapping

from sentistream.contracts import label_words
from sentistream.contracts.label_words import Reading
from sentistream.errors import UserError
from sentistream.files.evidence import DateEvidence, LabelEvidence, LanguageEvidence
from sentistream.files.options import FileOptions, Purpose
from sentistream.files.table.columns import Columns
from sentistream.files.written_dates import Dates

Twins = Mapping[tuple[int, int], bool]
"""Two columns of one name → whether they hold the same."""
GOOD_DATES = 0.5
"""Share of the first values that must be read for a column of dates to be one."""


class Verdicts:
    """The verdicts on one file, with what a person is told."""

    def __init__(
        self,
        file: str,
        options: FileOptions,
        columns: Columns | None,
        names: tuple[str, ...],
        whole: bool,
        rows: int,
    ) -> None:
        self._file, self._options, self._columns, self._names = file, options, columns, names
        self._by = "" if whole else f" (by the first {rows:,} rows)"
        self.warnings: list[str] = []
        self.of_labels: list[str] = []
        self.of_replay: list[str] = []
        self.refusals: dict[Purpose, str] = {}
        if not whole:
            self.warnings.append(f"decided by the first {rows:,} rows; the rest was not looked at")

    def text(self, place: int, twins: Twins) -> None:
        """Check that no other column of the text's name holds other texts.

        Raises:
            UserError: one does.
        """
        rival = self._rival(place, twins)
        if rival:
            raise UserError(f"{self._file}: {rival}: say which, as in --text-column {place + 1}.")

    def ids(self, twins: Twins) -> str:
        """Why the column of the ids can't be told; empty where it can."""
        place = self._columns.tweet_id if self._columns is not None else None
        rival = self._rival(place, twins)
        return f"{rival} (--id-column {place + 1} takes one)" if rival and place is not None else ""

    def lang(self, evidence: LanguageEvidence, twins: Twins) -> int | None:
        """The column of the languages, where all of them are tags."""
        place = self._columns.lang if self._columns is not None else None
        if place is None:
            return None
        problem = self._rival(place, twins)
        if evidence.no_tag:
            problem = f"{evidence.no_tag[:40]!r} is no BCP 47 tag (en, pt-BR)"
        if problem:
            self.of_replay.append(
                f"the column {self._name(place)} is not read, and these tweets go without a language: {problem}"
            )
        return None if problem else place

    def languages_of_objects(self, no_tags: Mapping[str, int]) -> None:
        """Say which languages of objects are none."""
        if no_tags:
            tweets = sum(no_tags.values())
            self.of_replay.append(
                f"{tweets:,} tweets go without a language, since theirs is no BCP 47 tag ({next(iter(no_tags))!r})"
            )

    def _rival(self, place: int | None, twins: Twins) -> str:
        """The other column of a column's name, where they differ; that they are alike is told."""
        for (one, other), alike in twins.items():
            if one != place:
                continue
            both = f"columns {one + 1} and {other + 1} are both called {self._name(one)}"
            if not alike:
                return f"{both} and differ"
            self.warnings.append(f"{both} and hold the same: column {one + 1} is read")
        return ""

    def labels(self, evidence: LabelEvidence, twins: Twins) -> tuple[int | None, Mapping[str, str]]:
        """The label's column, and what its values mean; a problem refuses training and leaves a replay without labels."""
        readings = {
            place: label_words.read(
                {label: count for label, count in evidence.plain(place).items() if label},
                self._options.labels,
                self._old,
            )
            for place in evidence.counts
            if any(evidence.plain(place).keys())
        }
        known = [place for place, reading in readings.items() if not reading.problem]
        words = [place for place in known if readings[place].words]
        partly = [place for place, reading in readings.items() if reading.problem and reading.meanings]
        preferred = words or partly or known or list(readings)[:1]
        if not preferred:
            self._without_labels(evidence)
            return None, {}
        if len(preferred) > 1 and not self._alike(evidence, preferred):
            several = ", ".join(evidence.key(place) or self._name(place) for place in preferred)
            self._label_problem(f"{len(preferred)} columns could be the label ({several}): name one by --label-column")
            return None, {}
        place = preferred[0]
        rival = self._rival(place, twins)
        if rival:
            self._label_problem(f"{rival}: name one by its number, as in --label-column {place + 1}")
            return None, {}
        self._tell(readings[place], evidence, place)
        return place, readings[place].meanings

    def _alike(self, evidence: LabelEvidence, places: list[int]) -> bool:
        return len({tuple(sorted(evidence.plain(place).items())) for place in places}) == 1

    def _tell(self, reading: Reading, evidence: LabelEvidence, place: int) -> None:
        counts = evidence.plain(place)
        if reading.problem:
            self._label_problem(reading.problem)
        if counts[""]:
            self.of_labels.append(f"{counts['']:,} rows have no label{self._by}")
        skipped = {label: counts[label] for label, meaning in reading.meanings.items() if meaning == label_words.SKIP}
        if any(skipped.values()):
            listed = ", ".join(f"{label} ({count:,})" for label, count in skipped.items() if count)
            self.of_labels.append(f"left out, as --labels says: {listed}")

    def _label_problem(self, problem: str) -> None:
        self.refusals[Purpose.TRAIN] = f"{self._file}: {problem}."
        self.of_replay.append(f"these rows go without a label: {problem}")

    def _without_labels(self, evidence: LabelEvidence) -> None:
        names = ", ".join(self._names)
        candidates = ", ".join(self._name(place) for place in evidence.columns)
        if self._columns is None:
            keys = f"their keys: {names}" if names else "they are X's own"
            why = f"no object has a label ({keys})"
        elif candidates:
            why = f"the label's column holds no labels ({candidates})"
        else:
            why = f"none of its columns is known to hold the label ({names})"
        self.refusals[Purpose.TRAIN] = (
            f"{self._file}: {why}: name the column by --label-column, and what its words mean by --labels."
        )

    def dates(self, evidence: DateEvidence, twins: Twins) -> tuple[int | None, Dates]:
        """The time's column, the most exact one, and how it is read; ambiguous ones refuse a replay."""
        form = self._options.date_format
        if not evidence.columns:
            return None, Dates(form=form) if form else Dates()
        place = max(evidence.columns, key=lambda each: evidence.exactness(each, form))
        dates, ambiguous = evidence.dates(place, form)
        rival = self._rival(place, twins)
        if rival:
            self.refusals[Purpose.REPLAY] = f"{self._file}: {rival}: give one of them another name in the header."
            return place, dates
        if ambiguous:
            self.refusals[Purpose.REPLAY] = (
                f"{self._file}: day and month of its dates can't be told apart, since no day is greater than 12: "
                'say which is first, as in --date-format "%d/%m/%Y %H:%M" or "%m/%d/%Y %H:%M".'
            )
            return place, dates
        faults, tried, example = evidence.unreadable(place, dates)
        if faults:
            self.of_replay.append(
                f"{faults:,} of the first {tried:,} times can't be read ({example!r}): such rows have none; --date-format says how"
            )
        return place, dates

    def nothing_to_read(self, empty_answer: bool, broken: int, first_fault: str) -> None:
        """Refuse a file without a usable row."""
        if broken:
            rows = "its only row can't" if broken == 1 else f"none of its {broken:,} rows can"
            why = f"{rows} be used ({'' if broken == 1 else 'the first: '}{first_fault})"
        elif empty_answer:
            why = "the response lists no tweet"
        elif self._names and self._columns is not None and not self.refusals.get(Purpose.REPLAY):
            why = f"no usable row follows the header ({', '.join(self._names)})"
        else:
            why = "it holds no usable tweet"
        for purpose in Purpose:
            self.refusals[purpose] = f"{self._file}: {why}."

    @property
    def _old(self) -> bool:
        return self._columns is not None and self._columns.sentiment140

    def _name(self, place: int) -> str:
        return self._names[place] if place < len(self._names) else f"column {place + 1}"
