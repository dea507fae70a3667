import type { ChangesParams } from '../../protocol/changes.ts'
import type { ChangeSet, ChangesModel } from './changes-model.ts'
import { messageOf } from './message-of.ts'

const CHUNK = 1000
/** Between two updates of the page while rows arrive. */
const UPDATE_MS = 150

/** Loads all rows of a set, chunk by chunk, unless they are loaded or being loaded. */
export async function loadRows(
  model: ChangesModel,
  params: ChangesParams,
  set: ChangeSet,
): Promise<void> {
  if (set.state === 'loading' || set.state === 'complete') return
  set.state = 'loading'
  model.emit('rows')
  try {
    await loadChunks(model, params, set)
    set.state = 'complete'
  } catch (error) {
    set.state = 'failed'
    set.problem = messageOf(error)
  }
  model.emit('rows')
}

async function loadChunks(
  model: ChangesModel,
  params: ChangesParams,
  set: ChangeSet,
): Promise<void> {
  const index = model.sets.indexOf(set)
  let updated = 0
  while (set.rows.length < set.table.rows) {
    const { rows } = await model.host.request('changeRows', {
      ...params,
      set: index,
      offset: set.rows.length,
      // A file has them all already.
      limit: model.host.kind === 'file' ? set.table.rows : CHUNK,
    })
    model.addRows(set, rows)
    // An empty answer would repeat without end.
    if (rows.length === 0) return
    if (performance.now() - updated < UPDATE_MS) continue
    model.emit('rows')
    updated = performance.now()
  }
}
