"""The compiled kernel: UTF-8 in, margins and then class probabilities out, one row after the other, without Python objects.

A row's text becomes code points and their classes; automata replace and cut it into tokens; tokens become word numbers; a walk through a tree of
n-grams, or a hash of their bytes, adds up the weights. All tables are exact: a word is compared character by character, an n-gram is
known by its words.

One module on purpose: numba's cache notices a change of the file that a function stands in, not one of a file that it calls into.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

REPLACE, MAP = 0, 1
FIND, SPLIT, SPLIT_WITH_EMPTY = 0, 1, 2
LOGISTIC, SOFTMAX = 0, 1
MOST_ROOM = 1 << 26
"""Code points that a text may have room for: the largest record, seven times over, with room for the next replacement."""
PACKED = 9
"""Characters of 7 bits that fit one word-table key."""


class Tables(NamedTuple):
    """Everything that the kernel reads; made by `text` and `ngrams`."""

    class_index: npt.NDArray[np.uint16]
    """[4352]: the page of each 256 code points."""
    class_pages: npt.NDArray[np.uint8]
    """[pages, 256]: the class of a code point."""
    operations: npt.NDArray[np.int32]
    """[operations, 2]: REPLACE and its automaton, or MAP and its table."""
    map_index: npt.NDArray[np.uint16]
    """[maps, 4352]."""
    map_pages: npt.NDArray[np.int32]
    """[pages, 256]: what a code point becomes; -1 where it is dropped."""
    transitions: npt.NDArray[np.int32]
    """[states of all automata, classes + 1]: next state << 8 | 1 + number of the match that ended."""
    first_states: npt.NDArray[np.int32]
    """[automata, classes + 1]: the first state by the class before."""
    begins: npt.NDArray[np.uint8]
    """[automata, classes + 1, classes + 1]: 1 where a match may begin with this character, followed by that."""
    may_match: npt.NDArray[np.uint64]
    """[classes + 1, classes + 1]: bit i is set where the automaton of operation i may match at such a pair."""
    replacement_of: npt.NDArray[np.int32]
    """[automata]: where its replacements begin in `replacement_ends`."""
    replacement_ends: npt.NDArray[np.int32]
    """[replacements + 1]: bounds within `replacements`."""
    replacements: npt.NDArray[np.int32]
    """Code points."""
    tokeniser: npt.NDArray[np.int32]
    """[2]: its automaton, and FIND, SPLIT or SPLIT_WITH_EMPTY."""
    short_words: npt.NDArray[np.int64]
    """[a power of two, 2]: a packed word and its reference, or 0."""
    long_words: npt.NDArray[np.int64]
    """[a power of two]: the reference of a word that can't be packed, or -1."""
    word_ends: npt.NDArray[np.int32]
    """[words + 1]: bounds within `word_points`."""
    word_points: npt.NDArray[np.int32]
    """Code points."""
    children: npt.NDArray[np.int64]
    """[a power of two, 2]: node << 32 | word and the reference of the node that it leads to, or -1."""
    child_bits: npt.NDArray[np.uint64]
    """[a power of two]: a bit is set for each key of `children`; most that are absent are known by it, without leaving the cache."""
    node_weights: npt.NDArray[np.float64]
    """[nodes, margins]; the first nodes are the words. A reference is a node << 1 | 1 where longer n-grams begin with it."""
    longest: int
    """The most words in an n-gram."""
    binary: bool
    """An n-gram counts once a row."""
    hashed: npt.NDArray[np.int32]
    """[hashing vectorisers, 4]: buckets, where they begin in `bucket_weights`, a bit for each n, 1 where binary."""
    bucket_weights: npt.NDArray[np.float64]
    """[buckets of all, margins]."""


@njit(inline="always")
def _mixed(key):
    """Finaliser of MurmurHash3, 64 bits."""
    mixed = np.uint64(key)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    return mixed ^ (mixed >> np.uint64(33))


@njit(inline="always")
def _bit(number):
    return np.uint64(1) << np.uint64(np.uint64(number) & np.uint64(63))


@njit(inline="always")
def _bits_of(mixed, child_bits):
    """Which word of the filter a hash is in: by bits that its slot doesn't use."""
    return (mixed >> np.uint64(32)) & np.uint64(len(child_bits) - 1)


@njit(inline="always")
def _packed(points, start, end):
    """A word of at most nine characters from 1 to 127 as one number above 0; 0 for any other."""
    if end - start > PACKED:
        return np.int64(0)
    key = np.int64(0)
    for at in range(start, end):
        if points[at] < 1 or points[at] > 127:
            return np.int64(0)
        key = key << 7 | np.int64(points[at])
    return key


