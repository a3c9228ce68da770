"""The fixed parts of a shell reproducer: plain sh, so that it runs wherever curl does."""

from __future__ import annotations

#: Where answers go, and how one request is sent and shown. Signatures are kept off the screen.
PROLOGUE = r"""answers=$(mktemp -d) || exit 3

lost() { echo "could not be tried: $1" >&2; exit 3; }

send() { # STEP METHOD URL [curl's words]: leaves the status in $status, the body in a file
  step=$1 method=$2 url=$3
  shift 3
  : > "$answers/$step.body"
  status=$(curl --silent --show-error --globoff --path-as-is --max-time 60 \
    --output "$answers/$step.body" --write-out '%{http_code}' \
    --request "$method" --url "$url" "$@") || status=000
  echo "$step. $method -> $status"
  head -c 2000 "$answers/$step.body" | LC_ALL=C tr -cd '[:print:]\n' | LC_ALL=C sed -E \
    's/([Ss]ignature|[Cc]redential|[Tt]oken|KeyId)=[^&"\\ ]*/\1=[redacted]/g; s/^/   /'
  echo
}

reached() { # STEP STATUS: what was done before must work, or nothing is shown
  case $status in 2??) ;; *) lost "step $1 answered $status; in the case it was $2" ;; esac
}

member() { # STEP PATH: the text at a path of a JSON answer
  python3 -c 'import json, sys
found = json.load(open(sys.argv[1], encoding="utf-8"))
for name in json.loads(sys.argv[2]): found = found[name]
if not isinstance(found, str): sys.exit(1)
sys.stdout.buffer.write(found.encode())' "$answers/$1.body" "$2" 2>/dev/null
}"""

#: Further functions, by the words that call them: a script holds those that it needs.
FUNCTIONS = {
    "$(quoted ": r"""
quoted() { # TEXT: percent-encoded whole
  python3 -c 'import sys, urllib.parse
print(urllib.parse.quote(sys.argv[1], safe=""))' "$1"
}""",
    "$(json ": r"""
json() { # TEXT: as it stands between the quotes of a JSON string
  python3 -c 'import json, sys
print(json.dumps(sys.argv[1])[1:-1])' "$1"
}""",
    "$(changed ": r"""
changed() { # HOW URL: a signed URL with its signature changed, without it, or for another key
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
holds() { # STEP PATH SCHEMA: whether the value at a path of a JSON answer fits
  python3 -c 'import json, sys
try:
    found = json.load(open(sys.argv[1], encoding="utf-8"))
    for name in json.loads(sys.argv[2]): found = found[name]
except (ValueError, LookupError, TypeError): sys.exit(1)
kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
         "number": (int, float), "integer": int}
def typed(kind):
    if isinstance(found, bool): return kind == "boolean"
    return isinstance(found, kinds[kind])
same = lambda one: json.dumps(one, sort_keys=True) == json.dumps(found, sort_keys=True)
listed = lambda value: value if isinstance(value, list) else [value]
asks = {"const": same, "enum": lambda all_: any(map(same, all_)),
        "type": lambda names: any(map(typed, listed(names))),
        "minLength": lambda least: len(found) >= least,
        "required": lambda names: all(name in found for name in names)}
schema = json.loads(sys.argv[3])
sys.exit(not all(asks[word](value) for word, value in schema.items()))' \
    "$answers/$1.body" "$2" "$3"
}""",
}
