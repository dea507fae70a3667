/** What V8 has compiled at one start is kept for the next: a fifth of the time of a command. */
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'

/**
 * In a folder of the user's own: whoever can write there decides what is run. Where it cannot be
 * written, nothing is kept. `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE` are heeded.
 */
export function keepCompiled({ env, platform, getBuiltinModule }: NodeJS.Process): void {
  if (env.NODE_COMPILE_CACHE) return
  // Imported they would have to be made into ES modules first, which takes as long as this saves.
  const { homedir } = getBuiltinModule('node:os')
  const { enableCompileCache } = getBuiltinModule('node:module')
  enableCompileCache(join(cacheFolder({ env, platform, home: homedir() }), 'compiled'))
}
