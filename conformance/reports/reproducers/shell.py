"""A reproducer as a shell script: it needs curl, and python3 for JSON, but not the kit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from shlex import quote
from typing import TYPE_CHECKING, Any

from conformance.reports.reproducers.shell_functions import FUNCTIONS, PROLOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: How to remove what an operation created: method, path, and the JSON member with the id.
Removals = dict[str, tuple[str, str, tuple[str, ...]]]

#: Characters with a meaning for the shell between double quotes.
_ACTIVE = re.compile(r'[\\"$`]')

#: What the comment at the top says of the end.
_ENDING = (
    "Exit code: 0 the requirement holds, 1 it is broken, 3 it could not be tested.",
    "Needs curl, and python3 to read JSON.",
)
_MAIN = "CONFORMANCE_TOKEN"
_OTHER = "CONFORMANCE_OTHER_TOKEN"


def script(
    proof: Mapping[str, Any], header: list[str], defaults: Mapping[str, str], removals: Removals
) -> str:
    """Return the script for one evidence entry.

    Args:
        proof: The entry; every exchange of its transcript can be sent again, and its check decides.
        header: The lines of the comment at the top.
        defaults: The values of variables that are not set.
        removals: How to remove what each operation created.
    """
    return _Script(proof, removals).text(header, defaults)


@dataclass
class _Script:
    """Builds one script; `names` are the shell variables that hold values of its responses."""

    proof: Mapping[str, Any]
    removals: Removals
    names: dict[tuple[int, str], str] = field(default_factory=dict)

    def text(self, header: list[str], defaults: Mapping[str, str]) -> str:
        for use in self._uses():
            self._name(use)
        steps = [line for number in range(1, len(self.steps) + 1) for line in self._step(number)]
        body = [*self._cleanup(), *steps, *self._judgement(), ""]
        called = "\n".join(body)
        comments = [f"# {line}".rstrip() for line in [*header, "", *_ENDING]]
        functions = [code for call, code in FUNCTIONS.items() if call in called]
        variables = self._variables(called, defaults)
        return "\n".join(
            ["#!/bin/sh", *comments, "set -u", *variables, PROLOGUE, *functions, "", *body]
        )

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The exchanges that the script sends again."""
        return list(self.proof["transcript"])

    def _variables(self, called: str, defaults: Mapping[str, str]) -> list[str]:
        lines = [f"{name}=${{{name}:-{quote(value)}}}" for name, value in defaults.items()]
        callers = {_MAIN: "the caller", _OTHER: "a second caller"}
        needed = {name: who for name, who in callers.items() if f"${{{name}" in called}
        lines += [f': "${{{name}:?set it to the token of {who}}}"' for name, who in needed.items()]
        return [*lines, ""]

    def _step(self, number: int) -> Iterator[str]:
        record = self.steps[number - 1]
        how, method = record["script"], record["request"]["method"]
        last = number == len(self.steps)
        look = ", which shows whether the requirement holds" if last else ""
        yield f"# {number}. {record['operation'] or method}{look}"
        if how["pause_s"]:
            yield f"sleep {int(how['pause_s']) + 1} # the case waited as long here"
        yield f'{self._content(how["body"])} > "$answers/{number}.sent"'
        yield " \\\n  ".join(self._sending(number, method, how))
        if _succeeded(record) and not last:
            yield f"reached {number} {record['response']['status']}"
        for (step, member), name in self.names.items():
            if step == number and not last:
                yield f"{name}=$(member {number} {member}) || lost 'no {name}'"
        yield ""

    def _sending(self, number: int, method: str, how: Mapping[str, Any]) -> Iterator[str]:
        yield f"send {number} {quote(method)} {self._word(how['url'])}"
        for name, pieces in how["headers"]:
            # curl sends an empty header only in this form.
            value = self._word([f"{name}: ", *pieces]) if pieces else quote(f"{name};")
            yield f"--header {value}"
        if not any(name.lower() == "content-type" for name, _ in how["headers"]):
            yield "--header 'Content-Type:'"  # else curl adds one itself
        if method == "HEAD":
            yield "--head"
        elif method != "GET" or how["body"] is not None:
            yield f'--data-binary "@$answers/{number}.sent"'

    def _content(self, body: Any) -> str:
        if body is None:
            return ":"
        if isinstance(body, dict):
            return f"printf %s {body['gzip_base64']} | base64 -d | gzip -dc"
        return f"printf %s {self._word(body)}"

    def _word(self, pieces: list[Any]) -> str:
        """Return pieces as one word of the shell."""
        if all(isinstance(piece, str) for piece in pieces):
            return quote("".join(pieces))
        written = (
            _ACTIVE.sub(r"\\\g<0>", piece) if isinstance(piece, str) else self._value(piece)
            for piece in pieces
        )
        return f'"{"".join(written)}"'

    def _value(self, piece: Mapping[str, Any]) -> str:
        if "variable" in piece:
            return f"${{{piece['variable']}{'%?' if piece.get('shorter') else ''}}}"
        name = self._name(piece)
        if piece["change"]:
            return f'$(changed {piece["change"]} "${name}")'
        forms = [form for form in ("quoted", "json") if piece.get(form)]
        return f'$({forms[0]} "${name}")' if forms else f"${name}"

    def _name(self, use: Mapping[str, Any]) -> str:
        """Return the variable that holds one member of a step's response."""
        words = [str(part) for part in use["member"] if part != "data"] or ["answer"]
        word = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(words)).strip("_") or "answer"
        key = (use["step"] + 1, quote(json.dumps(use["member"])))
        name = f"{word}_{key[0]}"
        if name in self.names.values() and key not in self.names:
            name += f"_{len(self.names)}"
        return self.names.setdefault(key, name)

    def _uses(self) -> Iterator[Mapping[str, Any]]:
        for record in self.steps:
            how = record["script"]
            body = how["body"] if isinstance(how["body"], list) else []
            headers = (piece for _, pieces in how["headers"] for piece in pieces)
            for piece in (*how["url"], *headers, *body):
                if isinstance(piece, dict) and "step" in piece:
                    yield piece
        if "equals" in (self.proof["check"] or {}):
            yield self.proof["check"]["equals"]

    def _cleanup(self) -> list[str]:
        """Return the function that removes, at exit, everything that the script created."""
        lines = ["clean_up() {"]
        for number, record in enumerate(self.steps, 1):
            if record["operation"] in self.removals and _succeeded(record):
                lines += self._removal(number, record)
        return [
            *lines,
            '  rm -rf "$answers"',
            "}",
            "trap clean_up EXIT",
            "trap 'exit 130' INT TERM",
            "",
        ]

    def _removal(self, number: int, record: Mapping[str, Any]) -> list[str]:
        method, path, member = self.removals[record["operation"]]
        before, _, after = path.partition("{}")
        token = _OTHER if record["caller"] == "other" else _MAIN
        base = self._value(record["script"]["url"][0])
        return [
            f"  made=$(member {number} {quote(json.dumps(member))}) && curl --silent --globoff \\",
            f"    --output /dev/null --request {method} \\",
            f'    --header "Authorization: Bearer ${{{token}}}" \\',
            f'    --url "{base}{before}$(quoted "$made"){after}"',
        ]

    def _judgement(self) -> list[str]:
        expected = quote(f"expected {self.proof['expected']}")
        kept = f"if {self._condition(self.proof['check'])}; then echo holds; exit 0; fi"
        answered = self.steps[-1]["response"] is not None
        gone = """[ "$status" != 000 ] || lost 'no response came'"""
        return [
            *([gone] if answered else []),
            f"printf '%s\\n' {expected}",
            kept,
            "echo broken",
            "exit 1",
        ]

    def _condition(self, check: Mapping[str, Any]) -> str:
        if "statuses" in check:
            spans = [
                f'{{ [ "$status" -ge {low} ] && [ "$status" -le {high} ]; }}'
                for low, high in check["statuses"]
            ]
            return " || ".join(spans)
        last = len(self.steps)
        member = quote(json.dumps(check["member"]))
        if "equals" in check:
            return f'[ "$(member {last} {member})" = "${self._name(check["equals"])}" ]'
        return f"holds {last} {member} {quote(json.dumps(check['schema']))}"


def _succeeded(record: Mapping[str, Any]) -> bool:
    response = record["response"]
    return response is not None and 200 <= response["status"] < 300  # noqa: PLR2004 - the 2xx class