@njit(inline="always")
def _hash_word(points, start, end):
    """FNV-1a over code points, then mixed."""
    value = np.uint64(0xCBF29CE484222325)
    for at in range(start, end):
        value = (value ^ np.uint64(points[at])) * np.uint64(0x100000001B3)
    return _mixed(value)


@njit(cache=True, nogil=True)
def place_words(points, ends, references, short_words, long_words):
    """Put the references of distinct words into their slots."""
    short_mask, long_mask = np.uint64(len(short_words) - 1), np.uint64(len(long_words) - 1)
    for number in range(len(references)):
        key = _packed(points, ends[number], ends[number + 1])
        if key:
            slot = _mixed(key) & short_mask
            while short_words[slot, 0]:
                slot = (slot + np.uint64(1)) & short_mask
            short_words[slot, 0], short_words[slot, 1] = key, references[number]
            continue
        slot = _hash_word(points, ends[number], ends[number + 1]) & long_mask
        while long_words[slot] >= 0:
            slot = (slot + np.uint64(1)) & long_mask
        long_words[slot] = references[number]


@njit(cache=True, nogil=True)
def place_children(keys, references, children, child_bits):
    """Put distinct keys and the references they lead to into their slots, and set their bits."""
    mask = np.uint64(len(children) - 1)
    for number in range(len(keys)):
        mixed = _mixed(keys[number])
        child_bits[_bits_of(mixed, child_bits)] |= _bit(mixed >> np.uint64(58))
        slot = mixed & mask
        while children[slot, 0] >= 0:
            slot = (slot + np.uint64(1)) & mask
        children[slot, 0], children[slot, 1] = keys[number], references[number]


@njit(inline="always")
def _word(short_words, long_words, word_ends, word_points, points, start, end):
    """The reference of a token's word, or -1."""
    key = _packed(points, start, end)
    if key:
        mask = np.uint64(len(short_words) - 1)
        slot = _mixed(key) & mask
        while short_words[slot, 0]:
            if short_words[slot, 0] == key:
                return short_words[slot, 1]
            slot = (slot + np.uint64(1)) & mask
        return np.int64(-1)
    mask = np.uint64(len(long_words) - 1)
    slot = _hash_word(points, start, end) & mask
    while long_words[slot] >= 0:
        number = long_words[slot] >> 1
        before = word_ends[number]
        if word_ends[number + 1] - before == end - start:
            same = True
            for at in range(end - start):
                if word_points[before + at] != points[start + at]:
                    same = False
                    break
            if same:
                return long_words[slot]
        slot = (slot + np.uint64(1)) & mask
    return np.int64(-1)


@njit(inline="always")
def _child(children, key):
    """The reference of an n-gram continued by a word, or -1."""
    mask = np.uint64(len(children) - 1)
    slot = _mixed(key) & mask
    while children[slot, 0] >= 0:
        if children[slot, 0] == key:
            return children[slot, 1]
        slot = (slot + np.uint64(1)) & mask
    return np.int64(-1)


@njit(inline="always")
def _decode(data, start, end, points, classes, class_index, class_pages, outside):
    """UTF-8 → code points and their classes, the class of the end behind them; how many."""
    at, count = start, 0
    while at < end:
        lead = np.int32(data[at])
        if lead < 0x80:
            point, size = lead, 1
        elif lead < 0xE0:
            point, size = (lead & 0x1F) << 6 | (data[at + 1] & 0x3F), 2
        elif lead < 0xF0:
            point, size = (lead & 0x0F) << 12 | np.int32(data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F), 3
        else:
            high = (lead & 0x07) << 18 | np.int32(data[at + 1] & 0x3F) << 12
            point, size = high | np.int32(data[at + 2] & 0x3F) << 6 | (data[at + 3] & 0x3F), 4
        points[count] = point
        classes[count] = class_pages[class_index[point >> 8], point & 255]
        at += size
        count += 1
    classes[count] = outside
    return count


@njit(inline="always")
def _possible(may_match, classes, count):
    """The operations that may match anywhere: most texts need few of them, and one look tells."""
    possible = np.uint64(0)
    for at in range(count):
        possible |= may_match[classes[at], classes[at + 1]]
    return possible


