import { PassThrough, Writable } from 'node:stream'
import type { Values } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { Collector } from '../../test/reading.ts'
import type { FormatName } from '../formats/format-facts.ts'
import { createSink, type SinkColumn, type SinkOptions } from './sink.ts'

const COLUMNS: readonly SinkColumn[] = [
  { name: 'code', type: 'text' },
  { name: 'price', type: 'numeric' },
  { name: 'count', type: 'int' },
  { name: 'open', type: 'bool' },
  { name: 'since', type: 'timestamp' },
  { name: 'more', type: 'jsonb' },
  { name: 'shape', type: undefined },
]

const RECORDS: readonly Values[] = [
  {
    code: '007',
    price: '12.50',
    count: 9007199254740993n,
    open: true,
    since: new Date('2024-01-31T09:30:00Z'),
    more: { a: ['x,y'] },
    shape: 'POINT (1 2)',
  },
  { code: '', price: null, count: '7', more: 'text' },
]

async function write(
  format: FormatName,
  records: readonly Values[] = RECORDS,
  {
    columns = COLUMNS,
    ...options
  }: SinkOptions & { readonly columns?: readonly SinkColumn[] } = {},
) {
  const out = new Collector()
  const sink = createSink(format, columns, out, options)
  await sink.write(records)
  await sink.end()
  return { text: out.bytes.toString(), guarded: sink.guarded }
}

