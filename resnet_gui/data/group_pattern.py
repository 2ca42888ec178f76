r"""Group patterns: which pictures belong together, told by a part of their names.

`(person\d+)_` says that person12_virus_3.jpeg and person12_virus_4.jpeg are of one patient. A regular expression can
take longer than anybody lives, and nothing stops Python's in the middle. So only those are taken whose worst case is
known to be short: no repetition of what can itself be read in several ways, few repetitions in all, names of limited
length, and a look at the clock between two names.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resnet_gui.errors import DataError

LONGEST_NAME = 100
"""Of a longer name, its last characters are looked at."""
_LONGEST_PATTERN = 200
_MOST_WAYS = 16 * LONGEST_NAME**3  # in which a pattern may fit a name: three + or *, and some ? or |
_SECONDS, _SECONDS_A_NAME = 1.0, 1e-3  # what fitting may take, of the processor's time
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?:)?|\)|\||[*+?]|\{\d*,?\d*\}|.", re.DOTALL)
_ADVICE = r"Write the part that is the same in brackets, for example (person\d+)_ for names such as person12_virus_3."
_SIMPLER = "Use fewer of * + ? and |, and none of them inside brackets that are repeated."
# Names of a number, and what follows of it: person12_virus_3.jpeg, IM-0115-0001.jpeg.
_NUMBERED = r"([^/]*\d)[-_ ][^/]*$"
_SUB_FOLDERS = r"/(.+)/"  # class/patient/picture.png


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return a group pattern that is ready to be used.

    Raises:
        DataError: it is no regular expression, has not exactly one group, or could take too long.
    """
    if len(pattern) > _LONGEST_PATTERN:
        raise DataError(f"The group pattern is longer than {_LONGEST_PATTERN} characters.", _ADVICE)
    _require_quick(pattern)
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise DataError(f"The group pattern is not complete: {error}.", _ADVICE) from error
    if compiled.groups != 1:
        found = "no pair of brackets" if not compiled.groups else f"{compiled.groups} pairs of brackets"
        raise DataError(f"The group pattern has {found}; it needs one.", f"{_ADVICE} (?: ) brackets do not count.")
    return compiled


def group_numbers(names: Sequence[str], pattern: str) -> NDArray[np.int64]:
    """Return a number for each name, the same for names with the same text in the pattern's group.

    A name that the pattern does not fit has a number of its own.

    Raises:
        DataError: the pattern cannot be used, fits none of the names, or takes too long.
    """
    compiled = compile_pattern(pattern)
    numbers: dict[str, int] = {}
    groups = np.arange(len(names), 2 * len(names))
    started = time.thread_time()
    for position, name in enumerate(names):
        found = compiled.search(name[-LONGEST_NAME:])
        if found is not None and found[1] is not None:
            groups[position] = numbers.setdefault(found[1], len(numbers))
        if time.thread_time() - started > _SECONDS + position * _SECONDS_A_NAME:
            raise DataError("The group pattern takes too long to compare with names.", _SIMPLER)
    if not numbers and names:
        raise DataError(f'The group pattern fits no name, such as "{names[0]}".', _ADVICE)
    return np.unique(groups, return_inverse=True)[1].reshape(-1)


def suggest_pattern(names: Sequence[str], classes: int) -> str:
    """Return a pattern that seems to tell which pictures belong together, empty if the names look like nothing.

    It does if at least half of the pictures then have company, but no group is a large part of everything, as it is
    where a number stands for the class.
    """
    for pattern in (*_with_literal_prefix(names), _NUMBERED, _SUB_FOLDERS):
        try:
            sizes = np.bincount(groups := group_numbers(names, pattern))
        except DataError:
            continue
        if (sizes[groups] > 1).mean() >= 0.5 and len(sizes) >= 3 * classes and 5 * sizes.max() <= len(names):
            return pattern
    return ""


def _with_literal_prefix(names: Sequence[str]) -> list[str]:
    r"""Return _NUMBERED with the words before the number written out, easier to read, if most names begin alike."""
    found = [re.search(r"([^/\d]+)\d+([-_ ])[^/]*$", name[-LONGEST_NAME:]) for name in names]
    beginnings = [(match[1], match[2]) for match in found if match]
    if not beginnings:
        return []
    (prefix, separator), count = Counter(beginnings).most_common(1)[0]
    if count < 0.9 * len(names):
        return []
    return [rf"({re.escape(prefix)}\d+){separator}"]


def _require_quick(pattern: str) -> None:
    """Raise DataError unless the ways in which a pattern can fit a name are few.

    What Python would do in the worst case is to try all of them. `ways` is their number; `levels` holds, for each open
    bracket, whether its content can be read in several ways, and `last` the same of what was just closed.
    """
    ways, levels, last, quantified, previous = LONGEST_NAME, [False], False, False, ""
    for token in _TOKEN.findall(pattern):
        before, previous = previous, token
        if before == "(" and token == "?":
            raise DataError("The group pattern has brackets of a kind that cannot be used here.", "Use ( ) or (?: ).")
        if token in ("*", "+", "?") or re.fullmatch(r"\{\d*,?\d*\}", token):
            if quantified:  # +? and ++ say how to repeat, not how often
                continue
            quantified = True
            least, most = _times(token)
            if last and most > 1:
                raise DataError("The group pattern repeats brackets that hold a repetition or |.", _SIMPLER)
            if most > least:
                levels[-1] = True
                ways *= most - least + 1
            continue
        quantified = last = False
        if token.startswith("("):
            levels.append(False)
        elif token == ")" and len(levels) > 1:
            last = levels.pop()
            levels[-1] |= last
        elif token == "|":
            levels[-1] = True
            ways *= 2
        else:
            _require_plain(token)
    if ways > LONGEST_NAME * _MOST_WAYS:
        raise DataError("The group pattern can fit a name in too many ways.", _SIMPLER)


def _times(quantifier: str) -> tuple[int, int]:
    """Return how often a quantifier repeats at least and at most."""
    plain = {"*": (0, LONGEST_NAME), "+": (1, LONGEST_NAME), "?": (0, 1)}
    if quantifier in plain:
        return plain[quantifier]
    least, comma, most = quantifier[1:-1].partition(",")
    low = int(least or 0)
    high = int(most) if most else LONGEST_NAME if comma else low
    return low, min(high, LONGEST_NAME)


def _require_plain(token: str) -> None:
    """Raise DataError for a reference to a group, and for sets without an end or that Python will read differently."""
    if token == "[":
        raise DataError("The group pattern is not complete: a [ has no ].", _ADVICE)
    if re.fullmatch(r"\\\d", token):
        raise DataError("The group pattern refers back to a group.", _SIMPLER)
    if token.startswith("[") and (("[" in token[1:]) or re.search(r"--|&&|~~|\|\|", token)):
        raise DataError("The group pattern has a character set that is not clear.", r"Write \[ inside [ ].")
