#!/bin/sh
# twin_against_reality.sh PROGRAM DIR [MINUTES]: how well the twin predicts real runs that it was not
# calibrated to. Runs local-6 three times, each with other arrivals: under `random`, which uses
# every host type, for the fit, and under two policies that are predicted. Needs a quiet machine for
# three times MINUTES (5).
set -eu
program=$1
out=$2
minutes=${3:-5}

record() {  # POLICY SEED
  echo "running $1 for $minutes minutes" >&2
  "$program" run --scenario local-6 --policy "$1" --seed "$2" --minutes "$minutes" --quiet --out "$out/$1" > /dev/null
}

record random 21
record least-loaded 11
record cosim 12
for policy in least-loaded cosim; do
  printf '\n== %s, predicted by a twin that was calibrated to the run of random\n' "$policy"
  "$program" calibrate "$out/random" --held-out "$out/$policy"
done
