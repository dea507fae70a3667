import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ToolDefinition } from '../tools/define-tool.ts'
import { insertRecords } from '../tools/insert-records/definition.ts'
import { listTables } from '../tools/list-tables/definition.ts'
import { queryRecords } from '../tools/query-records/definition.ts'
import { querySql } from '../tools/query-sql/definition.ts'
import { TOOLS } from '../tools/registry.ts'
import { updateRecords } from '../tools/update-records/definition.ts'
import { argumentSchema } from '../tools/wire-schema.ts'
import { parseArguments } from './arguments.ts'
import { type ArgumentSchema, readLeniently } from './lenient.ts'

/** A valid value, and one of the spellings in which clients send it. */
interface Spelled {
  readonly valid: unknown
  readonly lenient: unknown
}

type Schema = ArgumentSchema & { enum?: string[] }

const name = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('"id"', '[x', 'true', '1.0'))

/** Values of open objects stay as they are: null, and text that looks like something else. */
const plain = fc.constantFrom(null, '', 'true', '1.0', '{"a":null}', '[1]', '"x"', 5, false)
const record = fc.oneof(
  fc.dictionary(name, plain, { maxKeys: 4 }),
  fc.dictionary(name, fc.json({ maxDepth: 2 }).map(parseJson), { maxKeys: 4 }),
)

/** JSON has no negative zero. */
function parseJson(text: string): unknown {
  return JSON.parse(text.replace(/-0(?![.\d])/g, '0'))
}

function spelling(schema: Schema): fc.Arbitrary<Spelled> {
  switch (schema.type) {
    case 'integer':
      return fc
        .constantFrom(1, 7, 100, 500)
        .chain((valid) => spelled(valid, `${valid}`, `${valid}.0`))
    case 'boolean':
      return fc.boolean().chain((valid) => {
        const text = String(valid)
        return spelled(valid, text, text.toUpperCase(), valid ? 'True' : 'False')
      })
    case 'array':
      return fc.array(spelling(schema.items ?? {}), { minLength: 1, maxLength: 3 }).chain(list)
    case 'object':
      return schema.properties === undefined
        ? record.chain((valid) => spelled(valid, ...encodings(valid)))
        : object(schema)
    default:
      return (schema.enum === undefined ? name : fc.constantFrom(...schema.enum)).chain(spelled)
  }
}

function spelled(valid: unknown, ...others: unknown[]): fc.Arbitrary<Spelled> {
  return fc.constantFrom(valid, ...others).map((lenient) => ({ valid, lenient }))
}

/** JSON text, encoded once or twice. */
function encodings(value: unknown): string[] {
  return [JSON.stringify(value), JSON.stringify(JSON.stringify(value))]
}

function list(items: readonly Spelled[]): fc.Arbitrary<Spelled> {
  const [only] = items
  const valid = items.map((item) => item.valid)
  const lenient = items.map((item) => item.lenient)
  // A name that begins like a list may be a broken list.
  const isUnclear = typeof only?.valid === 'string' && /^\s*[[{]/.test(only.valid)
  const isOne = items.length === 1 && !isUnclear
  return spelled(lenient, ...encodings(lenient), ...(isOne ? [only?.lenient] : [])).map((one) => ({
    valid,
    lenient: one.lenient,
  }))
}

const ABSENT = [undefined, null]

function object({ properties = {}, required = [] }: ArgumentSchema): fc.Arbitrary<Spelled> {
  const members = Object.entries(properties).map(([key, schema]) => {
    const given = spelling(schema)
    const absent = /^(?:cursor|confirm_token)$/.test(key) ? [...ABSENT, ''] : ABSENT
    const left = fc.constantFrom(...absent).map((lenient) => ({ valid: undefined, lenient }))
    return (required.includes(key) ? given : fc.oneof(given, left)).map(
      (one) => [key, one] as const,
    )
  })
  return fc.tuple(...members).chain((all) => {
    const side = (key: keyof Spelled) =>
      Object.fromEntries(
        all.flatMap(([of, one]) => (one[key] === undefined ? [] : [[of, one[key]]])),
      )
    const lenient = side('lenient')
    return spelled(lenient, ...encodings(lenient)).map((one) => ({ ...one, valid: side('valid') }))
  })
}

const added = fc.subarray(['toolCallId', 'sessionId', 'action', 'chatInput', 'random_string'])

describe.each(TOOLS.map((tool) => [tool.name, tool as ToolDefinition] as const))(
  '%s',
  (_name, tool) => {
    it('reads every spelling as the same arguments', () => {
      fc.assert(
        fc.property(object(argumentSchema(tool)), added, ({ valid, lenient }, names) => {
          fc.pre(tool.input.safeParse(valid).success)
          const extra = Object.fromEntries(names.map((one) => [one, 'x']))
          const given = typeof lenient === 'string' ? lenient : { ...(lenient as object), ...extra }
          expect(parseArguments(tool, given)).toEqual(parseArguments(tool, valid))
        }),
        { numRuns: 100 },
      )
    })
  },
)

describe('readLeniently', () => {
  it('keeps nulls that are values', () => {
    const given = { table: 't', records: { a: null, b: { c: null } }, note: null }
    const { records } = parseArguments(insertRecords, given)
    expect(records).toEqual([{ a: null, b: { c: null } }])
    const change = { table: 't', where: '{"a":null}', set: { b: null }, ids: null }
    expect(parseArguments(updateRecords, change)).toMatchObject({
      where: { a: null },
      set: { b: null },
    })
    expect(parseArguments(querySql, { sql: 'x', params: { a: null } }).params).toEqual({ a: null })
    expect(parseArguments(querySql, { sql: 'x', params: '[null]' }).params).toEqual([null])
  })

  it.each([null, undefined, {}, '{}'])('takes %j as no arguments', (args) => {
    expect(parseArguments(listTables, args)).toEqual({ format: 'concise' })
  })

  it.each<[Record<string, unknown>, string]>([
    [{ table: null }, 'table: expected string, received null.'],
    [{ table: 5 }, 'table: expected string, received number.'],
    [{ table: ['t'] }, 'table: expected string, received array.'],
    [{ table: 't', limit: '1.5' }, 'limit: expected number, received string.'],
    [{ table: 't', limit: '' }, 'limit: expected number, received string.'],
    [{ table: 't', select: 5 }, 'select: expected array, received number.'],
    [{ table: 't', select: '["a"' }, 'select: expected array, received string.'],
    [{ table: 't', select: [null] }, 'select[0]: expected string, received null.'],
    [{ table: 't', sort: { column: null } }, 'sort[0].column: expected string, received null.'],
    [{ table: 't', where: [{ a: 1 }] }, 'where: expected an object.'],
    [{ table: 't', where: 'a = 1' }, 'where: expected an object.'],
    [{ table: 't', toolcallid: 'x' }, 'Unknown argument "toolcallid".'],
    [{ table: 't', format: 'Detailed' }, 'format: expected one of'],
  ])('leaves %j to be rejected', (args, message) => {
    expect(() => parseArguments(queryRecords, args)).toThrow(message)
  })

  it.each(['yes', '1', 1, 'on', ''])('takes %j for no flag', (dryRun) => {
    const args = { table: 't', records: [{}], dry_run: dryRun }
    expect(() => parseArguments(insertRecords, args)).toThrow('dry_run')
  })

  it('keeps an argument that has the name of an added one', () => {
    const schema = { properties: { action: { type: 'string' } } }
    expect(readLeniently({ action: 'x', sessionId: 'y' }, schema)).toEqual({ action: 'x' })
  })
})
