# Completion of clt for bash. To load it: eval "$(clt completion bash)"
# Also supports bash 3.2, the version in macOS.
_clt_completion() {
  # The program parses the line and returns quoted names to replace $2: bash inserts them unchanged, and
  # would execute their content.
  local line files="" no_space=""
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == *$'\t'* ]]; then
      COMPREPLY[${#COMPREPLY[@]}]="${line%%$'\t'*}"
    else
      [[ $line == *files* ]] && files=1
      [[ $line == *nospace* ]] && no_space=1
    fi
  done < <(clt __complete --bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
  [[ -n $no_space ]] && compopt -o nospace 2>/dev/null
  # bash itself completes file names, with quotes.
  if [[ -n $files ]] && ! compopt -o default 2>/dev/null; then
    # An older bash has no such option: offer only files that need no quotes.
    while IFS= read -r line; do
      [[ $line =~ ^[A-Za-z0-9_./-]+$ ]] && COMPREPLY[${#COMPREPLY[@]}]="$line"
    done < <(compgen -f -- "$2")
  fi
}
complete -F _clt_completion clt chatlayer-tables
