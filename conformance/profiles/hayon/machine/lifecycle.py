"""The machine: files are asked for, stored, misused, posted and read, in any order.

Its model is what the run knows: every key that was given, every file that was stored. After
each step the oldest and the newest file are read; at the end all of them, and the bucket. An
action is a whole intention, so that a sequence needs few of them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, TypeVar
from uuid import uuid4

from conformance.harness import upload_url
from conformance.harness.concurrency import parallel
from conformance.harness.lock_out import LockedOut
from conformance.harness.sequences import Log
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable
from conformance.knowledge.place import place_of
from conformance.profiles.hayon import key as keys
from conformance.profiles.hayon import post
from conformance.profiles.hayon.given import ACCEPTED_TYPES, PUT, nothing_given
from conformance.profiles.hayon.machine.answers import Findings, Issued
from conformance.profiles.hayon.machine.bucket import kept_in
from conformance.profiles.hayon.machine.files import File, PublicSite
from conformance.profiles.hayon.machine.refusals import Refusals
from conformance.profiles.hayon.machine.spelling import PLAIN, encoded
from conformance.profiles.hayon.machine.uploads import NEEDS, OWN, PUBLIC, SAME, Uploads
from conformance.profiles.hayon.public import gives_the_bytes, is_an_upload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Given, Upload

#: The changes of an upload URL that the storage must refuse, each with its row.
CHANGES = {
    "tampered": "HY-PUT-02",
    "longer_life": "HY-PUT-02",
    "for_other_key": "HY-PUT-03",
}
#: The methods that an upload URL does not allow.
METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
# The type whose URL is misused: the cases misuse those of pictures.
_MISUSED = "video/mp4"
# Seconds after which a server or a proxy may have closed an idle connection.
_PAUSE_S = 1.5
# So many keys of each caller show which folder is a caller's own.
_ENOUGH_KEYS = 6
# The types that are asked for at once, by all callers in turn: each one asks for a type twice.
_AT_ONCE = (*ACCEPTED_TYPES, "image/png", "image/jpeg", "image/png")
_STRANGERS = 3
# What the check of an upload URL raises where nothing shows whether the storage enforces it.
_UNKNOWN = (NotApplicable, Blocked)
L = TypeVar("L", bound="Lifecycle")
_UNKNOWN_KEY = {"Authorization": "Bearer conformance-no-such-key"}


class Lifecycle(Uploads):
    """The actions of every sequence; `bound` gives them a target."""

    refusals: ClassVar[Refusals]

    @property
    def posts(self) -> bool:
        """Whether the owner claims that the server has posts."""
        return "posts" in self.harness.target.capabilities

    def caller(self, number: int) -> str:
        """Return a caller by number; without a second key it is always the same."""
        return self.given.callers[number % len(self.given.callers)]

    def add(
        self, content_type: str, caller: str, spelling: str = PLAIN, body: bytes | None = None
    ) -> None:
        """Ask for an upload, store a new file, and look at its public URL."""
        if self.stopped:
            return
        size = f" of {len(body):,} bytes" if body else ""
        spelled = "" if spelling == PLAIN else f" {spelling}"
        with self.step(
            f"ask for {content_type} as {caller}{spelled}, PUT a file{size}, look at its s3Url"
        ):
            self.stored(self.asked(content_type, caller, spelling), caller, body)

    def leave(self, content_type: str, caller: str) -> None:
        """Ask for an upload and store nothing."""
        if self.stopped:
            return
        with self.step(f"ask for {content_type} as {caller}, and PUT nothing"):
            self.unused.append(self.asked(content_type, caller))

    def store_again(self, file: File) -> None:
        """PUT the same bytes by the same URL once more, which the storage may refuse."""
        upload = file.upload
        with self.step(f"PUT the same {upload.content_type} by the same uploadUrl again"):
            exchange = self.harness.storage.put(upload.url, upload.body, upload.content_type)
            if not exchange.refuses:
                with self.under(PUT):
                    expect.stored(exchange)

    def misuse(self, changes: Iterable[str] = CHANGES, methods: Iterable[str] = METHODS) -> None:
        """Ask for an upload, use its URLs as they do not allow, and then as they do."""
        caller, ways = self.caller(0), ", ".join([*changes, *methods])
        with self.step(
            f"ask for {_MISUSED} as {caller}, misuse its uploadUrl ({ways}), PUT a file,"
            " PUT and DELETE at its s3Url"
        ):
            upload = self.asked(_MISUSED, caller)
            for change in changes:
                with self.under(CHANGES[change]), suppress(*_UNKNOWN):
                    upload_url.refuses_a_change(self.harness, upload, change)
            file = self.stored(upload, caller)
            refused = [self._refuses(method, upload) for method in methods]
            if all(refused) and not self._may_be_replaced_in_public(upload):
                self.still_there([file] if file.seen_at else [])
            else:  # the storage did what was asked, so no server could keep the file
                self.files.remove(file)

    def _refuses(self, method: str, upload: Upload) -> bool:
        """Judge that the URL of a file refuses a method; a lax storage does not, and is no fault.

        Return whether it refused.
        """
        with self.under("HY-PUT-04"):
            try:
                upload_url.refuses_the_method(self.harness, upload, method)
            except _UNKNOWN:
                return False
        return True

    def _may_be_replaced_in_public(self, upload: Upload) -> bool:
        """PUT other bytes to the s3Url of a file, and DELETE it, as everybody can.

        What the server does shows when the file is read. Return whether the storage itself may
        have done it: one that checks no signature lets everybody, and that is no fault.
        """
        url, kind, storage = upload.public_url, upload.content_type, self.harness.storage
        if place_of(url) == place_of(upload.url):
            return False  # the changes of its upload URL have shown it
        done: list[Exchange] = []
        with self.reading():
            sent = storage.put(url, self.given.genuine(kind), kind), storage.get(url, "DELETE")
            done += [exchange for exchange in sent if exchange.succeeded]
        if not done or self.harness.client.is_own(url):
            return False
        with self.under("HY-PUT-02"):
            try:
                self.harness.canary.check(upload.signed, "stripped", kind, stored=upload.body)
            except _UNKNOWN:
                return True
        return False

    def refuse(self, words: str) -> None:
        """Send a request that must be refused."""
        with self.step(words), suppress(LockedOut):
            findings = Findings()
            self.refusals.refuse(words, findings)
            self.report(findings.found)

    def publish(self, created: list[File], *updated: list[File]) -> None:
        """Create a post with files of the main caller, and update it with others in turn."""
        first, *later = ([file.upload for file in files] for files in (created, *updated))
        words = [f"create a post with {_types(first)}"]
        words += [f"update it with {_types(uploads)}" for uploads in later]
        with self.step(", ".join(words)), suppress(Blocked):  # it may need what nobody documents
            exchange = post.sent(self.api.create_post, *first)
            with self.under("HY-POST-01"):
                _takes(exchange, first)
            for uploads in later if exchange.succeeded else ():
                self._update(exchange, uploads)

    def _update(self, created: Exchange, uploads: list[Upload]) -> None:
        post_id = post.id_of(created)
        exchange = post.sent(lambda body: self.api.update_post(post_id, body), *uploads)
        with self.under("HY-POST-02"):
            _takes(exchange, uploads)

    def update_an_unknown_post(self, file: File) -> None:
        """Put a file into a post that nobody has: whatever the answer is, the file stays."""
        with self.step(f"update an unknown post with {_types([file.upload])}"):
            self.api.update_post(str(uuid4()), post.body_of(file.upload))

    def publish_beside_a_broken_item(self, file: File) -> None:
        """Put a file into a post whose second item is broken: whatever the answer is, it stays."""
        with self.step(f"create a post with {_types([file.upload])} and an item without a URL"):
            self.api.create_post(post.body_of(file.upload, further=[post.BROKEN_ITEM]))

    def publish_as_another(self, file: File) -> None:
        """Put a file into a post of another caller: whatever the answer is, the file stays."""
        other = next((one for one in self.given.callers if one != file.caller), None)
        if other is None:
            return
        with self.step(f"create a post as {other} with {_types([file.upload])} of {file.caller}"):
            self.api.create_post(post.body_of(file.upload), caller=other)

    def update_one_of_two(self, shared: File, new: File) -> None:
        """Put a file into two posts, and another one in its place in the second."""
        words = f"create two posts with {_types([shared.upload])}"
        with (
            self.step(f"{words}, update the second with {_types([new.upload])}"),
            suppress(Blocked),
        ):
            posts = [post.sent(self.api.create_post, shared.upload) for _ in range(2)]
            if all(exchange.succeeded for exchange in posts):
                self._update(posts[1], [new.upload])

    def publish_without_a_key(self, file: File) -> None:
        """Create a post without a key."""
        with self.step("create a post without a key"):
            exchange = self.api.create_post(post.body_of(file.upload), caller=None)
            with self.under("HY-POST-03"):
                expect.refused(exchange)

    def withdraw(self, file: File) -> None:
        """Update a post with a text only, without a key and with it: the file of the post stays."""
        words = f"create a post with {_types([file.upload])}, update it with a text only"
        with self.step(f"{words}, without a key and with it"), suppress(Blocked):
            created = post.sent(self.api.create_post, file.upload)
            if not created.succeeded:
                return
            post_id, text = post.id_of(created), post.body_of()
            exchange = self.api.update_post(post_id, text, caller=None)
            with self.under("HY-POST-03"):
                expect.refused(exchange)
            self.api.update_post(post_id, text)

    def together(self, types: Iterable[str] = _AT_ONCE) -> None:
        """Ask for several uploads at once, as all callers in turn and with an unknown key."""
        turns: list[tuple[str, str | None]] = [
            (content_type, self.caller(number)) for number, content_type in enumerate(types)
        ]
        for place in range(_STRANGERS):
            turns.insert(2 * place + 1, ("image/png", None))
        with self.step(
            f"ask {len(turns)} times at the same time, {_STRANGERS} times with an unknown key"
        ):
            exchanges = parallel(lambda turn: self._ask(*turn), turns)
            findings = Findings()
            for exchange, (content_type, caller) in zip(exchanges, turns, strict=True):
                if caller is None:
                    with findings.under("HY-AUTH-02"):
                        nothing_given(exchange)
                else:
                    self._given_together(findings, exchange, content_type, caller)
            self.report(findings.found)

    def _ask(self, content_type: str, caller: str | None) -> Exchange:
        headers = _UNKNOWN_KEY if caller is None else None
        return self.api.create_media_upload(content_type, caller=caller, headers=headers)

    def _given_together(
        self, findings: Findings, exchange: Exchange, content_type: str, caller: str
    ) -> None:
        upload, found = self.issued.judge(exchange, content_type, caller, together=True)
        findings.found += found
        if upload is None:
            return
        self.unused.append(upload)
        foreign = self._folder_of_others(caller)
        with findings.under("HY-UPLOAD-28"):
            own = not foreign or not upload.key.startswith(foreign)
            wanted = f"a key outside the folder {foreign} of the other caller"
            expect.that(own, wanted, f"the key is {upload.key}", exchange)

    def _folder_of_others(self, caller: str) -> str:
        """Return the folder of the other caller's keys, where each caller has one of its own."""
        other = next((one for one in self.given.callers if one != caller), caller)
        series = [self.issued.alone.get(one, []) for one in (caller, other)]
        mine, others = (keys.folder(one) for one in series)
        apart = not mine.startswith(others) and not others.startswith(mine)
        return others if apart and min(map(len, series)) >= _ENOUGH_KEYS else ""

    def pause(self, seconds: float = _PAUSE_S) -> None:
        """Let connections idle and files wait."""
        with self.step(f"wait {seconds} seconds"):
            self.site.wait(seconds)

    def oldest_and_newest_stay(self) -> None:
        """Read the oldest and the newest file that were seen."""
        ends = {id(one): one for one in (*self.seen[:1], *self.seen[-1:])}
        with self.check("read the oldest and the newest file"):
            self.still_there(ends.values())

    def end(self) -> None:
        """Judge every file, the bucket and an unused key, at the end of a sequence."""
        with self.step("wait for the files that are not public yet"):
            with self.under(PUBLIC), self.reading():
                self.site.wait_for(self.files)
            for file in self.seen:
                self.judge_first_sight(file)
        with self.step("read every file again, and compare it with the bucket"):
            self.still_there(self.seen)
            uploads = [file.upload for file in self.files]
            self.hold_against_bucket(lambda bucket: kept_in(bucket, uploads, OWN))
        words = "read a file by an equal URL, and the s3Url of an unused upload"
        with self.step(words), self.reading():
            self._equal_url()
            self._unused_key()

    def _equal_url(self) -> None:
        for file in self.seen[-1:]:
            with self.under(SAME):
                exchange = self.site.read(encoded(file.upload.public_url))
                gives_the_bytes(exchange, file.upload)

    def _unused_key(self) -> None:
        for upload in self.unused[-1:] if self.seen else ():
            exchange = self.site.read(upload.public_url)
            with self.under("HY-PUBLIC-03"):
                file = is_an_upload(exchange)
                expect.that(not file, "no file under the unused key", "it was one", exchange)


def bound(harness: Harness, given: Given, kind: type[L]) -> type[L]:
    """Return a machine that is bound to a target, with a log and a model of its own."""

    class Bound(kind):  # type: ignore[valid-type, misc]
        """The machine, bound to this run's target."""

    Bound.harness, Bound.given, Bound.issued = harness, given, Issued()
    Bound.site = PublicSite(harness.storage.read)
    Bound.log = Log(harness.transcript, NEEDS)
    Bound.refusals = Refusals(harness, given)
    Bound.bucket = harness.bucket if "s3-access" in harness.target.capabilities else None
    return Bound


def _takes(exchange: Exchange, uploads: list[Upload]) -> None:
    expect.accepted(exchange)
    post.shown_as_sent(exchange, uploads)


def _types(uploads: list[Upload]) -> str:
    return " and ".join(upload.content_type for upload in uploads)
