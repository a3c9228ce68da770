"""Mutants of the documents: every documented member, status and header, made wrong once each.

`members` reads what is documented, `derivation` makes the mutants, `plan` puts them into
runs, `trial` holds one run, `score` says what came of it.
"""
