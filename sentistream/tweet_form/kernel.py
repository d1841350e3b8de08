"""The compiled kernel: UTF-8 texts in, their normal forms or their fingerprints out, in one pass without Python objects.

One module on purpose: numba's cache notices a change of the file that a function stands in, not one of a file that it calls into.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

NAMES = np.array(
    [list(name.ljust(6, b"\0")) for name in (b"amp;", b"lt;", b"gt;", b"quot;", b"apos;", b"nbsp;")], np.uint8
)
"""[6, 6]: the named entities that X and exports write."""
POINTS = np.array([ord("&"), ord("<"), ord(">"), ord('"'), ord("'"), 0xA0], np.int32)
BLANK, AMPERSAND, HASH, DOT, COLON, SEMICOLON = (ord(each) for each in " &#.:;")
DECIMALS, HEXADECIMALS = 7, 6
"""Digits of a numeric entity."""
LONGEST_ENTITY = 10
HEAD = 8
"""Bytes at the beginning that have a hash of their own."""
HEAD_BITS, WHOLE_BITS = 15, 32
"""Of a fingerprint's hashes; 17 bits are left for the length: 25,000 characters have at most 100,000 bytes."""
FNV_PRIME = np.uint64(0x100000001B3)
HTTP = np.frombuffer(b"https", np.uint8).copy()
IS_PLAIN = np.ones(256, np.bool_)
"""Of each byte, whether it is copied as it is, whatever is around it."""
IS_PLAIN[[AMPERSAND, COLON, BLANK, *range(0x09, 0x0E), 0xC2, 0xE1, 0xE2, 0xE3]] = False


