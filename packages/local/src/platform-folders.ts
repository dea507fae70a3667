/** The folders that each platform has for the files of a program. */
import { join } from 'node:path'

export interface PlatformInfo {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

const FOLDER = 'chatlayer-tables'

/**
 * The folder for settings: `$XDG_CONFIG_HOME/chatlayer-tables` where that is set, else `~/.config/…` on
 * Linux, `~/Library/Application Support/…` on macOS and `%APPDATA%\…` on Windows.
 */
export function configFolder({ platform, env, home }: PlatformInfo): string {
  if (env.XDG_CONFIG_HOME) return join(env.XDG_CONFIG_HOME, FOLDER)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', FOLDER)
  if (platform !== 'win32') return join(home, '.config', FOLDER)
  return join(env.APPDATA || join(home, 'AppData', 'Roaming'), FOLDER)
}

/**
 * The folder for state that programs need again, neither settings nor data of the user:
 * `$XDG_STATE_HOME/chatlayer-tables` where that is set, else `~/.local/state/…` on Linux,
 * `~/Library/Application Support/…` on macOS and `%LOCALAPPDATA%\…` on Windows.
 */
export function stateFolder({ platform, env, home }: PlatformInfo): string {
  if (env.XDG_STATE_HOME) return join(env.XDG_STATE_HOME, FOLDER)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', FOLDER)
  if (platform !== 'win32') return join(home, '.local', 'state', FOLDER)
  return join(localAppData(env, home), FOLDER)
}

/**
 * The folder for files that programs can make again: `$XDG_CACHE_HOME/chatlayer-tables` where that is
 * set, else `~/.cache/…` on Linux, `~/Library/Caches/…` on macOS and `%LOCALAPPDATA%\…\Cache` on Windows.
 * Never the temporary folder, where other users could have created the folder before.
 */
export function cacheFolder({ platform, env, home }: PlatformInfo): string {
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, FOLDER)
  if (platform === 'darwin') return join(home, 'Library', 'Caches', FOLDER)
  if (platform !== 'win32') return join(home, '.cache', FOLDER)
  return join(localAppData(env, home), FOLDER, 'Cache')
}

function localAppData(env: PlatformInfo['env'], home: string): string {
  return env.LOCALAPPDATA || join(home, 'AppData', 'Local')
}
