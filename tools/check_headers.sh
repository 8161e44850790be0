#!/bin/sh
# Every header compiles alone, so that including one is always enough.
set -eu
cd "$(dirname "$0")/.."

git ls-files 'src/*.h' 'apps/*.h' 'tests/*.h' 'bench/*.h' | xargs -P "$(nproc)" -I{} sh -c '
  header={}
  printf "#include \"%s\"\n" "${header#src/}" |
    c++ -std=c++20 -Isrc -I. "-DSCINET_SOURCE_DIR=\"\"" "-DSCINET_TEST_WORKER=\"\"" -DONNX_ML=1 -DONNX_NAMESPACE=onnx -isystem /usr/include/opencv4 -isystem /usr/include/eigen3 -fsyntax-only -x c++ - ||
    { echo "$header does not stand alone"; exit 1; }'
echo "headers: ok"
