import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { JsonList, rowSink } from './record-output.ts'
import { Writer } from './writer.ts'

/** A stream that keeps what is written to it; a terminal or not. */
function capture(isTTY: boolean) {
  let text = ''
  const stream = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk)
        done()
      },
    }),
    { isTTY, columns: 80 },
  )
  return { stream, text: () => text }
}

const columns = [{ name: 'id' }, { name: 'na\tme' }, { name: 'n', type: 'numeric' }] as const

async function rowsTo(isTTY: boolean, env: Record<string, string>, count = 2) {
  const { stream, text } = capture(isTTY)
  const sink = rowSink(new Writer(stream, env), columns)
  await sink.row(['1', 'a\tb\n\u001b[31m\\', '12.50'])
  for (let index = 1; index < count; index++) await sink.row(['2', null, '3'])
  await sink.end()
  return text()
}

describe('rows', () => {
  it('are tab-separated lines with a header when piped, as in PostgreSQL', async () => {
    expect(await rowsTo(false, {})).toBe(
      'id\tna\\tme\tn\n1\ta\\tb\\n\u001b[31m\\\\\t12.50\n2\t\\N\t3\n',
    )
  })

  it('are an aligned table on a terminal, without control characters', async () => {
    expect(await rowsTo(true, { NO_COLOR: '1' })).toBe(
      [
        'id  na\\tme                 n',
        '1   a\\tb\\n\\u001b[31m\\  12.50',
        '2   ∅                      3',
        '',
      ].join('\n'),
    )
  })

  it('have colours on a terminal unless NO_COLOR is set', async () => {
    expect(await rowsTo(true, {})).toContain('\u001b[')
    expect(await rowsTo(true, { NO_COLOR: '1' })).not.toContain('\u001b')
    expect(await rowsTo(true, { TERM: 'dumb' })).not.toContain('\u001b')
  })

  it('are all written, also after those that determine the widths', async () => {
    const text = await rowsTo(true, { NO_COLOR: '1' }, 1000)
    expect(text.split('\n')).toHaveLength(1002)
  })

  it('have a header even if there are none', async () => {
    const { stream, text } = capture(false)
    await rowSink(new Writer(stream, {}), columns).end()
    expect(text()).toBe('id\tna\\tme\tn\n')
  })
})

describe('JsonList', () => {
  it('is one JSON value, also with bigints and when empty', async () => {
    const { stream, text } = capture(false)
    const list = new JsonList(new Writer(stream, {}))
    await list.item({ a: 2n ** 60n })
    await list.item({ b: 1 })
    await list.end()
    expect(text()).toBe('[\n  {"a":1152921504606846976},\n  {"b":1}\n]\n')
    const empty = capture(false)
    await new JsonList(new Writer(empty.stream, {})).end()
    expect(JSON.parse(empty.text())).toEqual([])
  })
})
