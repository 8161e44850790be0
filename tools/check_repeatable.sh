#!/bin/sh
# check_repeatable.sh PROGRAM: the same seed writes the same bytes twice, and another seed does not.
# Only decision times may differ: they are measured.
set -eu
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

simulate() {  # scenario policy seed out
  "$program" simulate --scenario "$1" --policy "$2" --seed "$3" --out "$4" >/dev/null
  rm "$4/timing.csv"
  sed -i '/"decision_us"/,/}/d' "$4/summary.json"
}

for scenario in scinet-2023 local-6; do
  for policy in random least-loaded threshold cosim acoarima semidirect oracle; do
    simulate "$scenario" "$policy" 7 "$folder/first"
    simulate "$scenario" "$policy" 7 "$folder/second"
    diff -r "$folder/first" "$folder/second" || { echo "$scenario $policy differs"; exit 1; }
    simulate "$scenario" "$policy" 8 "$folder/other"
    if cmp -s "$folder/first/workloads.csv" "$folder/other/workloads.csv"; then
      echo "$scenario $policy: seeds 7 and 8 gave the same workloads"; exit 1
    fi
    rm -rf "$folder/first" "$folder/second" "$folder/other"
    echo "$scenario $policy: same bytes"
  done
done
