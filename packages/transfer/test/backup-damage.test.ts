/** Backups that were cut off, changed, added to, or made to lie. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { Output, ZIP_LONG, ZipWriter } from '@chatlayer-tables/files'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBackup, type VerifyReport, verifyBackup } from '../src/index.ts'
import { BackupSetup } from './backup-setup.ts'
import { unzip } from './unzip.ts'

let setup: BackupSetup
let file: string
let whole: Buffer
let parts: Map<string, string>

beforeAll(async () => {
  setup = await BackupSetup.start(['stores', 'faq'])
  file = await setup.backup()
  whole = await readFile(file)
  parts = await unzip(file)
})

afterAll(() => setup[Symbol.asyncDispose]())

const LABEL = 'chatlayer-tables backup; sha256 of all bytes before this record: '

/** An archive of these parts, sealed as one of ours. */
async function pack(
  entries: readonly (readonly [string, string])[],
  { isSealed = true, longFrom = ZIP_LONG } = {},
): Promise<string> {
  const path = setup.path('packed.zip')
  const out = createWriteStream(path)
  const hash = createHash('sha256')
  const output = new Output(out)
  const zip = new ZipWriter(
    {
      write(data) {
        hash.update(data)
        return output.write(data)
      },
    },
    { longFrom },
  )
  for (const [name, text] of entries) {
    await zip.begin(name)
    await zip.write(text)
    await zip.finish()
  }
  await zip.end(() => (isSealed ? `${LABEL}${hash.copy().digest('hex')}` : ''))
  out.end()
  await finished(out)
  return path
}

async function verifyBytes(bytes: Uint8Array): Promise<VerifyReport> {
  const path = setup.path('damaged.zip')
  await writeFile(path, bytes)
  return verifyBackup({ file: path })
}

function textOf({ problems }: VerifyReport): string {
  return problems.map(({ place, reason }) => `${place}: ${reason}`).join('\n')
}

/** The parts with a changed manifest, whose hashes and sizes match the changed parts. */
function lying(change: (manifest: Manifest, entries: Map<string, string>) => void) {
  const entries = new Map(parts)
  const manifest: Manifest = JSON.parse(parts.get('manifest.json') ?? '')
  change(manifest, entries)
  entries.set('manifest.json', JSON.stringify(manifest))
  return pack([...entries])
}

interface FileFacts {
  path: string
  bytes: number
  sha256: string
}

interface Manifest {
  formatVersion: number
  consistent: boolean
  tables: {
    name: string
    definition: FileFacts
    records: (FileFacts & { version: string; records: number; oddValues: number })[]
  }[]
}

/** Puts another content in place of a file, and its size and hash in its facts. */
function replace(entries: Map<string, string>, facts: FileFacts | undefined, text: string): void {
  if (facts === undefined) throw new Error('no such file')
  entries.set(facts.path, text)
  facts.bytes = Buffer.byteLength(text)
  facts.sha256 = createHash('sha256').update(text).digest('hex')
}

it('a backup that is whole has no problem, also when it is packed again, also as ZIP64', async () => {
  expect((await verifyBytes(whole)).problems).toEqual([])
  expect((await verifyBackup({ file: await pack([...parts]) })).problems).toEqual([])
  const long = await verifyBackup({ file: await pack([...parts], { longFrom: 1 }) })
  expect(long.problems).toEqual([])
  expect(long.records).toBeGreaterThan(20)
})

