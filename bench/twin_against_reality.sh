#!/bin/sh
# twin_against_reality.sh PROGRAM DIR [MINUTES]: how well the twin predicts real runs that it was not
# calibrated to. Runs local-6 four times, each with other arrivals: for the fit with every strategy
# on every host at random, for twice MINUTES (4), and under three policies that are predicted.
# Needs a quiet machine for five times MINUTES, a whole number.
set -eu
program=$1
out=$2
minutes=${3:-4}

record() {  # NAME SEED MINUTES OPTION...
  name=$1 seed=$2 length=$3
  shift 3
  echo "running $name for $length minutes" >&2
  "$program" run --scenario local-6 "$@" --seed "$seed" --minutes "$length" --quiet --out "$out/$name" > /dev/null
}

record everything 21 "$((2 * minutes))" --provision all-on --deploy random --place random
record least-loaded 11 "$minutes" --policy least-loaded
record cosim 12 "$minutes" --policy cosim
record scinet 13 "$minutes" --policy scinet
printf '\n== the second half of everything, predicted by a twin that was calibrated to its first\n'
"$program" calibrate "$out/everything"
for policy in least-loaded cosim scinet; do
  printf '\n== %s, predicted by a twin that was calibrated to the run of everything\n' "$policy"
  "$program" calibrate "$out/everything" --held-out "$out/$policy"
done
