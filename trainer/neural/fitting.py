"""Trains a network: AdamW under a learning rate that comes down with the epochs or with the time, whichever ends first."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.neural.batches import Encoded, Ids, by_length, in_batches, padded
from trainer.neural.checkpoint import Checkpoint, Standing
from trainer.neural.place import Place
from trainer.neural.recipe import Recipe

STEEPEST = 1.0
"""The norm to which a step's gradient is cut."""
TOLD = 20
"""Steps between two looks at the loss: a GPU stands still for each."""


@dataclass(frozen=True)
class Progress:
    """What a person who waits is told from time to time."""

    share: float
    """Of the training, 0…1."""
    epoch: int
    """From 1 on."""
    loss: float


@dataclass(frozen=True)
class Fitted:
    """What became of a training."""

    seconds: float
    """With those before a kill."""
    epochs: float
    """Fewer than were asked for where the time ended first."""


def fit(
    network: Any,
    rows: Encoded,
    classes: int,
    recipe: Recipe,
    place: Place,
    checkpoint: Checkpoint,
    tell: Callable[[Progress], None],
) -> Fitted:
    """Train a network in place, or go on where a checkpoint stands; without a kill or with any, the result is the same.

    Args:
        network: token numbers[rows, tokens] and mask → scores[rows, classes]; has `pad`, the number that fills up.
        rows: of the training part.
        classes: how many there are.
        recipe: says how.
        place: says where.
        checkpoint: kept from time to time.
        tell: called every few steps.
    """
    import torch

    torch.manual_seed(recipe.seed)
    network.to(place.device).train()
    optimiser = torch.optim.AdamW(_groups(network, recipe), lr=recipe.learning_rate, fused=place.device == "cuda")
    weights = torch.from_numpy(rows.weights(classes) if recipe.balanced else np.ones(classes, np.float32))
    weights = weights.to(place.device)
    lengths = rows.lengths
    standing = checkpoint.resume(network, optimiser, place.device)
    an_epoch = -(-len(lengths) // recipe.batch)
    started = time.monotonic() - standing.seconds
    order: list[Ids] = []
    for step in range(standing.steps, an_epoch * recipe.epochs):
        by_time = (time.monotonic() - started) / (60 * recipe.minutes)
        share = recipe.share(step / (an_epoch * recipe.epochs), by_time)
        if share >= 1:
            return Fitted(time.monotonic() - started, step / an_epoch)
        epoch, at = divmod(step, an_epoch)
        if not order or at == 0:
            order = in_batches(lengths, recipe.batch, recipe.seed, epoch)
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate(share)
        loss = _step(network, optimiser, rows, order[at], weights, recipe, place)
        if step % TOLD == 0:
            tell(Progress(share, epoch + 1, float(loss)))
        if checkpoint.is_due:
            checkpoint.keep(network, optimiser, place.device, Standing(step + 1, time.monotonic() - started))
    return Fitted(time.monotonic() - started, recipe.epochs)


def probabilities(network: Any, rows: Encoded, place: Place, size: int = 256) -> Any:
    """What PyTorch itself makes of texts: float32[texts, classes]. What is measured and registered is the exported graph."""
    import torch

    network.to(place.device).eval()
    found: list[tuple[Ids, Any]] = []
    with torch.inference_mode():
        for picked in by_length(rows.lengths, size):
            scores = network(*_tensors(network, rows, picked, place))
            found.append((picked, scores.softmax(dim=1).cpu().numpy()))
    order = np.concatenate([picked for picked, _ in found])
    return np.concatenate([each for _, each in found])[np.argsort(order)]


def _step(network: Any, optimiser: Any, rows: Encoded, picked: Ids, weights: Any, recipe: Recipe, place: Place) -> Any:
    import torch

    truth = torch.from_numpy(rows.classes[picked]).to(place.device)
    with torch.autocast(place.device, torch.bfloat16, enabled=place.bfloat16):
        scores = network(*_tensors(network, rows, picked, place))
    each = torch.nn.functional.cross_entropy(scores.float(), truth, reduction="none", label_smoothing=recipe.smoothing)
    loss = (each * weights[truth]).mean()
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
    optimiser.step()
    return loss.detach()


def _tensors(network: Any, rows: Encoded, picked: Ids, place: Place) -> tuple[Any, Any]:
    import torch

    tokens, mask = padded([rows.ids[at] for at in picked], network.pad)
    return torch.from_numpy(tokens).to(place.device), torch.from_numpy(mask).to(place.device)


def _groups(network: Any, recipe: Recipe) -> list[dict[str, Any]]:
    """Matrices decay; biases, norms and what else is a vector do not."""
    learnt = [each for each in network.parameters() if each.requires_grad]
    return [
        {"params": [each for each in learnt if each.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [each for each in learnt if each.ndim <= 1], "weight_decay": 0.0},
    ]
