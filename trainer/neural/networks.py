"""The networks: a pretrained transformer with a head, and the published recurrent design. PyTorch is needed to import this."""

from typing import Any, Literal

import torch
from torch import nn

Kind = Literal["gru", "lstm"]
LAYERS: dict[Kind, Any] = {"gru": nn.GRU, "lstm": nn.LSTM}
EMBEDDED = 128
"""Numbers a word."""
REMEMBERED = 64
"""Numbers a layer and direction."""
DROPPED = 0.1
DROPPED_WORDS = 0.3
"""Share of a recurrent layer's input that is dropped while it learns: its words are learnt from these rows alone."""


class Transformer(nn.Module):
    """Token numbers and mask → the mean of the last layer over a text's tokens → scores of the classes."""

    def __init__(self, body: nn.Module, width: int, classes: int, pad: int) -> None:
        super().__init__()
        self.body, self.pad = body, pad
        self.dropout = nn.Dropout(DROPPED)
        self.head = nn.Linear(width, classes)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """[texts, tokens] twice → scores[texts, classes]."""
        return self.head(self.dropout(self.features(input_ids, attention_mask)))

    def features(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """[texts, tokens] twice → [texts, width]."""
        last = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(last.dtype)
        return (last * mask).sum(dim=1) / mask.sum(dim=1)


class Ready(nn.Module):
    """A model with a head of its own."""

    def __init__(self, model: nn.Module, pad: int) -> None:
        super().__init__()
        self.model, self.pad = model, pad

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """[texts, tokens] twice → scores[texts, classes]."""
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


class Recurrent(nn.Module):
    """An embedding, two bidirectional layers, one more, and one output: the design that both published comparisons used."""

    def __init__(self, kind: Kind, words: int, classes: int, pad: int) -> None:
        super().__init__()
        self.kind, self.pad = kind, pad
        layer = LAYERS[kind]
        self.embedding = nn.Embedding(words, EMBEDDED, padding_idx=pad)
        self.layers = nn.ModuleList(
            [
                layer(EMBEDDED, REMEMBERED, batch_first=True, bidirectional=True),
                layer(2 * REMEMBERED, REMEMBERED, batch_first=True, bidirectional=True),
                layer(2 * REMEMBERED, REMEMBERED, batch_first=True),
            ]
        )
        self.dropout = nn.Dropout(DROPPED_WORDS)
        self.head = nn.Linear(REMEMBERED, classes)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """[texts, tokens] twice → scores[texts, classes]; what fills a text up is never read."""
        lengths = attention_mask.sum(dim=1).cpu()
        read = self.embedding(input_ids)
        for layer in self.layers:
            packed = nn.utils.rnn.pack_padded_sequence(
                self.dropout(read), lengths, batch_first=True, enforce_sorted=False
            )
            output, state = layer(packed)
            read, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
        last = state[0] if self.kind == "lstm" else state
        return self.head(last[-1])


class Features(nn.Module):
    """A transformer up to the mean of its last layer: what is exported of it."""

    output = "features"

    def __init__(self, network: Transformer) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """[texts, tokens] twice → float32[texts, width]."""
        return self.network.features(input_ids, attention_mask)


class Probabilities(nn.Module):
    """A ready model with the softmax that makes its scores probabilities: what is exported of it."""

    output = "probabilities"

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """[texts, tokens] twice → float32[texts, classes]."""
        return self.network(input_ids, attention_mask).float().softmax(dim=1)
