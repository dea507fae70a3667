import type { Table } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { lineDiff } from './line-diff.ts'
import { nameTables, typesText } from './types-text.ts'

function table(name: string, columns: [string, string][] = [], description = ''): Table {
  return {
    id: `id of ${name}`,
    botId: 'b',
    name,
    description,
    columns: columns.map(([name, type]) => ({ name, type })),
  }
}

const stores = table(
  'opening hours',
  [
    ['code', 'text'],
    ['Phone number', 'text'],
    ['seats', 'int'],
    ['price', 'numeric'],
    ['open', 'bool'],
    ['since', 'timestamp'],
    ['ref', 'uuid'],
    ['extra', 'jsonb'],
    ['shape', 'polygon'],
  ],
  'When */ shops open',
)

describe('typesText', () => {
  it('writes the schema of each column by its type', () => {
    expect(
      typesText(nameTables([stores]), { zod: true })
        .split('\n')
        .slice(4),
    ).toEqual([
      `import type { JsonValue } from '@chatlayer-tables/core'`,
      `import { z } from 'zod'`,
      '',
      '/** The text of an exact decimal number. */',
      'const numeric = z.stringFormat(',
      "  'numeric',",
      String.raw`  /^(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|NaN|-?Infinity)$/i,`,
      ')',
      '',
      '/** The table "opening hours": When * / shops open */',
      'export const OpeningHours = z.object({',
      '  code: z.string().nullable().default(null),',
      `  'Phone number': z.string().nullable().default(null),`,
      '  seats: z.union([z.int(), z.bigint()]).nullable().default(null), // int: a bigint beyond 2^53',
      '  price: numeric.nullable().default(null), // numeric, exact',
      '  open: z.boolean().nullable().default(null),',
      '  since: z.iso.datetime({ offset: true }).nullable().default(null), // timestamp in UTC',
      '  ref: z.guid().nullable().default(null), // uuid',
      '  extra: z.custom<JsonValue>().nullable().default(null),',
      '  shape: z.custom<JsonValue>().nullable().default(null), // declared as polygon',
      '})',
      'export type OpeningHours = z.output<typeof OpeningHours>',
      '',
    ])
  })

  it('writes only types', () => {
    const text = typesText(nameTables([table('t', [['seats', 'int']])]), { zod: false })
    expect(text).toContain('export type T = {\n  seats: number | bigint | null // int')
    expect(text).not.toContain('import')
  })

  it('does not depend on order, and gives similar table names different type names', () => {
    const tables = ['a b', 'a-b', 'A B', '2024', 'json value', 'über', '客户', '🎉'].map((name) =>
      table(name),
    )
    const names = nameTables(tables).map(({ table, name }) => [table.name, name])
    expect(names).toEqual([
      ['2024', 'Table2024'],
      ['A B', 'AB'],
      ['a b', 'AB2'],
      ['a-b', 'AB3'],
      ['json value', 'JsonValue2'],
      ['über', 'Über'],
      ['客户', 'Table客户'],
      ['🎉', 'Table'],
    ])
    expect(nameTables([...tables.toReversed(), ...tables])).toEqual(nameTables(tables))
  })

  it('escapes names in quotes and comments', () => {
    const odd = table('x */ process.exit() /*\n\u202e', [
      [`'); evil(); ('`, 'text'],
      ['back\\slash\n\u202e', 'text'],
      ['__proto__', 'text'],
      ['ünï_1$', 'text'],
      ['plain', 'odd\n*/ type'],
    ])
    const text = typesText(nameTables([odd]), { zod: true })
    expect(text).toContain(String.raw`  '\'); evil(); (\'': z.string()`)
    expect(text).toContain(String.raw`  'back\\slash\n\u202e': z.string()`)
    expect(text).toContain(`  ['__proto__']: z.string()`)
    expect(text).toContain('  ünï_1$: z.string()')
    expect(text).toContain(String.raw`// declared as odd\n* / type`)
    expect(text).toContain(String.raw`/** The table "x * / process.exit() /*\n\u202e" */`)
    expect(text).not.toContain('\u202e')
  })
})

describe('lineDiff', () => {
  it('is empty for equal texts, even with different line ends', () => {
    expect(lineDiff('a\r\nb\r\n', 'a\nb\n')).toEqual([])
  })

  it('shows removed and added lines', () => {
    expect(lineDiff('a\nb\nc\nd\n', 'a\nc\nx\nd\ne\n')).toEqual(['- b', '+ x', '+ e'])
    expect(lineDiff('', 'a\n')).toEqual(['- ', '+ a'])
    expect(lineDiff('a\nb', 'b\na')).toHaveLength(2)
  })
})
