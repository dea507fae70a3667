# Completion of clt for bash. To load it: eval "$(clt completion bash)"
# Written for bash 3.2 too, which macOS brings.
_clt_completion() {
  # The program reads the line, and quotes names such that they can replace $2: bash would take them as
  # they are, and run what is in them.
  local line files="" goes_on=""
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == *$'\t'* ]]; then
      COMPREPLY[${#COMPREPLY[@]}]="${line%%$'\t'*}"
    else
      [[ $line == *files* ]] && files=1
      [[ $line == *goes-on* ]] && goes_on=1
    fi
  done < <(clt __complete --bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
  [[ -n $goes_on ]] && compopt -o nospace 2>/dev/null
  # bash itself completes names of files, and knows how they are quoted.
  if [[ -n $files ]] && ! compopt -o default 2>/dev/null; then
    # An older bash has no such option: of the files, offer those that need no quotes.
    while IFS= read -r line; do
      [[ $line =~ ^[A-Za-z0-9_./-]+$ ]] && COMPREPLY[${#COMPREPLY[@]}]="$line"
    done < <(compgen -f -- "$2")
  fi
}
complete -F _clt_completion clt chatlayer-tables