it('one that is cut off anywhere is reported', async () => {
  const step = Math.ceil(whole.length / 60)
  for (let length = 0; length < whole.length; length += step) {
    const { problems } = await verifyBytes(whole.subarray(0, length))
    expect(problems, `${length} bytes`).not.toEqual([])
  }
  expect((await verifyBytes(whole.subarray(0, -1))).problems).not.toEqual([])
  const path = setup.path('damaged.zip')
  await writeFile(path, whole.subarray(0, whole.length / 2))
  await expect(readBackup(path)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

it('one with a byte changed anywhere is reported', async () => {
  const step = Math.ceil(whole.length / 150)
  for (let at = 0; at < whole.length; at += step) {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
    expect((await verifyBytes(bytes)).problems, `byte ${at}`).not.toEqual([])
  }
})

it('one with a byte of its end record changed is reported', async () => {
  const record = whole.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'))
  for (let at = record; at < whole.length; at++) {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
    expect((await verifyBytes(bytes)).problems, `byte ${at - record}`).not.toEqual([])
  }
})

it('one with bytes before or after it is reported', async () => {
  const more = Buffer.from('more')
  expect(textOf(await verifyBytes(Buffer.concat([whole, more])))).toContain(
    'its end is not that of a backup',
  )
  expect((await verifyBytes(Buffer.concat([more, whole]))).problems).not.toEqual([])
})

it.each([
  ['no archive at all', 'name,zip\nGhent,9000\n'],
  ['nothing', ''],
])('a file that is %s is reported', async (_, text) => {
  const { problems, manifest } = await verifyBytes(Buffer.from(text))
  expect(problems).not.toEqual([])
  expect(manifest).toBeUndefined()
})

it('an archive that is not a backup is reported', async () => {
  const report = await verifyBackup({ file: await pack([['a.txt', 'text']]) })
  expect(textOf(report)).toContain('manifest.json is not in it')
})

it('one that another program packed has lost what proves it whole', async () => {
  const report = await verifyBackup({ file: await pack([...parts], { isSealed: false }) })
  expect(textOf(report)).toContain('repacked')
})

it('a file that is not there is an error', async () => {
  const missing = verifyBackup({ file: setup.path('none.zip') })
  await expect(missing).rejects.toThrow('cannot read none.zip: there is no such file')
})

describe('an archive whose seal fits', () => {
  it('but lacks a file', async () => {
    const [lost = ''] = [...parts.keys()].filter((name) => name.endsWith('.ndjson'))
    const report = await verifyBackup({
      file: await pack([...parts].filter(([name]) => name !== lost)),
    })
    expect(textOf(report)).toContain(`${lost}: it is not in the archive`)
  })

  it.each([
    '../../etc/passwd',
    '/etc/passwd',
    'records\\..\\x',
    'C:\\x',
    'records/0001-stores.draft.ndjson/../x',
    'RECORDS/0001-STORES.DRAFT.NDJSON',
    'nul\0.json',
  ])('but has a file %j', async (name) => {
    const report = await verifyBackup({ file: await pack([...parts, [name, 'x']]) })
    expect(textOf(report)).toContain(`${name}: the manifest names no such file`)
  })

  it('but has a file twice', async () => {
    const [first] = [...parts].filter(([name]) => name.startsWith('records/'))
    const report = await verifyBackup({ file: await pack([...parts, first ?? ['', '']]) })
    expect(textOf(report)).toContain('it appears in the archive more than once')
  })

  it('but whose manifest names files elsewhere', async () => {
    const path = await lying(({ tables }) => {
      const [records] = tables[0]?.records ?? []
      if (records) records.path = '../../x.ndjson'
    })
    expect(textOf(await verifyBackup({ file: path }))).toMatch(/manifest\.json: .*records\.0\.path/)
  })

  it.each([
    ['of another count', 'records', 'holds 11 records; the manifest states 10'],
    ['of another size', 'bytes', 'bytes; the manifest states'],
  ] as const)('but whose manifest lies: %s', async (_, field, text) => {
    const path = await lying(({ tables }) => {
      const [records] = tables[0]?.records ?? []
      if (records) records[field] -= 1
    })
    expect(textOf(await verifyBackup({ file: path }))).toContain(text)
  })

  it('but whose manifest lies: of another hash, another version, another table', async () => {
    const path = await lying(({ tables: [first, second] }) => {
      const [draft, live] = first?.records ?? []
      if (draft && live) [draft.sha256, live.sha256] = [live.sha256, draft.sha256]
      const [other] = second?.records ?? []
      if (other) other.version = 'LIVE'
      if (second) second.name = 'faqs'
    })
    const text = textOf(await verifyBackup({ file: path }))
    expect(text).toContain(
      'stores.draft.ndjson: its content is not what the manifest says (SHA-256)',
    )
    expect(text).toContain('0002-faq.draft.ndjson is listed as LIVE')
    expect(text).toContain('the definition of another table than "faqs"')
  })

  it('but whose lines are not records of the table, with the line', async () => {
    const draft = (tables: Manifest['tables']) => tables[0]?.records[0]
    const withLine = (line: string) =>
      lying(({ tables }, entries) => {
        const facts = draft(tables)
        const lines = (entries.get(facts?.path ?? '') ?? '').split('\n')
        lines[2] = line
        replace(entries, facts, lines.join('\n'))
      })
    for (const [line, text] of [
      ['{"id":"x"', 'this is not JSON'],
      ['[]', 'a record is an object'],
      ['{"id":"x","createdAt":"","updatedAt":"","values":{}}', 'lacks the column "text"'],
      ['{"id":1,"createdAt":"","updatedAt":"","values":{}}', 'the record has no id'],
    ] as const) {
      const report = await verifyBackup({ file: await withLine(line) })
      expect(textOf(report)).toMatch(/0001-stores\.draft\.ndjson, line 3: /)
      expect(textOf(report)).toContain(text)
    }
    const odd = await lying(({ tables }, entries) => {
      const facts = draft(tables)
      const text = entries.get(facts?.path ?? '') ?? ''
      replace(entries, facts, text.replace('"int":0', '"int":"zero"'))
    })
    expect(textOf(await verifyBackup({ file: odd }))).toContain(
      '1 values of another type than their column',
    )
  })

  it('but is of a newer format', async () => {
    const path = await lying((manifest) => {
      manifest.formatVersion = 2
    })
    expect(textOf(await verifyBackup({ file: path }))).toContain('made by a newer release')
  })

  it('but whose parts overlap', async () => {
    const path = await pack([...parts])
    const bytes = await readFile(path)
    // The second entry of the table of contents is made to point at the first part.
    const directory = bytes.readUInt32LE(bytes.lastIndexOf(Buffer.from('PK\u0005\u0006')) + 16)
    const second = bytes.indexOf(Buffer.from('PK\u0001\u0002'), directory + 4)
    bytes.writeUInt32LE(0, second + 42)
    const report = await verifyBytes(bytes)
    expect(textOf(report)).toContain('some of its parts overlap')
  })

  it('but would fill the memory: a line without end is given up', { timeout: 60_000 }, async () => {
    const bomb = ' '.repeat(1024 * 1024)
    const path = await lying(({ tables }, entries) => {
      replace(entries, tables[0]?.records[0], bomb.repeat(70))
    })
    expect((await readFile(path)).length).toBeLessThan(200_000)
    expect(textOf(await verifyBackup({ file: path }))).toContain('the line is too long')
  })

  describe('but whose manifest would take all time and memory', () => {
    const verifyAndShow = async (path: string): Promise<[string, string]> => {
      const started = performance.now()
      const verified = textOf(await verifyBackup({ file: path }))
      const shown = await readBackup(path).then(
        () => 'it was read',
        (error: Error) => error.message,
      )
      // Each takes a fraction of a second.
      expect(performance.now() - started).toBeLessThan(10_000)
      return [verified, shown]
    }

    it.each([
      ['names one table 50,000 times', 50_000, 'it is too large'],
      ['names one table 15,000 times', 15_000, 'Too big: expected array to have <=10000 items'],
      ['names one table 9,999 times', 9_999, 'is in it twice'],
      ['names one table twice', 2, 'is in it twice'],
    ])('%s', { timeout: 30_000 }, async (_, count, reason) => {
      const path = await lying((manifest) => {
        const [table] = manifest.tables
        if (table) manifest.tables = new Array(count).fill(table)
      })
      for (const text of await verifyAndShow(path)) expect(text).toContain(reason)
    })

    it('names one file for several tables', async () => {
      const path = await lying(({ tables: [first, second] }) => {
        if (first && second) second.definition = first.definition
      })
      for (const text of await verifyAndShow(path)) {
        expect(text).toContain('tables/0001-stores.json is in it twice')
      }
    })

    it('has 50,000 files', async () => {
      const bytes = await readFile(await pack([...parts]))
      bytes.writeUInt16LE(50_000, bytes.lastIndexOf('PK\u0005\u0006', undefined, 'latin1') + 10)
      const path = setup.path('many.zip')
      await writeFile(path, bytes)
      for (const text of await verifyAndShow(path)) {
        expect(text).toContain('it has 50000 parts, and at most 30001 are read')
      }
    })

    it.each([
      [
        'a name of a million letters',
        (columns: unknown[]) => columns.push({ name: 'x'.repeat(1e6), type: 'text' }),
      ],
      [
        '100,000 columns',
        (columns: unknown[]) => {
          for (let n = 0; n < 100_000; n++) columns.push({ name: `c${n}`, type: 'text' })
        },
      ],
    ])('has a definition with %s', async (_, add) => {
      const path = await lying(({ tables: [first] }, entries) => {
        const definition = JSON.parse(entries.get(first?.definition.path ?? '') ?? '')
        add(definition.columns)
        replace(entries, first?.definition, JSON.stringify(definition))
      })
      for (const text of await verifyAndShow(path)) {
        expect(text).toMatch(/0001-stores\.json: invalid at columns.*Too big/)
      }
    })
  })
})
