/** The supported shells, and the file of the completion script for each. */
export const SCRIPTS = {
  bash: 'clt.bash',
  zsh: 'clt.zsh',
  fish: 'clt.fish',
  powershell: 'clt.ps1',
} as const

export type Shell = keyof typeof SCRIPTS

export const SHELLS = Object.keys(SCRIPTS) as Shell[]
