#!/bin/sh
# Every header compiles alone, so that including one is always enough. The build has shown it for
# those that a source file includes first, which is how NAME.cc begins with NAME.h.
set -eu
cd "$(dirname "$0")/.."

included_first=$(mktemp)
trap 'rm -f "$included_first"' EXIT
git ls-files '*.cc' | xargs grep -m 1 -h '^#include' | sed -n 's/^#include "\(.*\)"$/\1/p' > "$included_first"

git ls-files 'src/*.h' 'apps/*.h' 'tests/*.h' 'bench/*.h' | sed 's#^src/##' |
  grep -v -x -F -f "$included_first" | xargs -P "$(nproc)" -I{} sh -c '
  header={}
  printf "#include \"%s\"\n" "$header" |
    c++ -std=c++20 -Isrc -I. "-DSCINET_SOURCE_DIR=\"\"" "-DSCINET_TEST_WORKER=\"\"" -DONNX_ML=1 -DONNX_NAMESPACE=onnx -isystem /usr/include/opencv4 -isystem /usr/include/eigen3 -fsyntax-only -x c++ - ||
    { echo "$header does not stand alone"; exit 1; }'
echo "headers: ok"
