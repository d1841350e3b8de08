"""How a network is trained: what its name and a run's folder follow from."""

from dataclasses import dataclass

SLACK = 0.02
"""Share of its minutes that a training may take longer, so that it is the same each time where they suffice."""


@dataclass(frozen=True)
class Recipe:
    """The hyper-parameters; the defaults fine-tune a small transformer (docs/models.md says what they reached)."""

    seed: int = 7
    epochs: int = 3
    minutes: float = 60.0
    """Of training; what is not reached by then is left out, and the learning rate has come down by then."""
    learning_rate: float = 1e-4
    """At its highest, of AdamW (Loshchilov and Hutter 2019)."""
    weight_decay: float = 0.01
    """Of matrices; biases and norms have none."""
    warm_up: float = 0.06
    """Share of the training in which the learning rate goes up."""
    batch: int = 32
    smoothing: float = 0.05
    """Of the labels (Szegedy et al. 2016): it keeps a network from being sure of everything."""
    balanced: bool = True
    """Whether every class weighs the same, however many rows it has."""
    longest: int = 128
    """Tokens of a text; the rest is cut off."""

    @property
    def name(self) -> str:
        """As the grid names it: what changes what is learnt."""
        said = [f"lr={self.learning_rate:g}", f"epochs={self.epochs}", f"minutes={self.minutes:g}"]
        return ",".join(said + ["balanced"] * self.balanced)

    def share(self, by_steps: float, by_time: float) -> float:
        """How much is done: by the steps alone, which a clock can't disturb, unless the time runs clearly ahead of them."""
        return by_steps if by_time <= by_steps + SLACK else by_time

    def rate(self, share: float) -> float:
        """The learning rate when this share (0…1) of the training is done: up, and straight down to 0."""
        up, down = share / max(self.warm_up, 1e-9), (1 - share) / (1 - self.warm_up)
        return self.learning_rate * max(0.0, min(up, down, 1.0))
