import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BulkWrite,
  type CallOptions,
  type ChatlayerError,
  ConnectionError,
  InvalidInputError,
  type Outcome,
  RejectedError,
  UnknownOutcomeError,
  type Values,
} from '@chatlayer-tables/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ImportOptions, type ImportTarget, importCsv } from './import-csv.ts'
import type { ImportReport } from './import-types.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-import-'))
})

afterEach(() => rm(folder, { recursive: true }))

type Written = Outcome<Values>

/** A table that is no gateway: each row ends as `end` says. */
function tableOf(
  end: (values: Values, index: number) => ChatlayerError | undefined | Promise<never>,
) {
  const written: Values[] = []
  const target: ImportTarget = {
    version: 'DRAFT',
    definition: async () => ({
      id: 't1',
      name: 'stores',
      columns: [
        { name: 'code', type: 'text' },
        { name: 'size', type: 'int' },
        { name: 'vip', type: 'bool' },
      ],
    }),
    insertMany(rows: AsyncIterable<Values>, { signal }: CallOptions = {}) {
      const write = async (row: Values, index: number): Promise<Written> => {
        const error = await end(row, index)
        const base = { index, row, id: undefined }
        if (error === undefined) {
          written.push(row)
          return { ...base, status: 'ok', change: 'inserted' }
        }
        return error.code === 'UNKNOWN_OUTCOME'
          ? { ...base, status: 'unknown', error, tried: ['looked'] }
          : { ...base, status: 'rejected', error }
      }
      return new BulkWrite(async () => ({ rows, write }), { signal, inFlight: 4 })
    },
  }
  return { target, written }
}

async function run(
  text: string,
  target: ImportTarget,
  options: Partial<ImportOptions> = {},
): Promise<ImportReport> {
  const file = join(folder, 'stores.csv')
  await writeFile(file, text)
  return importCsv({ table: target, file, ...options })
}

async function filesBeside(): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name !== 'stores.csv')
  const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])
  return Object.fromEntries(await Promise.all(texts))
}

function sum({ ok, rejected, unknown, unsent }: ImportReport): number {
  return ok + rejected + unknown + unsent
}

const refusal = new RejectedError('values.size: too large', { status: 400, hint: 'Smaller.' })
const unreachable = new ConnectionError('nobody there', { executed: 'no' })

