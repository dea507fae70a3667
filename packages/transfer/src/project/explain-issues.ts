/** Words for what zod finds wrong in a project, with the place of each. */
import { nearest } from '@chatlayer-tables/core'
import * as z from 'zod'
import type { ProjectProblem } from './project-error.ts'
import type { ProjectPlace } from './project-types.ts'
import { joinPath, plainOf, type Tree, treeAt } from './yaml-tree.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** @returns what is wrong, in the order of the text; empty for a tree of this form */
export function problemsOf(schema: z.ZodType, tree: Tree): ProjectProblem[] {
  const { error } = schema.safeParse(plainOf(tree))
  return (error?.issues ?? []).flatMap((issue) => explain(issue, [], schema, tree))
}

function explain(issue: Issue, base: Path, schema: z.ZodType, tree: Tree): ProjectProblem[] {
  const path = [...base, ...issue.path]
  const found = treeAt(tree, path)?.value
  const place = placeOf(tree, path)
  const problem = (message: string, hint?: string): ProjectProblem[] => [{ place, message, hint }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, schema, tree))
    case 'invalid_type':
      if (found === undefined) return problem(`"${String(path.at(-1))}" is missing`)
      return problem(
        `must be ${wordOf(issue.expected)}, not ${describe(found)}`,
        quotes(issue, found),
      )
    case 'invalid_value': {
      const values = issue.values.map(String)
      const near =
        scalarText(found) === undefined ? undefined : nearest(scalarText(found) ?? '', values)
      const hint = near === undefined ? undefined : `Did you mean "${near}"?`
      return problem(`must be one of ${values.join(', ')}`, hint)
    }
    case 'too_small':
      return problem(
        issue.origin === 'number' ? `must be at least ${issue.minimum}` : 'must not be empty',
      )
    case 'invalid_key':
      return problem(`${issue.issues[0]?.message ?? 'is not a valid key'}`)
    case 'invalid_union':
      return explainUnion(issue, path, schema, tree)
    default:
      return problem(issue.message)
  }
}

/** What is wrong in the alternative that was meant, by the kind of the value; else all that may be there. */
function explainUnion(
  { errors, message }: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  schema: z.ZodType,
  tree: Tree,
): ProjectProblem[] {
  const isOfKind = (issues: readonly Issue[]): boolean =>
    issues.every((issue) => issue.path.length > 0 || issue.code !== 'invalid_type')
  const meant = errors.find((issues) => isOfKind(issues) && issues.some(isInside))
  if (meant !== undefined) return meant.flatMap((issue) => explain(issue, path, schema, tree))
  const found = treeAt(tree, path)?.value
  if (found === undefined) {
    return [{ place: placeOf(tree, path), message: `"${String(path.at(-1))}" is missing` }]
  }
  if (message !== 'Invalid input') return [{ place: placeOf(tree, path), message }]
  const words = errors.flatMap(([issue]) => (issue === undefined ? [] : [alternative(issue)]))
  const [last, ...others] = [...new Set(words)].reverse()
  const list = others.length === 0 ? last : `${others.reverse().join(', ')} or ${last}`
  return [
    {
      place: placeOf(tree, path),
      message: `must be ${list}, not ${describe(found)}`,
      hint: errors.some(([issue]) => issue !== undefined && quotes(issue, found) !== undefined)
        ? QUOTES
        : undefined,
    },
  ]
}

function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys' || issue.code === 'too_small'
}

function alternative(issue: Issue): string {
  if (issue.code === 'invalid_type') return wordOf(issue.expected)
  if (issue.code === 'invalid_value') return issue.values.join(' or ')
  return issue.message.replace(/^must be /, '')
}

function unknownKey(key: string, path: Path, schema: z.ZodType, tree: Tree): ProjectProblem {
  const known = keysAt(schema, path)
  const near = nearest(key, known)
  return {
    place: treeAt(tree, [...path, key])?.place ?? placeOf(tree, path),
    message: `there is no key "${key}"`,
    hint: near === undefined ? `Keys: ${known.join(', ')}.` : `Did you mean "${near}"?`,
  }
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  record: 'a map',
  object: 'a map',
  array: 'a list',
}

function wordOf(expected: string): string {
  return WORDS[expected] ?? expected
}

/** A text is not repeated: it may come from the environment. */
function describe(tree: Tree): string {
  if (tree.kind !== 'scalar') return tree.kind === 'map' ? 'a map' : 'a list'
  if (tree.value === null) return 'empty'
  if (typeof tree.value === 'string') return 'text'
  return typeof tree.value === 'number' ? `the number ${tree.value}` : String(tree.value)
}

function scalarText(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'scalar' && tree.value !== null ? String(tree.value) : undefined
}

const QUOTES = 'Put it in quotes.'

function quotes(issue: Issue, found: Tree): string | undefined {
  const isText = issue.code === 'invalid_type' && issue.expected === 'string'
  const isOther = found.kind === 'scalar' && found.value !== null
  return isText && isOther ? QUOTES : undefined
}

/** The place of a path, or of the nearest part above it that is there. */
export function placeOf(tree: Tree, path: Path): ProjectPlace {
  for (let length = path.length; length >= 0; length--) {
    const entry = treeAt(tree, path.slice(0, length))
    if (entry === undefined) continue
    if (length === path.length)
      return entry.value.kind === 'scalar' ? entry.value.place : entry.place
    return { ...entry.place, path: joinPath(entry.place.path, String(path[length])) }
  }
  return tree.place
}

/** The keys that a map may have at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  const maps = path.reduce<z.ZodType[]>(
    (schemas, step) => schemas.flatMap((each) => inside(each, String(step))),
    [schema],
  )
  return maps
    .flatMap(alternatives)
    .flatMap((each) => (each instanceof z.ZodObject ? Object.keys(each.shape) : []))
}

function inside(schema: z.ZodType, key: string): z.ZodType[] {
  return alternatives(schema).flatMap((each) => {
    if (each instanceof z.ZodObject) {
      const member: unknown = each.shape[key]
      return member instanceof z.ZodType ? [member] : []
    }
    return each instanceof z.ZodRecord ? [each.valueType as z.ZodType] : []
  })
}

function alternatives(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodOptional) return alternatives(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((each) => alternatives(each as z.ZodType))
  }
  return [schema]
}
