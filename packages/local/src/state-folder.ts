/** The folder for state that programs need again later: neither settings nor data of the user. */
import { join } from 'node:path'

export interface PlatformInfo {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

const FOLDER = 'chatlayer-tables'

/**
 * The platform's state folder for this program: `$XDG_STATE_HOME/chatlayer-tables` where that is
 * set, else `~/.local/state/…` on Linux, `~/Library/Application Support/…` on macOS and
 * `%LOCALAPPDATA%\…` on Windows.
 */
export function stateFolder({ platform, env, home }: PlatformInfo): string {
  const { XDG_STATE_HOME: state, LOCALAPPDATA: local } = env
  if (state) return join(state, FOLDER)
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', FOLDER)
    case 'win32':
      return join(local || join(home, 'AppData', 'Local'), FOLDER)
    default:
      return join(home, '.local', 'state', FOLDER)
  }
}