@njit(inline="always")
def _match(transitions, first_states, automaton, classes, at, count, outside):
    """The match that begins at a character: its end (or -1) and its number."""
    state = first_states[automaton, classes[at - 1] if at > 0 else outside]
    end, number = -1, 0
    while state != 0:
        step = transitions[state, classes[at]]
        if step & 255:
            end, number = at, (step & 255) - 1
        state = step >> 8
        if at >= count:
            break
        at += 1
    return end, number


@njit(inline="always")
def _replace(
    transitions,
    first_states,
    begins,
    automaton,
    points,
    classes,
    count,
    to_points,
    to_classes,
    class_index,
    class_pages,
    replacement_of,
    replacement_ends,
    replacements,
    outside,
):
    """Replace every match; the new count, or -1 where nothing matched and nothing was written."""
    at, kept, done = 0, 0, -1
    while at < count:
        if not begins[automaton, classes[at], classes[at + 1]]:
            at += 1
            continue
        end, number = _match(transitions, first_states, automaton, classes, at, count, outside)
        if end < 0:
            at += 1
            continue
        if done < 0:
            done = 0
        for each in range(kept, at):
            to_points[done] = points[each]
            to_classes[done] = classes[each]
            done += 1
        which = replacement_of[automaton] + number
        for each in range(replacement_ends[which], replacement_ends[which + 1]):
            point = replacements[each]
            to_points[done] = point
            to_classes[done] = class_pages[class_index[point >> 8], point & 255]
            done += 1
        at = kept = end
    if done >= 0:
        for each in range(kept, count):
            to_points[done] = points[each]
            to_classes[done] = classes[each]
            done += 1
        to_classes[done] = outside
    return done


@njit(inline="always")
def _map(map_index, map_pages, class_index, class_pages, table, points, classes, count, outside):
    """Map every code point in place; the new count."""
    done = 0
    for at in range(count):
        point = points[at]
        mapped = map_pages[map_index[table, point >> 8], point & 255]
        if mapped >= 0:
            points[done] = mapped
            classes[done] = classes[at] if mapped == point else class_pages[class_index[mapped >> 8], mapped & 255]
            done += 1
    classes[done] = outside
    return done


@njit(inline="always")
def _tokens(transitions, first_states, begins, automaton, mode, classes, count, starts, ends, outside):
    """Where the tokens begin and end; how many."""
    tokens, at, since = 0, 0, 0
    separated = False
    while at < count:
        end = -1
        if begins[automaton, classes[at], classes[at + 1]]:
            end, _ = _match(transitions, first_states, automaton, classes, at, count, outside)
        if end < 0:
            at += 1
            continue
        if mode == FIND:
            starts[tokens], ends[tokens] = at, end
            tokens += 1
        elif mode == SPLIT_WITH_EMPTY or at > since:
            starts[tokens], ends[tokens] = since, at
            tokens += 1
        separated = True
        at = since = end
    if mode != FIND and (since < count or (mode == SPLIT_WITH_EMPTY and not separated)):
        starts[tokens], ends[tokens] = since, count
        tokens += 1
    elif mode == SPLIT_WITH_EMPTY:
        # Java's split drops empty strings at the end.
        while tokens and starts[tokens - 1] == ends[tokens - 1]:
            tokens -= 1
    return tokens


@njit(inline="always")
def _encode(points, starts, ends, tokens, data, bounds):
    """The tokens' UTF-8, joined by spaces: an n-gram is a slice. `bounds[i]` is where token i begins, and ends before the space."""
    at = 0
    for token in range(tokens):
        bounds[token, 0] = at
        for each in range(starts[token], ends[token]):
            point = points[each]
            if point < 0x80:
                data[at] = point
                at += 1
            elif point < 0x800:
                data[at], data[at + 1] = 0xC0 | point >> 6, 0x80 | (point & 0x3F)
                at += 2
            elif point < 0x10000:
                data[at], data[at + 1] = 0xE0 | point >> 12, 0x80 | (point >> 6 & 0x3F)
                data[at + 2] = 0x80 | (point & 0x3F)
                at += 3
            else:
                data[at], data[at + 1] = 0xF0 | point >> 18, 0x80 | (point >> 12 & 0x3F)
                data[at + 2], data[at + 3] = 0x80 | (point >> 6 & 0x3F), 0x80 | (point & 0x3F)
                at += 4
        bounds[token, 1] = at
        data[at] = 32
        at += 1


