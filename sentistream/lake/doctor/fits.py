"""Says whether the version that serves still meets what it was made for; no promise of the tables is broken where it does not."""

from collections.abc import Iterator

from sentistream.lake.doctor.finding import Finding, Verdict
from sentistream.lake.health import report, telling
from sentistream.lake.lake import Lake
from sentistream.lake.tables import MODEL_HEALTH

PROMISE = "the model fits what comes"


def fits(lake: Lake) -> Iterator[Finding]:
    """One finding for the version that scored the newest tweets."""
    newest = [each for each in report.of(lake) if each.is_newest]
    if not newest:
        yield Finding(PROMISE, str(MODEL_HEALTH), Verdict.SKIPPED, "nobody counts it (`tables`, HEALTH_SECONDS)")
    for each in newest:
        words = f"{telling.headline(each)}; {telling.accuracy(each)}"
        if each.alarms:
            words += f"; tweets that show it: {', '.join(str(ids) for ids in each.examples.get(each.alarms[0], ()))}"
        verdict = Verdict.SKIPPED if each.verdict is None else Verdict.NOTED if each.alarms else Verdict.KEPT
        yield Finding(PROMISE, each.uri, verdict, words)
