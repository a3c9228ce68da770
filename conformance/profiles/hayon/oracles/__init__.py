"""Hayon's oracles: what each answer must not contradict."""

from conformance.oracles.registry import Registry
from conformance.profiles.hayon.oracles import public, refusals, uploads

ORACLES = Registry.joined(uploads.ORACLES, public.ORACLES, refusals.ORACLES)