@njit(inline="always")
def _murmur3(data, start, end):
    """MurmurHash3 x86 32 with MLlib's seed 42, as a signed number."""
    c1, c2 = np.uint32(0xCC9E2D51), np.uint32(0x1B873593)
    value = np.uint32(42)
    whole = start + (end - start) // 4 * 4
    for at in range(start, whole, 4):
        part = np.uint32(data[at]) | np.uint32(data[at + 1]) << np.uint32(8)
        part |= np.uint32(data[at + 2]) << np.uint32(16) | np.uint32(data[at + 3]) << np.uint32(24)
        part = np.uint32(part * c1)
        part = np.uint32(part << np.uint32(15)) | (part >> np.uint32(17))
        value ^= np.uint32(part * c2)
        value = np.uint32(value << np.uint32(13)) | (value >> np.uint32(19))
        value = np.uint32(value * np.uint32(5) + np.uint32(0xE6546B64))
    rest = np.uint32(0)
    for at in range(end - 1, whole - 1, -1):
        rest = np.uint32(rest << np.uint32(8)) | np.uint32(data[at])
    if end > whole:
        rest = np.uint32(rest * c1)
        rest = np.uint32(rest << np.uint32(15)) | (rest >> np.uint32(17))
        value ^= np.uint32(rest * c2)
    value ^= np.uint32(end - start)
    value ^= value >> np.uint32(16)
    value = np.uint32(value * np.uint32(0x85EBCA6B))
    value ^= value >> np.uint32(13)
    value = np.uint32(value * np.uint32(0xC2B2AE35))
    value ^= value >> np.uint32(16)
    return np.int64(np.int32(value))


@njit(inline="always")
def _add_hashed(hashed, bucket_weights, row, points, starts, ends, tokens, data, bounds, stamps, margins):
    _encode(points, starts, ends, tokens, data, bounds)
    for each in range(len(hashed)):
        buckets, offset, orders, binary = hashed[each]
        for n in range(1, 32):
            if not orders >> n & 1:
                continue
            for token in range(tokens - n + 1):
                bucket = offset + _murmur3(data, bounds[token, 0], bounds[token + n - 1, 1]) % buckets
                if binary:
                    if stamps[bucket] == row + 1:
                        continue
                    stamps[bucket] = row + 1
                for margin in range(len(margins)):
                    margins[margin] += bucket_weights[bucket, margin]


@njit(inline="always")
def _add_weights(node_weights, binary, row, nodes, count, stamps, margins):
    """Add the weights of the nodes' n-grams."""
    for at in range(count):
        node = nodes[at] >> 1
        if not binary or stamps[node] != row + 1:
            stamps[node] = row + 1
            for margin in range(len(margins)):
                margins[margin] += node_weights[node, margin]


@njit(inline="always")
def _add_listed(
    children, child_bits, node_weights, binary, longest, row, words, tokens, nodes, places, stamps, margins
):
    """Walk all n-grams of one length before the next: the look-ups of a length don't wait for each other."""
    count = 0
    for token in range(tokens):
        if words[token] >= 0:
            nodes[count], places[count] = words[token], token
            count += 1
    _add_weights(node_weights, binary, row, nodes, count, stamps, margins)
    for length in range(1, longest):
        candidates = 0
        for at in range(count):
            end = places[at] + length
            if nodes[at] & 1 and end < tokens and words[end] >= 0:
                key = (nodes[at] >> 1) << 32 | words[end] >> 1
                mixed = _mixed(key)
                if child_bits[_bits_of(mixed, child_bits)] & _bit(mixed >> np.uint64(58)):
                    nodes[candidates], places[candidates] = key, places[at]
                    candidates += 1
        count = 0
        for at in range(candidates):
            reference = _child(children, nodes[at])
            if reference >= 0:
                nodes[count], places[count] = reference, places[at]
                count += 1
        _add_weights(node_weights, binary, row, nodes, count, stamps, margins)


@njit(inline="always")
def _probabilities(link, margins, out):
    if link == LOGISTIC:
        # As MLlib does it: the second is what the first leaves of 1.
        out[0] = 1.0 / (1.0 + np.exp(margins[0]))
        out[1] = 1.0 - out[0]
        return
    highest = margins.max()
    total = 0.0
    for each in range(len(margins)):
        out[each] = np.exp(margins[each] - highest)
        total += out[each]
    for each in range(len(margins)):
        out[each] /= total


@njit(cache=True, nogil=True)
def probabilities(link, margins, out):
    """`margins[rows, margins]` → `out[rows, classes]`."""
    for row in range(len(margins)):
        _probabilities(link, margins[row], out[row])


