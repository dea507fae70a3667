# Completion of clt for fish. To load it: clt completion fish | source
# or keep it as ~/.config/fish/completions/clt.fish
function __clt_completion
    set -l typed (commandline -opc) (commandline -ct)
    set -l lines (clt __complete -- $typed[2..-1] 2>/dev/null)
    set -l last (commandline -ct)
    for line in $lines
        if not string match -q -- '*'\t'*' $line
            if string match -q -- '*files*' $line
                __fish_complete_path $last
            end
        else
            echo $line
        end
    end
end
complete -c clt -f -k -a '(__clt_completion)'
complete -c chatlayer-tables -f -k -a '(__clt_completion)'
