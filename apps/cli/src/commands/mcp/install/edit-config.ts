/** Changes one entry in the text of a configuration, and no other character. */
import { isDeepStrictEqual } from 'node:util'
import {
  findNodeAtLocation,
  type Node,
  type ParseError,
  parse as parseJsonc,
  parseTree,
} from 'jsonc-parser'
import { UsageError } from '../../../failures.ts'

export type EntryPath = readonly [member: string, name: string]

/**
 * Returns the text with the entry set, or removed if it is undefined. Keeps comments, order and
 * indentation; an empty text becomes a new object.
 *
 * @throws UsageError if the text, or the parent of the entry, is not a JSON object
 */
export function editConfig(text: string, path: EntryPath, entry: unknown): string {
  const bom = text.startsWith('\ufeff') ? '\ufeff' : ''
  const body = text.slice(bom.length)
  const whole = body.trim() === '' ? '{}\n' : body
  const root = parse(whole, path[0])
  const found = findNodeAtLocation(root, [...path])
  if (entry === undefined) return found === undefined ? text : bom + without(whole, found)
  return bom + (found ? replaced(whole, found, entry) : added(whole, root, path, entry))
}

/** Whether the text has such an entry. */
export function hasEntry(text: string, path: EntryPath): boolean {
  return holds(text.replace(/^\ufeff/, ''), path)
}

function holds(text: string, path: EntryPath): boolean {
  const root = parseTree(text, [], PARSING)
  return root !== undefined && findNodeAtLocation(root, [...path]) !== undefined
}

/** Accepts comments and trailing commas, as editors do. */
const PARSING = { allowTrailingComma: true, disallowComments: false }

function parse(text: string, member: string): Node {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, PARSING)
  if (root === undefined || errors.length > 0 || root.type !== 'object') {
    throw new UsageError('it must be a JSON object', 'Fix the file first; nothing was changed.')
  }
  const servers = findNodeAtLocation(root, [member])
  if (servers !== undefined && servers.type !== 'object') {
    throw new UsageError(
      `its "${member}" must be an object`,
      'Fix the file first; nothing was changed.',
    )
  }
  return root
}

/** Depth of an entry: below the root and the member. */
const ENTRY_DEPTH = 2

function replaced(text: string, { offset, length }: Node, entry: unknown): string {
  if (isDeepStrictEqual(parseJsonc(text.slice(offset, offset + length)), entry)) return text
  return text.slice(0, offset) + written(text, entry, ENTRY_DEPTH) + text.slice(offset + length)
}

/** Inserts the entry first in its object: the text after it, with commas and comments, stays unchanged. */
function added(text: string, root: Node, [member, name]: EntryPath, entry: unknown): string {
  const servers = findNodeAtLocation(root, [member])
  return servers === undefined
    ? insertFirst(text, root, 1, member, { [name]: entry })
    : insertFirst(text, servers, ENTRY_DEPTH, name, entry)
}

/** Removes a property with its comma and the space up to the next property. */
function without(text: string, { parent: property }: Node): string {
  const object = property?.parent
  if (property === undefined || object?.children === undefined) return text
  const end = property.offset + property.length
  const before = object.children[object.children.indexOf(property) - 1]
  const comma = /^\s*,\s*/.exec(text.slice(end))?.[0]
  if (object.children.at(-1) !== property && comma !== undefined) {
    return text.slice(0, property.offset) + text.slice(end + comma.length)
  }
  const start = before === undefined ? object.offset + 1 : before.offset + before.length
  const rest = text.slice(end)
  return text.slice(0, start) + (before === undefined ? rest.replace(/^\s+(?=\})/, '') : rest)
}

function insertFirst(
  text: string,
  { offset, children = [] }: Node,
  depth: number,
  key: string,
  value: unknown,
): string {
  const { indent, eol } = styleOf(text)
  const [before, after] = [text.slice(0, offset + 1), text.slice(offset + 1)]
  const line = `${indent.repeat(depth)}${JSON.stringify(key)}: ${written(text, value, depth)}`
  const comma = children.length > 0 ? ',' : ''
  const close = after.startsWith('}') ? eol + indent.repeat(depth - 1) : ''
  return before + eol + line + comma + close + after
}

/** Formats a value in the style of the text, indented by `depth` levels. */
function written(text: string, value: unknown, depth: number): string {
  const { indent, eol } = styleOf(text)
  return JSON.stringify(value, null, indent)
    .split('\n')
    .join(eol + indent.repeat(depth))
}

/** Detects indentation and line ends of the text. */
function styleOf(text: string): { readonly indent: string; readonly eol: string } {
  const [, indent = '  '] = /\n([ \t]+)\S/.exec(text) ?? []
  return { indent, eol: text.includes('\r\n') ? '\r\n' : '\n' }
}

/**
 * Returns only the changed lines, prefixed with - and +. The lines around them may contain other
 * servers' secrets.
 */
export function changedLines(before: string, after: string): readonly string[] {
  const old = before.split(/\r?\n/)
  const now = after.split(/\r?\n/)
  let first = 0
  while (first < old.length && first < now.length && old[first] === now[first]) first++
  let last = 0
  while (
    last < old.length - first &&
    last < now.length - first &&
    old.at(-1 - last) === now.at(-1 - last)
  ) {
    last++
  }
  const removed = old.slice(first, old.length - last).filter((line) => line !== '')
  const inserted = now.slice(first, now.length - last).filter((line) => line !== '')
  return [...removed.map((line) => `- ${line}`), ...inserted.map((line) => `+ ${line}`)]
}
