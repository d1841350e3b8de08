"""Versions that call a sentiment by another's name, or say nothing of it that can be used."""

from tests.support.hostile.artefact import CLASSIFIER, Row
from tests.support.hostile.version import Draft, registered


@registered("exchanged classes", says="scores plain sentences wrongly")
def exchanged_classes(draft: Draft) -> None:
    """Every weight has the other sign."""

    def exchange(row: Row) -> None:
        for part in ("coefficientMatrix", "interceptVector"):
            row[part]["values"] = [-value for value in row[part]["values"]]

    draft.artefact.edit_row(CLASSIFIER, exchange)


@registered("exchanged labels", says="label map .* is refused")
def exchanged_labels(draft: Draft) -> None:
    draft.tags["label_map"] = "positive,negative"


@registered("labels of other classes", says="has the label map negative,positive,neutral")
def other_classes(draft: Draft) -> None:
    draft.tags["label_map"] = "negative,positive,neutral"


@registered("no labels", says="label_map")
def no_labels(draft: Draft) -> None:
    del draft.tags["label_map"]


@registered("a neutral band that is no number", says="neutral band|neutral_band")
def band_of_no_number(draft: Draft) -> None:
    draft.tags["neutral_band_low"] = "nan"


OF_THE_REGISTRY = (exchanged_classes, exchanged_labels, other_classes, no_labels, band_of_no_number)
