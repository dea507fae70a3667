/** Where the platform keeps what programs can make anew. */
import { join } from 'node:path'

interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

const FOLDER = 'chatlayer-tables'

/**
 * The platform's cache folder for this program: `$XDG_CACHE_HOME/chatlayer-tables` where that is set,
 * else `~/.cache/…` on Linux, `~/Library/Caches/…` on macOS and `%LOCALAPPDATA%\…\Cache` on Windows.
 * Never the temporary folder, in which others could have put something before us.
 */
export function cacheFolder({ platform, env, home }: Surroundings): string {
  const { XDG_CACHE_HOME: cache, LOCALAPPDATA: local } = env
  if (cache) return join(cache, FOLDER)
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Caches', FOLDER)
    case 'win32':
      return join(local || join(home, 'AppData', 'Local'), FOLDER, 'Cache')
    default:
      return join(home, '.cache', FOLDER)
  }
}
