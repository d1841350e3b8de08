"""A small champion as Spark saves it, written without Spark."""

from pathlib import Path

from tests.support import saved_pipelines
from tests.support.hostile.artefact import Artefact, write
from tests.support.saved_pipelines import FEATURE, SavedStage, cleaned, counted, regression, tokens, weighted


def champion(folder: Path) -> Artefact:
    """Write one, with the stages and columns of the tests' trained champion, into a folder that is not there yet."""
    together = SavedStage(
        f"{FEATURE}.SQLTransformer", {"statement": "SELECT *, concat(words) AS words_grams FROM __THIS__"}
    )
    stages = [
        cleaned(),
        tokens(),
        together,
        counted().having(inputCol="words_grams", outputCol="words_counts"),
        weighted().having(inputCol="words_counts"),
        regression(),
    ]
    made = Artefact(folder)
    saved_pipelines.write(made.pipeline, stages)
    write(folder / "MLmodel", b"flavors: {}\n")
    write(folder / "requirements.txt", b"pyspark==4.2.0\n")
    return made
