import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.regex.alphabet import Alphabet
from sentistream.scoring.mllib.regex.automaton import Automaton, build
from sentistream.scoring.mllib.regex.program import Program, compile_pattern
from trainer.features.cleaning import REPLACEMENTS, TOKEN

PATTERNS = {
    "an alternative that is a beginning of the next": (r"(?:ab|abc)(?:cd)?", "-"),
    "a lazy repetition": (r"a+?b?", "-"),
    "a count": (r"a{2,3}(?:bc){1,2}", "-"),
    "a run that must give back for what must not follow": (r"[ab]+(?!c)", "-"),
    "a look behind": (r"(?<![a])b+", "-"),
    "a character that must follow": (r"a(?=b)", "-"),
    "a repeated letter": (r"([abc])\1+", "$1"),
    "a group among fixed characters": (r"a(b|cc)c?", "$1!"),
    "an escaped backslash before an x": (r"\\x{3}", "-"),
    "none of these": (r"[^ab\s]+", "-"),
    **{f"cleaning {number}": pair for number, pair in enumerate(REPLACEMENTS)},
    "token": (re.sub(r"\\x\{(\w+)\}", lambda code: f"\\\\U000{code[1]}", TOKEN), "-"),
}
texts = st.text("abcd ca not:;)(!?'x<3^_@htps/w.", max_size=30) | st.text(max_size=20)


def replace_all(program: Program, automaton: Automaton, text: str, classes: list[int]) -> str:
    """What the kernel does, step by step; `classes` has one more entry than the text, for its end."""
    begins = automaton.begins()
    out, at = [], 0
    while at < len(text):
        state = int(automaton.starts[classes[at - 1] if at else classes[-1]])
        end, number = -1, 0
        for ahead in range(at, len(classes)):
            step = int(automaton.transitions[state, classes[ahead]])
            if step & 255:
                end, number = ahead, (step & 255) - 1
            state = step >> 8
            if not state:
                break
        assert end < 0 or begins[classes[at], classes[at + 1]]
        out.append(program.replacements[number] if end > 0 else text[at])
        at = end if end > 0 else at + 1
    return "".join(out)


@pytest.mark.parametrize(("pattern", "replacement"), PATTERNS.values(), ids=PATTERNS.keys())
def test_an_automaton_finds_what_a_backtracking_engine_finds(pattern: str, replacement: str) -> None:
    program = compile_pattern(pattern, replacement)
    alphabet = Alphabet.of(program.sets())
    automaton = build(program, alphabet)
    index, pages = alphabet.pages()

    def classes(text: str) -> list[int]:
        return [int(pages[index[ord(c) >> 8], ord(c) & 255]) for c in text] + [alphabet.size]

    @given(texts)
    def same(text: str) -> None:
        expected = re.sub(pattern, re.sub(r"\$(\d)", r"\\\1", replacement), text, flags=re.ASCII)
        assert replace_all(program, automaton, text, classes(text)) == expected

    same()


def automaton(pattern: str) -> Automaton:
    program = compile_pattern(pattern)
    return build(program, Alphabet.of(program.sets()))


REFUSED = {
    "an anchor": r"^a",
    "a word boundary": r"\ba",
    "any character": r"a.b",
    "a flag": r"(?i)a",
    "nothing at all": r"a*",
    "a class within a class": r"[a[bc]]",
    "an intersection": r"[a-z&&[^b]]",
    "a possessive repetition": r"a++",
    "a Unicode property": r"\p{L}+",
    "half a surrogate pair": r"[\ud83c-\ud83e]",
    "a long look ahead": r"a(?!bc)",
    "a group of any length that is referred to": r"(a+)\1",
    "two groups that are referred to": r"(a)(b)\1\2",
    "a bracket that opens a class": r"[]a]",
    "a broken pattern": r"(a",
    "what could be an octal number": r"(a)\123",
    "a look behind at one half of a pair": r"(?<![^\x{1f600}a])b",
}


@pytest.mark.parametrize("pattern", REFUSED.values(), ids=REFUSED.keys())
def test_what_java_could_read_otherwise_is_refused(pattern: str) -> None:
    with pytest.raises(CannotCompileError):
        automaton(pattern)


@pytest.mark.parametrize("replacement", ["$2", "$0", "$1" + "1", "$"])
def test_a_replacement_that_is_not_understood_is_refused(replacement: str) -> None:
    with pytest.raises(CannotCompileError):
        compile_pattern(r"(a)b", replacement)
