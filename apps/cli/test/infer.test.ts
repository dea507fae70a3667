import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { AIRPORT_COLUMNS, AIRPORTS_FILE, run } from './cli.ts'

describe('infer', () => {
  it('tells the columns to create and why, without a connection', async () => {
    const { code, stdout, stderr } = await run(['infer', AIRPORTS_FILE])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('CSV, 3,376 rows, 7 columns')
    expect(stdout).toContain('latitude   numeric\n    all its values are numbers')
  })

  it('gives them as JSON, also from stdin', async () => {
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

  it('says what is wrong with a file or an option', async () => {
    const none = await run(['infer', 'none.csv'])
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('cannot read none.csv: there is no such file')
    const format = await run(['infer', '-', '--date-format', 'DD/MM'], {}, 'a\n1\n')
    expect(format.code).toBe(2)
    expect(format.stderr).toContain('the date format "DD/MM" cannot be used')
  })
})
