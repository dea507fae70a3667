import { canonicalValue, type Table, type TableRecord, type Values } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareSides } from './compare.ts'
import type { CompareOptions, Difference, SideInput } from './compare-types.ts'

const TYPES = { code: 'text', part: 'int', size: 'numeric', at: 'timestamp', about: 'jsonb' }

function tableOf(rows: readonly Values[], types: Record<string, string> = TYPES): SideInput {
  const columns = Object.entries(types).map(([name, type]) => ({ name, type }))
  const definition: Table = { id: 'x', botId: 'x', name: 'stores', description: '', columns }
  return {
    kind: 'table',
    table: {
      version: 'DRAFT',
      definition: async () => definition,
      async *records(): AsyncGenerator<TableRecord> {
        for (const [index, values] of rows.entries()) {
          yield { id: `id ${index}`, createdAt: '', updatedAt: '', values }
        }
      },
    },
  }
}

function fileOf(text: string, name: string): SideInput {
  async function* stream() {
    yield Buffer.from(text)
  }
  return { kind: 'file', input: { stream: stream(), name } }
}

async function differences(
  a: SideInput,
  b: SideInput,
  settings: Omit<CompareOptions, 'a' | 'b'> = {},
): Promise<Difference[]> {
  using comparison = await compareSides({ a, b, ...settings })
  return [...comparison.differences()]
}

describe('values are compared by what they mean to their type', () => {
  const row = {
    code: 'A',
    part: 1,
    size: '1.0',
    at: '2024-01-01T00:00:00Z',
    about: { x: 1, y: [2] },
  }

  it.each([
    ['numbers by their value', { size: '1' }],
    ['instants by their time', { at: '2024-01-01T02:00:00+02:00' }],
    ['objects by their keys', { about: { y: [2], x: 1 } }],
  ])('%s', async (_, changed) => {
    expect(await differences(tableOf([row]), tableOf([{ ...row, ...changed }]))).toEqual([])
  })

  it.each([
    ['null and the empty text', 'code', null, ''],
    ['the text null and null', 'code', 'null', null],
    ['text by letter case', 'code', 'a', 'A'],
    ['JSON null inside and no key', 'about', { x: null }, {}],
    ['the order of a list', 'about', [1, 2], [2, 1]],
    ['text and number in JSON', 'about', '1', 1],
    ['NaN and null', 'size', 'NaN', null],
    ['numbers beyond a double', 'size', '9007199254740993.1', '9007199254740993.2'],
    ['an instant by its microsecond', 'at', '2024-01-01T00:00:00.000001Z', '2024-01-01T00:00:00Z'],
  ])('%s differ', async (_, name, one, other) => {
    const found = await differences(
      tableOf([{ ...row, part: 1, [name]: one }]),
      tableOf([{ ...row, part: 1, [name]: other }]),
      { key: ['part'] },
    )
    expect(found).toMatchObject([{ change: 'changed', fields: [name] }])
  })

  it('numbers of any length, and NaN, which equals itself', async () => {
    const huge = `1${'0'.repeat(400)}`
    const rows = [{ size: '1e400' }, { size: 'NaN' }, { size: '-0' }, { size: '1e-400' }]
    const others = [{ size: `${huge}.00` }, { size: 'NaN' }, { size: '0' }, { size: '0.1e-399' }]
    expect(await differences(tableOf(rows), tableOf(others))).toEqual([])
  })

  it('very long texts', async () => {
    const long = 'x'.repeat(3_000_000)
    const found = await differences(
      tableOf([{ code: 'A', about: long }]),
      tableOf([{ code: 'A', about: `${long}y` }]),
      { key: ['code'] },
    )
    expect(found).toMatchObject([{ change: 'changed', fields: ['about'], before: { about: long } }])
  })
})

