#!/bin/sh
# clients.sh PROGRAM: curl, httpie and hey as clients of the gateway and of a worker.
set -eu
program=$1
here=$(cd "$(dirname "$0")/../.." && pwd)
out=$(mktemp -d)
image=$here/data/inputs/images/sunset.jpg
garment=$here/data/inputs/fashion/test-00.png

# A policy that keeps every host on: the worker that is asked must not be switched off meanwhile.
"$program" run --policy least-loaded --no-load --minutes 5 --out "$out/results" > "$out/run.txt" 2> "$out/progress.txt" &
run=$!
trap 'kill -INT "$run" 2>/dev/null; wait "$run" || true; rm -rf "$out"' EXIT
gateway=""
for _ in $(seq 300); do
  gateway=$(sed -n 's/^serving at \(http:[^,]*\),.*/\1/p' "$out/progress.txt")
  [ -z "$gateway" ] || break
  sleep 0.2
done
[ -n "$gateway" ] || { echo "no gateway"; cat "$out/progress.txt"; exit 1; }
worker=$(curl -sf "$gateway/stats" | python3 -c '
import json, sys
print(next(host["url"] for host in json.load(sys.stdin)["hosts"] if host["state"] == "on"))')

fail() { echo "$1"; exit 1; }
status() { curl -s -o "$out/answer" -w '%{http_code}' "$@"; }

for server in "$gateway" "$worker"; do
  # A picture in, a picture out, the same by every client.
  curl -sf --data-binary "@$image" "$server/api/blur" > "$out/curl.jpg"
  http --ignore-stdin "$server/api/blur" "@$image" > "$out/httpie.jpg"
  cmp "$out/curl.jpg" "$out/httpie.jpg" || fail "curl and httpie got different pictures"
  [ "$(head -c 2 "$out/curl.jpg" | od -An -tx1 | tr -d ' ')" = ffd8 ] || fail "not a JPEG"
  curl -sf --data-binary "@$garment" "$server/api/fashion" | grep -q '"label":"Ankle boot"' ||
    fail "$server does not know an ankle boot"

  # What is wrong gets its status and a sentence.
  [ "$(status --data-binary 'no picture' "$server/api/blur")" = 400 ] || fail "wrong input is not 400"
  grep -q '"error"' "$out/answer" || fail "a refusal without a sentence"
  [ "$(status --data-binary x "$server/api/nothing")" = 404 ] || fail "unknown is not 404"
  [ "$(status "$server/api/blur")" = 405 ] || fail "GET is not 405"
  head -c 20000000 /dev/zero > "$out/large"
  [ "$(status --data-binary "@$out/large" "$server/api/blur")" = 413 ] || fail "too large is not 413"

  # Many clients at once: every answer is a 200.
  hey -n 100 -c 4 -m POST -D "$image" "$server/api/emboss" > "$out/hey.txt"
  grep -q '\[200\].*100 responses' "$out/hey.txt" || { cat "$out/hey.txt"; fail "hey saw failures"; }
done
echo "curl, httpie and hey were served by gateway and worker"