@njit(cache=True, nogil=True)
def add_margins(data, offsets, t, out):
    """Add what rows of UTF-8, `data[offsets[i]:offsets[i + 1]]`, have in one tokeniser's n-grams to `out[rows, margins]`."""
    # As locals: a field of the tuple, taken in a loop, costs a reference count each time.
    class_index, class_pages, operations, map_index, map_pages = (
        t.class_index,
        t.class_pages,
        t.operations,
        t.map_index,
        t.map_pages,
    )
    transitions, first_states, begins, may_match = t.transitions, t.first_states, t.begins, t.may_match
    replacement_of, replacement_ends, replacements = t.replacement_of, t.replacement_ends, t.replacements
    short_words, long_words, word_ends, word_points = t.short_words, t.long_words, t.word_ends, t.word_points
    children, child_bits, node_weights, longest, binary = t.children, t.child_bits, t.node_weights, t.longest, t.binary
    hashed, bucket_weights = t.hashed, t.bucket_weights
    automaton, mode = t.tokeniser[0], t.tokeniser[1]
    outside = np.uint8(transitions.shape[1] - 1)
    growth = 1
    for each in range(len(replacement_ends) - 1):
        growth = max(growth, replacement_ends[each + 1] - replacement_ends[each])
    room = 512
    points, classes = np.empty(room, np.int32), np.empty(room, np.uint8)
    to_points, to_classes = np.empty(room, np.int32), np.empty(room, np.uint8)
    starts, ends, words = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int64)
    nodes, places = np.empty(room, np.int64), np.empty(room, np.int32)
    encoded, bounds = np.empty(5 * room, np.uint8), np.empty((room, 2), np.int32)
    node_stamps, bucket_stamps = np.zeros(len(node_weights), np.int32), np.zeros(len(bucket_weights), np.int32)
    for row in range(len(offsets) - 1):
        needed = (offsets[row + 1] - offsets[row]) + 1
        if needed > room:
            room = needed
            points, classes = np.empty(room, np.int32), np.empty(room, np.uint8)
            to_points, to_classes = np.empty(room, np.int32), np.empty(room, np.uint8)
        count = _decode(data, offsets[row], offsets[row + 1], points, classes, class_index, class_pages, outside)
        possible = _possible(may_match, classes, count)
        for each in range(len(operations)):
            which = operations[each, 1]
            if operations[each, 0] == MAP:
                count = _map(map_index, map_pages, class_index, class_pages, which, points, classes, count, outside)
                possible = _possible(may_match, classes, count)
                continue
            if not possible >> np.uint64(each) & np.uint64(1):
                continue
            if count * growth + 1 > room:
                room = count * growth + 1
                if room > MOST_ROOM:
                    raise ValueError("replacements make a text too long")
                more_points, more_classes = np.empty(room, np.int32), np.empty(room, np.uint8)
                more_points[:count], more_classes[: count + 1] = points[:count], classes[: count + 1]
                points, classes = more_points, more_classes
                to_points, to_classes = np.empty(room, np.int32), np.empty(room, np.uint8)
            replaced = _replace(
                transitions,
                first_states,
                begins,
                which,
                points,
                classes,
                count,
                to_points,
                to_classes,
                class_index,
                class_pages,
                replacement_of,
                replacement_ends,
                replacements,
                outside,
            )
            if replaced >= 0:
                count = replaced
                points, to_points = to_points, points
                classes, to_classes = to_classes, classes
                possible = _possible(may_match, classes, count)
        if count + 1 > len(starts):
            starts, ends, words = (
                np.empty(count + 1, np.int32),
                np.empty(count + 1, np.int32),
                np.empty(count + 1, np.int64),
            )
            nodes, places = np.empty(count + 1, np.int64), np.empty(count + 1, np.int32)
            encoded, bounds = np.empty(5 * (count + 1), np.uint8), np.empty((count + 1, 2), np.int32)
        tokens = _tokens(transitions, first_states, begins, automaton, mode, classes, count, starts, ends, outside)
        margins = out[row]
        if longest:
            for token in range(tokens):
                words[token] = _word(
                    short_words, long_words, word_ends, word_points, points, starts[token], ends[token]
                )
            _add_listed(
                children,
                child_bits,
                node_weights,
                binary,
                longest,
                row,
                words,
                tokens,
                nodes,
                places,
                node_stamps,
                margins,
            )
        if len(hashed):
            _add_hashed(
                hashed, bucket_weights, row, points, starts, ends, tokens, encoded, bounds, bucket_stamps, margins
            )
