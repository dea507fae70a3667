/** What V8 has compiled at one start is kept for the next: a fifth of the time of a command. */
import { join } from 'node:path'
import { cacheFolder } from '@chatlayer-tables/local/platform-folders'
import { exposedFolder, makeFolder } from '@chatlayer-tables/local/private-folder'

type Surroundings = Pick<NodeJS.Process, 'env' | 'platform' | 'getuid' | 'getBuiltinModule'>

/**
 * In a folder that the user alone can write to: others who could would decide what is run. So nothing
 * is kept, nor looked for, in the home of another user, as under `sudo`, nor in a folder that others
 * have made or can write to. Where it cannot be written, nothing is kept. `NODE_COMPILE_CACHE` and
 * `NODE_DISABLE_COMPILE_CACHE` are heeded.
 */
export function keepCompiled({ env, platform, getuid, getBuiltinModule }: Surroundings): void {
  if (env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE) return
  // Imported they would have to be made into ES modules first, which takes as long as this saves.
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

/** Empty where HOME is not set and the user is not in the system's list. */
function homeIn({ homedir }: typeof import('node:os')): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}
