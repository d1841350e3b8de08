"""From what a file shows to what it means, or to a refusal in a sentence, for each purpose."""

from collections.abc import Mapping

from sentistream.contracts import label_words
from sentistream.contracts.label_words import Reading
from sentistream.files.evidence import DateEvidence, LabelEvidence
from sentistream.files.options import FileOptions, Purpose
from sentistream.files.table.columns import Columns
from sentistream.files.written_dates import Dates

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
        self.of_replay: list[str] = []
        self.refusals: dict[Purpose, str] = {}
        if not whole:
            self.warnings.append(f"decided by the first {rows:,} rows; the rest was not looked at")

    def labels(self, evidence: LabelEvidence) -> tuple[int | None, Mapping[str, str]]:
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
            several = ", ".join(self._name(place) for place in preferred)
            self._label_problem(f"{len(preferred)} columns could be the label ({several}): name one by --label-column")
            return None, {}
        place = preferred[0]
        self._tell(readings[place], evidence, place)
        return place, readings[place].meanings

    def _alike(self, evidence: LabelEvidence, places: list[int]) -> bool:
        return len({tuple(sorted(evidence.plain(place).items())) for place in places}) == 1

    def _tell(self, reading: Reading, evidence: LabelEvidence, place: int) -> None:
        counts = evidence.plain(place)
        if reading.problem:
            self._label_problem(reading.problem)
        if counts[""]:
            self.warnings.append(f"{counts['']:,} rows have no label{self._by}")
        skipped = {label: counts[label] for label, meaning in reading.meanings.items() if meaning == label_words.SKIP}
        if any(skipped.values()):
            listed = ", ".join(f"{label} ({count:,})" for label, count in skipped.items() if count)
            self.warnings.append(f"left out, as --labels says: {listed}")

    def _label_problem(self, problem: str) -> None:
        self.refusals[Purpose.TRAIN] = f"{self._file}: {problem}."
        self.of_replay.append(f"these rows go without a label: {problem}")

    def _without_labels(self, evidence: LabelEvidence) -> None:
        names = ", ".join(self._names)
        candidates = ", ".join(self._name(place) for place in evidence.columns)
        if self._columns is None:
            why = f"no object has a label (their keys: {names})"
        elif candidates:
            why = f"the label's column holds no labels ({candidates})"
        else:
            why = f"none of its columns is known to hold the label ({names})"
        self.refusals[Purpose.TRAIN] = (
            f"{self._file}: {why}: name the column by --label-column, and what its words mean by --labels."
        )

    def dates(self, evidence: DateEvidence) -> tuple[int | None, Dates]:
        """The time's column, the most exact one, and how it is read; ambiguous ones refuse a replay."""
        form = self._options.date_format
        if not evidence.columns:
            return None, Dates(form=form) if form else Dates()
        place = max(evidence.columns, key=lambda each: evidence.exactness(each, form))
        dates, ambiguous = evidence.dates(place, form)
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

    def nothing_to_read(self, empty_answer: bool, broken: int) -> None:
        """Refuse a file without a usable row."""
        if broken:
            why = f"none of its {broken:,} rows can be used (`sentistream inspect` names the first ones)"
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
