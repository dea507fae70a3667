/** `records replace`, `dedupe`, and `--expect`, which stops a write before it begins. */
import { describe, expect, it } from 'vitest'
import { run } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { runAtTerminal } from './pretended-terminal.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'city', type: 'text' },
  { name: 'note', type: 'text' },
  { name: 'size', type: 'numeric' },
]
const { emulator, env } = await useEmulator({
  tables: [
    {
      name: 'stores',
      columns: COLUMNS,
      records: [
        { code: '00501', city: 'Gent', note: 'in Gent', size: '1.0' },
        { code: '00501', city: 'Gent', note: 'in Gent', size: '1' },
        { code: '00501', city: 'gent', note: null, size: '2' },
        { code: 'B', city: 'Gentbrugge', note: '$& (x)', size: null },
        { code: null, city: 'Aalst', note: '', size: null },
        { code: null, city: 'Aalst', note: '', size: null },
      ],
    },
  ],
})

const values = (column: string) =>
  emulator.tables.records('stores').map((record) => record.values[column])
const replace = (...args: string[]) => run(['records', 'replace', 'stores', ...args], env)
const undoOf = async (stderr: string) =>
  run(['changes', 'undo', /changes undo (\S+)/.exec(stderr)?.[1] ?? '', '--yes'], env)

describe('records replace', () => {
  it('replaces within values, whole values, by case and by regular expression', async () => {
    await replace('city', 'Gent', 'Ghent', '--yes')
    expect(values('city')).toEqual(['Ghent', 'Ghent', 'gent', 'Ghentbrugge', 'Aalst', 'Aalst'])
    await replace('city', 'ghent', 'X', '--whole', '--ignore-case', '--yes')
    expect(values('city')).toEqual(['X', 'X', 'gent', 'Ghentbrugge', 'Aalst', 'Aalst'])
    await replace('city', '^(.)(.*)$', '$2$1', '--regex', '--where', "city = 'gent'", '--yes')
    expect(values('city')[2]).toBe('entg')
  })

  it('takes plain text literally, searches several columns, and leaves null alone', async () => {
    await replace('note', '$& (x)', '$1\\', '--yes')
    expect(values('note')).toEqual(['in Gent', 'in Gent', null, '$1\\', '', ''])
    const both = await replace('city,note', 'Gent', '', '--yes', '--expect', '3')
    expect(both.code).toBe(0)
    expect(values('note')).toEqual(['in ', 'in ', null, '$1\\', '', ''])
    await undoOf(both.stderr)
    expect(values('city')[0]).toBe('Gent')
  })

  it('shows what would change, asks, and says what cannot be searched', async () => {
    const shown = await replace('city', 'Gent', 'Ghent', '--dry-run')
    expect(shown.stdout).toMatch(/\tcity\tGentbrugge\tGhentbrugge\n/)
    expect(await replace('city', 'Gent', 'Ghent')).toMatchObject({ code: 2 })
    expect((await replace('size', '1', '2', '--yes')).stderr).toContain('has the type numeric')
    expect((await replace('city', '(', 'x', '--regex', '--yes')).stderr).toContain(
      'invalid regular expression (',
    )
    expect((await replace('city', 'x*', 'y', '--regex', '--yes')).stderr).toContain('empty text')
    expect((await replace('city', 'none', 'y')).code).toBe(2)
    const asked = await runAtTerminal(['records', 'replace', 'stores', 'city', 'Gent', 'X'], {
      env: { ...env, NO_COLOR: '1' },
      answer: 'n',
    })
    expect(asked.stderr).toContain('Update 3 records of "stores" (DRAFT)? [y/N]')
    expect(values('city')[0]).toBe('Gent')
  })
})

