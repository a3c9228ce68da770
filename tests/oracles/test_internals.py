"""What an error may say to people, and what shows the inside of a server."""

from __future__ import annotations

import pytest

from conformance.oracles.internals import INTERNALS


@pytest.mark.parametrize(
    "text",
    [
        "select id, key from media where id = $1",
        'SELECT "Media"."id" FROM "Media" WHERE "Media"."id" = ? LIMIT 1',
        r"SELECT \"id\" FROM \"Media\" WHERE \"id\" = $1",
        "select * from media where id in ($1, $2)",
        "INSERT INTO upload (id, owner) VALUES ($1, $2)",
        "update media set key = $1 where id = $2",
        "DELETE FROM media WHERE id = ?",
        "psycopg2.errors.UniqueViolation: duplicate key value",
        "PrismaClientKnownRequestError: ",
        "sqlite3.OperationalError: database is locked",
        "(sqlalchemy.exc.ProgrammingError) relation",
        "An error occurred (NoSuchKey) when calling the HeadObject operation: Not Found",
        "connect ECONNREFUSED 10.0.0.5:5432",
        "getaddrinfo ENOTFOUND db.internal",
        "Cannot read properties of undefined (reading 'id')",
        "Cannot read property 'id' of null",
        "'NoneType' object has no attribute 'key'",
        "MongoServerError: E11000",
        "E11000 duplicate key error collection: hayon.users index: email_1",
        "ENOENT: no such file or directory, open '/srv/app/keys.json'",
        "java.lang.NullPointerException: type is null",
        "    at create (/srv/app.js:7:3)",
        "at create (/srv/app/upload.js:7:1)",
        "<br> &nbsp; &nbsp;at parse (/var/task/index.mjs:92:19)",
        "at Object.<anonymous> (file:///srv/app/src/upload.ts:7:1)",
        "mongodb+srv://hayon:Sup3rS3cret@cluster0.example.net/hayon",
        "postgres://api:pa55word@10.0.0.5:5432/media",
    ],
)
def test_the_inside_of_a_server_is_found(text: str) -> None:
    assert INTERNALS.search(f'{{"message":"{text}"}}') or INTERNALS.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "Select a file from your computer",
        "Select a file from the folder where your pictures are.",
        "Please select an item from the list, where you find it by its name.",
        "Insert into your post only media that you uploaded.",
        "Update your plan: set a limit = 100 there.",
        "You cannot delete from a library where you are a guest.",
        "An error occurred when calling the storage. Try again.",
        "An error occurred (see our status page).",
        "Could not connect to the storage. Try again later.",
        "Cannot read the file.",
        "Cannot read properties of this file: it may be damaged.",
        "The value of filename is undefined.",
        "Media not found",
        "The upload began at noon (see upload.js:7).",
        "See https://example.com:8443/docs/@errors for help.",
        "Write to https://example.com/help or help@example.com:",
        "An address looks like scheme://host:port/path@version.",
        "content_type must be one of image/png, image/gif, video/mp4",
        "The upload session has expired at 12:30:00.",
        "Prisma is not a type that is supported.",
        "A filename such as errors.py is not a picture.",
        "Read and write access is needed.",
    ],
)
def test_a_message_for_people_passes(text: str) -> None:
    assert not INTERNALS.search(f'{{"success":false,"message":"{text}"}}')
