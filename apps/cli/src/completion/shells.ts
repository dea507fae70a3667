/** The shells that are completed in, and the file of each one's script. */
export const SCRIPTS = {
  bash: 'clt.bash',
  zsh: 'clt.zsh',
  fish: 'clt.fish',
  powershell: 'clt.ps1',
} as const

export type Shell = keyof typeof SCRIPTS

export const SHELLS = Object.keys(SCRIPTS) as Shell[]
