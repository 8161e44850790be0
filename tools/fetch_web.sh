#!/bin/sh
# usage: tools/fetch_web.sh DIR
# Gathers in DIR what the HTML report of a comparison is built and tested with: the chart library,
# which goes into the program, and the driver of the browser, which only its test needs.
set -eu
[ $# = 1 ] || { echo "usage: tools/fetch_web.sh DIR" >&2; exit 2; }
sh "$(dirname "$0")/fetch_npm.sh" "$1" <<'LIST'
echarts@6.1.0 ab4c9a14f8200bd15476c587e1b95abd15859b176b22875b92828d02326e74023a080f6034fc47b55d917193447a9655964e32bc16243a46e4e87215a48c8764 dist/echarts.common.min.js echarts.common.min.js 61f13280aba3161f77fc801bf5f9c786f55f10432153a0683fc5cc0700b013d5 error the program cannot be built, which puts charts into its reports
playwright-core@1.60.0 f5b5bacef5ff9b49446e04ca27a629a4e2b1f07dd538f04c382161da2ad714e4f805b1e0af1e613e3c0960b4f8d0bbbee2ab43dfaa8a73f1e7e7a4ad516e7b20 . playwright-core 6f7b58cc55449321279f11ca97d4e451c391738b77db32cdbcedf02851e3f097 notice the tests in a browser fail
LIST
