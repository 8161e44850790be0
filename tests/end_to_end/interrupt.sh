#!/bin/sh
# interrupt.sh PROGRAM: Ctrl-C in mid-run stops everything that was started and still writes the
# summary.
set -eu
program=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$program" run --minutes 5 --out "$out/results" -o json > "$out/run.json" 2> "$out/progress.txt" &
run=$!
for _ in $(seq 300); do
  grep -q "serving at" "$out/progress.txt" && break
  sleep 0.2
done
sleep 8
workers=$(pgrep -P "$run") || { echo "no worker was running"; cat "$out/progress.txt"; exit 1; }
kill -INT "$run"
wait "$run" || { echo "the run failed"; cat "$out/progress.txt"; exit 1; }

grep -q '"interrupted": true' "$out/run.json" || { echo "the result does not say so"; exit 1; }
[ -s "$out/results/summary.json" ] || { echo "no summary was written"; exit 1; }
for group in /sys/fs/cgroup/*/scinet-"$run"* /sys/fs/cgroup/scinet-"$run"*; do
  [ ! -e "$group" ] || { echo "$group was left behind"; exit 1; }
done
for worker in $workers; do
  if kill -0 "$worker" 2> /dev/null; then echo "worker $worker was left behind"; exit 1; fi
done
echo "stopped $(echo "$workers" | wc -l) workers and wrote the summary"
