"""Feature sets: from the text to a vector, in levels that several sets share and that are computed once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from pyspark.ml import Transformer
from pyspark.ml.base import Estimator
from pyspark.ml.feature import (
    IDF,
    CountVectorizer,
    HashingTF,
    NGram,
    SQLTransformer,
    Tokenizer,
    VectorAssembler,
)

from trainer.features.chi_square import ChiSquareSelector
from trainer.features.cleaning import characters, clean, tokens
from trainer.features.log_count_ratio import LogCountRatio

Stage = Transformer | Estimator[Any]
FEATURES = "features"
CHARACTER_SCALE = 0.35
"""Of character n-grams beside words: they are many and say the same several times. Chosen in trials with scikit-learn on training rows."""
CHARACTER_MIN_DOCUMENTS = 10
"""Rarer ones are pieces of rare words, which are features themselves."""
PUBLISHED_VOCABULARY = 5460
"""N-grams of each length in the published recipe, a third of 2^14."""


@dataclass(frozen=True)
class Level:
    """Stages that turn the columns of the level before into `columns`; equal keys (after equal levels) are equal work."""

    key: str
    stages: Callable[[], list[Stage]]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class FeatureSet:
    """N-grams of cleaned words, up to `longest`, that occur in at least `min_documents` tweets, at most `vocabulary` of them."""

    longest: int
    vectoriser: Literal["count", "hashing"] = "count"
    weighting: Literal["idf", "ratio", "none"] = "idf"
    vocabulary: int = 1 << 18
    """N-grams kept, or buckets that they are hashed into."""
    min_documents: int = 2
    characters: tuple[int, int] | None = None
    """The shortest and the longest of n-grams of characters, counted beside those of words."""
    selected: tuple[int, ...] = ()
    """How many features the chi-squared test leaves, step by step: the best of the best are the best of all, and cost one step less."""

    @property
    def name(self) -> str:
        """As the grid names it, `count/1-2-3-gram`."""
        given = [self.vectoriser, "-".join(str(n) for n in range(1, self.longest + 1)) + "-gram"]
        given += ["characters={}-{}".format(*self.characters)] if self.characters else []
        given += {"idf": [], "ratio": ["ratio"], "none": ["unweighted"]}[self.weighting]
        given += [f"min={self.min_documents}"] * (self.min_documents != 2)
        given += [f"size={self.vocabulary}"] * (self.vocabulary != 1 << 18)
        given += [f"chi2={self.selected[-1]}"] if self.selected else []
        return "/".join(given)

    @property
    def levels(self) -> tuple[Level, ...]:
        """From the column `text` to the vector: text, vectors, selection."""
        spelt = ("characters",) if self.characters else ()
        text = Level(f"words {spelt}", lambda: [clean(), tokens(), *(characters() if spelt else ())], ("words", *spelt))
        vectors = replace(self, selected=())
        before = (FEATURES, *map(_selected, self.selected))
        tests = (
            Level(
                f"chi2={left}",
                partial(_test, before[step], left),
                (_selected(left),),
            )
            for step, left in enumerate(self.selected)
        )
        return text, Level(vectors.name, vectors._vectors, (FEATURES,)), *tests

    @property
    def column(self) -> str:
        """The column that holds the vector."""
        return _selected(self.selected[-1]) if self.selected else FEATURES

    def _vectors(self) -> list[Stage]:
        orders = range(1, self.longest + 1)
        if self.characters is None:
            return [*self._counted("words", orders), *self._weighted("words", FEATURES)]
        return [
            *self._counted("words", orders),
            *self._weighted("words", "words_weighted"),
            *self._counted("characters", range(self.characters[0], self.characters[1] + 1), CHARACTER_MIN_DOCUMENTS),
            *self._weighted("characters", "characters_weighted", CHARACTER_SCALE),
            VectorAssembler(inputCols=["words_weighted", "characters_weighted"], outputCol=FEATURES),
        ]

    def _counted(self, of: str, orders: range, min_documents: int | None = None) -> list[Stage]:
        grams: list[Stage] = [NGram(n=n, inputCol=of, outputCol=f"{of}_{n}") for n in orders if n > 1]
        columns = ", ".join(of if n == 1 else f"{of}_{n}" for n in orders)
        together = SQLTransformer(statement=f"SELECT *, concat({columns}) AS {of}_grams FROM __THIS__")  # noqa: S608 - our own column names
        source, output = f"{of}_grams", f"{of}_counts"
        # Presence rather than count: a tweet that says a word twice is not twice as negative.
        if self.vectoriser == "hashing":
            vectors: Stage = HashingTF(numFeatures=self.vocabulary, binary=True, inputCol=source, outputCol=output)
        else:
            least = min_documents or self.min_documents
            vectors = CountVectorizer(
                minDF=least, vocabSize=self.vocabulary, binary=True, inputCol=source, outputCol=output
            )
        return [*grams, together, vectors]

    def _weighted(self, of: str, output: str, scale: float = 1.0) -> list[Stage]:
        counts = f"{of}_counts"
        match self.weighting:
            case "idf":
                return [IDF(inputCol=counts, outputCol=output)]
            case "ratio":
                return [LogCountRatio(inputCol=counts, outputCol=output, scale=scale)]
            case "none":
                return [VectorAssembler(inputCols=[counts], outputCol=output)]


def _selected(left: int) -> str:
    return f"selected_{left}"


def _test(column: str, left: int) -> list[Stage]:
    return [ChiSquareSelector(column, _selected(left), left)]


@dataclass(frozen=True)
class PublishedFeatures:
    """The recipe of the best public comparison: no cleaning, words at spaces, TF-IDF of the most frequent 1-, 2- and 3-grams each."""

    name: str = "published"
    column: str = FEATURES

    @property
    def levels(self) -> tuple[Level, ...]:
        """From the column `text` to the column `features`."""
        return (
            Level("words at spaces", lambda: [Tokenizer(inputCol="text", outputCol="words")], ("words",)),
            Level("published", self._vectors, (FEATURES,)),
        )

    def _vectors(self) -> list[Stage]:
        orders = (1, 2, 3)
        return [
            *(NGram(n=n, inputCol="words", outputCol=f"grams_{n}") for n in orders),
            *(
                CountVectorizer(inputCol=f"grams_{n}", outputCol=f"counts_{n}", vocabSize=PUBLISHED_VOCABULARY)
                for n in orders
            ),
            *(IDF(inputCol=f"counts_{n}", outputCol=f"weighted_{n}", minDocFreq=5) for n in orders),
            VectorAssembler(inputCols=[f"weighted_{n}" for n in orders], outputCol=FEATURES),
        ]
