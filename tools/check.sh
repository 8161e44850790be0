#!/bin/sh
# What a change must pass besides the tests: format, layers, headers, sanitizers, repeatability,
# and that what the README shows runs.
set -eu
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$1"; }

step "format";             tools/check_format.sh
step "layers";             python3 tools/check_layers.py
step "headers";            tools/check_headers.sh
# The end-to-end tests start many processes with small quotas: they run without sanitizers, and so do
# the longest and those in a browser. The preset leaves out libtorch, which was built without them,
# and the checks that compilers pay most for and that a crash or the other sanitizer finds as well.
step "sanitizers";         cmake --preset asan >/dev/null
                           cmake --build --preset asan
                           ctest --preset asan -LE "end_to_end|browser|long"
step "release build";      make build
step "same seed, same bytes"; tools/check_repeatable.sh build/release/scinet
step "README";             tools/check_readme.sh
