#!/bin/sh
# bench.sh PROGRAM: the benchmarks answer with the promised keys, and refuse broken traces.
set -eu
program=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$program" bench trace --hosts 20 --tasks 2000 --seed 5 --out "$out/trace"
"$program" bench trace --hosts 20 --tasks 2000 --seed 5 --out "$out/again"
cmp "$out/trace" "$out/again"
"$program" bench twin --trace "$out/trace" -o json > "$out/least"
"$program" bench twin --trace "$out/trace" --placement given -o json > "$out/given"
"$program" bench fork --hosts 4 --tasks 10 --intervals 2 --samples 20 -o json > "$out/fork"
python3 - "$out" <<'CHECK'
import json, sys

least, given, fork = (json.load(open(f"{sys.argv[1]}/{name}")) for name in ("least", "given", "fork"))
keys = ["tasks", "mean_response_s", "energy_j", "makespan_s", "cpu_s", "ns_per_event", "max_rss_kib"]
for result in (least, given):
    if list(result) != keys or result["tasks"] != 2000:
        sys.exit(f"unexpected: {result}")
if least["mean_response_s"] >= given["mean_response_s"]:
    sys.exit("hosts drawn at random are not worse than those with the fewest tasks")
if not 0 < fork["us_p50"] <= fork["us_p95"]:
    sys.exit(f"unexpected: {fork}")
CHECK

refuse() {  # FILE
  code=0
  "$program" bench twin --trace "$1" > "$out/stdout" 2> "$out/stderr" || code=$?
  [ "$code" = 2 ] || { echo "exit code $code for $1, expected 2"; exit 1; }
  [ ! -s "$out/stdout" ] || { echo "it printed a result for $1"; exit 1; }
}
head -c 1000 "$out/trace" > "$out/short"
refuse "$out/short"
tail -c +2 "$out/trace" > "$out/shifted"
refuse "$out/shifted"
refuse "$out/absent"
