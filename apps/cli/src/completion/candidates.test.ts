import { describe, expect, it } from 'vitest'
import { commandTree } from '../command-tree.ts'
import { complete, completeHelp, type Known } from './candidates.ts'
import { readTyped } from './typed.ts'

const requested: (string | undefined)[] = []

const known: Known = {
  topics: ['filters', 'topics'],
  connections: async () => ['warehouse'],
  profiles: async () => ['prod', 'test'],
  tables: async (profile) => {
    requested.push(profile)
    return [
      { name: 'stores', columns: [{ name: 'code', type: 'text' }] },
      {
        name: 'Opening hours',
        columns: [
          { name: 'day', type: 'text' },
          { name: 'from', type: 'timestamp' },
        ],
      },
      { name: 'odd\nname', columns: [] },
    ]
  },
}

async function values(...words: string[]): Promise<string[]> {
  const { candidates } = await complete(readTyped(commandTree(), words), known)
  return candidates.map(({ value }) => value)
}

describe('candidates', () => {
  it.each([
    [['rec'], ['records']],
    [
      ['records', ''],
      ['list', 'get', 'insert', 'update', 'delete', 'help'],
    ],
    [['--json', 'tables', 'g'], ['get']],
    [['--profile', 'records', 'tables', 'g'], ['get']],
    [['completion', 'f'], ['fish']],
    [['records', 'list', '--se'], ['--select']],
    [['records', 'list', '--pro'], ['--profile']],
    [
      ['import', 'stores', 'x.csv', '--mode', ''],
      ['insert', 'upsert', 'skip-existing', 'replace'],
    ],
    [['import', 'stores', 'x.csv', '--mode=u'], ['--mode=upsert']],
    [['--region', 'a'], ['asia']],
    [
      ['auth', 'switch', ''],
      ['prod', 'test'],
    ],
    [['tables', 'list', '--profile', 't'], ['test']],
    [['tables', 'list', '--profile=t'], ['--profile=test']],
    [['tables', 'list', '--', '--js'], []],
  ])('for %j include %j', async (words, offered) => {
    expect(await values(...words)).toEqual(expect.arrayContaining(offered))
    expect((await values(...words)).length).toBeGreaterThanOrEqual(offered.length)
    for (const value of await values(...words)) expect(value.startsWith(words.at(-1)!)).toBe(true)
  })

  it('include tables of the bot and of profiles, with and without a version', async () => {
    expect(await values('tables', 'get', '')).toEqual(['stores', 'Opening hours', 'prod:', 'test:'])
    expect(await values('tables', 'get', 'stores@')).toEqual(['stores@draft', 'stores@live'])
    expect(await values('sync', 'stores@draft', 'stores@l')).toEqual(['stores@live'])
    expect(await values('tables', 'get', 'prod:st')).toEqual(['prod:stores'])
    expect(requested.at(-1)).toBe('prod')
    expect(await values('tables', 'get', ':st')).toEqual([':stores'])
  })

  it('include columns of the table on the command line', async () => {
    expect(await values('records', 'list', 'stores', '--where', '')).toEqual(['code '])
    expect(await values('records', 'list', 'Opening hours@live', '--sort', 'd')).toEqual(['day'])
    expect(await values('records', 'list', 'Opening hours', '--sort', 'day:')).toEqual([
      'day:asc',
      'day:desc',
    ])
    expect(await values('records', 'list', 'Opening hours', '--select=day,')).toEqual([
      '--select=day,day',
      '--select=day,from',
    ])
    expect(await values('export', 'stores', '--sort', 'c')).toEqual(['code', 'createdAt'])
    expect(await values('export', 'stores', '--select', 'code,i')).toEqual(['code,id'])
    expect(await values('records', 'update', 'stores', '--set', 'c')).toEqual(['code='])
    expect(await values('records', 'list', 'nonsense', '--sort', '')).toEqual([])
  })

  it('exclude values that would be rejected', async () => {
    expect(await values('tables', 'get', '--team', 'T', '')).toEqual(['stores', 'Opening hours'])
    expect(await values('tables', 'get', '--team', 'T', 'prod:')).toEqual([])
    expect(await values('backup', '')).not.toContain('prod:')
    expect(await values('import', 'stores', 'x.csv', '--ignore', '')).toEqual([])
    expect(await values('diff', 'stores', 'x.csv', '--ignore', '')).toEqual(['code'])
  })

  it('include topics and commands after help', () => {
    const offered = (...words: string[]) =>
      completeHelp(commandTree(), words, known).candidates.map(({ value }) => value)
    expect(offered('f')).toEqual(['filters'])
    expect(offered('records', 'li')).toEqual(['list'])
  })

  it('exclude hidden commands and include every option of a command once', async () => {
    expect(await values('_')).toEqual([])
    const options = await values('import', 'stores', 'x.csv', '--')
    expect(options).toContain('--max-errors')
    expect(new Set(options).size).toBe(options.length)
  })
})
