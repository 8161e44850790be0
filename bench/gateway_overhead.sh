#!/bin/sh
# gateway_overhead.sh PROGRAM: what the gateway adds to a request, with gateway, workers and client
# all on one core. Calls the gateway and one worker in turn, five times each, and prints the
# medians of the p50 that hey reports.
set -eu
program=$1
here=$(cd "$(dirname "$0")/.." && pwd)
out=$(mktemp -d)
input=$here/data/inputs/fashion/test-00.png

taskset -c 0 "$program" run --no-load --minutes 10 --policy least-loaded --out "$out/results" \
  > "$out/run.txt" 2> "$out/progress.txt" &
run=$!
trap 'kill -INT "$run" 2>/dev/null; wait "$run" || true; rm -rf "$out"' EXIT
gateway=""
while [ -z "$gateway" ]; do
  kill -0 "$run" || { cat "$out/progress.txt"; exit 1; }
  sleep 0.2
  gateway=$(sed -n 's/^serving at \(http:[^,]*\),.*/\1/p' "$out/progress.txt")
done
worker=$(curl -sf "$gateway/stats" | python3 -c '
import json, sys
print(max((h for h in json.load(sys.stdin)["hosts"] if h["state"] == "on"), key=lambda h: h["cores"])["url"])')

p50() {  # URL: milliseconds
  taskset -c 0 hey -n 200 -c 1 -q 20 -m POST -D "$input" "$1/api/fashion" |
    sed -n 's/.*50% in \([0-9.]*\) secs.*/\1/p' | awk '{print $1 * 1000}'
}
median() { sort -n | sed -n 3p; }

p50 "$gateway" > /dev/null; p50 "$worker" > /dev/null  # models are resident from here on
for _ in 1 2 3 4 5; do
  p50 "$gateway" >> "$out/gateway"
  p50 "$worker" >> "$out/worker"
done
echo "gateway $(median < "$out/gateway") ms, worker $(median < "$out/worker") ms at p50, one core"
