/** The tree of a project: overlays merged, references to the environment replaced. */
import { createHash } from 'node:crypto'
import { nearest } from '@chatlayer-tables/core'
import { expandReferences } from './environment.ts'
import { mergeOverlay } from './merge-overlay.ts'
import { ProjectError, type ProjectProblem } from './project-error.ts'
import { SECTIONS } from './project-schema.ts'
import type { ParseOptions } from './project-types.ts'
import { joinPath, parseYamlTree, type Tree, type TreeMap } from './yaml-tree.ts'

/**
 * Parses the text and merges the overlay.
 *
 * @throws ProjectError
 */
export function readTree(text: string, options: ParseOptions): TreeMap {
  const { overlay } = options
  const { overlays, rest } = split(mapIn(parseYamlTree(text, options.file)))
  if (overlay === undefined) return rest
  const inside = overlays?.entries.get(overlay)
  const path = overlayFile(options.file, overlay)
  const beside = options.read?.(path)
  if (inside === undefined && beside === undefined) {
    const near = nearest(overlay, [...(overlays?.entries.keys() ?? [])])
    const message = `there is no overlay "${overlay}", neither in overlays nor as ${path}`
    const hint = near === undefined ? undefined : `Did you mean "${near}"?`
    throw new ProjectError([{ place: overlays?.place ?? rest.place, message, hint }])
  }
  let merged: Tree = rest
  if (inside !== undefined) merged = mergeOverlay(merged, mapIn(inside.value))
  if (beside !== undefined) {
    const { overlays: own, rest: over } = split(mapIn(parseYamlTree(beside, path)))
    if (own !== undefined) {
      throw new ProjectError([
        { place: own.place, message: 'an overlay has no overlays of its own' },
      ])
    }
    merged = mergeOverlay(merged, over)
  }
  return mapIn(merged)
}

/** `chatlayer.yaml` with the overlay `staging` has `chatlayer.staging.yaml` next to it. */
function overlayFile(file: string, overlay: string): string {
  const name = file.replace(/^.*[/\\]/, '')
  const [, start = name, ending = ''] = /^(.*?)(\.ya?ml)$/i.exec(name) ?? []
  return `${start}.${overlay}${ending}`
}

function mapIn(tree: Tree): TreeMap {
  if (tree.kind === 'map') return tree
  throw new ProjectError([
    { place: tree.place, message: 'must be a map with keys such as syncs, schema and checks' },
  ])
}

function split(tree: TreeMap): { overlays: TreeMap | undefined; rest: TreeMap } {
  const entries = new Map(tree.entries)
  const overlays = entries.get('overlays')?.value
  entries.delete('overlays')
  const isEmpty = overlays === undefined || (overlays.kind === 'scalar' && overlays.value === null)
  return { overlays: isEmpty ? undefined : mapIn(overlays), rest: { ...tree, entries } }
}

/** A project whose references are replaced. */
export interface ExpandedTree {
  readonly tree: TreeMap
  readonly problems: readonly ProjectProblem[]
}

/**
 * Replaces references to the environment in all texts but those that may be secrets: headers and
 * parameters of an API and all of `on_failure` keep them, to be replaced when they are used. Empty
 * sections are left out; other empty values are problems.
 */
