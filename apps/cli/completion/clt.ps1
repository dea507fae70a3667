# Completion of clt for PowerShell. To load it, in $PROFILE:
#   clt completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName clt, chatlayer-tables -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $typed = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { if ($_.Value -is [string]) { $_.Value } else { $_.Extent.Text } })
    # After a space, the last word is empty; PowerShell would drop an empty argument.
    if ($wordToComplete -eq '') { $typed += '' }
    $given = $typed | ForEach-Object { if ($_ -eq '' -and $PSVersionTable.PSVersion -lt [version]'7.3') { '""' } else { $_ } }
    clt __complete -- @given 2>$null | Where-Object { $_.Contains("`t") } | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        # PowerShell expands nothing in single quotes; inside, each kind of single quote is doubled.
        $text = if ($value -match '^[A-Za-z0-9_./:=][A-Za-z0-9_./:=+-]*$') { $value }
        else { "'" + ($value -replace "(['\u2018\u2019\u201a\u201b])", '$1$1') + "'" }
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $about)
    }
}
