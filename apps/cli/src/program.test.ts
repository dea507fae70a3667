import { describe, expect, it } from 'vitest'
import { COMMANDS } from './commands/index.ts'
import type { CommandDefinition } from './define-command.ts'
import { HELP_TOPICS } from './help-topics.ts'
import { type Parsed, parseArgv } from './program.ts'

function parse(...argv: string[]): Parsed {
  return parseArgv(argv, { width: 80 })
}

function runs(...argv: string[]) {
  const parsed = parse(...argv)
  if (parsed.kind !== 'run') throw new Error(`not understood: ${JSON.stringify(parsed)}`)
  return parsed.invocation
}

function wrong(...argv: string[]) {
  const parsed = parse(...argv)
  if (parsed.kind !== 'wrong') throw new Error(`not refused: ${argv.join(' ')}`)
  return parsed.error
}

const definitions: CommandDefinition[] = COMMANDS.map(({ definition }) => definition)

describe('parseArgv', () => {
  it('gives commands their arguments and options by name', () => {
    const options = ['--where', 'a = 1', '--where', 'b = 2', '--limit', '5', '--json']
    expect(runs('records', 'list', 'stores@live', ...options)).toEqual({
      name: 'records list',
      options: {
        json: true,
        quiet: false,
        verbose: false,
        color: true,
        wide: false,
        vertical: false,
        pager: true,
        explain: false,
        ndjson: false,
        csv: false,
        live: false,
        table: 'stores@live',
        where: ['a = 1', 'b = 2'],
        select: [],
        sort: [],
        limit: 5,
      },
    })
    expect(runs('records', 'get', 't', 'a', 'b').options).toMatchObject({ ids: ['a', 'b'] })
    expect(runs('export', 't', '-o', 'x.csv').options).toMatchObject({ output: 'x.csv' })
    expect(runs('import', 't', 'x.csv').options).toMatchObject({ table: 't', file: 'x.csv' })
  })

  it('reads the word after --json as fields if the command has fields, otherwise as an argument', () => {
    const list = (...words: string[]) => runs('records', 'list', ...words).options
    const expected = { table: 't', json: true, jsonFields: 'id,name' }
    expect(list('t', '--json', 'id,name')).toMatchObject(expected)
    expect(list('t', '--json=id,name', '-q')).toMatchObject(expected)
    expect(list('--json', 'id,name', 't')).toMatchObject(expected)
    expect(
      runs('--profile', 'p', 'records', 'list', 't', '--json', 'id,name').options,
    ).toMatchObject(expected)
    for (const words of [
      ['--json', 't'],
      ['t', '--json'],
      ['--json', '--', 't'],
    ]) {
      const options = list(...words)
      expect(options).toMatchObject({ table: 't', json: true })
      expect(options).not.toHaveProperty('jsonFields')
    }
    expect(runs('--json', 'tables', 'list').options).toMatchObject({ json: true })
    expect(runs('backup', '--json', 't', '-o', 'x').options).toMatchObject({ tables: ['t'] })
    expect(runs('records', 'get', '--json', 't', 'a').options).toMatchObject({ ids: ['a'] })
    expect(wrong('tables', 'get', 't', '--json=a').message).toContain('--json')
  })

  it('accepts common options before and after the command', () => {
    const given = [
      '--region',
      'eu',
      '--team',
      't',
      '--bot',
      'b',
      '--token-file',
      'f',
      '--live',
      '-q',
    ]
    const expected = { region: 'eu', team: 't', bot: 'b', tokenFile: 'f', live: true, quiet: true }
    expect(runs(...given, 'tables', 'list').options).toMatchObject(expected)
    expect(runs('tables', 'list', ...given).options).toMatchObject(expected)
  })

  it('keeps values that look like options', () => {
    expect(runs('records', 'insert', 't', '--set', 'a=--yes=1').options).toMatchObject({
      set: ['a=--yes=1'],
    })
    expect(runs('records', 'get', 't', '--', '--id').options).toMatchObject({ ids: ['--id'] })
  })

  it('does not share lists between two command lines', () => {
    runs('records', 'list', 't', '--where', 'a = 1')
    expect(runs('records', 'list', 't').options).toMatchObject({ where: [] })
  })

  it('passes everything after its name to the emulator', () => {
    expect(runs('emulator', '--port', '0', '--help').options).toMatchObject({
      args: ['--port', '0', '--help'],
    })
  })
})

