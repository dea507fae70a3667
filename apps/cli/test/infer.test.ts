import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AIRPORT_COLUMNS, AIRPORTS_FILE, run } from './cli.ts'

describe('infer', () => {
  it('lists the columns to create and why, without a connection', async () => {
    const { code, stdout, stderr } = await run(['infer', AIRPORTS_FILE])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('CSV, 3,376 rows, 7 columns')
    expect(stdout).toContain('latitude   numeric\n    all its values are numbers')
  })

  it('lists them as JSON, also from stdin', async () => {
    const text = await readFile(AIRPORTS_FILE, 'utf8')
    const { code, stdout } = await run(['infer', '-', '--json'], {}, text)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ rows: 3376, columns: AIRPORT_COLUMNS })
  })

  it('reads the file as an import with the same options does', async () => {
    const text = 'a;b;c\n1,5;03/04/2024;NA\n'
    const options = ['--decimal', ',', '--date-format', 'DD/MM/YYYY', '--null', 'NA']
    const { stdout } = await run(['infer', '-', '--json', ...options], {}, text)
    const { columns } = JSON.parse(stdout) as { columns: { type: string; nulls: number }[] }
    expect(columns.map(({ type }) => type)).toEqual(['numeric', 'timestamp', 'text'])
    expect(columns[2]?.nulls).toBe(1)
  })

  it('accepts words for true and false', async () => {
    const text = 'a,b\nja,NO\nnee,NO\n'
    const { stdout } = await run(['infer', '-', '--true', 'ja,x', '--false=nee,-'], {}, text)
    expect(stdout).toMatch(/^a +bool$/m)
    expect(stdout).toMatch(/^b +text\n +all its values are words for the same boolean, or codes/m)
    const { code, stderr } = await run(['infer', '-', '--true', 'x', '--false', 'X'], {}, text)
    expect({ code, stderr }).toMatchObject({ code: 2 })
    expect(stderr).toContain('"X" is set to mean both true and false')
  })

  it('shows a line in the likely encodings if the encoding is uncertain', async () => {
    const cyrillic = Buffer.from([0x61, 10, 0xc8, 0xe2, 0xe0, 0xed, 10])
    const file = join(await mkdtemp(join(tmpdir(), 'clt-infer-')), 'x.csv')
    await writeFile(file, cyrillic)
    const refused = await run(['infer', file])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('in windows-1251: "Иван"')
    expect(refused.stderr).toContain('--encoding')
    const { stdout } = await run(['infer', file, '--encoding', 'windows-1251'])
    expect(stdout).toContain('such as Иван')
    await rm(dirname(file), { recursive: true })
  })

  it('reports errors of a file or an option', async () => {
    const none = await run(['infer', 'none.csv'])
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('cannot read none.csv: there is no such file')
    const format = await run(['infer', '-', '--date-format', 'DD/MM'], {}, 'a\n1\n')
    expect(format.code).toBe(2)
    expect(format.stderr).toContain('the date format "DD/MM" cannot be used')
  })
})