def utf8(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The bytes of strings, and the bounds of each within them; both read-only, or numba would compile for either kind."""
    as_bytes = texts.cast(pa.string()).cast(pa.binary())
    _, offsets, data = as_bytes.buffers()
    bounds = np.frombuffer(offsets, np.int32) if offsets else np.zeros(1, np.int32)
    held = np.frombuffer(data, np.uint8) if data else np.frombuffer(b"\0", np.uint8)
    bounds = bounds[as_bytes.offset : as_bytes.offset + len(as_bytes) + 1]
    held.flags.writeable = bounds.flags.writeable = False
    return held, bounds


@njit(cache=True, nogil=True)
def write_forms(data, bounds, forms, ends):
    """Write the normal forms one after the other.

    Args:
        data: uint8, the texts' bytes.
        bounds: int32[texts + 1], where each begins and ends.
        forms: uint8, written; as long as data.
        ends: int32[texts + 1], written; where each form begins and ends.
    """
    at = 0
    for row in range(len(bounds) - 1):
        begin, start, end = at, bounds[row], bounds[row + 1]
        at = _write(data, start, end, forms, begin)
        at = _without_cut(forms, begin, at)
        if at == begin:
            for index in range(start, end):
                forms[at] = data[index]
                at += 1
        ends[row + 1] = at


@njit(inline="always")
def _write(data, start, end, forms, begin):
    """Entities become characters, white space one blank, links `http:`; where the form ends."""
    at, index = begin, start
    while index < end:
        byte = data[index]
        if IS_PLAIN[byte]:
            forms[at] = byte
            at += 1
            index += 1
            continue
        point = -1
        size = 0
        if byte == AMPERSAND:
            point, index = _character(data, index, end)
            size = 1 if _is_space(point) else 0
        else:
            size = _space(data, index, end)
            index += max(size, 1)
        if size > 0:
            if at > begin and forms[at - 1] != BLANK:
                forms[at] = BLANK
                at += 1
        elif point >= 0x80:
            at = _encode(point, forms, at)
        else:
            forms[at] = byte if point < 0 else point
            at += 1
            if byte == COLON:
                after = _after_link(forms, begin, at)
                if after > 0:
                    at = after
                    while index < end and 0x21 <= data[index] <= 0x7E:
                        index += 1
    while at > begin and forms[at - 1] == BLANK:
        at -= 1
    return at


@njit(inline="always")
def _without_cut(forms, begin, end):
    """Where a form ends without the mark of a cut, and what a cut leaves of an entity or a link; where it ends if nothing else is there."""
    at = end
    before_link = at
    if at - begin >= 5 and forms[at - 1] == COLON and _is_http(forms, at - 5, 4):
        before_link = at - 5
        if before_link > begin and forms[before_link - 1] == BLANK:
            before_link -= 1
    mark = before_link
    if mark - begin >= 3 and forms[mark - 3] == 0xE2 and forms[mark - 2] == 0x80 and forms[mark - 1] == 0xA6:
        mark -= 3
    else:
        while mark > begin and forms[mark - 1] == DOT:
            mark -= 1
        if before_link - mark < 2:
            mark = before_link
    if mark < before_link:
        at = mark
    while at > begin and forms[at - 1] == BLANK:
        at -= 1
    for length in range(min(LONGEST_ENTITY, at - begin)):
        if forms[at - 1 - length] == AMPERSAND:
            if _is_partial(forms, at - length, at):
                at -= 1 + length
            break
    if at - begin >= 5 and _is_http(forms, at - 5, 5):
        at -= 1
    while at > begin and forms[at - 1] == BLANK:
        at -= 1
    return at if at > begin else end


@njit(inline="always")
def _character(data, index, end):
    """The character that an ampersand stands for, escaped any number of times, and where the text goes on."""
    index += 1
    while True:
        point, after = _reference(data, index, end)
        if point < 0:
            return AMPERSAND, index
        if point != AMPERSAND:
            return point, after
        index = after


@njit(inline="always")
def _reference(data, index, end):
    """The character of an entity without its ampersand, and where the text goes on; -1 where it is none."""
    if index < end and data[index] == HASH:
        at = index + 1
        is_hexadecimal = at < end and data[at] | 0x20 == 0x78
        most = HEXADECIMALS if is_hexadecimal else DECIMALS
        if is_hexadecimal:
            at += 1
        point = digits = 0
        while at < end and digits < most:
            digit = _digit(data[at], is_hexadecimal)
            if digit < 0:
                break
            point = point * (16 if is_hexadecimal else 10) + digit
            digits += 1
            at += 1
        is_character = 0 < point < 0xD800 or 0xDFFF < point <= 0x10FFFF
        if digits > 0 and at < end and data[at] == SEMICOLON and is_character:
            return point, at + 1
        return -1, index
    for name in range(len(NAMES)):
        length = 0
        while index + length < end and data[index + length] == NAMES[name, length]:
            if data[index + length] == SEMICOLON:
                return POINTS[name], index + length + 1
            length += 1
    return -1, index


@njit(inline="always")
def _is_partial(forms, start, end):
    """Whether the bytes after an ampersand may be the beginning of an entity."""
    if start == end:
        return True
    if forms[start] == HASH:
        is_hexadecimal = start + 1 < end and forms[start + 1] | 0x20 == 0x78
        start += 2 if is_hexadecimal else 1
        if end - start > (HEXADECIMALS if is_hexadecimal else DECIMALS):
            return False
        for index in range(start, end):  # noqa: SIM110 - numba knows no generators
            if _digit(forms[index], is_hexadecimal) < 0:
                return False
        return True
    for name in range(len(NAMES)):
        length = 0
        while start + length < end and length < 6 and forms[start + length] == NAMES[name, length]:
            length += 1
        if start + length == end and NAMES[name, length - 1] != SEMICOLON:
            return True
    return False


@njit(inline="always")
def _digit(byte, is_hexadecimal):
    if 0x30 <= byte <= 0x39:
        return np.int64(byte) - 0x30
    lower = byte | 0x20
    if is_hexadecimal and 0x61 <= lower <= 0x66:
        return np.int64(lower) - 0x57
    return np.int64(-1)


@njit(inline="always")
def _after_link(forms, begin, at):
    """Of a form that ends with a colon where it ends as `http:`, without the s; 0 where that is no link."""
    if at - begin >= 5 and _is_http(forms, at - 5, 4):
        return at
    if at - begin >= 6 and _is_http(forms, at - 6, 5):
        forms[at - 2] = COLON
        return at - 1
    return 0


@njit(inline="always")
def _is_http(forms, start, length):
    for index in range(length):  # noqa: SIM110 - numba knows no generators
        if forms[start + index] | 0x20 != HTTP[index]:
            return False
    return True


@njit(inline="always")
def _space(data, index, end):
    """How many bytes of white space begin here: one character's, or none."""
    byte = data[index]
    if byte == BLANK or 0x09 <= byte <= 0x0D:
        return 1
    if byte < 0xC2 or byte > 0xE3:
        return 0
    if byte == 0xC2:
        return 2 if _is_space(0x80 | data[index + 1] & 0x3F) else 0
    if byte >= 0xE1 and index + 2 < end:
        point = (
            (np.int64(byte) & 0x0F) << 12 | (np.int64(data[index + 1]) & 0x3F) << 6 | np.int64(data[index + 2]) & 0x3F
        )
        return 3 if _is_space(point) else 0
    return 0


@njit(inline="always")
def _is_space(point):
    if point < 0x1680:
        return point == BLANK or 0x09 <= point <= 0x0D or point == 0x85 or point == 0xA0
    if 0x2000 <= point <= 0x200A or point == 0x1680 or point == 0x3000:
        return True
    return point == 0x2028 or point == 0x2029 or point == 0x202F or point == 0x205F


@njit(inline="always")
def _encode(point, forms, at):
    """Write a character beyond ASCII; where the form ends."""
    if point < 0x800:
        forms[at] = 0xC0 | point >> 6
        at += 1
    else:
        if point < 0x10000:
            forms[at] = 0xE0 | point >> 12
            at += 1
        else:
            forms[at] = 0xF0 | point >> 18
            forms[at + 1] = 0x80 | point >> 12 & 0x3F
            at += 2
        forms[at] = 0x80 | point >> 6 & 0x3F
        at += 1
    forms[at] = 0x80 | point & 0x3F
    return at + 1


@njit(cache=True, nogil=True)
def write_fingerprints(data, starts, ends, key, found):
    """Write the fingerprints of texts.

    Args:
        data: uint8, the texts' bytes.
        starts: int64[texts], where each begins.
        ends: int64[texts], where it ends.
        key: uint64, where the hashes begin (FNV-1a, of 64 bits, http://www.isthe.com/chongo/tech/comp/fnv).
        found: uint64[texts], written.
    """
    for row in range(len(starts)):
        start, end = starts[row], ends[row]
        whole = key
        for index in range(start, min(start + HEAD, end)):
            whole = (whole ^ np.uint64(data[index])) * FNV_PRIME
        head = whole
        for index in range(start + HEAD, end):
            whole = (whole ^ np.uint64(data[index])) * FNV_PRIME
        found[row] = (
            np.uint64(end - start) << np.uint64(HEAD_BITS + WHOLE_BITS)
            | _mixed(head) >> np.uint64(64 - HEAD_BITS) << np.uint64(WHOLE_BITS)
            | _mixed(whole) >> np.uint64(64 - WHOLE_BITS)
        )


@njit(inline="always")
def _mixed(value):
    """Murmur3's finalizer: each bit of the value reaches the upper ones."""
    value = (value ^ value >> np.uint64(33)) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ value >> np.uint64(33)) * np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ value >> np.uint64(33)
