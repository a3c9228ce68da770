"""Which requirement an unwanted effect breaks, by the step after which it was seen."""

from __future__ import annotations

from dataclasses import dataclass

#: Any sequence leaves the library that the rules predict, of one caller and of two.
MODEL, CALLERS = "FH-LIFECYCLE-01", "FH-LIFECYCLE-03"
NOT_YET = "FH-LIFECYCLE-02"
LISTED = "FH-COMPLETE-03"
GONE_FROM_THE_LIST = "FH-DELETE-03"
TOTAL = "FH-LIST-09"
TOTAL_OF_OTHERS = "FH-LIST-18"
OWN_ITEMS_ONLY = "FH-LIST-17"
WALK = "FH-LIST-06"
END = "FH-LIST-07"
ORDER = "FH-LIST-14"


@dataclass(frozen=True)
class Effects:
    """The requirements that a step breaks by an effect that it must not have.

    `lost`: an item is not there any more. `taken`: it is one of the other caller.
    `appeared`: there is an item that nobody made. `bytes`: the file of an item is lost.
    `total`: the total of the caller does not agree; `others_total`: that of the other caller.
    """

    lost: str = MODEL
    taken: str = CALLERS
    appeared: str = MODEL
    bytes: str = MODEL
    total: str = TOTAL
    others_total: str = CALLERS


#: The step only reads.
READ = Effects()
CREATE = Effects(appeared=NOT_YET, total=NOT_YET)
COMPLETE = Effects(others_total=TOTAL_OF_OTHERS)
DELETE = Effects(lost="FH-DELETE-08", bytes="FH-DELETE-09", total="FH-DELETE-04")


def refusal(row: str) -> Effects:
    """Return the effects of a request that must be refused by a requirement: it has none."""
    return Effects(row, row, row, row, row, row)
