import asyncio
import math
import threading
from collections.abc import Sequence

import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import proven
from sentistream.scoring.sentiment import Probabilities
from sentistream.scoring.succession.standing import Standing
from tests.support.scorers import FunctionScorer
from web_service.problems import ProblemError
from web_service.scoring import batching
from web_service.scoring.serving import Scores, Serving

SLOW = 0.001
"""Seconds a text."""


def version(number: int) -> ModelVersion:
    return ModelVersion("m", number, LabelMap(POLAR), NeutralBand(), "run")


def by_length(text: str) -> Sequence[float]:
    return 1 - len(text) / 1000, len(text) / 1000


class CountedScorer(FunctionScorer):
    """A slow one that keeps how many texts it was given each time, and can be held up."""

    def __init__(self, number: int) -> None:
        super().__init__(version(number), by_length, SLOW)
        self.calls: list[int] = []
        self.may_go = threading.Event()
        self.may_go.set()

    def _probabilities(self, texts: object) -> Probabilities:
        self.may_go.wait(60)
        self.calls.append(len(texts))  # type: ignore[arg-type]  # Arrow has no types
        return super()._probabilities(texts)


@pytest.fixture
def slow() -> CountedScorer:
    scorer = CountedScorer(1)
    proven.warm_up(scorer)
    scorer.calls.clear()
    return scorer


def test_texts_of_several_requests_are_scored_together_and_each_gets_its_own(slow: CountedScorer) -> None:
    serving = Serving(Standing())
    serving.take(slow)

    async def ask() -> list[Scores]:
        return await asyncio.gather(*(serving.score(["a" * number]) for number in range(1, 150)))

    answers = asyncio.run(ask())
    assert [each.p_positive.tolist() for each in answers] == [[number / 1000] for number in range(1, 150)]
    assert max(slow.calls) <= batching.MOST_TEXTS
    assert len(slow.calls) < 10
    serving.close()


def test_a_long_request_takes_turns_with_those_behind_it(slow: CountedScorer) -> None:
    serving, ended = Serving(Standing()), list[str]()
    serving.take(slow)

    async def ask(name: str, texts: list[str]) -> None:
        answer = await serving.score(texts)
        assert answer.p_positive.tolist() == [len(text) / 1000 for text in texts]
        ended.append(name)

    async def both() -> None:
        await asyncio.gather(ask("long", ["a" * (number % 900 + 1) for number in range(500)]), ask("short", ["a"]))

    asyncio.run(both())
    assert ended == ["short", "long"]
    serving.close()


def test_what_nobody_waits_for_any_more_is_not_scored(slow: CountedScorer) -> None:
    serving = Serving(Standing())
    serving.take(slow)
    slow.may_go.clear()

    async def ask() -> None:
        first = asyncio.create_task(serving.score(["a"]))
        await asyncio.sleep(10 * batching.WAIT_SECONDS)
        second = asyncio.create_task(serving.score(["a"] * 50))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        slow.may_go.set()
        await first
        await serving.score(["a", "b"])

    asyncio.run(ask())
    assert 50 not in slow.calls
    assert sum(slow.calls) == 3
    serving.close()


def test_requests_begun_with_one_version_end_with_it(slow: CountedScorer) -> None:
    serving, after = Serving(Standing()), FunctionScorer(version(2), by_length)
    serving.take(slow)
    slow.may_go.clear()

    async def ask() -> list[int]:
        begun = asyncio.create_task(serving.score(["a"] * 200))
        await asyncio.sleep(0.05)
        serving.take(after)
        meanwhile = await serving.score(["a"])
        slow.may_go.set()
        return [(await begun).version.version, meanwhile.version.version]

    assert asyncio.run(ask()) == [1, 2]
    serving.close()


def nan_on_bad(text: str) -> Sequence[float]:
    return (math.nan, math.nan) if "bad" in text else (0.1, 0.9)


def fails_on_bad(text: str) -> Sequence[float]:
    if "bad" in text:
        raise ValueError(text)
    return 0.1, 0.9


@pytest.mark.parametrize("of_text", [nan_on_bad, fails_on_bad])
@pytest.mark.parametrize("seconds", [0.0, SLOW])
def test_a_version_that_gives_no_probabilities_gives_way_to_the_one_before_it(of_text: object, seconds: float) -> None:
    serving, unfit = Serving(Standing()), FunctionScorer(version(2), of_text, seconds)  # type: ignore[arg-type]
    unfit.score(["a"] * 100)
    unfit.score(["a"] * 100)
    serving.take(FunctionScorer(version(1), by_length))
    serving.take(unfit)

    async def ask() -> list[int]:
        return [(await serving.score([text])).version.version for text in ("good", "bad", "good")]

    assert asyncio.run(ask()) == [2, 1, 1]
    assert [each.version for each in serving.standing.unfit] == [2]
    serving.close()


def test_where_there_is_none_before_it_the_doors_say_why(slow: CountedScorer) -> None:
    serving = Serving(Standing())
    with pytest.raises(ProblemError, match="the champion is being loaded"):
        serving.required()
    serving.take(FunctionScorer(version(1), fails_on_bad))
    with pytest.raises(ProblemError, match="models:/m/1 fails on some text") as refused:
        asyncio.run(serving.score(["a bad secret"]))
    assert "secret" not in str(refused.value)
    assert serving.scorer is None
    serving.close()
