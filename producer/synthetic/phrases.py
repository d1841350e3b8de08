"""Invented phrases, and each language's share of the stream."""

SHARES = {"en": 46, "ja": 17, "es": 12, "pt": 9, "ar": 6, "fr": 5, "de": 3, "und": 2}
"""Per cent of the tweets: a plausible mix, not a measured one."""
WORDS = {
    "en": ["the train was late again", "so happy about this song", "I love my new phone", "worst service ever", "can't wait for the weekend", "not sure what to think", "great game last night", "my coffee is cold", "thank you all", "it rains and I am sad", "best day", "why though", "nobody answers the phone there", "what a lovely morning", "this update broke everything", "feeling tired", "good luck tomorrow"],
    "ja": ("今日はいい天気", "電車が遅れた", "とても嬉しい", "最悪だ", "ありがとう", "新しい携帯が好き", "眠い", "明日も頑張る", "コーヒーが冷めた", "楽しかった"),
    "es": ("qué buen día", "el tren llega tarde", "me encanta esta canción", "el peor servicio", "gracias a todos", "no sé qué pensar", "estoy triste"),
    "pt": ("que dia lindo", "o trem atrasou", "adoro essa música", "péssimo atendimento", "obrigado a todos", "não sei o que pensar", "estou cansado"),
    "ar": ("صباح الخير", "القطار متأخر", "أحب هذه الأغنية", "خدمة سيئة", "شكرا للجميع", "يوم جميل", "أنا متعب"),
    "fr": ("quelle belle journée", "le train est en retard", "j'adore cette chanson", "service nul", "merci à tous", "je suis fatigué"),
    "de": ("was für ein schöner Tag", "der Zug ist zu spät", "ich liebe dieses Lied", "schlechter Service", "danke an alle", "ich bin müde"),
    "und": ("🎉🎉", ":)", ":(", "#tbt", "❤️", "..."),
}  # fmt: skip
ENDINGS = ("", "", "", " !", " …", " 😀", " 😡", " :)", " :(", " #monday", " #invented", " https://example.org/x1")
MALFORMED = (
    b"not JSON",
    b'{"data": {"id": "1", "te',
    b'{"data": {"id": "1", "text": "\xff"}}',
    b'{"data": {"text": "no id"}}',
    b'{"data": {"id": "1", "text": " "}}',
)
"""One for each of the commonest reasons of docs/rejections.md."""
