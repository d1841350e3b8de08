"""One self-contained HTML page about a training run: its data, its grid, its winner, and how to repeat it."""

from collections.abc import Sequence
from pathlib import Path

from sentistream import look
from sentistream.contracts.labels import NeutralBand
from sentistream.contracts.split import Part
from trainer.report import words
from trainer.report.formats import FILTERS
from trainer.run import TrainingRun

__all__ = ["write"]
BAND = NeutralBand()


def write(
    run: TrainingRun,
    file: Path,
    *,
    model: str = "models:/tweet-sentiment@champion",
    band: NeutralBand = BAND,
    outcome: Sequence[str] = (),
) -> None:
    """Write the page. It holds no tweet's text, asks the network for nothing and runs no script.

    `model` names the winner in the commands that repeat the figures, as MLflow does; `band` is the neutral band that the
    model is registered with; `outcome` says in sentences what became of the version. The same run gives the same bytes, but for the date.
    """
    # Matplotlib, which only who writes a page needs: half a second.
    from trainer.report import sections

    environment = look.environment(Path(__file__).parent)
    environment.filters |= FILTERS
    seen = words.count(run.data.table(Part.TRAIN), run.data.labels)
    page = environment.get_template("page.html.j2").render(
        **sections.head(run, model, outcome),
        **sections.audit(run, seen),
        **sections.grid(run),
        **sections.winner(run, band),
        **sections.ngrams(run),
        **sections.errors(run, seen),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
