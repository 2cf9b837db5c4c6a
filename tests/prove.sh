#!/usr/bin/env bash
# Proves the promise, never lost and never twice, and prints the figures. docs/proof.md says what each harness covers.
#
#   tests/prove.sh          the share that continuous integration runs: within ten minutes on two cores
#   tests/prove.sh --full   all of it: every point, a million sessions, ten million inputs, the mutants, the coverage: about two hours
#
# Installs what is missing like tests/run.sh. Exit code 1 when anything breaks the promise.
set -euo pipefail
cd "$(dirname "$0")/.."

share=(-trait- Length=Full)
case ${1:-} in
  '') ;;
  --full) share=() ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac

tests/run.sh --install
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
tools=$PWD/tests/.tools
export PATH=$tools/node_modules/.bin:$tools/bin:$PATH:/usr/sbin:/sbin
dotnet build MailIngest.sln --configuration Release --verbosity quiet
if ((${#share[@]} == 0)) && [[ -z ${MAILINGEST_EXECUTABLE:-} ]]; then
  MAILINGEST_EXECUTABLE=$(tests/native.sh)
  export MAILINGEST_EXECUTABLE
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
result=0
table=()

# What a harness says of itself: a line with a figure, without the name of its test.
figures() { sed -nE 's/.*\[OUTPUT\] //; /[0-9] of [0-9]|sessions|violations|executions|killed|delivered|at least|fetched again|uploads/p' "$log" | tail -n "$1"; }

# step NAME FIGURES COMMAND...: runs it, remembers how it ended.
step() {
  local name=$1 lines=$2 begun=$SECONDS verdict=holds
  shift 2
  printf '== %s\n' "$name"
  "$@" >"$log" 2>&1 || { verdict=FAILS; result=1; cat "$log"; }
  local total
  total=$(sed -nE 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 tests, \3 failed, \4 skipped/p' "$log" | tail -n 1)
  table+=("$(printf '%-44s %-6s %5d s  %s' "$name" "$verdict" $((SECONDS - begun)) "$total")")
  while IFS= read -r figure; do
    [[ -z $figure ]] || table+=("    $figure")
  done < <(figures "$lines")
}

run() { local project=$1; shift; "tests/$project/bin/Release/net10.0/$project" -showLiveOutput -noColor "$@"; }

step "the crash table, the attacks, the incidents" 0 run MailIngest.Tests "${share[@]}" \
  -namespace MailIngest.Tests.Auditing -namespace MailIngest.Tests.DeliveryPromise -namespace 'MailIngest.Tests.Polling*' \
  -namespace MailIngest.Tests.Incidents -namespace MailIngest.Tests.Blobs -namespace MailIngest.Tests.Ledger
step "simulation: stories" 12 run MailIngest.Simulation "${share[@]}" -namespace MailIngest.Simulation -namespace 'MailIngest.Simulation.Stories'
step "simulation: every fault, every octet, pairs" 60 run MailIngest.Simulation "${share[@]}" -namespace MailIngest.Simulation.Exhaustion
step "real processes: kill, errno, power, proxy" 40 run MailIngest.SystemTests "${share[@]}" \
  -namespace MailIngest.SystemTests.Faults -namespace MailIngest.SystemTests.Incidents
step "fuzzing" 14 run MailIngest.Fuzz "${share[@]}"
if ((${#share[@]} == 0)); then
  step "mutants" 1 tests/mutants.sh
  step "branch coverage" 1 tests/coverage.sh
fi

printf '\n'
printf '%s\n' "${table[@]}"
exit "$result"
