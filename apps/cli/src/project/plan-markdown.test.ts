import type { Values } from '@chatlayer-tables/core'
import type { PlannedChange, PlannedSync, ProjectPlan } from '@chatlayer-tables/transfer/project'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planMarkdown } from './plan-markdown.ts'

const CONNECTION = { origin: 'https://x', teamId: 'T', botId: 'B' }
const PLACE = { file: 'chatlayer.yaml', line: 3, column: 5, path: 'syncs' }

function syncOf(text: string, examples: readonly PlannedChange[], name = 'stores'): PlannedSync {
  return {
    name,
    from: text,
    source: { kind: 'file', name: text, format: 'csv', notes: [] },
    to: `${text}@draft`,
    table: { connection: CONNECTION, id: '1', name: text, version: 'DRAFT' },
    after: [],
    key: ['code'],
    columns: ['code', text],
    counts: { inserts: 1, updates: examples.length, deletes: 1, extra: 0, same: 118 },
    recordsBefore: 120,
    recordsAfter: 120,
    limits: [{ limit: 'deletes', written: '10%', allowed: 12, found: 1, exceeded: false }],
    changedColumns: { [text]: 1 },
    examples,
    notes: [`the column "${text}" is new`],
    digests: { source: '', table: '', writes: '' },
  }
}

function planOf(text: string, syncs: readonly PlannedSync[]): ProjectPlan {
  return {
    format: 1,
    createdAt: '2026-11-29T00:00:00Z',
    project: { file: text, overlay: text, digest: '' },
    status: 'blocked',
    syncs,
    schema: [{ table: text, drift: [{ kind: 'extra', column: text, type: text, place: PLACE }] }],
    checks: [{ table: text, sql: text, ok: false, on: 'live', found: text, place: PLACE }],
    blocked: [
      {
        ...({ kind: 'limit', about: text, message: `"${text}" exceeds ${text}` } as const),
        ...{ hint: text, allowance: `${text}:deletes=1` },
      },
    ],
  }
}

function changesOf(text: string): PlannedChange[] {
  const values: Values = { code: text, [text]: text }
  return [
    { change: 'insert', values },
    {
      change: 'update',
      id: text,
      key: { code: text },
      before: { [text]: text },
      after: { [text]: null },
    },
    { change: 'delete', id: text, values },
  ]
}

const OUR_TAGS = /<\/?(?:code|details|summary)>/g
const HOSTILE = [
  ...['@everyone', '#12', 'GH-1', '<!--', '-->', '</details>', '<img src=x onerror=y>', '|', '\\|'],
  ...['`', '```\n', '\n\n# x', '\r', '[x](http://a.b)', 'https://a.b', 'www.a.b', 'a@b.co', '&lt;'],
  ...[
    '*',
    '_',
    '~~',
    '![x](y)',
    '\u202e',
    '\0',
    '$x$',
    ':smile:',
    '::set-output::',
    '- [ ] x',
    '"',
  ],
]
const hostile = fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' })))

describe('planMarkdown', () => {
  it('shows text of tables as nothing but text', () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        const text = parts.join('')
        const page = planMarkdown(planOf(text, [syncOf(text, changesOf(text))]))
        const rest = page.replace(OUR_TAGS, '')
        expect(rest).not.toMatch(/[<>@`\\[\]$~"']|https?:|www\.|::/)
        // Every other sign is part of a character reference.
        expect(rest.replaceAll(/&#\d+;/g, '')).not.toMatch(/[&;]|(?<!#)#(?![ #])/)
        for (const tag of ['code', 'details', 'summary']) {
          expect(page.split(`<${tag}>`).length).toBe(page.split(`</${tag}>`).length)
        }
        const tables = page.match(/^\|.*$/gm) ?? []
        expect(new Set(tables.map((row) => row.split('|').length))).toEqual(new Set([7, 10]))
      }),
    )
  })

  it('fits a comment, whatever there is to show, and says so', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom('x', '@|<'.repeat(50), '𝄞'.repeat(150)),
        (syncs, examples, text) => {
          const changes = Array.from({ length: examples }, () => changesOf(text)).flat()
          const all = Array.from({ length: syncs }, (_, n) => syncOf(text, changes, `sync ${n}`))
          const page = planMarkdown(planOf(text, all))
          expect(page.length).toBeLessThanOrEqual(65_536 - 300)
          expect(page.split('<details>').length).toBe(page.split('</details>').length)
          const isWhole = all.every(({ name }) => page.includes(`<summary><code>${name}</code>`))
          expect(isWhole || page.includes('the rest is omitted')).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('is readable', () => {
    const values = { code: 'GNT', city: 'Ghent', size: 12 }
    const update = {
      ...({ change: 'update', id: '1', key: { code: 'BRG' } } as const),
      ...{ before: { city: 'Brugge', open: null }, after: { city: 'Bruges', open: true } },
    }
    const plan = planOf('stores', [syncOf('stores', [{ change: 'insert', values }, update])])
    expect(planMarkdown(plan)).toMatchInlineSnapshot(`
      "## ⛔ Chatlayer Tables: cannot be applied

      Nothing will be written&#58;​ 1 problem

      <code>stores</code>, overlay <code>stores</code>

      ### Problems

      - <code>stores</code>: <code>stores</code> exceeds stores. stores <code>&#45;&#45;allow stores&#58;deletes&#61;1</code>

      ### Columns that differ from the schema

      - <code>stores</code>: column <code>stores</code> &#40;stores&#41; is not expected

      | sync | from | to | insert | update | delete | unchanged | records after |
      | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
      | <code>stores</code> | <code>stores</code> | <code>stores&#64;draft</code> | 1 | 2 | 1 | 118 | 120 |

      <details><summary><code>stores</code>: 4 changes</summary>

      - limit of deletes&#58;​ 1, allowed 12 &#40;10&#37;&#41;
      - the column <code>stores</code> is new
      - columns that change: <code>stores</code> 1

      | | record | column | before | after |
      | --- | --- | --- | --- | --- |
      | insert | <code>code</code> <code>&#34;GNT&#34;</code> |  |  | <code>city</code> <code>&#34;Ghent&#34;</code> <code>size</code> <code>12</code> |
      | update | <code>code</code> <code>&#34;BRG&#34;</code> | <code>city</code> | <code>&#34;Brugge&#34;</code> | <code>&#34;Bruges&#34;</code> |
      |  |  | <code>open</code> | _null_ | <code>true</code> |

      and 2 more

      </details>

      <details><summary>Checks: 1 failed</summary>

      - ❌ <code>stores</code>: <code>stores</code>: stores

      </details>
      "
    `)
  })
})