describe('keys', () => {
  it('may have parts that are null, which meet only null', async () => {
    const a = [
      { code: 'A', part: null, size: '1' },
      { code: null, part: 1, size: '1' },
    ]
    const b = [
      { code: null, part: 1, size: '1.0' },
      { code: 'A', part: null, size: '2' },
      { code: '', part: 1, size: '1' },
    ]
    expect(await differences(tableOf(a), tableOf(b), { key: ['code', 'part'] })).toMatchObject([
      { change: 'changed', a: { id: 'id 0' }, b: { id: 'id 1' }, fields: ['size'] },
      { change: 'added', b: { id: 'id 2' } },
    ])
  })

  it('that several records share are an error that names them, on either side', async () => {
    const twins = [...Array(7).keys()].flatMap((part) => [{ part }, { part }, { part }])
    const whole = [...Array(7).keys()].map((part) => ({ part }))
    const message =
      /^the key \(part\) is not unique in stores@draft: 0 \(3 records\); 1 .*; 4 \(3 records\); and 2 more$/
    const key = ['part']
    await expect(differences(tableOf(twins), tableOf([]), { key })).rejects.toThrow(message)
    await expect(differences(tableOf(whole), tableOf(twins), { key })).rejects.toThrow(message)
    const file = fileOf('part\n1\n2\n1\n', 'a.csv')
    await expect(differences(file, tableOf([], { part: 'int' }), { key })).rejects.toThrow(
      'not unique in a.csv: 1 (lines 2, 4)',
    )
  })
})

describe('duplicate keys that are set aside', () => {
  const setAsideDuplicates = true

  it('are counted and named, and take part in nothing else', async () => {
    const a = tableOf([{ part: 1 }, { part: 2 }, { part: 2 }, { part: 3 }, { part: 4, code: 'x' }])
    const b = tableOf([{ part: 2 }, { part: 1 }, { part: 3 }, { part: 3 }, { part: 4 }])
    using comparison = await compareSides({ a, b, key: ['part'], setAsideDuplicates })
    expect(comparison.counts).toEqual({ a: 5, b: 5, same: 1, added: 0, removed: 0, changed: 1 })
    expect(comparison.duplicates).toEqual({ keys: 2, a: 3, b: 3 })
    expect([...comparison.duplicateKeys()]).toEqual([
      { key: { part: 2 }, a: 2, b: 1 },
      { key: { part: 3 }, a: 1, b: 2 },
    ])
    expect([...comparison.differences()]).toMatchObject([{ change: 'changed', fields: ['code'] }])
    expect(await comparison.changedColumns()).toEqual([['code', 1]])
  })

  it('leave the others as if they were alone', async () => {
    const rows = fc.array(
      fc.record({ part: fc.integer({ min: 0, max: 5 }), code: fc.constantFrom('x', 'y') }),
    )
    const key = ['part']
    await fc.assert(
      fc.asyncProperty(rows, rows, async (one, other) => {
        const isTwice = (part: number) =>
          [one, other].some((side) => side.filter((row) => row.part === part).length > 1)
        const whole = (side: typeof one) => side.filter(({ part }) => !isTwice(part))
        using all = await compareSides({
          ...{ a: tableOf(one), b: tableOf(other), key, setAsideDuplicates },
        })
        using some = await compareSides({ a: tableOf(whole(one)), b: tableOf(whole(other)), key })
        const { a, b } = all.duplicates
        expect({ ...all.counts, a: all.counts.a - a, b: all.counts.b - b }).toEqual(some.counts)
        expect([...all.differences()].length).toBe([...some.differences()].length)
      }),
    )
  })
})

describe('columns in common', () => {
  const inCommon = true
  const key = ['code']

  it('are compared as the type of the second side', async () => {
    const a = tableOf([{ code: 'A', size: '1.0', at: ' ', old: 'x' }], {
      ...{ code: 'text', size: 'text', at: 'text', old: 'text' },
    })
    const b = tableOf([{ code: 'A', size: '1', at: null, new: 'y' }], {
      ...{ code: 'text', at: 'timestamp', size: 'numeric', new: 'text' },
    })
    using comparison = await compareSides({ a, b, key, inCommon })
    expect([...comparison.differences()]).toMatchObject([{ change: 'changed', fields: ['at'] }])
    expect(comparison.others).toEqual({
      onlyInA: ['old'],
      onlyInB: ['new'],
      converted: [
        { name: 'at', from: 'text', to: 'timestamp' },
        { name: 'size', from: 'text', to: 'numeric' },
      ],
    })
  })

  it.each([
    ['text', 'int', '12', 12],
    ['text', 'int', '9007199254740993', 9007199254740993n],
    ['text', 'numeric', '1,5', '1,5'],
    ['text', 'bool', 'true', true],
    ['int', 'text', 5, '5'],
    ['bool', 'text', true, 'true'],
    ['jsonb', 'text', { a: [1] }, '{"a":[1]}'],
    ['text', 'jsonb', '{"a":1}', '{"a":1}'],
    ['text', 'int', '', ''],
    ['text', 'uuid', 'x', 'x'],
    ['numeric', 'text', null, null],
  ])('%s as %s (%#)', async (from, to, value, expected) => {
    const a = tableOf([{ code: 'A', cell: value }], { code: 'text', cell: from })
    const b = tableOf([], { code: 'text', cell: to })
    const [difference] = await differences(a, b, { key, inCommon })
    expect(difference).toMatchObject({ change: 'removed', values: { cell: expected } })
  })
})

