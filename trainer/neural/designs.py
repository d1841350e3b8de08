"""Networks that a grid compares, by their names."""

from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Literal

from sentistream.contracts.labels import LabelMap
from sentistream.errors import UserError
from trainer.neural import encoders
from trainer.neural.recipe import Recipe

Kind = Literal["transformer", "gru", "lstm"]
LIBRARIES = {"transformer": ("torch", "transformers", "onnx"), "gru": ("torch", "onnx"), "lstm": ("torch", "onnx")}
RECURRENT = Recipe(epochs=5, learning_rate=2e-3, batch=64, smoothing=0.0)
"""Words are learnt from nothing, by larger steps."""


@dataclass(frozen=True)
class Design:
    """One network and how it is trained: a cell of a grid."""

    kind: Kind
    recipe: Recipe
    encoder: str = ""
    """Of a transformer, as `--encoder` names it."""

    @property
    def name(self) -> str:
        """As reports and the registry name it: what learns, a slash, and what it is given."""
        precision = "int8" if self.kind == "transformer" else "fp32"
        return f"{self.kind}({self.recipe.name})/{self.encoder or 'words'} {precision}"

    def suits(self, labels: LabelMap) -> bool:
        """Any."""
        return True

    def require_installed(self) -> None:
        """PyTorch and what goes with it, and the encoder where it is on this machine.

        Raises:
            UserError: one is missing.
        """
        lacking = [name for name in LIBRARIES[self.kind] if find_spec(name) is None]
        if lacking:
            raise UserError(
                f"A {self.kind} is trained by {' and '.join(lacking)}, which is not installed here: install the extra neural "
                "(`.venv/bin/pip install -e '.[neural]' -c constraints.txt`, 6 GB), or take --grid frozen, which needs none of it.",
                exit_code=2,
            )
        if self.encoder:
            encoders.require_there(self.encoder)


def recurrent(recipe: Recipe) -> list[Design]:
    """GRU and LSTM, in the time that a transformer has."""
    of_words = replace(RECURRENT, seed=recipe.seed, minutes=recipe.minutes)
    return [Design("gru", of_words), Design("lstm", of_words)]
