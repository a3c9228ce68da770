"""`exchanges.har`: exchanges as HTTP Archive 1.2, for the network panel of a browser.

One page is the lifecycle, and one is each piece of evidence. The report is redacted already.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http.client import responses
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from conformance.reports.report import is_cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reports.report import Report, Row

#: What the report shows of a secret.
HIDDEN = "[redacted]"
_UNKNOWN = -1
_NEVER = datetime.fromtimestamp(0, UTC).isoformat(timespec="milliseconds")


def render(report: Report) -> str:
    """Return the archive as JSON."""
    pages, entries = [], []
    for number, (title, exchanges) in enumerate(_pages(report), start=1):
        page = f"page_{number}"
        pages.append({"startedDateTime": _started(exchanges[0]), "id": page, "title": title,
                      "pageTimings": {}})  # fmt: skip
        entries += [_entry(exchange, page) for exchange in exchanges]
    log = {
        "version": "1.2",
        "creator": {"name": "media-conformance", "version": report["kit_version"]},
        "pages": pages,
        "entries": entries,
        "comment": " ".join(
            [
                f"{report['profile']}: {report['verdict']}. Secrets are redacted.",
                *(f"{line}." for line in report.get("warnings", [])),
            ]
        ),
        "_base_url": str(report["target"].get("base_url") or ""),
    }
    return json.dumps({"log": log}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _pages(report: Report) -> Iterator[tuple[str, list[Row]]]:
    """Yield a title and its exchanges: the lifecycle, then each entry of evidence."""
    if report["lifecycle"]:
        of_others = report.get("traffic")
        yield (
            "The first exchanges" if of_others else "The lifecycle, step by step",
            report["lifecycle"],
        )
    for row in report.requirements:
        for proof in row["evidence"]:
            exchanges = proof["transcript"] or [proof["exchange"]]
            if any(exchanges):
                yield f"{row['id']} {row['outcome']}: {row['title']}", exchanges


def _started(exchange: Row) -> str:
    return str(exchange.get("started", _NEVER))


def _entry(exchange: Row, page: str) -> Row:
    response = exchange["response"]
    elapsed_ms = round(response["elapsed_s"] * 1000, 1) if response else 0
    entry: Row = {
        "pageref": page,
        "startedDateTime": _started(exchange),
        "time": elapsed_ms,
        "request": _request(exchange["request"], exchange.get("caller")),
        "response": _response(response),
        "cache": {},
        "timings": {"send": 0, "wait": elapsed_ms, "receive": 0},
    }
    if exchange.get("operation"):
        entry["comment"] = f"{exchange['operation']} as {exchange.get('caller') or 'nobody'}"
    if exchange["error"]:
        entry["response"]["comment"] = entry["_error"] = exchange["error"]
    return entry


def _request(request: Row, caller: str | None) -> Row:
    url, body = request["url"], request["body"]
    archived = {
        "method": request["method"],
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(
            [[name, pseudonym(name, value, caller)] for name, value in request["headers"]]
        ),
        "queryString": _pairs(url),
        "headersSize": _UNKNOWN,
        "bodySize": body["bytes"],
    }
    if body["bytes"]:
        mime = _header(request["headers"], "content-type")
        archived["postData"] = {"mimeType": mime, "params": [], "text": body["text"],
                                **_size_remark(body)}  # fmt: skip
    return archived


def _response(response: Row | None) -> Row:
    """Return the response; in this format, status 0 means that none arrived."""
    if response is None:
        response = {"status": 0, "headers": [], "body": {"text": "", "bytes": 0}}
    headers, body = response["headers"], response["body"]
    return {
        "status": response["status"],
        "statusText": responses.get(response["status"], ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(headers),
        "content": {
            "size": body["bytes"],
            "mimeType": _header(headers, "content-type") or "x-unknown",
            "text": body["text"],
            **_size_remark(body),
        },
        "redirectURL": _header(headers, "location"),
        "headersSize": _UNKNOWN,
        "bodySize": body["bytes"],
    }


def pseudonym(name: str, value: str, caller: str | None) -> str:
    """Return the value of a header; where a token was redacted, with the name of its caller.

    So `conformance judge` can tell the callers of an archive apart.
    """
    if name.lower() == "authorization" and value == HIDDEN and caller:
        return f"Bearer {HIDDEN}-{caller}"
    return value


def _headers(headers: list[list[str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _header(headers: list[list[str]], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")


def _pairs(url: str) -> list[dict[str, str]]:
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    return [
        {"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)
    ]


def _size_remark(body: Row) -> dict[str, Any]:
    return {"comment": f"cut: {body['bytes']} bytes in all"} if is_cut(body) else {}