describe('columns', () => {
  const one = tableOf([{ code: 'A', part: 1 }], { code: 'text', part: 'int', old: 'text' })
  const other = tableOf([{ code: 'A', part: '2' }], {
    code: 'varchar',
    part: 'numeric',
    new: 'text',
  })

  it('that differ are named, unless left out', async () => {
    await expect(differences(one, other)).rejects.toThrow(
      'the columns differ: only in stores@draft: "old"; only in stores@draft: "new"; "part" is int in stores@draft and numeric',
    )
    expect(await differences(one, other, { columns: ['code'] })).toEqual([])
    expect(await differences(one, other, { ignore: ['part', 'old', 'new'] })).toEqual([])
  })

  it('that no side has are reported, with the nearest', async () => {
    const hinted = (hint: string) => ({ hint: expect.stringContaining(hint) })
    const all = { ignore: ['part', 'old', 'new'] }
    await expect(differences(one, other, { ...all, key: ['cod'] })).rejects.toMatchObject(
      hinted('"code"'),
    )
    await expect(differences(one, other, { ignore: ['olld'] })).rejects.toMatchObject(hinted('old'))
    await expect(differences(one, other, { columns: ['old'] })).rejects.toThrow('no column "old"')
    await expect(differences(one, other, { ...all, key: ['part'] })).rejects.toThrow('in the key')
  })

  it('of a file are matched as an import matches them, and typed by the table', async () => {
    const file = fileOf('Code;Size;AT;note\nA;1,50;2024-01-01T00:00Z;x\n', 'a.csv')
    const reading = { decimal: ',' as const, map: { AT: 'at' } }
    const table = tableOf([{ code: 'A', size: '1.5', at: '2024-01-01T00:00:00.000Z' }])
    const side = { ...file, reading } as SideInput
    const ignore = ['note', 'part', 'about']
    expect(await differences(side, table, { ignore, key: ['code'] })).toEqual([])
  })

  it('of a file that cannot be read are named by line', async () => {
    const rows = ['part', '1', 'x', '2', 'y', ''].join('\n')
    const table = tableOf([], { part: 'int' })
    await expect(differences(fileOf(rows, 'a.csv'), table)).rejects.toThrow(
      /2 rows of a.csv cannot be compared: line 3: .*; line 5: /,
    )
  })
})

describe('two files', () => {
  it('are compared as text, null and "" apart', async () => {
    const a = fileOf('code,size\nA,1\nB,1.0\nC,\nD,""\n', 'a.csv')
    const b = fileOf(
      '[{"code":"A","size":1},{"code":"B","size":"1"},{"code":"C"},{"code":"D","size":""}]',
      'b.json',
    )
    expect(await differences(a, b, { key: ['code'] })).toMatchObject([
      { change: 'changed', before: { size: '1.0' }, after: { size: '1' } },
    ])
  })

  it('of JSON are compared as JSON', async () => {
    const a = fileOf('{"code":"A","size":1,"about":{"x":1,"y":2}}\n', 'a.ndjson')
    const b = fileOf('[{"code":"A","size":"1","about":{"y":2,"x":1}}]', 'b.json')
    expect(await differences(a, b, { key: ['code'] })).toMatchObject([
      { change: 'changed', fields: ['size'], before: { size: 1 }, after: { size: '1' } },
    ])
  })

  it('may have columns under other names, in another order', async () => {
    const a = fileOf('code,phone number,x\nA,1,2\n', 'a.csv')
    const b = fileOf('Phone_Number\tCODE\ty\n1\tA\t3\n', 'b.tsv')
    expect(await differences(a, b, { columns: ['code', 'phone number'] })).toEqual([])
    const again = [fileOf('code,x\nA,2\n', 'a.csv'), fileOf('code,y\nA,3\n', 'b.csv')] as const
    await expect(differences(...again)).rejects.toThrow('"y"')
    const ignored = [fileOf('code,x\nA,2\n', 'a.csv'), fileOf('code,y\nA,3\n', 'b.csv')] as const
    expect(await differences(...ignored, { ignore: ['x', 'y'] })).toEqual([])
  })
})

