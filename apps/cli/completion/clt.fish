# Completion of clt for fish. To load it: clt completion fish | source
# or save it as ~/.config/fish/completions/clt.fish
function __clt_completion
    set -l typed (commandline -opc)
    set -e typed[1]
    # The word as typed, with quotes; the program expects it without.
    set -l raw (commandline -ct)
    set -l last (string replace -ra '[\\\\"\']' '' -- "$raw")
    for line in (clt __complete -- $typed "$last" 2>/dev/null)
        if string match -q -- '*'\t'*' $line
            echo $line
        else if string match -q -- '*files*' $line
            __fish_complete_path "$raw"
        end
    end
end
complete -c clt -f -k -a '(__clt_completion)'
complete -c chatlayer-tables -f -k -a '(__clt_completion)'
