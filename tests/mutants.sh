#!/usr/bin/env bash
# Breaks the product on purpose, once for each patch of tests/mutants, and shows that the tests notice. Works in a copy
# of this checkout (uncommitted changes included) in a temporary folder; the checkout itself is not touched.
#
#   tests/mutants.sh               every mutant; ends with "N of 16 mutants killed"
#   tests/mutants.sh --list        what they are
#   tests/mutants.sh --only NAME   one of them, or one variant of it (NAME@VARIANT)
#
# A mutant of several variants, one patch each, is killed when every variant is. Exit code: 0 all killed, 1 one survives,
# 2 nothing can be said (a patch no longer applies or compiles, a tool is missing, a test fails without any mutant).
set -eEuo pipefail
trap 'exit 2' ERR
repository=$(cd "$(dirname "$0")/.." && pwd)
patience=600 # seconds for one run of tests; more is a hang

usage() { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 64; }
give_up() { printf '%s\n' "$@" >&2; exit 2; }

only= list=
while (($#)); do
  case $1 in
    --list) list=1 ;;
    --only) [[ -n ${2:-} ]] || usage; only=$2; shift ;;
    *) usage ;;
  esac
  shift
done

mutants=()
patches=$repository/tests/mutants
for patch in "$patches"/*.patch; do
  mutant=$(basename "$patch" .patch)
  [[ -z $only || $mutant == "$only" || ${mutant%@*} == "$only" ]] && mutants+=("$mutant")
done
((${#mutants[@]})) || give_up "No mutant is called $only: see --list."

# A line of the head of a patch: Mutant, Breaks or Tests (a project, then its classes).
said() { sed -n "/^--- /q; s/^$2: //p" "$patches/$1.patch"; }

if [[ -n $list ]]; then
  for mutant in "${mutants[@]}"; do
    printf '%s\n    %s\n    breaks %s\n' "$mutant" "$(said "$mutant" Mutant)" "$(said "$mutant" Breaks)"
  done
  exit
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export PATH=$repository/tests/.tools/node_modules/.bin:$PATH:/usr/sbin:/sbin
for tool in dotnet git gcc strace dovecot azurite-blob; do
  command -v "$tool" >/dev/null || give_up "$tool is missing: tests/run.sh installs what the tests need."
done

copy=$(mktemp -d "${TMPDIR:-/tmp}/mailingest-mutants-XXXXXX")
log=$copy.log
trap 'rm -rf "$copy" "$log"' EXIT
cd "$repository"
git ls-files -z --cached --others --exclude-standard | while IFS= read -rd '' file; do
  if [[ -e $file ]]; then printf '%s\0' "$file"; fi
done |
  tar --null --files-from=- -c | tar -x -C "$copy"
cd "$copy"
git init -q . && git add -A
patches=$copy/tests/mutants # from here on the checkout may change

apply() { git apply --recount -C1 "$@" "$patches/$mutant.patch"; }
for mutant in "${mutants[@]}"; do
  apply --check || give_up "$mutant does not apply any more: the code has changed, and the patch has to follow it."
  for line in Mutant Breaks Tests; do
    [[ -n $(said "$mutant" "$line") ]] || give_up "$mutant.patch has no line \"$line:\"."
  done
done

# A mutant is no example of style: what only judges the source is left out.
build() {
  dotnet build "$1" -v quiet -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false -p:GenerateDocumentationFile=false "${@:2}" >"$log" 2>&1
}

# Runs tests of a project until one fails; says what to make of it in $verdict: passed, failed (with $failure) or hung.
run() {
  local project=$1 code=0
  timeout -s INT -k 20 "$patience" \
    dotnet "tests/$project/bin/Debug/net10.0/$project.dll" -stopOnFail -noColor -trait- Length=Full "${@:2}" >"$log" 2>&1 || code=$?
  failure=$(sed -n '/^ *\(MailIngest\..*\) \[FAIL\]$/{s//\1/p;q}' "$log")
  if [[ -n $failure ]]; then verdict=failed
  elif ((code == 0)); then verdict=passed
  elif ((code == 124 || code == 137)); then verdict=hung
  else verdict=broken
  fi
}

classes() { printf -- '-class\n%s\n' "$@"; }

# All tests of delivery: asked when those that a patch names let it live.
everything() {
  case $1 in
    MailIngest.Tests)
      printf -- '-namespace\nMailIngest.Tests.%s\n' DeliveryPromise 'Polling*' Blobs Ledger ;;
    MailIngest.SystemTests)
      printf -- '%s\n' -namespace MailIngest.SystemTests.Faults ;;
  esac
}

# Without any mutant the tests pass, and none is skipped for want of a tool: what fails from now on fails because of a mutant.
declare -A named=()
for mutant in "${mutants[@]}"; do
  read -ra tests <<<"$(said "$mutant" Tests)"
  named[${tests[0]}]+=" ${tests[*]:1}"
done
for project in "${!named[@]}"; do
  build "tests/$project" || { cat "$log" >&2; give_up "$project does not build."; }
  read -ra tests <<<"${named[$project]}"
  mapfile -t selection < <(printf '%s\n' "${tests[@]}" | sort -u | xargs printf -- '-class\n%s\n')
  run "$project" "${selection[@]}"
  [[ $verdict == passed ]] || { cat "$log" >&2; give_up "Without any mutant the tests of $project have $verdict${failure:+: $failure}."; }
  ! grep -E 'is not installed|is neither on PATH|not allowed here' "$log" >&2 || give_up "Some tests of $project were skipped: see above."
done

killed=() survived=()
for mutant in "${mutants[@]}"; do
  read -ra tests <<<"$(said "$mutant" Tests)"
  project=${tests[0]}
  apply
  build src/MailIngest --no-restore || { cat "$log" >&2; give_up "$mutant does not compile any more: it has to follow the code."; }
  cp src/MailIngest/bin/Debug/net10.0/MailIngest{,.Pop3}.dll "tests/$project/bin/Debug/net10.0/"

  mapfile -t selection < <(classes "${tests[@]:1}")
  run "$project" "${selection[@]}"
  if [[ $verdict == passed ]]; then
    mapfile -t selection < <(everything "$project")
    run "$project" "${selection[@]}"
    [[ $verdict == failed ]] && failure+=" (not by the tests that its patch names)"
  fi
  case $verdict in
    failed) killed+=("$mutant"); printf '%s: killed by %s\n' "$mutant" "$failure" ;;
    passed) survived+=("$mutant"); printf '%s: SURVIVED\n' "$mutant" ;;
    *) cat "$log" >&2; give_up "$mutant: the tests have $verdict, which proves nothing." ;;
  esac
  git checkout -q -- .
done

names() { printf '%s\n' "$@" | sed 's/@.*//; /^$/d' | sort -u; }
all=$(names "${mutants[@]}" | wc -l)
alive=$(names "${survived[@]}" | wc -l)
printf '%d of %d mutants killed\n' "$((all - alive))" "$all"
((alive == 0)) || exit 1