describe('an invalid command line', () => {
  it('is reported in one line, with the most similar word', () => {
    expect(wrong('tabels', 'list').message).toBe("unknown command 'tabels'")
    expect(wrong('tabels', 'list').hint).toContain('tables')
    expect(wrong('tables', 'list', '--jsn').hint).toContain('--json')
    expect(wrong('import', 'stores').message).toContain("missing required argument 'file'")
    expect(wrong('records', 'list', 't', '--limit', '0').message).toContain('whole number')
    expect(wrong('records', 'list', 't', '--limit', '1.5').message).toContain('--limit')
    expect(wrong('records', 'list', 't', 'u').message).not.toContain('\n')
  })

  it('is reported without a token in it', () => {
    for (const argv of [
      ['tables', 'list', '--token=user:s3cret'],
      ['tables', 'list', '--token', 'user:s3cret'],
      ['tables', 'list', '--password=s3cret'],
      ['tables', 'list', 'user:s3cret'],
    ]) {
      const error = wrong(...argv)
      expect(`${error.message} ${error.hint}`).not.toContain('s3cret')
    }
    expect(wrong('tables', 'list', '--token=x').hint).toContain('CHATLAYER_TOKEN')
  })
})

describe('help', () => {
  it('exists for the program and every command, with examples', () => {
    expect(definitions.length).toBeGreaterThan(5)
    for (const { name, examples, parsesItself } of definitions) {
      expect(examples.length, name).toBeGreaterThan(0)
      for (const { command } of examples) expect(command).toContain(`clt ${name}`)
      if (parsesItself) continue
      const parsed = parse(...name.split(' '), '--help')
      expect(parsed).toMatchObject({ kind: 'text', exit: 0 })
      const { text } = parsed as Extract<Parsed, { kind: 'text' }>
      for (const { command } of examples) expect(text).toContain(command)
    }
  })

  it('states every default, and options with a value that have none are known', () => {
    const withoutDefault = new Set<string>()
    for (const { name, options = [], parsesItself } of definitions) {
      if (parsesItself) continue
      const { text } = parse(...name.split(' '), '--help') as Extract<Parsed, { kind: 'text' }>
      const words = text.replace(/\s+/g, ' ')
      for (const option of options) {
        const usual = option.defaultText ?? option.default
        if (usual !== undefined) expect(words, name).toContain(`(default: ${usual})`)
        else if (option.flags.includes('<') && !option.required && !option.hidden) {
          withoutDefault.add(/--[\w-]+/.exec(option.flags)?.[0] ?? '')
        }
      }
    }
    // Each does nothing unless it is passed. Another option states its default.
    const known = `--where --filter --set --set-null --set-sql --data --id --key --ignore --map --columns
      --note --expect --query --header --max-errors --true --false --overlay --allow --out --plan --to
      --scratch-table --report --output --html --job --since --until --record --param --attach`
    expect([...withoutDefault].filter((flag) => !known.includes(flag))).toEqual([])
  })

  it('lists the exit codes and the environment', () => {
    expect(parse('--help')).toMatchObject({ kind: 'text', exit: 0 })
    expect(parse()).toEqual({ kind: 'bare' })
    const { text } = parse('--help') as Extract<Parsed, { kind: 'text' }>
    expect(text).toMatch(/^ {2}130 +interrupted$/m)
    expect(text).toContain('CHATLAYER_TOKEN')
  })

  it('has topics that list every variable', () => {
    const topic = (name: string) => parse('help', name) as Extract<Parsed, { kind: 'text' }>
    expect(parse('--help')).toMatchObject({ text: expect.stringContaining('clt help topics') })
    for (const [name, { text }] of Object.entries(HELP_TOPICS)) {
      expect(topic(name)).toEqual({ kind: 'text', exit: 0, text })
      expect(topic('topics').text).toContain(`  clt help ${name} `)
    }
    for (const name of [
      'TOKEN',
      'REGION',
      'BASE_URL',
      'TEAM_ID',
      'BOT_ID',
      'TABLE_VERSION',
      'PROFILE',
    ]) {
      expect(topic('environment').text).toContain(`  CHATLAYER_${name} `)
    }
    expect(parse('help', 'nonsense')).not.toMatchObject({ kind: 'run' })
    expect(parse('help', 'auth')).toMatchObject({ text: expect.stringContaining('login') })
  })

  it('is shown for a group without a command, as a failure', () => {
    expect(parse('records')).toMatchObject({ kind: 'text', exit: 2 })
  })

  it('has no option for a token', () => {
    const { text } = parse('--help') as Extract<Parsed, { kind: 'text' }>
    expect(text).not.toMatch(/--token[ =,]/)
  })
})

describe('the versions of a backup', () => {
  it.each([
    [['backup', '--version', 'live', '-o', 'x'], 'live'],
    [['restore', 'x', '--version=draft'], 'draft'],
    [['backup', '--versions', 'both', '-o', 'x'], 'both'],
  ])('are read from %j', (argv, versions) => {
    expect(parseArgv(argv, { width: 80 })).toMatchObject({
      kind: 'run',
      invocation: { options: { versions } },
    })
  })

  it('are not set by --version without a value, nor in other commands', () => {
    for (const argv of [
      ['backup', '--version'],
      ['export', '--version', 'stores'],
    ]) {
      expect(parseArgv(argv, { width: 80 })).toMatchObject({ kind: 'text', exit: 0 })
    }
  })
})
