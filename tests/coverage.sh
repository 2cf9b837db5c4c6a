#!/usr/bin/env bash
# Measures which branches of the delivery path the tests take that run in one process, and prints those that they do not take.
# Ends with exit code 1 when a room is below 95 %, when a branch is left without a reason in coverage-left.txt, or when a test fails.
#
#   tests/coverage.sh             builds, runs, prints
#   tests/coverage.sh --again     prints the last measurement again, against coverage-left.txt as it is now
#
# Needs the .NET SDK and Azurite (tests/run.sh installs it). The build has a configuration and folders of its own: what is measured
# is rewritten on disk while it runs.
#
# Measured by coverlet (coverlet.MTP), and not by Microsoft.Testing.Extensions.CodeCoverage (18.1), because that one counts
# blocks: an "if" without "else" is covered both ways as soon as the line after it is reached, a condition with an "await" in it
# ("if (await x is not { } line)", "await x ?? y") is not counted at all, and the compiler's caches of delegates are. coverlet counts
# edges and leaves out the state machines of async and yield. What it does not see are the conditions of exception filters ("when").
# It counts lambdas only when told not to leave out [CompilerGenerated]: see coverage.json. Generated code is left out there too.
set -euo pipefail
cd "$(dirname "$0")/.."

# Each of these references coverlet.MTP.
projects=(MailIngest.Pop3.Tests MailIngest.Tests)
results=tests/TestResults/coverage

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export PATH=$PWD/tests/.tools/node_modules/.bin:$PATH

say() { printf '== %s\n' "$*"; }

case ${1:-} in
  '') ;;
  --again) exec dotnet run tests/coverage.cs "$results" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac

if ! command -v azurite-blob >/dev/null; then
  say "azurite-blob is not on PATH: tests/run.sh installs it into tests/.tools. Without it the Azure store would count as untested."
  exit 69
fi

rm -rf "$results"
result=0
for project in "${projects[@]}"; do
  say "$project"
  bin=tests/$project/bin/Coverage/net10.0
  dotnet build "tests/$project" --configuration Coverage --verbosity quiet
  cp tests/coverage.json "$bin/$project.testconfig.json"
  dotnet test --project "tests/$project" --no-build --configuration Coverage --no-progress --no-ansi --filter-not-trait Length=Full \
    --coverlet --results-directory "$PWD/$results/$project" || result=$?
done

dotnet run tests/coverage.cs "$results" || result=$?
((result == 0)) || exit 1
