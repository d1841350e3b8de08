"""The named cells that a training run compares: a feature set and a classifier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sentistream.contracts.labels import LabelMap
from trainer.encoder import packages
from trainer.features.feature_sets import FeatureSet, PublishedFeatures
from trainer.grid.classifiers import TWO_CLASSES_ONLY, Classifier
from trainer.neural.designs import Design, recurrent
from trainer.neural.recipe import Recipe
from trainer.settings import GridName, TrainerSettings

SELECTED = 20_000
"""Features that the chi-squared test leaves to the linear classifiers."""
SELECTED_OF_MANY = 50_000
"""Features that it leaves where more of them help."""
CONVERGED = 150
"""Steps after which L-BFGS has stopped by itself on all n-grams."""
PUBLISHED_NGRAMS = 50_000
"""Most frequent ones that the published comparisons keep."""
SELECTED_FOR_TREES = 1_000
"""Trees bin every feature of every row densely, 4 bytes each."""


class Candidate(Protocol):
    """What a grid compares."""

    @property
    def name(self) -> str:
        """As reports and the registry name it: what learns, a slash, and what it is given."""

    def suits(self, labels: LabelMap) -> bool:
        """Whether it can learn these classes."""

    def require_installed(self) -> None:
        """Have what is missing here be said before anything is read.

        Raises:
            UserError: it needs an extra that is not installed.
        """


@dataclass(frozen=True)
class Cell:
    """A classifier on n-grams, by MLlib."""

    features: FeatureSet | PublishedFeatures
    classifier: Classifier

    @property
    def name(self) -> str:
        """As reports and the registry name it."""
        return f"{self.classifier.name}/{self.features.name}"

    def suits(self, labels: LabelMap) -> bool:
        """Whether it can learn these classes."""
        return not (labels.has_neutral and self.classifier.kind in TWO_CLASSES_ONLY)

    def require_installed(self) -> None:
        """All of it is part of the trainer."""


@dataclass(frozen=True)
class FrozenCell:
    """A logistic regression on the features of an encoder that is not trained, by onnxruntime."""

    encoder: str
    """Of `trainer.encoder.packages`."""
    regularisation: float
    balanced: bool = False
    """Whether every class weighs the same, however many rows it has."""

    @property
    def name(self) -> str:
        """As reports and the registry name it."""
        given = ",".join([f"reg={self.regularisation:g}"] + ["balanced"] * self.balanced)
        return f"logistic-head({given})/frozen {self.encoder} int8"

    def suits(self, labels: LabelMap) -> bool:
        """Any."""
        return True

    def require_installed(self) -> None:
        """The encoder's package and what builds its graph.

        Raises:
            UserError: it is missing.
        """
        packages.require(packages.PACKAGES[self.encoder])


# Plain starting points; stronger ones stand in `best`, put there after a look at validation rows (docs/models.md).
REGRESSION = Classifier("logistic-regression", regularisation=1e-3)
MACHINE = Classifier("linear-svm", regularisation=1e-3, iterations=20)
BAYES = Classifier("naive-bayes", regularisation=1.0)
TREE = Classifier("decision-tree")
FOREST = Classifier("random-forest")
PUBLISHED = Cell(PublishedFeatures(), Classifier("logistic-regression", iterations=100))
"""The recipe that every other cell is measured against."""


def quick() -> list[Cell]:
    """Words alone against 1-, 2- and 3-grams: what a laptop compares while one waits."""
    regression = Classifier("logistic-regression", regularisation=0.01, iterations=25)
    return [Cell(FeatureSet(longest), regression) for longest in (1, 3)]


def full() -> list[Cell]:
    """Five classifiers over both vectorisers, three lengths of n-grams, all and selected features; then what the best of them gain.

    Cells that share a feature set stand together.
    """
    cells: list[Cell] = []
    for vectoriser in ("count", "hashing"):
        for longest in (1, 2, 3):
            features = FeatureSet(longest, vectoriser)
            cells += [Cell(features, each) for each in (REGRESSION, MACHINE, BAYES)]
            chosen = replace(features, selected=(SELECTED,))
            cells += [Cell(chosen, each) for each in (REGRESSION, MACHINE, BAYES)]
            few = replace(features, selected=(SELECTED, SELECTED_FOR_TREES))
            cells += [Cell(few, each) for each in (TREE, FOREST)]
    words = FeatureSet(3)
    cells += [
        Cell(words, replace(REGRESSION, regularisation=1e-4)),
        Cell(words, replace(REGRESSION, regularisation=1e-4, iterations=100)),
        Cell(words, replace(REGRESSION, regularisation=1e-4, elastic_net=0.5)),
        Cell(replace(words, min_documents=5), REGRESSION),
        Cell(replace(words, vocabulary=1 << 16), REGRESSION),
    ]
    cells.append(Cell(replace(words, characters=(2, 6), selected=(SELECTED_OF_MANY,)), REGRESSION))
    return [*cells, *best(), PUBLISHED]


def best() -> list[Cell]:
    """What won so far: all n-grams by their mere presence, under several strengths of regularisation, and its rivals."""
    balanced = replace(REGRESSION, balanced=True, iterations=CONVERGED)
    words = FeatureSet(3)
    presence, ratio = replace(words, weighting="none"), replace(words, weighting="ratio")
    return [
        *(Cell(presence, replace(balanced, regularisation=each)) for each in (3e-4, 1e-3, 3e-3)),
        Cell(ratio, replace(balanced, regularisation=2.5e-4)),
        Cell(replace(words, selected=(SELECTED_OF_MANY,)), replace(balanced, regularisation=3e-3, iterations=50)),
    ]


def frozen() -> list[FrozenCell]:
    """A transformer without torch: several strengths of regularisation on the same features."""
    return [FrozenCell("all-minilm-l6-v2", each, balanced) for balanced in (False, True) for each in (1e-4, 1e-3, 1e-2)]


def published_linear() -> list[Cell]:
    """The linear half of the published comparisons: 1- to 4-grams, 50,000 of them."""
    features = FeatureSet(4, vocabulary=PUBLISHED_NGRAMS)
    return [Cell(features, each) for each in (BAYES, MACHINE, REGRESSION)]


def recipe(settings: TrainerSettings) -> Recipe:
    """How networks are trained, as the settings have it."""
    return Recipe(
        settings.trainer_seed, settings.trainer_epochs, settings.trainer_minutes, settings.trainer_learning_rate
    )


def neural(settings: TrainerSettings) -> list[Design]:
    """One pretrained transformer, fine-tuned."""
    return [Design("transformer", recipe(settings), settings.trainer_encoder)]


def families(settings: TrainerSettings) -> list[Candidate]:
    """One of each kind, on the same rows: linear, recurrent, frozen and fine-tuned."""
    return [
        *published_linear(),
        best()[3],
        *recurrent(recipe(settings)),
        FrozenCell("all-minilm-l6-v2", 1e-3, balanced=True),
        *neural(settings),
    ]


GRIDS: dict[GridName, Callable[[], Sequence[Candidate]]] = {
    "quick": quick,
    "best": best,
    "full": full,
    "frozen": frozen,
}
NETWORKS: dict[GridName, Callable[[TrainerSettings], Sequence[Candidate]]] = {"neural": neural, "families": families}
"""Grids that hold what the settings say."""


def cells_of(grid: GridName, settings: TrainerSettings) -> list[Candidate]:
    """The cells of a grid, in the order in which they are trained."""
    return list(NETWORKS[grid](settings) if grid in NETWORKS else GRIDS[grid]())


def needs_spark(cells: Sequence[Candidate]) -> bool:
    """Whether one of them is trained by Spark."""
    return any(isinstance(cell, Cell) for cell in cells)
