#compdef clt chatlayer-tables
# Completion of clt for zsh. To load it: eval "$(clt completion zsh)"
# or save it as _clt in a folder of $fpath.
_clt() {
  local line value about end="" tab=$'\t'
  local -a values shown typed space
  # The word under the cursor may have an open quote.
  typed=("${(@Q)words[2,CURRENT-1]}" "${(Q)${:-${words[CURRENT]}${compstate[quote]}}}")
  while IFS= read -r line; do
    if [[ $line != *$tab* ]]; then
      end="$line"
      continue
    fi
    value="${line%%$tab*}" about="${line#*$tab}"
    values+=("$value")
    if [[ -n $about ]]; then shown+=("$value  -- $about"); else shown+=("$value"); fi
  done < <(clt __complete -- "${typed[@]}" 2>/dev/null)
  [[ $end == *nospace* ]] && space=(-S '')
  (( ${#values} )) && compadd -l "${space[@]}" -d shown -a values
  [[ $end == *files* ]] && _files
  return 0
}
if [[ "${funcstack[1]-}" == _clt ]]; then
  _clt "$@"
else
  (( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
  compdef _clt clt chatlayer-tables
fi