describe('createSink', () => {
  it('writes CSV with null and the empty text apart', async () => {
    const { text } = await write('csv')
    expect(text).toBe(
      'code,price,count,open,since,more,shape\n' +
        '007,12.50,9007199254740993,true,2024-01-31T09:30:00.000Z,"{""a"":[""x,y""]}",POINT (1 2)\n' +
        '"",,7,,,"""text""",\n',
    )
  })

  it('writes TSV, where a comma needs no quotes', async () => {
    const columns: SinkColumn[] = [
      { name: 'a', type: 'text' },
      { name: 'b', type: 'text' },
    ]
    const { text } = await write('tsv', [{ a: 'x,y', b: '1\t2' }], { columns })
    expect(text).toBe('a\tb\nx,y\t"1\t2"\n')
  })

  it('writes NDJSON with every column, integers as numbers and decimals as text', async () => {
    const { text } = await write('ndjson')
    expect(text).toBe(
      '{"code":"007","price":"12.50","count":9007199254740993,"open":true,"since":"2024-01-31T09:30:00.000Z","more":{"a":["x,y"]},"shape":"POINT (1 2)"}\n' +
        '{"code":"","price":null,"count":7,"open":null,"since":null,"more":"text","shape":null}\n',
    )
  })

  it('writes a JSON list, one record a line', async () => {
    const columns: SinkColumn[] = [{ name: 'a', type: 'int' }]
    expect((await write('json', [{ a: 1 }, { a: 2 }], { columns })).text).toBe(
      '[\n{"a":1},\n{"a":2}\n]\n',
    )
    expect((await write('json', [], { columns })).text).toBe('[]\n')
  })

  it('quotes names from which a reader would detect another format', async () => {
    const names = ['sep=;', ' [1]', '{a', 'a;b', '\ufeffa', '', 'plain']
    const columns = names.map((name): SinkColumn => ({ name, type: 'text' }))
    expect((await write('csv', [], { columns })).text).toBe(
      '"sep=;"," [1]","{a","a;b","\ufeffa","",plain\n',
    )
  })

  describe('safeFormulas', () => {
    const columns: SinkColumn[] = [
      { name: 'note', type: 'text' },
      { name: 'amount', type: 'numeric' },
    ]
    const records = ['=1+1', '+32', '-5', '@x', '\tx', '\rx', 'x=1', "'=1"].map((note) => ({
      note,
      amount: '-5',
    }))

    it.each(['csv', 'tsv'] as const)(
      'guards text in %s, leaves numbers, and counts',
      async (format) => {
        const { text, guarded } = await write(format, records, { columns, safeFormulas: true })
        expect(guarded).toBe(6)
        expect(text).toContain("'=1+1")
        expect(text).toContain("'\rx")
        expect(text).toContain('x=1')
        expect(text).not.toContain("''=1")
        expect(text).not.toContain("'-5\n")
      },
    )

    it('guards where a program with another separator, or without the quotes, begins a cell', async () => {
      const notes = ['a;=1', 'a\t\uff1d1', 'a;"=1', 'a\n@x', 'a; -1', 'a,=1', ' =1', 'a;b', 'a=1']
      const { text } = await write(
        'csv',
        notes.map((note) => ({ note })),
        { columns: [{ name: 'note', type: 'text' }], safeFormulas: true },
      )
      expect(text).toBe(
        'note\n"a;\'=1"\n"a\t\'\uff1d1"\n"a;""\'=1"\n"a\n\'@x"\n"a; \'-1"\n"a,=1"\n\' =1\n"a;b"\na=1\n',
      )
    })

    it('does not change numbers in any form, or JSON', async () => {
      const types = ['int', 'numeric', 'jsonb', 'text'] as const
      const columns = types.map((type): SinkColumn => ({ name: type, type }))
      const record = { int: -5n, numeric: '-1.5E+3', jsonb: -5, text: '-5' }
      const { text } = await write('csv', [record], { columns, safeFormulas: true })
      expect(text).toBe("int,numeric,jsonb,text\n-5,-1.5E+3,-5,'-5\n")
    })

    it.each(['ndjson', 'json', 'xlsx'] as const)('has nothing to do in %s', async (format) => {
      const { text, guarded } = await write(format, records, { columns, safeFormulas: true })
      expect(guarded).toBe(0)
      if (format !== 'xlsx') expect(text).not.toContain("'=1+1")
    })

    it('is off unless asked for', async () => {
      expect(await write('csv', records, { columns })).toMatchObject({ guarded: 0 })
    })
  })

  it('writes what a spreadsheet of a country with decimal commas opens', async () => {
    const columns: SinkColumn[] = [
      { name: 'note', type: 'text' },
      { name: 'amount', type: 'numeric' },
      { name: 'list', type: 'jsonb' },
    ]
    const records = [{ note: '1.5', amount: '-12.50', list: 1.5 }]
    const { text } = await write('csv', records, {
      ...{ columns, bom: true, delimiter: ';', decimal: ',' },
    })
    expect(text).toBe('\ufeffnote;amount;list\n1.5;-12,50;1.5\n')
    const odd = await write('csv', records, { columns, delimiter: '^' })
    expect(odd.text).toBe('sep=^\nnote^amount^list\n1.5^-12.50^1.5\n')
    expect(() => createSink('csv', columns, new PassThrough(), { delimiter: ', ' })).toThrow(
      'one character',
    )
  })

  it('waits while the stream is full', async () => {
    const out = new PassThrough({ highWaterMark: 10 })
    const sink = createSink('csv', COLUMNS, out)
    let written = false
    const writing = sink.write(RECORDS).then(() => {
      written = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(written).toBe(false)
    out.resume()
    await writing
  })

  it('stops waiting when the signal says so', async () => {
    const stop = new AbortController()
    const out = new PassThrough({ highWaterMark: 10 })
    const writing = createSink('csv', COLUMNS, out, { signal: stop.signal }).write(RECORDS)
    stop.abort()
    await expect(writing).rejects.toThrow('aborted')
  })

  it.each(['csv', 'xlsx'] as const)(
    'passes on what the stream of %s failed with',
    async (format) => {
      const out = new Writable({
        write: (_chunk, _encoding, done) => done(new Error('the disk is full')),
      })
      out.on('error', () => undefined)
      const sink = createSink(format, COLUMNS, out)
      const writing = async () => {
        for (;;) await sink.write(RECORDS)
      }
      await expect(writing()).rejects.toThrow('the disk is full')
    },
  )
})
