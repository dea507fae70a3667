/** A YAML text as a tree whose parts know where they are written. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
} from 'yaml'
import { ProjectError, type ProjectProblem } from './project-error.ts'
import type { ProjectPlace } from './project-types.ts'

export type Tree = TreeMap | TreeList | TreeScalar

export interface TreeMap {
  readonly kind: 'map'
  readonly place: ProjectPlace
  readonly entries: ReadonlyMap<string, TreeEntry>
}

export interface TreeEntry {
  /** Where the key is. */
  readonly place: ProjectPlace
  readonly value: Tree
}

export interface TreeList {
  readonly kind: 'list'
  readonly place: ProjectPlace
  readonly items: readonly Tree[]
}

export interface TreeScalar {
  readonly kind: 'scalar'
  readonly place: ProjectPlace
  readonly value: string | number | boolean | null
  /** How a null is written; empty where nothing is. */
  readonly written?: string | undefined
}

/** Limits of a file that people write; beyond them it is an attack, or another file. */
const MAX_LENGTH = 1024 * 1024
const MAX_NODES = 20_000
const MAX_DEPTH = 32

/**
 * Parses YAML 1.2 (core schema: `no` is text). A key is its text as written, whatever its type.
 *
 * @throws ProjectError for a text that is not one YAML document, with all problems
 */
export function parseYamlTree(text: string, file: string): Tree {
  const lines = new LineCounter()
  const placeAt = (offset: number, path: string): ProjectPlace => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col), path }
  }
  const fail = (message: string, offset = 0, hint?: string): never => {
    throw new ProjectError([{ place: placeAt(offset, ''), message, hint }])
  }
  if (text.length > MAX_LENGTH) fail(`the file is longer than ${MAX_LENGTH} characters`)
  const documents = parseAllDocuments<ParsedNode>(text, {
    ...{ lineCounter: lines, version: '1.2', merge: false, uniqueKeys: false },
    ...{ prettyErrors: false, strict: true, stringKeys: false },
  })
  const [document, second] = 'empty' in documents ? [] : documents
  if (document === undefined) return fail('the file is empty')
  const broken = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    place: placeAt(pos[0], ''),
    message: `this is not valid YAML: ${lowerFirst(message)}`,
  }))
  if (broken.length > 0) throw new ProjectError(broken)
  if (second !== undefined) {
    fail('the file has several YAML documents, but must be one', second.range[0])
  }
  const { yaml } = document.directives
  if (yaml.explicit === true && yaml.version !== '1.2') {
    fail(`the file is in YAML ${yaml.version}, but must be in YAML 1.2`)
  }
  if (document.contents === null || isEmpty(document.contents)) return fail('the file is empty')
  const walk = new Walk(placeAt, (alias) => alias.resolve(document) as ParsedNode | undefined)
  const tree = walk.tree(document.contents, '', 0)
  if (walk.problems.length > 0) throw new ProjectError(walk.problems)
  return tree
}

function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null
}

type AliasNode = Extract<ParsedNode, { source: string; resolve: unknown }>

class Walk {
  readonly problems: ProjectProblem[] = []
  readonly #placeAt: (offset: number, path: string) => ProjectPlace
  readonly #resolve: (alias: AliasNode) => ParsedNode | undefined
  #nodes = 0

  constructor(
    placeAt: (offset: number, path: string) => ProjectPlace,
    resolve: (alias: AliasNode) => ParsedNode | undefined,
  ) {
    this.#placeAt = placeAt
    this.#resolve = resolve
  }

  tree(node: ParsedNode | null, path: string, depth: number, at = 0): Tree {
    const place = this.#placeAt(node?.range[0] ?? at, path)
    const none: TreeScalar = { kind: 'scalar', place, value: null }
    if (node === null) return none
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      // An alias may repeat a part that has aliases itself.
      throw new ProjectError([{ place, message: 'the file is too large or too deeply nested' }])
    }
    if (isAlias(node)) {
      const target = this.#resolve(node as AliasNode)
      if (target !== undefined) return this.tree(target, path, depth + 1)
      return this.#problem(place, `there is no anchor &${(node as AliasNode).source} before this`)
    }
    if (isMap(node)) return this.#map(node, place, path, depth)
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.tree(item as ParsedNode, `${path}[${index}]`, depth + 1),
      )
      return { kind: 'list', place, items }
    }
    const { value } = node as { value: unknown }
    switch (typeof value) {
      case 'string':
      case 'number':
      case 'boolean':
        return { kind: 'scalar', place, value }
      default:
        if (value === null) return { ...none, written: (node as { source?: string }).source }
        return this.#problem(place, 'this type of value has no use here')
    }
  }

  #map(
    node: Extract<ParsedNode, { items: readonly { key: unknown }[] }>,
    place: ProjectPlace,
    path: string,
    depth: number,
  ): TreeMap {
    const entries = new Map<string, TreeEntry>()
    for (const { key, value } of node.items as { key: ParsedNode; value: ParsedNode | null }[]) {
      const name = isScalar(key) ? (key.source ?? String(key.value)) : undefined
      const inside = name === undefined ? path : joinPath(path, name)
      const keyPlace = this.#placeAt(key.range[0], inside)
      if (name === undefined) this.#problem(keyPlace, 'a key must be text')
      else if (entries.has(name)) this.#problem(keyPlace, `the key "${name}" is there twice`)
      else {
        const tree = this.tree(value, inside, depth + 1, key.range[1])
        entries.set(name, { place: keyPlace, value: tree })
      }
    }
    return { kind: 'map', place, entries }
  }

  #problem(place: ProjectPlace, message: string): TreeScalar {
    this.problems.push({ place, message })
    return { kind: 'scalar', place, value: null }
  }
}

/** The path of an entry, such as `syncs.stores.columns."Store code"`. */
export function joinPath(path: string, name: string): string {
  const part = /^[\w@:-]+$/.test(name) ? name : JSON.stringify(name)
  return path === '' ? part : `${path}.${part}`
}

/** The part of a tree at a path of keys and indexes, and where its key is. */
export function treeAt(root: Tree, path: readonly PropertyKey[]): TreeEntry | undefined {
  let found: TreeEntry = { place: root.place, value: root }
  for (const step of path) {
    const { value } = found
    if (value.kind === 'map') {
      const entry = value.entries.get(String(step))
      if (entry === undefined) return undefined
      found = entry
    } else {
      const item = value.kind === 'list' ? value.items[Number(step)] : undefined
      if (item === undefined) return undefined
      found = { place: item.place, value: item }
    }
  }
  return found
}

/** A tree as plain data. */
export function plainOf(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value
  if (tree.kind === 'list') return tree.items.map(plainOf)
  return Object.fromEntries([...tree.entries].map(([name, { value }]) => [name, plainOf(value)]))
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
