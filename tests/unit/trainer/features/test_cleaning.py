from pyspark.sql import SparkSession

from trainer.features.cleaning import clean, tokens

CASES = {
    "Look http://t.co/a1 @you &amp; me": "look _url_ _user_ me",
    "sooooo GOOD!!!": "soo good !!",
    "happy :) :-D <3": "happy _smile_ _smile_ _smile_",
    "sad :( :'( </3": "sad _frown_ _frown_ _frown_",
    "I can't, won't, dont &lt;3": "i ca not wo not do not _smile_",
    "it isn’t what I want": "it is not what i want",
    "#Monday 🚀 ☹ 2day": "monday 🚀 ☹ 2day",
    "Жду весну 東京": "жду весну 東京",
    "&amp;lt; stays text": "lt stays text",
    "": "",
}


def test_what_carries_feeling_survives_cleaning(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(text,) for text in CASES], "text string")
    found = {row["text"]: " ".join(row["words"]) for row in tokens().transform(clean().transform(rows)).collect()}
    assert found == CASES
