# Completion of clt for bash. To load it: eval "$(clt completion bash)"
# Written for bash 3.2 too, which macOS brings.
_clt_completion() {
  # bash cuts words at : = and @; what stands together on the line is put together again.
  local rest="${COMP_LINE:0:COMP_POINT}" trimmed piece index last=-1
  local -a words
  words=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    trimmed="${rest#"${rest%%[![:space:]]*}"}"
    piece="${COMP_WORDS[index]}"
    ((index == COMP_CWORD)) && piece="$trimmed"
    if ((last >= 0)) && [[ -n $trimmed && $trimmed == "$rest" ]]; then
      words[last]="${words[last]}$piece"
    else
      last=$((last + 1))
      words[last]="$piece"
    fi
    rest="${trimmed#"$piece"}"
  done

  # The quotes are the shell's, not the program's.
  local current="${words[last]}" quote=""
  for ((index = 1; index < last; index++)); do
    case "${words[index]}" in
      \"*\" | \'*\') words[index]="${words[index]:1:${#words[index]}-2}" ;;
      *) words[index]="${words[index]//\\/}" ;;
    esac
  done
  case "$current" in
    [\"\']*) quote="${current:0:1}" words[last]="${current:1}" ;;
    *) words[last]="${current//\\/}" ;;
  esac

  # What stands before the part that bash completes is not repeated.
  local part="${COMP_WORDS[COMP_CWORD]}" before=""
  [[ $part == *[!:=@]* ]] || part=""
  [[ -z $quote ]] && before="${current%"$part"}"

  local line value files="" goes_on=""
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :* && $line != *$'\t'* ]]; then
      [[ $line == *files* ]] && files=1
      [[ $line == *goes-on* ]] && goes_on=1
      continue
    fi
    value="${line%%$'\t'*}"
    [[ -z $quote ]] && printf -v value '%q' "$value"
    COMPREPLY[${#COMPREPLY[@]}]="${value#"$before"}"
  done < <(clt __complete -- "${words[@]:1}" 2>/dev/null)
  [[ -n $goes_on ]] && compopt -o nospace 2>/dev/null
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do
      COMPREPLY[${#COMPREPLY[@]}]="$line"
    done < <(compgen -f -- "${part#[\"\']}")
  fi
}
complete -F _clt_completion clt chatlayer-tables
