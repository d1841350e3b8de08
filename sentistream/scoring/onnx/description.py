"""`text.json`: what a version's graph is given and what it gives, in plain values."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from sentistream.contracts.labels import POLAR, SENTIMENTS, WITH_NEUTRAL
from sentistream.errors import UserError
from sentistream.scoring.onnx.normalisation import Rule
from sentistream.terminal import shown

NAME = "text.json"
FORMAT = 1
PRECISIONS = ("fp32", "int8")
LONGEST = 512
"""Tokens of a text, at most."""
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Description:
    """How a text becomes the graph's input, and which class each of its columns is."""

    rules: tuple[Rule, ...]
    """What is done to a text, in this order."""
    longest: int
    """Tokens of a text with those that the tokenizer adds; what is beyond is cut off."""
    classes: tuple[str, ...]
    """The sentiments of the graph's columns, in its own order."""
    precision: str
    opset: int
    """Of the standard's operators."""
    pad_id: int = 0
    """The token that fills a row up; the graph's mask is 0 there."""
    calibration_sha256: str = ""
    """Of the texts that fixed the scales, each ended by a line feed; empty of fp32."""

    def __post_init__(self) -> None:
        if sorted(self.classes) not in (sorted(POLAR), sorted(WITH_NEUTRAL)):
            named = ", ".join(shown(str(each), 40) for each in self.classes[:5])
            raise UserError(
                f'The classes {named} are not sentiments ({", ".join(SENTIMENTS)}): say which is which, as in --labels "LABEL_0=negative,LABEL_1=positive".'
            )
        if self.precision not in PRECISIONS:
            raise UserError(f"The precision {shown(self.precision, 40)} is none of {', '.join(PRECISIONS)}.")
        if not 4 <= self.longest <= LONGEST:
            raise UserError(f"The longest input is {self.longest} tokens, and must be 4 to {LONGEST}.")
        if self.precision == "int8" and not DIGEST.fullmatch(self.calibration_sha256):
            raise UserError("An int8 graph needs the SHA-256 of the texts that fixed its scales.")

    @property
    def order(self) -> list[int]:
        """Which of the graph's columns is negative, positive and, of three, neutral: the label map's order."""
        names = WITH_NEUTRAL if len(self.classes) == len(WITH_NEUTRAL) else POLAR
        return [self.classes.index(name) for name in names]

    def as_dict(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "text": FORMAT,
            "rules": [rule.as_dict() for rule in self.rules],
            "longest": self.longest,
            "classes": list(self.classes),
            "precision": self.precision,
            "opset": self.opset,
            "pad_id": self.pad_id,
            "calibration_sha256": self.calibration_sha256,
        }

    @property
    def encoded(self) -> bytes:
        """The file."""
        return orjson.dumps(self.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def of(cls, stored: Any) -> "Description":
        """Read what `as_dict` wrote.

        Raises:
            UserError: it describes no graph that can be run here.
        """
        try:
            if stored["text"] != FORMAT:
                raise UserError(
                    f"It is of the format {stored['text']}, this program reads {FORMAT}: it was registered by a newer one."
                )
            return cls(
                tuple(map(Rule.of, stored["rules"])),
                int(stored["longest"]),
                tuple(map(str, stored["classes"])),
                str(stored["precision"]),
                int(stored["opset"]),
                int(stored["pad_id"]),
                str(stored["calibration_sha256"]),
            )
        except (KeyError, TypeError, ValueError) as odd:
            raise UserError(f"It lacks or spoils {shown(str(odd), 80)}.") from odd


def parse(written: bytes) -> Description:
    """Read the file.

    Raises:
        UserError: it is none.
    """
    try:
        stored = orjson.loads(written)
    except ValueError as odd:
        raise UserError("It is no JSON.") from odd
    return Description.of(stored)
