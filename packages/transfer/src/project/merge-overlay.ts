/** An overlay over a project. */
import type { Tree, TreeEntry } from './yaml-tree.ts'

/**
 * Maps are merged, entry by entry. Everything else takes the place of what it covers, lists as a whole.
 * An empty value (null) removes the entry; in `columns` of a sync it is a value.
 *
 * @param path of both, as keys
 */
export function mergeOverlay(base: Tree, over: Tree, path: readonly string[] = []): Tree {
  if (base.kind !== 'map' || over.kind !== 'map') return over
  const entries = new Map<string, TreeEntry>(base.entries)
  for (const [name, entry] of over.entries) {
    const inside = [...path, name]
    const before = base.entries.get(name)
    if (isRemoval(entry.value, inside)) entries.delete(name)
    else if (before === undefined) entries.set(name, withoutRemovals(entry, inside))
    else entries.set(name, { ...entry, value: mergeOverlay(before.value, entry.value, inside) })
  }
  return { ...base, entries }
}

function isRemoval(value: Tree, path: readonly string[]): boolean {
  const isColumn = path.length === 4 && path[0] === 'syncs' && path[2] === 'columns'
  return value.kind === 'scalar' && value.value === null && !isColumn
}

/** An entry that is in the overlay alone: what it removes is not there. */
function withoutRemovals(entry: TreeEntry, path: readonly string[]): TreeEntry {
  const { value } = entry
  if (value.kind !== 'map') return entry
  const none: Tree = { ...value, entries: new Map() }
  return { ...entry, value: mergeOverlay(none, value, path) }
}
