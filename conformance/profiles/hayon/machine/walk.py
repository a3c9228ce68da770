"""The walk: one sequence that does everything once, in an order that the seed draws.

It begins with files of each type, and its end judges all of them. Each part also works alone,
so a part that fails is tried once more by itself: then the failure needs fewer steps.
"""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

from conformance.harness import sample_files
from conformance.judge.finding import Finding, NotApplicable
from conformance.profiles.hayon.given import ACCEPTED_TYPES
from conformance.profiles.hayon.machine.spelling import PLAIN, SPELLINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.profiles.hayon.machine.files import File
    from conformance.profiles.hayon.machine.lifecycle import Lifecycle
    from conformance.profiles.hayon.machine.refusals import Refusals

    Part = Callable[[Lifecycle], None]

#: The requests that every walk sends and that must be refused: they show the most.
ALWAYS_REFUSED = (
    "ask for image/png without a key",
    "ask with a bad key: garbage",
    "ask for image/gif",
    "ask without a type",
)
#: How many others the seed draws, by the effort.
REFUSALS = {"quick": 2, "standard": 8}
# A larger file: over the default limit of nginx and others.
_LARGE = (1 << 20) + 17
_SPELLED = 2
# Who asks in the series. Keys that each caller counts meet, also where one of them has asked
# before. The callers overlap, so keys that are made of the time do not differ by caller.
_SERIES = (0, 1, 0, 0, 0, 1, 1, 1)
# The files that the other caller stores, the second one as the newest of all. Those of posts are
# the main caller's: a file of each type.
_OF_OTHERS = ("image/png", "video/quicktime")
# So many refusals are one part, after which the files are read.
_AT_A_TIME = 6


def walk(machine: type[Lifecycle], seed: int, effort: str) -> tuple[Finding | None, list[File]]:
    """Walk once, and return the finding and the files that were read back.

    Args:
        machine: The machine, bound to a target and to a log.
        seed: It draws the order, the spellings and the refusals.
        effort: One of `quick`, `standard` and `thorough`.
    """
    drawn = Random(seed)  # noqa: S311 - it draws the order of steps
    walking = machine()
    with suppress(Finding):
        for part in parts(walking, drawn, effort):
            _tried(machine, walking, part)
        walking.end()
    return machine.log.result(), walking.seen


def parts(machine: Lifecycle, drawn: Random, effort: str) -> Iterable[Part]:
    """Yield the parts of a walk: the files first, and then the others in a drawn order."""
    yield _files(drawn)
    others: list[Part] = [type(machine).misuse, type(machine).together]
    words = refused(machine.refusals, drawn, effort)
    others += [_refusals(words[at : at + _AT_A_TIME]) for at in range(0, len(words), _AT_A_TIME)]
    if machine.posts:
        others.append(_posts)
    if effort != "quick":
        others.append(type(machine).pause)
    drawn.shuffle(others)
    yield from others


def refused(refusals: Refusals, drawn: Random, effort: str) -> list[str]:
    """Draw the requests that must be refused, by keys and by types alike; thorough takes all."""
    count = REFUSALS.get(effort)
    if count is None:
        return list(refusals.all)
    found = [words for words in ALWAYS_REFUSED if words in refusals.all]
    for group in (refusals.of_keys, refusals.of_types):
        rest = [words for words in group if words not in found]
        found += drawn.sample(rest, min(count // 2, len(rest)))
    drawn.shuffle(found)
    return found


def _tried(machine: type[Lifecycle], walking: Lifecycle, part: Part) -> None:
    """Do a part of a walk; one that fails is tried alone, and the log keeps the shorter one."""
    if walking.stopped:
        return
    try:
        part(walking)
        walking.oldest_and_newest_stay()
    except Finding:
        with suppress(Finding):
            alone = machine()
            part(alone)
            alone.end()
        raise


def _files(drawn: Random) -> Part:
    """Return the part that stores a file of each type, after a series of uploads of one type."""
    types = [ACCEPTED_TYPES[0], *drawn.sample(ACCEPTED_TYPES[1:], len(ACCEPTED_TYPES) - 1)]
    spelled = dict(zip(drawn.sample(types[1:], _SPELLED), _drawn_spellings(drawn), strict=True))

    def store(machine: Lifecycle) -> None:
        for number in _SERIES:
            machine.leave("image/png", machine.caller(number))
        for content_type in types:
            owner = machine.caller(int(content_type == _OF_OTHERS[0]))
            machine.add(content_type, owner, spelled.get(content_type, PLAIN))
        machine.leave("image/webp", machine.caller(1))
        with suppress(NotApplicable):  # it may be more than the storage takes
            machine.add("image/png", machine.caller(0), body=sample_files.unique_png(_LARGE))
        machine.add(_OF_OTHERS[1], machine.caller(1))
        for file in drawn.sample(machine.files, min(len(machine.files), 1)):
            machine.store_again(file)

    return store


def _drawn_spellings(drawn: Random) -> list[str]:
    return drawn.sample([one for one in SPELLINGS if one != PLAIN], _SPELLED)


def _refusals(some: list[str]) -> Part:
    def refuse(machine: Lifecycle) -> None:
        for words in some:
            machine.refuse(words)

    return refuse


def _posts(machine: Lifecycle) -> None:
    """Publish pictures and films of every type, and put others in their place.

    A post may be for one kind only, and for one film. A file that an update replaces stays public,
    and so does one that a refused post or update names.
    """
    main = machine.caller(0)
    of_type = {file.upload.content_type: file for file in machine.files if file.caller == main}
    for content_type in ACCEPTED_TYPES:
        if content_type not in of_type:
            machine.add(content_type, main)
            of_type |= {file.upload.content_type: file for file in machine.files[-1:]}
    if machine.stopped:
        return
    png, jpeg, jpg, webp, film, quicktime = (of_type[one] for one in ACCEPTED_TYPES)
    machine.publish([png, jpeg, webp], [webp, jpg], [png])
    machine.publish([film], [quicktime])
    machine.publish([quicktime])
    machine.update_one_of_two(jpeg, png)
    machine.withdraw(jpg)
    machine.publish_beside_a_broken_item(png)
    machine.publish_as_another(webp)
    machine.update_an_unknown_post(jpeg)
    machine.publish_without_a_key(jpeg)