export function expandTree(
  tree: TreeMap,
  { env, keepMissing = false }: Pick<ParseOptions, 'env' | 'keepMissing'>,
): ExpandedTree {
  const problems: ProjectProblem[] = []
  const expand = (part: Tree, path: readonly string[]): Tree => {
    if (part.kind === 'list')
      return { ...part, items: part.items.map((item) => expand(item, path)) }
    if (part.kind === 'map') {
      const kept = [...part.entries].filter(([name, { value }]) => {
        const isEmpty = value.kind === 'scalar' && value.value === null
        if (!isEmpty || isColumn([...path, name]) || isNullText([...path, name], value)) return true
        const isSection = path.length === 0 && SECTIONS.includes(name)
        if (!isSection) {
          problems.push({ place: value.place, message: `"${name}" has no value`, hint: NO_VALUE })
        }
        return false
      })
      const entries = kept.map(
        ([name, { place, value }]) =>
          [name, { place, value: expand(value, [...path, name]) }] as const,
      )
      return { ...part, entries: new Map(entries) }
    }
    if (part.value === null && isNullText(path, part)) return { ...part, value: part.written ?? '' }
    if (typeof part.value !== 'string') return part
    const { text, missing, invalid } = expandReferences(part.value, env)
    // A shell replaces what is in a command.
    if (isCommand(path)) return part
    for (const name of keepMissing ? [] : missing) {
      problems.push({
        place: part.place,
        message: `the environment has no variable ${name}`,
        hint: `Set it, or write a default: \${${name}:-default}. The text \${${name}} itself is $\${${name}}.`,
      })
    }
    for (const _ of invalid) {
      problems.push({
        place: part.place,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how a reference is written
        message: 'a reference to the environment must be ${NAME} or ${NAME:-default}',
        hint: 'Write $${ for the text ${ itself.',
      })
    }
    const isOpen = missing.length > 0 || keepsReferences(path)
    return isOpen ? part : { ...part, value: text }
  }
  const expanded = expand(tree, []) as TreeMap
  return { tree: expanded, problems }
}

const NO_VALUE = 'Give it a value, or remove the line.'

function isColumn(path: readonly string[]): boolean {
  return path.length === 4 && path[0] === 'syncs' && path[2] === 'columns'
}

/** `null: NULL` names the text NULL, which is a null of YAML. */
function isNullText(path: readonly string[], value: Tree): boolean {
  const isSetting = path[0] === 'syncs' && path[2] === 'from' && path[3] === 'null'
  return isSetting && value.kind === 'scalar' && (value.written ?? '') !== ''
}

function keepsReferences(path: readonly string[]): boolean {
  return (
    path[0] === 'on_failure' ||
    (path[2] === 'from' && /^(?:headers|parameters)$/.test(path[3] ?? ''))
  )
}

function isCommand([section, key]: readonly string[]): boolean {
  return section === 'on_failure' && (key === undefined || key === 'command')
}

/** A hash of what a project says, with its references as they are written. */
export function digestOf(tree: TreeMap): string {
  const entries = new Map(tree.entries)
  // These change nothing of a plan.
  for (const name of ['on_failure', 'state', 'schedule', 'timezone']) entries.delete(name)
  return createHash('sha256')
    .update(JSON.stringify(sorted({ ...tree, entries })))
    .digest('hex')
}

function sorted(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value
  if (tree.kind === 'list') return tree.items.map(sorted)
  return [...tree.entries]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { value }]) => [name, sorted(value)])
}

/** Puts a schema that is in a file of its own in its place. @throws ProjectError */
export function includeSchema(tree: TreeMap, { read, env }: ParseOptions): TreeMap {
  const entry = tree.entries.get('schema')
  if (entry?.value.kind !== 'scalar' || typeof entry.value.value !== 'string') return tree
  const path = expandReferences(entry.value.value, env).text
  const text = read?.(path)
  if (text === undefined) {
    const message = 'this file of expected columns is not there'
    throw new ProjectError([{ place: entry.value.place, message }])
  }
  const schema = withPath(parseYamlTree(text, path), 'schema')
  return { ...tree, entries: new Map(tree.entries).set('schema', { ...entry, value: schema }) }
}

/** A tree whose paths begin with a key. */
function withPath(tree: Tree, key: string): Tree {
  const place = { ...tree.place, path: inside(key, tree.place.path) }
  if (tree.kind === 'scalar') return { ...tree, place }
  if (tree.kind === 'list')
    return { ...tree, place, items: tree.items.map((item) => withPath(item, key)) }
  const entries = [...tree.entries].map(
    ([name, { place: at, value }]) =>
      [
        name,
        { place: { ...at, path: inside(key, at.path) }, value: withPath(value, key) },
      ] as const,
  )
  return { ...tree, place, entries: new Map(entries) }
}

function inside(key: string, path: string): string {
  return path === '' ? key : `${joinPath('', key)}.${path}`
}
