#!/bin/sh
# Runs every command that README.md shows in a block marked `sh`, in order, and fails when one fails.
# Lines that install or run the two main commands are covered elsewhere and skipped.
set -eu
cd "$(dirname "$0")/.."
awk '/^```sh$/ {inside = 1; next} /^```$/ {inside = 0} inside' README.md |
  grep -v -E '^(#|$|make (run|test)|git clone|cd )' > build/readme_commands.sh
while IFS= read -r command; do
  printf '$ %s\n' "$command"
  sh -c "$command" > build/readme_output.txt 2>&1 < /dev/null || { cat build/readme_output.txt; exit 1; }
done < build/readme_commands.sh
echo "README: $(wc -l < build/readme_commands.sh) commands ran"
