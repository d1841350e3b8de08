"""An answer is numbers or nothing: no object is made of it, and no size in it is believed."""

import io
import pickle

import numpy as np
import orjson
import pytest

from sentistream.scoring.apart import answer
from sentistream.scoring.apart.answer import Answer, BrokenAnswerError, Prepared


def written(said: Answer) -> bytes:
    out = io.BytesIO()
    answer.write(out, said)
    return out.getvalue()


def test_an_answer_comes_as_it_was_said() -> None:
    arrays = {"a": np.arange(6, dtype=np.int32).reshape(2, 3), "none": np.zeros((0, 4)), "b": np.array([1.5])}
    said = Answer(Prepared({"link": 1, "parts": [{"lower": True}]}, arrays), unchecked="said")
    read = answer.read(io.BytesIO(written(said)))
    assert read.prepared is not None
    assert (read.prepared.values, read.unchecked) == ({"link": 1, "parts": [{"lower": True}]}, "said")
    for name, array in arrays.items():
        found = read.prepared.arrays[name]
        assert (found.dtype, found.tolist()) == (array.dtype, array.tolist())
        # numba compiles for arrays that may not be written apart.
        assert found.flags.writeable


def head(**fields: object) -> bytes:
    return orjson.dumps({"values": {}, "refused": "", "unchecked": "", **fields}) + b"\n"


BROKEN = {
    "nothing": b"",
    "a pickle": pickle.dumps(print),
    "no object": b"[]\n",
    "objects": head(arrays=[["a", "object", [1]]]) + b"12345678",
    "more than is there": head(arrays=[["a", "int32", [2]]]) + b"1234",
    "less than is there": head(arrays=[["a", "int32", [1]]]) + b"12345678",
    "a size beyond memory": head(arrays=[["a", "int64", [1 << 62, 1 << 62]]]),
    "a negative size": head(arrays=[["a", "int32", [-1]]]),
    "many large ones": head(arrays=[["a", "uint8", [1 << 29]]] * 3),
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_answer_is_refused(sent: bytes) -> None:
    if b"536870912" in sent:
        sent = sent.replace(b'["a"', b'["b"', 1).replace(b'["a"', b'["c"', 1)
    with pytest.raises(BrokenAnswerError):
        answer.read(io.BytesIO(sent))
