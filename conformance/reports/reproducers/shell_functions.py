"""The fixed parts of a shell reproducer, in plain POSIX sh."""

from __future__ import annotations

#: Sends and shows one request, and keeps its response. Signatures are not printed.
PROLOGUE = r"""answers=$(mktemp -d) || exit 3

lost() { echo "could not be tried: $1" >&2; exit 3; }

unanswered() { # CODE URL: exit codes 5, 6 and 7 of curl mean that no server was reached
  case $1 in 5|6|7) lost "no server answers at $(echo "$2" | cut -d/ -f1-3)" ;; esac
  status=000
}

send() { # STEP METHOD URL [CURL OPTION...]: sets $status and writes the body to a file
  step=$1 method=$2 url=$3
  shift 3
  : > "$answers/$step.body"
  status=$(curl --silent --show-error --globoff --path-as-is --max-time 60 \
    --output "$answers/$step.body" --write-out '%{http_code}' \
    --request "$method" --url "$url" "$@") || unanswered $? "$url"
  echo "$step. $method -> $status"
  head -c 2000 "$answers/$step.body" | LC_ALL=C tr -cd '[:print:]\n' | LC_ALL=C sed -E \
    's/([Ss]ignature|[Cc]redential|[Tt]oken|KeyId)=[^&"\\ ]*/\1=[redacted]/g; s/^/   /'
  echo
}

reached() { # STEP STATUS: an earlier step must succeed, or the script proves nothing
  case $status in 2??) ;; *) lost "step $1 answered $status; in the case it was $2" ;; esac
}

member() { # STEP PATH: prints the text at a path of a JSON response
  python3 -c 'import json, sys
found = json.load(open(sys.argv[1], encoding="utf-8"))
for name in json.loads(sys.argv[2]): found = found[name]
if not isinstance(found, str): sys.exit(1)
sys.stdout.buffer.write(found.encode())' "$answers/$1.body" "$2" 2>/dev/null
}"""

#: Optional functions, by the text that calls them: a script holds only those that it calls.
FUNCTIONS = {
    "$(quoted ": r"""
quoted() { # TEXT: prints it percent-encoded
  python3 -c 'import sys, urllib.parse
print(urllib.parse.quote(sys.argv[1], safe=""))' "$1"
}""",
    "$(json ": r"""
json() { # TEXT: prints it escaped for a JSON string, without the quotes
  python3 -c 'import json, sys
print(json.dumps(sys.argv[1])[1:-1])' "$1"
}""",
    "$(changed ": r"""
changed() { # HOW URL: prints a signed URL with a changed signature, without one, or for another key
  python3 -c 'import sys, urllib.parse as u
how, parts = sys.argv[1], u.urlsplit(sys.argv[2])
flip = lambda text: ("0" if text[:1] != "0" else "1") + text[1:]
signature = lambda name: name.lower() in ("x-amz-signature", "signature")
pairs = [(k, flip(v) if signature(k) else v) for k, v in u.parse_qsl(parts.query, True)]
if how == "tampered": parts = parts._replace(query=u.urlencode(pairs, quote_via=u.quote))
if how == "stripped": parts = parts._replace(query="")
if how == "for_other_key": parts = parts._replace(path=parts.path + "-other")
print(u.urlunsplit(parts))' "$1" "$2"
}""",
    "holds ": r"""
holds() { # STEP PATH SCHEMA: tests the value at a path, in each item of every list on that path
  python3 -c 'import json, sys
try:
    every = [json.load(open(sys.argv[1], encoding="utf-8"))]
    for name in json.loads(sys.argv[2]):
        every = [part for one in every for part in (one if isinstance(name, int) else [one[name]])]
except (ValueError, LookupError, TypeError): sys.exit(1)
kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
         "number": (int, float), "integer": int}
text = lambda value: json.dumps(value, sort_keys=True)
def typed(found, kind):
    if isinstance(found, bool): return kind == "boolean"
    return isinstance(found, kinds[kind])
asks = {"const": lambda found, value: text(found) == text(value),
        "enum": lambda found, values: text(found) in map(text, values),
        "type": lambda found, names: any(typed(found, name) for name in
                                         ([names] if isinstance(names, str) else names)),
        "minLength": lambda found, least: len(found) >= least,
        "required": lambda found, names: all(name in found for name in names)}
schema = json.loads(sys.argv[3])
sys.exit(2 if not every else not all(asks[word](found, value)
                                     for found in every for word, value in schema.items()))' \
    "$answers/$1.body" "$2" "$3"
  fits=$?
  [ $fits != 2 ] || lost 'the response holds nothing to test'
  return $fits
}""",
}