describe('dedupe', () => {
  const dedupe = (...args: string[]) => run(['dedupe', 'stores', ...args], env)

  it('keeps one record of each key, by the order asked for', async () => {
    await dedupe('--key', 'code', '--keep', 'oldest', '--by', 'size', '--yes')
    expect(values('size')).toEqual(['1.0', null, null, null])
  })

  it('keeps the newest, leaves records without a key, and can be undone', async () => {
    const result = await dedupe('--key', 'code', '--keep', 'newest', '--by', 'size', '--yes')
    expect(result).toMatchObject({ code: 0, stdout: '' })
    expect(result.stderr).toContain('2 records have no value in a key column; not compared')
    expect(values('size')).toEqual(['2', null, null, null])
    await undoOf(result.stderr)
    expect(emulator.tables.count('stores')).toBe(6)
    await dedupe('--key', 'code', '--keep', 'first', '--yes')
    expect(emulator.tables.count('stores')).toBe(4)
  })

  it('shows where duplicates differ', async () => {
    const text = await dedupe('--key', 'code', '--keep', 'first', '--dry-run')
    expect(text.stdout).toMatch(
      /^code = 00501: 3 records\n {2}keep .*\n {2}delete .*\n {2}delete .*\n {10}city: gent \(kept: Gent\), note: ∅ \(kept: in Gent\), size: 2 \(kept: 1.0\)\n$/,
    )
    expect(text.stderr).toContain('2 records would be deleted, of 1 key: 1 equal')
    const json = await dedupe('--key', 'code', '--keep', 'first', '--dry-run', '--json')
    const { deletes, duplicates } = JSON.parse(json.stdout)
    expect(deletes).toBe(2)
    expect(duplicates[0].delete.map((each: { equal: boolean }) => each.equal)).toEqual([
      true,
      false,
    ])
    expect(emulator.tables.count('stores')).toBe(6)
  })

  it('does not delete a record that was changed after it was shown', async () => {
    const [first] = emulator.tables.records('stores')
    const result = await runAtTerminal(['dedupe', 'stores', '--key', 'code', '--keep', 'first'], {
      env: { ...env, NO_COLOR: '1' },
      answer: 'y',
      beforeAnswer: () =>
        run(
          ['records', 'update', 'stores', '--where', 'size = 2', '--set', 'note=x', '--yes'],
          env,
        ),
    })
    expect(result.stderr).toContain('was changed since it was read')
    expect(values('note').filter((note) => note === 'x')).toHaveLength(1)
    expect(emulator.tables.records('stores')[0]?.id).toBe(first?.id)
    expect(emulator.tables.count('stores')).toBe(5)
  })

  it('has clear errors', async () => {
    expect((await dedupe('--keep', 'first')).stderr).toContain('no key columns')
    expect((await dedupe('--key', 'cod', '--keep', 'first', '--yes')).stderr).toContain('"cod"')
    const by = ['--key', 'code', '--keep', 'first', '--by', 'size', '--yes']
    expect((await dedupe(...by)).stderr).toContain('--by has no meaning')
  })
})

describe('--expect', () => {
  it.each([
    ['records', 'update', 'stores', '--where', 'code = 00501', '--set', 'note=y'],
    ['records', 'update', 'stores', '--where', 'code = 00501', '--set-sql', "note=city || '!'"],
    ['records', 'delete', 'stores', '--where', 'code = 00501'],
    ['records', 'replace', 'stores', 'city', 'gent', 'X', '--ignore-case', '--whole'],
    ['records', 'copy', 'stores', 'stores@live', '--key', 'city', '--where', 'code = B'],
    ['records', 'upsert', 'stores', '--key', 'size', '--set', 'size=2', '--set', 'city=Z'],
    ['dedupe', 'stores', '--key', 'code', '--keep', 'first'],
  ])('%s %s: refuses another number before the first write', async (...args) => {
    const counts = { copy: 1, upsert: 1, stores: 2 } as Record<string, number>
    const right = String(counts[args[1] ?? ''] ?? 3)
    const before = emulator.tables.records('stores')
    for (const wrong of ['0', '7']) {
      const refused = await run([...args, '--yes', '--expect', wrong], env)
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain(`--expect ${wrong}`)
    }
    expect(emulator.tables.records('stores')).toEqual(before)
    expect(await run([...args, '--yes', '--expect', right], env)).toMatchObject({ code: 0 })
  })
})
