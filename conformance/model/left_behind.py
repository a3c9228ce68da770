"""What a run leaves on a target because no operation can delete it."""

from __future__ import annotations

OPEN_SESSIONS, FILES, POSTS = "open upload sessions", "stored files", "draft posts"

#: Why each kind of thing stays, by the words of the reports.
STAYS = {
    OPEN_SESSIONS: "no operation closes one: it expires by itself",
    FILES: "only the credentials of the bucket can remove them: see --s3-bucket",
    POSTS: "the documents name no operation that deletes one",
}
