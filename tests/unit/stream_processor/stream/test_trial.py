from sentistream.scoring import probe
from stream_processor.stream import trial
from stream_processor.stream.parsing.parse import parse


def test_every_probe_sentence_is_a_sound_record_at_its_own_offset() -> None:
    parsed = parse(trial.records())
    assert parsed["reason"].null_count == len(probe.TEXTS)
    assert parsed.sort_by("offset")["text"].to_pylist() == list(probe.TEXTS)
