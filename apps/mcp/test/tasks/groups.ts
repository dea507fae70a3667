import { CHANGE } from './change.ts'
import { CLEAN } from './clean.ts'
import { FIND } from './find.ts'
import type { Group } from './task.ts'
import { FILES, PAST, VERSIONS } from './versions.ts'

/** All tasks, in the order in which they run. */
export const GROUPS: readonly Group[] = [FIND, CLEAN, CHANGE, VERSIONS, FILES, PAST]
