/** Caches the code that V8 compiled for the next start, which saves a fifth of the time of a command. */
import { join } from 'node:path'
import { cacheFolder } from '@chatlayer-tables/local/platform-folders'
import { exposedFolder, makeFolder } from '@chatlayer-tables/local/private-folder'

type Process = Pick<NodeJS.Process, 'env' | 'platform' | 'getuid' | 'getBuiltinModule'>

/**
 * Uses a folder that only the user can write to, since its content is executed. The cache is neither
 * read nor written in the home folder of another user, as under `sudo`, nor in a folder that another
 * user owns or can write to. If the folder is not writable, there is no cache. Does nothing if
 * `NODE_COMPILE_CACHE` or `NODE_DISABLE_COMPILE_CACHE` is set.
 */
export function keepCompiled({ env, platform, getuid, getBuiltinModule }: Process): void {
  if (env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE) return
  // Importing these modules takes as long as the cache saves: Node wraps them as ES modules first.
  const home = homeIn(getBuiltinModule('node:os'))
  const { chmodSync, mkdirSync, statSync } = getBuiltinModule('node:fs')
  const owner = statSync(home, { throwIfNoEntry: false })?.uid
  if (getuid !== undefined && owner !== getuid()) return
  const folder = join(cacheFolder({ env, platform, home }), 'compiled')
  const calls = { chmodSync, mkdirSync, statSync, dirname: getBuiltinModule('node:path').dirname }
  try {
    makeFolder(folder, calls)
    if (exposedFolder(folder, getuid?.(), calls) !== undefined) return
  } catch {
    return
  }
  getBuiltinModule('node:module').enableCompileCache(folder)
}

/** Empty if HOME is not set and the system does not know the user. */
function homeIn({ homedir }: typeof import('node:os')): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}
