#!/bin/sh
# Every C++ file looks as .clang-format says.
set -eu
cd "$(dirname "$0")/.."
git ls-files '*.h' '*.cc' | xargs clang-format --dry-run --Werror
echo "format: ok"
