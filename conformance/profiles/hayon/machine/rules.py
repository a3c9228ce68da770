"""Random sequences: hypothesis draws what is done, and shortens what fails."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from conformance.harness.sequences import RandomSequence
from conformance.profiles.hayon.given import ACCEPTED_TYPES
from conformance.profiles.hayon.machine.lifecycle import CHANGES, METHODS, Lifecycle
from conformance.profiles.hayon.machine.spelling import SPELLINGS

_numbers = st.integers(0, len(ACCEPTED_TYPES) - 1)
_callers = st.integers(0, 1)
# Seconds: more than the second after which some servers close an idle connection.
_IDLE_S = (1.2, 1.6)
_spellings = st.sampled_from(list(SPELLINGS))


def _has_files(machine: RandomLifecycle) -> bool:
    return bool(machine.files) and not machine.stopped


def _goes_on(machine: RandomLifecycle) -> bool:
    return not machine.stopped


class RandomLifecycle(Lifecycle, RandomSequence):
    """A sequence whose actions are drawn; each begins with a file of every caller.

    Hypothesis takes the first rule as the simplest one: by the number of arguments, and then
    by name. So every rule has one argument, and the first one stores a file.
    """

    @initialize(turn=_numbers)
    def begin(self, turn: int) -> None:
        """Store a file of each caller, of the same type."""
        self.begin_or_reject()
        for number in range(2):
            self.add(ACCEPTED_TYPES[turn], self.caller(number))

    @precondition(_goes_on)
    @rule(drawn=st.tuples(_numbers, _callers, _spellings))
    def add_a_file(self, drawn: tuple[int, int, str]) -> None:
        """Store one more file; without a draw the type goes round."""
        turn, caller, spelling = drawn
        number = (turn + len(self.files)) % len(ACCEPTED_TYPES)
        self.add(ACCEPTED_TYPES[number], self.caller(caller), spelling)

    @precondition(_goes_on)
    @rule(data=st.data())
    def ask_what_is_refused(self, data: st.DataObject) -> None:
        """Send a request that must be refused."""
        self.refuse(data.draw(st.sampled_from(list(self.refusals.all))))

    @precondition(_goes_on)
    @rule(drawn=st.tuples(_numbers, _callers))
    def leave_an_upload(self, drawn: tuple[int, int]) -> None:
        """Ask for an upload that nothing is stored in."""
        turn, caller = drawn
        self.leave(ACCEPTED_TYPES[turn], self.caller(caller))

    @precondition(_goes_on)
    @rule(drawn=st.tuples(st.sampled_from(list(CHANGES)), st.sampled_from(METHODS)))
    def misuse_an_upload(self, drawn: tuple[str, str]) -> None:
        """Use an upload URL as it does not allow."""
        change, method = drawn
        self.misuse([change], [method])

    @precondition(lambda self: _has_files(self) and self.posts)
    @rule(drawn=st.tuples(st.integers(0, 7), st.integers(0, 7)))
    def publish_files(self, drawn: tuple[int, int]) -> None:
        """Put a file into a post, and another one in its place; a file may be in many posts."""
        own = [file for file in self.files if file.caller == self.caller(0)]
        created, updated = (own[number % len(own)] for number in drawn)
        self.publish([created], [updated])

    @precondition(_has_files)
    @rule(number=st.integers(0, 7))
    def store_a_file_again(self, number: int) -> None:
        """PUT the same bytes again."""
        self.store_again(self.files[number % len(self.files)])

    @rule(seconds=st.sampled_from(_IDLE_S))
    def wait_a_little(self, seconds: float) -> None:
        """Let connections idle and files wait."""
        self.pause(seconds)

    @precondition(_goes_on)
    @rule(types=st.lists(st.sampled_from(ACCEPTED_TYPES), min_size=2, max_size=4))
    def work_at_once(self, types: list[str]) -> None:
        """Ask for several uploads at once."""
        self.together(types)

    @invariant()
    def files_stay(self) -> None:
        """Judge the oldest and the newest file after each step."""
        self.oldest_and_newest_stay()

    def teardown(self) -> None:
        """Judge all that was made, unless a finding ended the sequence."""
        if not self.over:
            self.end()