describe('the differ agrees with a naive one', () => {
  const value = {
    code: fc.constantFrom('A', 'B', 'C', '', null),
    part: fc.constantFrom(1, 2, null),
    size: fc.constantFrom('1', '1.0', '2', 'NaN', null),
    about: fc.constantFrom<Values[string]>({ x: 1, y: 2 }, { y: 2, x: 1 }, [], null),
  }
  const types = { code: 'text', part: 'int', size: 'numeric', about: 'jsonb' }
  const shape: Table = {
    ...{ id: '', botId: '', name: '', description: '' },
    columns: Object.entries(types).map(([name, type]) => ({ name, type })),
  }
  const rows = fc.array(fc.record(value), { maxLength: 12 })
  const textOf = (row: Values, names: readonly string[]) =>
    JSON.stringify(names.map((name) => canonicalValue(row[name], name, shape)))
  const names = Object.keys(types)

  it('by whole content, equal twins counted', async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (a, b) => {
        const left = b.map((row) => textOf(row, names))
        const removed: string[] = []
        for (const row of a.map((each) => textOf(each, names))) {
          const at = left.indexOf(row)
          if (at === -1) removed.push(row)
          else left.splice(at, 1)
        }
        const found = await differences(tableOf(a, types), tableOf(b, types))
        const valuesOf = (change: string) =>
          found.flatMap((each) =>
            each.change === change && 'values' in each ? [textOf(each.values, names)] : [],
          )
        expect(valuesOf('removed').toSorted()).toEqual(removed.toSorted())
        expect(valuesOf('added').toSorted()).toEqual(left.toSorted())
        expect(found.length).toBe(removed.length + left.length)
      }),
    )
  })

  it('by key', async () => {
    const key = ['code', 'part']
    const unique = fc.uniqueArray(fc.record(value), {
      selector: (row) => textOf(row, key),
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(unique, unique, async (a, b) => {
        const inB = new Map(b.map((row) => [textOf(row, key), row]))
        const inA = new Set(a.map((row) => textOf(row, key)))
        const expected = [
          ...a.flatMap((row) => {
            const other = inB.get(textOf(row, key))
            if (other === undefined) return [`removed ${textOf(row, names)}`]
            const fields = names.filter((name) => textOf(row, [name]) !== textOf(other, [name]))
            return fields.length === 0 ? [] : [`changed ${textOf(row, key)} ${fields}`]
          }),
          ...b.flatMap((row) => (inA.has(textOf(row, key)) ? [] : [`added ${textOf(row, names)}`])),
        ]
        const found = await differences(tableOf(a, types), tableOf(b, types), { key })
        const reported = found.map((each) =>
          each.change === 'changed'
            ? `changed ${textOf(each.before, key)} ${each.fields}`
            : `${each.change} ${textOf(each.values, names)}`,
        )
        expect(reported).toEqual(expected)
      }),
    )
  })

  it('and its counts add up', async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (a, b) => {
        using comparison = await compareSides({ a: tableOf(a, types), b: tableOf(b, types) })
        const { counts } = comparison
        expect(counts.a).toBe(a.length)
        expect(counts.b).toBe(b.length)
        expect(counts.same + counts.removed).toBe(a.length)
        expect(counts.same + counts.added).toBe(b.length)
        expect([...comparison.differences()].length).toBe(counts.added + counts.removed)
      }),
      { numRuns: 30 },
    )
  })
})
