/** Where the platform keeps settings of programs. */
import { join } from 'node:path'

interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

const FOLDER = 'chatlayer-tables'

/**
 * The platform's configuration folder for this program: `$XDG_CONFIG_HOME/chatlayer-tables` where
 * that is set, else `~/.config/…` on Linux, `~/Library/Application Support/…` on macOS and
 * `%APPDATA%\…` on Windows.
 */
export function configFolder({ platform, env, home }: Surroundings): string {
  const { XDG_CONFIG_HOME: config, APPDATA: roaming } = env
  if (config) return join(config, FOLDER)
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', FOLDER)
    case 'win32':
      return join(roaming || join(home, 'AppData', 'Roaming'), FOLDER)
    default:
      return join(home, '.config', FOLDER)
  }
}