describe('importCsv', () => {
  it('writes the rows by column type, and leaves no file beside a file that is all well', async () => {
    const { target, written } = tableOf(() => undefined)
    const report = await run('Code,size\n00501,7\n"",\n,9007199254740993\n', target)
    expect(written).toEqual([
      { code: '00501', size: '7' },
      { code: '', size: null },
      { code: null, size: '9007199254740993' },
    ])
    expect(report).toMatchObject({
      table: 'stores',
      version: 'DRAFT',
      file: 'stores.csv',
      read: 3,
      ok: 3,
      absentColumns: ['vip'],
      stopped: undefined,
    })
    expect(await filesBeside()).toEqual({})
  })

  it('puts rejected and unknown rows into files that can be imported, with reasons beside', async () => {
    const unknown = new UnknownOutcomeError('who knows', { tried: ['looked'] })
    const { target } = tableOf(({ code }) =>
      code === 'b' ? refusal : code === 'c' ? unknown : undefined,
    )
    const text = 'code,size,vip\na,1,yes\nb,2,\nc,3,no\n"d\nd",4,maybe\ne,5\nf,,""\n'
    const report = await run(text, target)
    expect(report).toMatchObject({ read: 6, ok: 2, rejected: 3, unknown: 1, unsent: 0 })
    const files = await filesBeside()
    expect(Object.keys(files).toSorted()).toEqual([
      'stores.errors.ndjson',
      'stores.rejected.csv',
      'stores.unknown.csv',
    ])
    expect(files['stores.unknown.csv']).toBe('code,size,vip\nc,3,no\n')
    const rejected = files['stores.rejected.csv'] ?? ''
    expect(rejected).toMatch(/^code,size,vip\n/)
    for (const row of ['b,2,\n', '"d\nd",4,maybe\n', 'e,5\n']) expect(rejected).toContain(row)
    const errors = (files['stores.errors.ndjson'] ?? '').trim().split('\n')
    const byLine = new Map(errors.map((line) => [JSON.parse(line).line, JSON.parse(line)]))
    expect([...byLine.keys()].toSorted()).toEqual([3, 4, 5, 7])
    expect(byLine.get(3)).toEqual({
      line: 3,
      outcome: 'rejected',
      code: 'REJECTED',
      reason: 'values.size: too large',
      fix: 'Smaller.',
      status: 400,
    })
    expect(byLine.get(4)).toMatchObject({ outcome: 'unknown', tried: ['looked'] })
    expect(byLine.get(5)).toMatchObject({ column: 'vip', code: 'INVALID_INPUT' })
    expect(byLine.get(7).reason).toBe('the row has 2 cells, the header 3')
    expect(report.files.rejected).toBe(join(folder, 'stores.rejected.csv'))
  })

  it('writes nothing when the columns do not fit', async () => {
    const { target, written } = tableOf(() => undefined)
    await expect(run('code,sise\na,1\n', target)).rejects.toThrow(InvalidInputError)
    await expect(run('code,sise\na,1\n', target)).rejects.toThrow('nearest: "size"')
    expect(written).toEqual([])
  })

  it('stops when asked: what is under way ends, the rest can be imported later', async () => {
    const stop = new AbortController()
    const { target, written } = tableOf((_values, index) => {
      if (index === 10) stop.abort()
      return undefined
    })
    const rows = Array.from({ length: 1000 }, (_, index) => `${index},${index}`)
    const report = await run(`code,size\n${rows.join('\n')}\n`, target, { stop: stop.signal })
    expect(report.stopped).toEqual({ reason: 'interrupted', error: undefined })
    expect(report.ok).toBe(written.length)
    expect(report.ok).toBeLessThan(20)
    expect(report.read).toBe(1000)
    expect(sum(report)).toBe(1000)
    const unsent = (await filesBeside())['stores.unsent.csv']?.trim().split('\n') ?? []
    expect(unsent).toEqual(['code,size', ...rows.slice(report.ok)])
  })

  it('ends at once when told twice: rows under way are unknown', async () => {
    const signal = new AbortController()
    const { target } = tableOf((_values, index) => {
      if (index < 3) return undefined
      signal.abort()
      return Promise.reject(signal.signal.reason)
    })
    const rows = Array.from({ length: 100 }, (_, index) => `${index},${index}`)
    const report = await run(`code,size\n${rows.join('\n')}\n`, target, { signal: signal.signal })
    expect(report.stopped?.reason).toBe('interrupted')
    expect(report.unknown).toBeGreaterThan(0)
    expect(sum(report)).toBe(report.read)
  })

  it('stops when the gateway is gone, and does not call rows rejected that are sound', async () => {
    const { target } = tableOf((_values, index) => (index < 5 ? undefined : unreachable))
    const rows = Array.from({ length: 500 }, (_, index) => `${index},${index}`)
    const report = await run(`code,size\n${rows.join('\n')}\n`, target)
    expect(report.stopped?.reason).toBe('gateway')
    expect(report.stopped?.error?.code).toBe('CONNECTION')
    expect(report).toMatchObject({ read: 500, ok: 5, rejected: 0, unknown: 0, unsent: 495 })
    expect(Object.keys(await filesBeside())).toEqual(['stores.unsent.csv'])
  })

  it('tells of a file that breaks off, and of what was read until there', async () => {
    const { target } = tableOf(() => undefined)
    const report = await run('code,size\na,1\nb,2\nc"c,3\nd,4\n', target)
    expect(report).toMatchObject({ read: 2, ok: 2, unsent: 0 })
    expect(report.stopped?.reason).toBe('file')
    expect(report.stopped?.error?.message).toContain('line 4')
  })

  it('tells how far it is after each row', async () => {
    const { target } = tableOf(({ code }) => (code === 'b' ? refusal : undefined))
    const seen: number[] = []
    const report = await run('code\na\nb\nc\n', target, {
      onProgress: ({ ok, rejected, bytesRead, bytesTotal }) => {
        seen.push(ok + rejected)
        expect(bytesRead).toBeLessThanOrEqual(bytesTotal)
      },
    })
    expect(seen).toEqual([1, 2, 3])
    expect(report.elapsedMs).toBeGreaterThan(0)
  })
})
