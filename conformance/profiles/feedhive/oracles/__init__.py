"""FeedHive's oracles: what each answer must not contradict."""

from conformance.oracles.registry import Registry
from conformance.profiles.feedhive.oracles import (
    files,
    lists,
    media,
    reach,
    refusals,
    sessions,
    signed_urls,
    walks,
)

ORACLES = Registry.joined(
    sessions.ORACLES,
    media.ORACLES,
    reach.ORACLES,
    files.ORACLES,
    lists.ORACLES,
    walks.ORACLES,
    signed_urls.ORACLES,
    refusals.ORACLES,
)
