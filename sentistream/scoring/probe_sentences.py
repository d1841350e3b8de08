"""The probe's sentences: invented, plain, and of a sentiment that anyone who reads the language knows.

The two of a pair differ in nothing but the words that carry sentiment, and have no punctuation, so that any tokeniser finds these.
"""

from collections.abc import Mapping

Pairs = tuple[tuple[str, str], ...]
"""A clearly positive sentence, and a clearly negative one."""
ENGLISH = "en"
PAIRS: Mapping[str, Pairs] = {
    ENGLISH: (
        ("I love this it is wonderful", "I hate this it is terrible"),
        ("what a great and happy day", "what an awful and sad day"),
        ("this is awesome and I am happy", "this is horrible and I am angry"),
        ("the best and most brilliant song", "the worst and most terrible song"),
        ("a good and happy ending I love it", "a bad and sad ending I hate it"),
        ("a wonderful and brilliant idea", "an awful and stupid idea I hate"),
        ("great game I am happy and love the team", "terrible game I am angry and hate the team"),
        ("we had a lovely and fantastic time", "we had a horrible and sad time"),
    ),
    "es": (
        ("me encanta esto es maravilloso", "odio esto es terrible"),
        ("qué día tan bueno y feliz", "qué día tan malo y triste"),
        ("esto es genial y estoy contento", "esto es horrible y estoy enfadado"),
        ("la mejor canción y la más bonita", "la peor canción y la más fea"),
        ("un final bueno y feliz me encanta", "un final malo y triste lo odio"),
        ("una idea genial y maravillosa", "una idea horrible y estúpida"),
        ("gran partido estoy feliz y amo al equipo", "mal partido estoy triste y odio al equipo"),
        ("muchas gracias qué bonito me gusta", "qué asco qué pena no me gusta"),
    ),
    "fr": (
        ("j'adore ça c'est magnifique", "je déteste ça c'est nul"),
        ("quelle bonne et belle journée", "quelle mauvaise et triste journée"),
        ("c'est génial et je suis content", "c'est horrible et je suis triste"),
        ("la meilleure chanson et la plus belle", "la pire chanson et la plus nulle"),
        ("une belle fin je suis heureux", "une fin triste je suis en colère"),
        ("une idée géniale et magnifique", "une idée horrible et stupide"),
        ("super match je suis content et j'aime l'équipe", "mauvais match je suis déçu et je déteste l'équipe"),
        ("merci beaucoup c'est super bravo", "quelle honte c'est nul dommage"),
    ),
    "de": (
        ("ich liebe das es ist wunderbar", "ich hasse das es ist schrecklich"),
        ("was für ein guter und schöner tag", "was für ein schlechter und trauriger tag"),
        ("das ist super und ich freue mich", "das ist schlimm und ich bin wütend"),
        ("das beste und schönste lied", "das schlechteste und schlimmste lied"),
        ("ein gutes und schönes ende ich liebe es", "ein schlechtes und trauriges ende ich hasse es"),
        ("eine tolle und gute idee", "eine dumme und schlechte idee"),
        (
            "tolles spiel ich bin glücklich und liebe die mannschaft",
            "schlechtes spiel ich bin traurig und hasse die mannschaft",
        ),
        ("danke das war schön und toll", "leider war das schlecht und traurig"),
    ),
    "it": (
        ("amo questo è bellissimo", "odio questo è orribile"),
        ("che bella e buona giornata", "che brutta e triste giornata"),
        ("è fantastico e sono felice", "è terribile e sono triste"),
        ("la canzone migliore e più bella", "la canzone peggiore e più brutta"),
        ("un finale bello e felice lo amo", "un finale brutto e triste lo odio"),
        ("una bella idea davvero ottima", "una brutta idea davvero pessima"),
        ("grande partita sono felice e amo la squadra", "brutta partita sono triste e odio la squadra"),
        ("grazie è stato bello e bellissimo", "purtroppo è stato brutto e vergognoso"),
    ),
    "pt": (
        ("amo isso é maravilhoso", "odeio isso é horrível"),
        ("que dia bom e feliz", "que dia ruim e triste"),
        ("isso é ótimo e estou feliz", "isso é péssimo e estou triste"),
        ("a melhor música e a mais linda", "a pior música e a mais feia"),
        ("um final bom e feliz eu amo", "um final ruim e triste eu odeio"),
        ("uma ideia linda e maravilhosa", "uma ideia horrível e ridícula"),
        ("bom jogo estou feliz e amo o time", "jogo ruim estou triste e odeio o time"),
        ("obrigado adorei que lindo", "que raiva que saco que ódio"),
    ),
    "ar": (
        ("احب هذا انه رائع", "اكره هذا انه سيء"),
        ("يوم جميل وسعيد", "يوم سيء وحزين"),
        ("هذا رائع وانا سعيد", "هذا سيء وانا حزين"),
        ("افضل واجمل اغنية", "اسوأ واقبح اغنية"),
        ("نهاية جميلة وسعيدة", "نهاية سيئة وحزينة"),
        ("فكرة رائعة وجميلة", "فكرة سيئة وغبية"),
        ("مباراة رائعة الحمد لله", "مباراة سيئة للاسف"),
        ("شكرا شي جميل ورائع", "للاسف شي محزن ومؤلم"),
    ),
    "hi": (
        ("मुझे यह बहुत अच्छा लगता है", "मुझे यह बहुत बुरा लगता है"),
        ("कितना सुंदर और अच्छा दिन", "कितना बुरा और दुखद दिन"),
        ("यह शानदार है और मैं खुश हूँ", "यह बेकार है और मैं दुखी हूँ"),
        ("सबसे अच्छा और सुंदर गाना", "सबसे बुरा और घटिया गाना"),
        ("बहुत बढ़िया काम धन्यवाद", "बहुत घटिया काम शर्म"),
        ("एक अच्छा और सुंदर विचार", "एक बुरा और गंदा विचार"),
        ("शानदार खेल बधाई और प्यार", "घटिया खेल दुख और गुस्सा"),
        ("आज बहुत खुशी का दिन है", "आज बहुत दुख का दिन है"),
    ),
    "hi-Latn": (
        ("mujhe yeh bahut pasand hai mast", "mujhe yeh bilkul pasand nahi bakwas"),
        ("kitna accha aur sundar din", "kitna bura aur kharab din"),
        ("bahut badhiya kaam mubarak ho", "bahut ghatiya kaam sharam karo"),
        ("main khush hoon dil se pyar", "main dukhi hoon dil se nafrat"),
        ("sabse accha gaana maza aaya", "sabse bekar gaana bakwas"),
        ("mast khel mubarak ho sabko", "bekar khel sharam aani chahiye"),
        ("bahut accha laga dhanyavad", "bahut bura laga afsos"),
        ("aaj bahut khushi hui", "aaj bahut dukh hua"),
    ),
}
"""BCP 47 → eight pairs; Hindi as it is written in both scripts."""


def known_as(tag: str) -> str:
    """The language of `PAIRS` that a BCP 47 tag names in any case, perhaps with a region (`en-US`, `hi-latn-IN`); the tag itself where it names none."""
    parts = tag.replace("_", "-").lower().split("-")
    prefixes = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    own = {each.lower(): each for each in PAIRS}
    return next((own[each] for each in prefixes if each in own), tag)


def texts(language: str) -> tuple[str, ...]:
    """A language's sentences, the positive ones first."""
    return tuple(text for sentences in zip(*PAIRS[language], strict=True) for text in sentences)
