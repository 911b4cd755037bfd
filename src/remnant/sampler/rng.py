"""Random numbers that are addressed and not consumed: Philox4x32-10 of Salmon et al. 2011, 10.1145/2063384.2063405.

The key is the patient, the counter says what the number is for. So a patient's fate does not depend on how many patients
run, in which order, on which thread or machine, and two arms with one seed share their patients.

Where a number is drawn is kept in `at`, four uint64: key, stream, purpose and the number of pairs drawn there.
"""

import math

import numpy as np
from numba import njit

KEY, STREAM, PURPOSE, WORD, PAIRS, BINOMIALS, POISSONS, GAMMAS, SMALL_BINOMIALS, SMALL_POISSONS, SMALL_GAMMAS = range(11)
ADDRESS_WORDS = 11
"""`at` also counts the pairs and the draws it gave, for the benchmark."""
MASK = np.uint64(0xFFFFFFFF)
HALF, ZERO, ONE = np.uint64(32), np.uint64(0), np.uint64(1)
MULTIPLY_0, MULTIPLY_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
MIX_0, MIX_1, GOLDEN = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15)
KINDS = np.uint64(1 << 32)
"""Types of cells are numbered from here on and rows of founders below, so that no hash of one is that of the other."""
MIX_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
SHIFT_0, SHIFT_1, SHIFT_2 = MIX_SHIFTS
TOGETHER, FEW = 4, 2
"""First pairs that are drawn at once, and how few cost less one by one."""
DROPPED = np.uint64(11)
UNIT = 2.0**-53
TICKS_PER_DAY = 1048576.0
"""Two moments closer than this share their random numbers; 1 / 12 of a second."""


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def philox(key, stream, purpose, word):
    """Return 128 random bits as two uint64; counter (word, purpose, stream), key of 64 bits."""
    c0, c1, c2, c3 = word & MASK, purpose & MASK, stream & MASK, stream >> HALF
    k0, k1 = key & MASK, key >> HALF
    for _ in range(10):
        p0 = MULTIPLY_0 * c0
        p1 = MULTIPLY_1 * c2
        c0, c1, c2, c3 = (p1 >> HALF) ^ c1 ^ k0, p1 & MASK, (p0 >> HALF) ^ c3 ^ k1, p0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return (c1 << HALF) | c0, (c3 << HALF) | c2


@njit(cache=True, error_model="numpy", _nrt=False)
def mixed(one, other):
    """Return a hash of two uint64; for one value of the first it is a bijection of the second."""
    x = (one * GOLDEN) ^ other
    x = (x ^ (x >> SHIFT_0)) * MIX_0
    x = (x ^ (x >> SHIFT_1)) * MIX_1
    return x ^ (x >> SHIFT_2)


@njit(cache=True, error_model="numpy", _nrt=False)
def tick(day):
    """Return the number of a moment."""
    return np.uint64(np.int64(math.floor(day * TICKS_PER_DAY + 0.5)))


@njit(cache=True, error_model="numpy", _nrt=False)
def kind_stream(kind, day):
    """Return what names a type of cells from a moment on."""
    return mixed(KINDS + np.uint64(kind), tick(day))


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def pool_stream(lesion, kind):
    """Return the stream of a type in a lesion from a moment on: both names are hashes, so that one exclusive or is enough."""
    return lesion ^ kind


@njit(cache=True, error_model="numpy", _nrt=False)
def address(at, purpose, stream):
    """Go to a place: numbers drawn next are those of this stream and purpose, from the first on."""
    at[STREAM] = stream
    at[PURPOSE] = np.uint64(purpose)
    at[WORD] = np.uint64(0)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def pair(at):
    """Return the next two uniforms, both inside (0, 1)."""
    a, b = philox(at[KEY], at[STREAM], at[PURPOSE], at[WORD])
    at[WORD] += ONE
    at[PAIRS] += ONE
    return unit(a), unit(b)


@njit(cache=True, error_model="numpy", _nrt=False)
def unit(bits):
    """Return 64 random bits as a uniform inside (0, 1)."""
    return (float(bits >> DROPPED) + 0.5) * UNIT


@njit(cache=True, error_model="numpy", _nrt=False)
def first_pairs(at, purpose, streams, count, u, v):
    """Draw the first two uniforms of so many streams; together they cost much less than one after the other.

    The arrays have room for `TOGETHER` more: a processor draws so many at once, and so does not end with single ones.
    """
    key, place = at[KEY], np.uint64(purpose)
    at[PAIRS] += np.uint64(count)
    if count > FEW:
        for i in range((count + TOGETHER - 1) // TOGETHER * TOGETHER):
            a, b = philox(key, streams[i], place, ZERO)
            u[i], v[i] = unit(a), unit(b)
        return
    if count > 0:
        a, b = philox(key, streams[0], place, ZERO)
        u[0], v[0] = unit(a), unit(b)
    if count > 1:
        a, b = philox(key, streams[1], place, ZERO)
        u[1], v[1] = unit(a), unit(b)


@njit(cache=True, error_model="numpy", _nrt=False)
def address_after_first(at, purpose, stream):
    """Go to a place of which the first pair has been drawn."""
    at[STREAM] = stream
    at[PURPOSE] = np.uint64(purpose)
    at[WORD] = ONE
