"""How the inside of a server looks in an error: stack traces, and the words of its parts.

People's messages never match: each pattern has a sign that only a program writes.
"""

from __future__ import annotations

import re

# The first lines of stack traces, by their usual shapes.
_TRACES = (
    r"Traceback \(most recent",
    r"^\s+at \S+ \(?\S+:\d+",
    r"^\s+at [\w.$<>]+\(\w+\.\w+:\d+\)",
    r"^\s+at .+ in \S+:line \d+",
    r"^#\d+ \S+\.php\(\d+\)",
    r"\.rb:\d+:in [`']",
    r"\bat [\w.$]+\([\w.]+:\d+\)",
    # A line of a trace that is not the first of its text: in a list, or in the markup of a page.
    r"\bat (?:[\w.$<>]{1,80} )?\((?:file:/|[A-Za-z]:\\)?[\w./\\@-]{1,300}\.[cm]?[jt]sx?:\d+:\d+\)",
    r"goroutine \d+ \[",
    r"node_modules/",
    r"\.py\", line \d+",
)
# A name in SQL, perhaps in quotes, which JSON escapes.
_NAME = r"[\w.$`\"\\]+"
# A comparison behind WHERE: a sentence for people has none.
_WHERE = rf"\bwhere\s+{_NAME}\s*(?:=|\bin\s*\()"
# Statements of a database, and the errors of databases and of their drivers.
_DATABASES = (
    rf"(?i:\bselect\b[^\n]{{1,400}}\bfrom\b[^\n]{{1,200}}{_WHERE})",
    rf"(?i:\binsert\s+into\s+{_NAME}\s*\([^\n)]{{1,400}}\)\s*values\b)",
    rf"(?i:\bupdate\s+{_NAME}\s+set\s+{_NAME}\s*=)",
    rf"(?i:\bdelete\s+from\s+{_NAME}\s+{_WHERE})",
    r"SQLSTATE",
    r"ORA-\d{5}",
    r"PG::",
    r"\bMongo\w*Error\b",
    r"\bE11000 duplicate key\b",
    r"\bPrisma\w*Error\b",
    r"\bSequelize\w*Error\b",
    r"\b(?:psycopg2?|sqlite3|asyncpg|pymysql|MySQLdb|sqlalchemy|pymongo)\.[\w.]*(?:[Ee]rr|[Ee]xc)",
)
# The address of a service with the password for it.
_ADDRESSES = (
    r"\b[a-z][a-z0-9+]{2,20}://[^\s/:@\"'<>{}\[\]]{1,80}:[^\s/:@\"'<>{}\[\]]{1,80}@[\w.-]+",
)
# What the libraries and the runtime of a server say of a failure.
_PROGRAMS = (
    r"An error occurred \(\w+\) when calling the \w+ operation",
    r"\b(?:botocore|boto3)\.(?:errorfactory|exceptions)\b",
    r"\b(?:connect|getaddrinfo|read|write) E(?:CONN[A-Z]+|NOTFOUND|AI_AGAIN|TIMEDOUT)\b",
    r"\bCannot read propert(?:y|ies)\b.{0,80}\bof (?:undefined|null)\b",
    r"'NoneType' object ",
    r"\bE(?:NOENT|ACCES|ISDIR): [a-z ]+, \w+ ",
    r"\bjavax?\.(?:lang|util|io|sql|net)\.\w+(?:Exception|Error)\b",
)

#: What an error must be like, in the words of a finding.
NO_INTERNALS = "no stack trace and no words of a program in the error"
#: Finds what only the inside of a server says.
INTERNALS = re.compile("|".join((*_TRACES, *_DATABASES, *_ADDRESSES, *_PROGRAMS)), re.MULTILINE)
