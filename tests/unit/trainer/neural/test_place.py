import pytest

from trainer.neural.place import has_bfloat16


@pytest.mark.parametrize(
    ("described", "has"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 amx_tile\n", True),
        ("flags\t\t: fpu avx2 avx512f\n", False),
        ("Features\t: fp asimd bf16\n", True),
        # The word alone, elsewhere, is no flag.
        ("model name\t: bf16\nflags\t\t: fpu\n", False),
        ("", False),
    ],
)
def test_bfloat16_is_used_where_the_processor_multiplies_it(described: str, has: bool) -> None:
    assert has_bfloat16(described) == has
