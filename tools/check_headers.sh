#!/bin/sh
# Every header compiles alone, so that including one is always enough.
set -eu
cd "$(dirname "$0")/.."
failed=0
for header in $(git ls-files 'src/*.h' 'apps/*.h' 'tests/*.h'); do
  printf '#include "%s"\n' "${header#src/}" |
    c++ -std=c++20 -Isrc -I. -fsyntax-only -x c++ - || { echo "$header does not stand alone"; failed=1; }
done
[ "$failed" = 0 ] && echo "headers: ok"
exit "$failed"
