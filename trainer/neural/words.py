"""A tokenizer of whole words, learnt from the training rows: what the recurrent networks read."""

from collections.abc import Iterable

MOST_WORDS = 20_000
LEAST_FREQUENT = 2
PAD, UNKNOWN, BEGIN = "[PAD]", "[UNK]", "[BEGIN]"
PAD_ID = 0


def word_tokenizer(texts: Iterable[str], most: int = MOST_WORDS) -> str:
    """`tokenizer.json` with the most frequent words and signs of some texts, in lower case; an empty text is one token, too."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    made = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = [PAD, UNKNOWN, BEGIN]
    trainer = trainers.WordLevelTrainer(
        vocab_size=most, min_frequency=LEAST_FREQUENT, special_tokens=special, show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    begin = made.token_to_id(BEGIN)
    made.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A", special_tokens=[(BEGIN, begin)])
    return str(made.to_str())
