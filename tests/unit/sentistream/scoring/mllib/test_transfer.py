"""What comes from the process apart can't lead the kernel outside of its tables."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sentistream.scoring.mllib import CompiledPipeline, transfer, understood
from tests.support import saved_pipelines as saved

CLEANED = saved.cleaned("translate(regexp_replace(`text`, '(a|b)c', '$1'), 'AB', 'ab')")
TEXTS = pa.array(["i love bc and AC", "a longer word than nine: extraordinary", ""], pa.large_string())


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> CompiledPipeline:
    words = saved.counted([*saved.WORDS[:5], "extraordinary"])
    folder: Path = saved.write(tmp_path_factory.mktemp("saved") / "it", saved.linear(cleaned=CLEANED, counted=words))
    return CompiledPipeline.from_stages(understood.read(folder).stages)


def test_a_pipeline_scores_alike_after_it(pipeline: CompiledPipeline) -> None:
    again = transfer.put_together(*transfer.taken_apart(pipeline))
    assert again.score(TEXTS).tolist() == pipeline.score(TEXTS).tolist()


FREE = {"0.may_match", "0.begins", "0.child_bits", "0.word_points", "0.bucket_weights", "0.hashed", "0.map_index"}
"""Any value of theirs is sound, or they are empty here."""


def test_each_table_is_held_against_the_others(pipeline: CompiledPipeline) -> None:
    values, arrays = transfer.taken_apart(pipeline)
    let_through = []
    for name, array in arrays.items():
        for wrong in _wrong(array):
            try:
                transfer.put_together(values, {**arrays, name: wrong})
            except transfer.UnsoundError:
                continue
            let_through.append(name)
    assert set(let_through) <= FREE


def _wrong(array: "np.ndarray[Any, Any]") -> "list[np.ndarray[Any, Any]]":
    """With its largest value everywhere, and as another type."""
    full = np.full_like(array, np.nan if array.dtype.kind == "f" else np.iinfo(array.dtype).max)
    return [array.astype(np.int16), *([full] if array.size else [])]


def test_what_lacks_a_table_is_refused(pipeline: CompiledPipeline) -> None:
    values, arrays = transfer.taken_apart(pipeline)
    for name in arrays:
        with pytest.raises(transfer.UnsoundError):
            transfer.put_together(values, {each: array for each, array in arrays.items() if each != name})
