#!/usr/bin/env bash
# Plans or applies chatlayer.yaml: a step of action.yml. Its inputs are the variables CLT_*; all of them are
# passed on as arguments, never as code. Secrets are in the environment, where clt reads them.
set -euo pipefail

# Exit codes of clt.
readonly CHANGES=10

fail() {
  # A line break would begin another workflow command.
  printf '::error title=Chatlayer Tables::%s\n' "$(printf '%s' "$1" | tr '\r\n' '  ')"
  exit 2
}

output() {
  case "$2" in *$'\n'* | *$'\r'*) fail "the value of $1 contains a line break" ;; esac
  printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/null}"
}

# plan or apply.
choose_mode() {
  case "${CLT_MODE:-auto}" in
    plan | apply) printf '%s' "$CLT_MODE" ;;
    auto)
      if [ "${GITHUB_EVENT_NAME:-}" = schedule ]; then
        printf apply
      elif [ "${GITHUB_EVENT_NAME:-}" = push ] || [ "${GITHUB_EVENT_NAME:-}" = workflow_dispatch ]; then
        if [ "${GITHUB_REF:-}" = "refs/heads/${CLT_DEFAULT_BRANCH:-main}" ]; then
          printf apply
        else
          printf plan
        fi
      else
        printf plan
      fi
      ;;
    *) fail 'the input "mode" must be auto, plan or apply' ;;
  esac
}

# Sets the array `clt`: the command of CLT_COMMAND, or the package from npm.
find_clt() {
  if [ -n "${CLT_COMMAND:-}" ]; then
    clt=("$CLT_COMMAND")
    return
  fi
  case "${CLT_VERSION:-latest}" in
    '' | *[!0-9A-Za-z.+-]*) fail 'the input "version" must be a version such as 1.2.3, or latest' ;;
  esac
  npm install --global --no-audit --no-fund --loglevel=error \
    --prefix "$work/clt" "@chatlayer-tables/cli@${CLT_VERSION:-latest}"
  clt=("$work/clt/bin/clt")
}

# With pull_request_target, a fork's file would be planned with the secrets of this repository.
if [ "${GITHUB_EVENT_NAME:-}" = pull_request_target ]; then
  fail 'pull_request_target is not supported: use pull_request'
fi

# The runner reads commands in the output of a step. What clt prints is data of tables.
stop="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
without_commands() {
  printf '::stop-commands::%s\n' "$stop"
  local ended=0
  "$@" || ended=$?
  printf '::%s::\n' "$stop"
  return "$ended"
}

mode="$(choose_mode)" || { printf '%s\n' "$mode"; exit 2; }
output mode "$mode"
work="$(mktemp -d "${RUNNER_TEMP:-/tmp}/chatlayer-tables.XXXXXX")"
find_clt

arguments=("--file=${CLT_FILE:-chatlayer.yaml}")
if [ -n "${CLT_OVERLAY:-}" ]; then arguments+=("--overlay=$CLT_OVERLAY"); fi
if [ -n "${CLT_ONLY:-}" ]; then arguments+=("--only=$CLT_ONLY"); fi

markdown="$work/plan.md"
plan="$work/plan.json"
code=0
"${clt[@]}" plan "${arguments[@]}" --markdown "--out=$plan" >"$markdown" || code=$?
if [ -s "$markdown" ]; then
  without_commands cat "$markdown"
  cat "$markdown" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
  output markdown "$markdown"
fi
if [ -s "$plan" ]; then output plan "$plan"; fi
if [ "$code" = "$CHANGES" ]; then output changes true; else output changes false; fi

if [ "$code" = "$CHANGES" ]; then
  code=0
  if [ "$mode" = apply ]; then
    without_commands "${clt[@]}" apply "${arguments[@]}" "--plan=$plan" --yes || code=$?
  fi
fi
output exit-code "$code"
exit "$code"
