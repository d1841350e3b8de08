"""Feature sets: token n-grams, counted and weighted by inverse document frequency."""

from dataclasses import dataclass
from typing import Any

from pyspark.ml import Transformer
from pyspark.ml.base import Estimator
from pyspark.ml.feature import IDF, CountVectorizer, NGram, SQLTransformer

from trainer.cleaning import clean, tokens

Stage = Transformer | Estimator[Any]


@dataclass(frozen=True)
class FeatureSet:
    """All n-grams up to `longest` that occur in at least `min_documents` tweets, at most `vocabulary` of them."""

    longest: int
    vocabulary: int = 1 << 18
    min_documents: int = 2

    @property
    def name(self) -> str:
        """As the grid names it, `1-2-3-gram`."""
        return "-".join(str(n) for n in range(1, self.longest + 1)) + "-gram"

    def stages(self) -> list[Stage]:
        """Stages from a column `text` to a column `features`."""
        grams: list[Stage] = [NGram(n=n, inputCol="words", outputCol=f"words_{n}") for n in range(2, self.longest + 1)]
        columns = ", ".join(["words", *(f"words_{n}" for n in range(2, self.longest + 1))])
        together = SQLTransformer(statement=f"SELECT *, concat({columns}) AS grams FROM __THIS__")  # noqa: S608 - our own column names
        # Presence rather than count: a tweet that says a word twice is not twice as negative.
        counts = CountVectorizer(
            inputCol="grams",
            outputCol="counts",
            vocabSize=self.vocabulary,
            minDF=self.min_documents,
            binary=True,
        )
        return [clean(), tokens(), *grams, together, counts, IDF(inputCol="counts", outputCol="features")]
