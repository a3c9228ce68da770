"""`conformance cleanup`: removes what a killed run left on its target."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from filelock import FileLock, Timeout

from conformance.harness.bucket_access import bucket_of
from conformance.harness.harness import Harness
from conformance.harness.journal import COMPLETE, OBJECT, header_of, read_journal
from conformance.harness.ledger import check_private, journals_in, ledgers_root
from conformance.harness.preflight import reachable
from conformance.model.profile import Profile
from conformance.problem import TargetProblem, UsageProblem
from conformance.settings.target import target_from
from conformance.settings.token_file import shared_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from conformance.harness.journal import Header
    from conformance.target import Target

_REFUSED = frozenset({401, 403})


@dataclass
class CleanedUp:
    """What `conformance cleanup` did: each text is a line for the user.

    `removed` counts things; `stayed` names what could not be removed or is uncertain; `notes`
    say what was found in the journals; `left_behind` counts what no operation can delete.
    """

    target: str = ""
    runs: list[str] = field(default_factory=list)
    removed: int = 0
    stayed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_behind: Counter[str] = field(default_factory=Counter)


def cleaned_up(
    named: Path | None, values: Mapping[str, Any], tokens: tuple[str, ...] = ()
) -> CleanedUp:
    """Remove what the journals of one target name.

    Args:
        named: A journal, or a folder of them; None for those of the newest run of this user.
        values: The settings; the target's address comes from the journal if it is not given.
        tokens: Those of `--tokens-from`, in the order of the file.

    Raises:
        UsageProblem: There is no such journal, it does not fit, or its run is still alive.
        TargetProblem: The target cannot be reached, or refuses the token.
    """
    done = CleanedUp()
    found = _named(named) if named else _newest(values, done)
    if not found:
        done.notes.append(f"nothing to clean up: no journal in {named or ledgers_root()}")
        return done
    headers = {path: header_of(path) for path in found}
    header = _of_one_target(headers, values)
    if not _base_url(values) and not _is_private(found):
        raise UsageProblem(
            f"this journal is not in {ledgers_root()}, so it does not decide where the token goes:"
            f" pass --base-url {header.base_url}"
        )
    done.target, done.runs = header.base_url, sorted({one.run for one in headers.values()})
    for problem in filter(None, map(_alive, found)):
        raise problem
    done.notes += [note for path in found for note in _damage(path)]
    target = _target(header, values, tokens)
    done.notes += _without_token(found, target)
    if needs := _needs(found):
        _check(Profile.load(header.profile), target, needs)
    _remove(Profile.load(header.profile), target, found, done)
    return done


# Which journals


def _named(named: Path) -> list[Path]:
    """Return the journals that a user names."""
    if named.is_dir():
        return journals_in(named)
    if not named.exists():
        raise UsageProblem(f"{named} does not exist: journals are in {ledgers_root()}")
    if not named.is_file():
        raise UsageProblem(f"{named} is not a journal: it is not a file")
    return [named]


def _newest(values: Mapping[str, Any], done: CleanedUp) -> list[Path]:
    """Return the journals of the target that the settings name, or of that of the newest run."""
    ours = _of_dead_runs(done)
    base = _base_url(values)
    if base:
        return sorted(path for header, path in ours if header.base_url == base)
    if not ours:
        return []
    newest = max(ours, key=lambda one: one[0].began)[0]
    others = {header.base_url for header, _ in ours if _where(header) != _where(newest)}
    if others:
        shown = ", ".join(sorted(others)[:5])
        done.notes.append(f"other targets have journals too: pass --base-url for {shown}")
    return sorted(path for header, path in ours if _where(header) == _where(newest))


def _of_dead_runs(done: CleanedUp) -> list[tuple[Header, Path]]:
    """Return the journals of this user whose runs have ended; raise if all of them still go."""
    root = ledgers_root()
    if not root.is_dir():
        return []
    check_private(root)
    ours: list[tuple[Header, Path]] = []
    alive: list[UsageProblem] = []
    for path in root.glob("*/*.jsonl"):
        try:
            header = header_of(path)
        except UsageProblem as problem:
            done.notes.append(str(problem))
            continue
        going = _alive(path)
        if going is None:
            ours.append((header, path))
        else:
            alive.append(going)
    if alive and not ours:
        raise alive[0]
    done.notes += map(str, alive)
    return ours


def _where(header: Header) -> tuple[str, str]:
    return header.profile, header.base_url


def _base_url(values: Mapping[str, Any]) -> str:
    return str(values["base_url"] or "").rstrip("/")


def _of_one_target(headers: Mapping[Path, Header], values: Mapping[str, Any]) -> Header:
    """Return the newest header; raise `UsageProblem` for journals of another target."""
    header = max(headers.values(), key=lambda one: one.began)
    for path, one in headers.items():
        if _where(one) != _where(header):
            raise UsageProblem(f"{path} is of another target than the others: name one journal")
    base = _base_url(values)
    if base and base != header.base_url:
        raise UsageProblem(
            f"the journal is of {header.base_url}, not of {base}: leave --base-url out, or name"
            " the journal of that target"
        )
    return header


def _is_private(paths: Iterable[Path]) -> bool:
    """Whether journals are where the kit wrote them, where only this user may write."""
    root = ledgers_root().resolve()
    return all(path.resolve().is_relative_to(root) for path in paths)


def _alive(path: Path) -> UsageProblem | None:
    """Return what to say about the journal of a run that still goes; None for another one."""
    try:
        FileLock(f"{path}.lock").acquire(timeout=0).lock.release()
    except Timeout:
        return UsageProblem(
            f"the run of {path} is still alive: it removes its own things at its end"
        )
    return None


def _damage(path: Path) -> Iterator[str]:
    journal = read_journal(path)
    if journal.cut:
        yield f"{path.name}: its last line is cut short; nothing was made by then for that line"
    if journal.unreadable:
        yield f"{path.name}: {journal.unreadable} of its lines cannot be read, and are passed over"


# The target


def _target(header: Header, values: Mapping[str, Any], tokens: tuple[str, ...]) -> Target:
    token, other_token, more = shared_out(tokens, values["token"], values["other_token"])
    given = {
        **values,
        "token": token,
        "other_token": other_token,
        "base_url": header.base_url,
        "short_lived_url": values["short_lived_url"] or header.twin or None,
    }
    return replace(target_from(header.profile, given), more_tokens=more)


def _without_token(paths: Iterable[Path], target: Target) -> list[str]:
    """Say whose things cannot be removed, since their token is not there."""
    journals = [read_journal(path) for path in paths]
    owners = {entry.caller for journal in journals for entry in journal.having("media", "post")}
    absent = sorted(owners - target.tokens.keys())
    more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
    return [f"no token of {absent[0]}{more}: pass --tokens-from as the load did"] if absent else []


def _needs(paths: Iterable[Path]) -> set[str]:
    """Return the kinds of things that are to be removed."""
    journals = [read_journal(path) for path in paths]
    kinds = {entry.kind for journal in journals for entry in journal.entries}
    suspects = any(journal.suspects() for journal in journals)
    return (kinds & {"media", "post", OBJECT}) | ({COMPLETE} if suspects else set())


def _check(profile: Profile, target: Target, needs: set[str]) -> None:
    """Raise `TargetProblem` where the target cannot be reached or refuses the token."""
    if OBJECT in needs and target.s3_bucket:
        with closing(bucket_of(target)) as bucket:
            bucket.check()
    if not needs - {OBJECT} or profile.module("belongings").POSTS_STAY:
        return
    reason = reachable(target.base_url, target.limits.connect, target.connection)
    if reason is not None:
        raise TargetProblem(f"{target.base_url} cannot be reached: {reason}; nothing was removed")


# The clean-up


def _remove(profile: Profile, target: Target, paths: list[Path], done: CleanedUp) -> None:
    harness = Harness(profile, target, run_id=uuid4().hex[:12], removes_earlier=False)
    try:
        harness.transcript.begin("clean-up")
        harness.transcript.listeners.clear()
        harness.transcript.watchers.clear()
        harness.bounds.clean_up()
        cleaner = harness.cleaner
        swept = cleaner.sweep_patiently(lambda: [path for path in paths if path.exists()])
        done.removed = swept.gone
        done.stayed += [f"{entry.kind} {entry.id}" for entry in swept] + cleaner.named
        done.left_behind += sum(cleaner.left.values(), Counter())
        statuses = {exchange.status for exchange in cleaner.exchanges}
    finally:
        harness.release()
        harness.ledger.discard()
    if swept and statuses and statuses <= _REFUSED:
        raise TargetProblem(
            f"{target.base_url} refuses the token ({min(filter(None, statuses))}): check"
            f" CONFORMANCE_TOKEN; {len(swept)} things stayed"
        )
    if swept and not swept.gone and harness.bounds.unanswered and statuses <= {None}:
        raise TargetProblem(f"{target.base_url} does not answer: {len(swept)} things stayed")
