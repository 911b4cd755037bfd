"""What the checks of plain words share: how hard a text is to read, and which words should not stand in it.

Grades are Flesch-Kincaid for English, with syllables counted by syllapy (MIT, no dependencies), and the first Vienna formula
(Bamberger and Vanecek 1984) for German, whose syllables are runs of vowels. Digits are read as words.
"""

from __future__ import annotations

import re

import syllapy

SIMPLE, MORE = 6.0, 9.0
LIMITS = {"simple": SIMPLE, "more": MORE}
LONGEST = 26
"""Words in the longest sentence of a text for people."""
ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
).split()
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def sentences(text: str) -> list[list[str]]:
    """The sentences of a text as lists of words, with numbers spelled out."""
    spoken = re.sub(r"\d+", lambda found: spelled(int(found[0])), text)
    parts = re.split(r"[.!?:;]+(?:\s|$)|\n\s*\n", spoken)
    return [words for part in parts if (words := re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", part))]


def spelled(number: int) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10 - 2] + (" " + ONES[number % 10] if number % 10 else "")
    if number < 1000:
        return f"{ONES[number // 100]} hundred" + (f" and {spelled(number % 100)}" if number % 100 else "")
    return f"{spelled(number // 1000)} thousand" + (f" {spelled(number % 1000)}" if number % 1000 else "")


def grade(text: str, language: str = "en") -> float:
    """School year that reads the text with ease."""
    parts = sentences(text)
    words = [word for part in parts for word in part]
    length = len(words) / len(parts)
    if language == "de":
        syllables = [max(len(re.findall(r"[aeiouyäöü]+", word.lower())), 1) for word in words]
        hard, long, short = (
            100 * sum(test) / len(words)
            for test in ([n >= 3 for n in syllables], [len(w) > 6 for w in words], [n == 1 for n in syllables])
        )
        return 0.1935 * hard + 0.1672 * length + 0.1297 * long - 0.0327 * short - 0.875
    syllables = sum(max(syllapy.count(word), 1) for word in words)
    return 0.39 * length + 11.8 * syllables / len(words) - 15.59


def of_sentences(text: str) -> list[str]:
    """The sentences of a text as they stand; a list is read up to its colon."""
    return [one.strip() for one in re.split(r"(?<=[.!?:;])\s+|\n\s*\n", text) if re.search(r"[^\W\d_]", one)]


def longest(text: str) -> int:
    return max(len(part) for part in sentences(text))
