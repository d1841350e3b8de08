import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sentistream.lake.lake import Lake
from sentistream.lake.query import box, engine, pinned
from sentistream.lake.query.pinned import Pinned
from sentistream.lake.tables import SCORED
from tests.support.explored_lake import BEGIN, END, Row, explored_lake, rows
from web_service.explore import words
from web_service.explore.answer import BY
from web_service.explore.asking import Asked
from web_service.explore.selection import Selection
from web_service.explore.words import LEAST_TEXTS, PRIOR, Sampled

ALL_OF_IT = Selection(BEGIN, END)


@pytest.fixture(scope="module")
def tweets() -> list[Row]:
    made = rows(600)
    # One text that was copied by many.
    for row in made[::7]:
        row |= {"text": "copied copied spam", "sentiment": "negative", "p_positive": 0.1}
    return made


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, tweets: list[Row]) -> Lake:
    return explored_lake(tmp_path_factory.mktemp("lake"), tweets, gold=False)


@pytest.fixture(scope="module")
def silver(lake: Lake) -> Pinned:
    return pinned.pinned(lake, lake.opened(), BY)[SCORED]


@pytest.fixture
def asked(silver: Pinned) -> Iterator[Asked]:
    with box.opened(engine.BOUNDS, reach=silver.reach) as opened:
        opened.close()
        silver.show(opened.connection, silver.files)
        yield Asked(opened)


def by_hand(texts: dict[str, int]) -> dict[str, tuple[int, int, float]]:
    """Text → side, to word → its texts on both sides and its deviations, as the paper has it."""
    counts: dict[int, Counter[str]] = {side: Counter() for side in (0, 1, 2)}
    for text, side in texts.items():
        counts[side].update(set(re.findall(r"#?\w+(?:['’]\w+)*", text.lower())))
    every = counts[0] + counts[1] + counts[2]
    n1, n2, n = counts[1].total(), counts[2].total(), every.total()
    found = {}
    for word, number in every.items():
        if number >= LEAST_TEXTS:
            prior = PRIOR * number / n
            y1, y2 = counts[1][word] + prior, counts[2][word] + prior
            odds = math.log(y1 / (n1 + PRIOR - y1)) - math.log(y2 / (n2 + PRIOR - y2))
            found[word] = (counts[1][word], counts[2][word], odds / math.sqrt(1 / y1 + 1 / y2))
    return found


def test_words_are_told_as_the_paper_does_and_a_copied_text_counts_once(
    lake: Lake, asked: Asked, tweets: list[Row]
) -> None:
    question = words.of_sentiments(ALL_OF_IT, Sampled())
    answer = asked.answer(question).to_pylist()
    expected = by_hand({row["text"]: {"negative": 1, "positive": 2}.get(row["sentiment"], 0) for row in tweets})
    assert "copied" not in expected
    ordered = sorted(expected, key=lambda word: (-expected[word][2], word))
    assert [row["word"] for row in answer][:5] == ordered[:5]
    assert {"awful", "lovely"} <= {row["word"] for row in (answer[0], answer[1], answer[-1])}
    for row in answer:
        first, second, deviations = expected[row["word"]]
        assert (row["first"], row["second"]) == (first, second)
        assert row["deviations"] == pytest.approx(deviations)
    assert engine.ask(lake, question.written).to_pylist() == answer


def test_two_selections_have_their_words_told_apart(lake: Lake, asked: Asked) -> None:
    late = Selection(END - timedelta(hours=1), END, rule="strike")
    question = words.of_two(late, replace(late.before()), Sampled())
    answer = asked.answer(question).to_pylist()
    assert answer[0]["word"] in ("awful", "train", "late", "horrible")
    assert engine.ask(lake, question.written).to_pylist() == answer
    # Of one sentiment alone, where one is looked at.
    positive = words.of_two(replace(late, sentiment="positive"), late.before(), Sampled())
    assert "awful" not in {row["word"] for row in asked.answer(positive).to_pylist()}


def test_many_tweets_are_sampled_by_their_ids(lake: Lake, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Sampled.of(50_000, 7) == Sampled()
    monkeypatch.setattr(words, "MOST_TEXTS", 100)
    sampled = Sampled.of(600, 7)
    assert sampled == Sampled(7, 0)
    question = words.of_sentiments(ALL_OF_IT, sampled)
    answer = asked.answer(question).to_pylist()
    assert 0 < max(row["texts"] for row in answer) <= 100
    assert engine.ask(lake, question.written).to_pylist() == answer


def test_addresses_and_names_are_no_words_and_emoji_are(tmp_path: Path, asked: Asked) -> None:
    sql = "SELECT regexp_extract_all(regexp_replace(lower($text), $links, ' ', 'g'), $word) AS words"
    text = "@Bob see HTTPS://t.co/x, don’t #Fail ño_1 👍🏽 été हिन्दी"
    found = asked.connection.execute(sql, {"text": text, "links": words.LINKS, "word": words.WORD}).fetchone()
    assert found is not None
    assert found[0] == ["see", "don’t", "#fail", "ño_1", "👍", "🏽", "été", "हिन्दी"]
