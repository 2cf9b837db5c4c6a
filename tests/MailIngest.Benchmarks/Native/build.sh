#!/usr/bin/env bash
# Builds each of the C programs in this folder into OUTDIR, warnings being errors: build.sh OUTDIR
set -euo pipefail
mkdir -p "${1:?build.sh OUTDIR}"
cd "$(dirname "$0")" && out=$(cd "$OLDPWD" && cd "$1" && pwd)
for source in *.c; do
  gcc -std=gnu11 -O2 -Wall -Wextra -Werror -o "$out/${source%.c}" "$source"
done
