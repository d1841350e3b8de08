"""Turns a registered sentistream model into the scikit-learn pipeline with the same weights."""

import pickle
import re
from pathlib import Path

from sklearn.pipeline import Pipeline

from benchmarks import sklearn_pipeline
from sentistream.scoring.mllib import saved, vectors
from trainer.features import cleaning


def from_saved(folder: Path) -> Pipeline:
    """Read vocabulary, IDF and coefficients of a pipeline trained by `trainer` (two classes)."""
    stages = {stage.kind: stage for stage in saved.stages(folder)}
    classifier = stages["LogisticRegressionModel"].data
    cleaner = sklearn_pipeline.Cleaner(
        tuple((entity, character.replace("\\", "")) for entity, character in cleaning.ENTITIES),
        str.maketrans(cleaning.UPPER, cleaning.LOWER.replace("\\", "")),
        tuple((re.compile(pattern), re.sub(r"\$(\d)", r"\\\1", by)) for pattern, by in cleaning.REPLACEMENTS),
    )
    token = re.sub(r"\\x\{(\w+)\}", lambda code: f"\\U{int(code[1], 16):08x}", cleaning.TOKEN)
    return sklearn_pipeline.pipeline(
        cleaner,
        sklearn_pipeline.Tokens(re.compile(token)),
        stages["CountVectorizerModel"].vocabulary,
        vectors.vector(stages["IDFModel"].data["idf"]),
        vectors.matrix(classifier["coefficientMatrix"])[0],
        float(vectors.vector(classifier["interceptVector"])[0]),
    )


def write(folder: Path, file: Path) -> None:
    """Pickle it for the peers."""
    file.write_bytes(pickle.dumps(from_saved(folder)))
