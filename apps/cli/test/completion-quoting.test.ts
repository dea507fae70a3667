/**
 * Malicious names, completed in shells: the resulting line contains only the name. Shells that are not
 * installed are skipped, with a note.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { parseTableReference } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { commandTree } from '../src/command-tree.ts'
import { completeBashLine } from '../src/completion/answer.ts'
import { bashText, type Quote } from '../src/completion/bash-line.ts'
import type { KnownTable } from '../src/completion/candidates.ts'
import { isPrintable } from '../src/printable.ts'
import { parseColumns, parseWhere } from '../src/where.ts'
import { BIN, connectionTo, type Env, makeFolder } from './cli.ts'
import { hasPty, openTerminal } from './pty.ts'

function has(shell: string): boolean {
  const is = spawnSync(shell, ['--version']).status === 0
  if (!is) console.warn(`SKIPPED: this machine has no ${shell}; completion in it is not tested`)
  return is
}
const hasBash = has('bash')

const ODD = [
  ...[
    ' ',
    "'",
    '"',
    '$',
    '`',
    '\\',
    '!',
    '-',
    '~',
    '*',
    '?',
    '[',
    '{',
    '}',
    ',',
    ';',
    '|',
    '&',
    '(',
    ')',
  ],
  ...[
    '<',
    '>',
    '#',
    '%',
    '^',
    '=',
    ':',
    '@',
    '/',
    '.',
    '+',
    '\n',
    '\t',
    '\r',
    '\u001b',
    '\u009b',
    '\u202e',
  ],
  ...[
    '$(touch pwned)',
    '`touch pwned`',
    '!!',
    '!-1',
    '~root',
    '@live',
    ':x',
    'é',
    '東京',
    '😀',
    '\u00a0',
  ],
  ...[
    '\u3000',
    'e\u0301',
    'a',
    'B',
    '1',
    'id',
    'and',
    ':desc',
    '--all',
    '<(touch pwned)',
    "$'\\x41'",
  ],
]
const name = fc
  .array(fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'binary', maxLength: 3 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''))

const completed = async (line: string, part: string, tables: readonly KnownTable[]) => {
  const of = async (profile?: string) => (profile === undefined ? tables : [])
  const known = {
    topics: [],
    profiles: async () => ['prod'],
    connections: async () => [],
    tables: of,
  }
  const { candidates } = await completeBashLine(commandTree(), { line, part }, () => known)
  return candidates.map(({ value }) => value)
}

/** The part of an unquoted word that readline replaces: after the last character that breaks words. */
function partOf(raw: string): string {
  const [part = ''] = /(?:@(?:\\.|[^\\:=@])*|(?:\\.|[^\\:=@])*)$/s.exec(raw) ?? []
  return part
}

interface Case {
  readonly line: string
  /** The line without what is in front of the completed word. */
  readonly word: string
  readonly name: string
}

/** All lines that completing a table's name can lead to, from as much of it as is typed. */
async function tableCases(table: string, typed: number): Promise<Case[]> {
  const cases: Case[] = []
  for (const quote of ['', '"', "'"] as const satisfies readonly Quote[]) {
    let start = [...table].slice(0, typed).join('')
    if (quote === '"') start = start.replace(/!.*$/s, '')
    // It would be read as an option.
    if (start.startsWith('-')) start = ''
    // What is typed is not closed yet.
    const raw = bashText(`${start}x`, quote).slice(0, -1)
    const part = quote === '' ? partOf(raw) : raw
    const line = `clt tables get ${quote}${raw}`
    for (const end of await completed(line, part, [{ name: table, columns: [] }])) {
      if (end === 'prod:') continue
      const fixed = raw.slice(0, raw.length - part.length)
      // readline closes the quote, unless the text ends with it.
      const close = end.endsWith(quote) ? '' : quote
      cases.push({ line, word: `${quote}${fixed}${end}${close}`, name: table })
    }
  }
  return cases
}

/** What bash makes of words, with its history on. */
function readByBash(words: readonly string[], cwd: string): string[] {
  const script = `set -o history; set -H\necho first >/dev/null\n${words
    .map((word) => `printf '%s\\0' ${word}`)
    .join('\n')}\n`
  const { stdout } = spawnSync('bash', ['--norc'], {
    cwd,
    input: script,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: cwd },
  })
  return stdout.split('\0').slice(0, -1)
}

let folder: string
let remove: () => Promise<void>
beforeAll(async () => {
  ;({ folder, remove } = await makeFolder())
})
afterAll(() => remove())

describe.runIf(hasBash)('in bash', () => {
  it('a completed table is read back as exactly that table, with any name and quote', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, fc.nat(4)), { minLength: 80, maxLength: 80 }),
        async (tables) => {
          const cases = (await Promise.all(tables.map(([table, n]) => tableCases(table, n)))).flat()
          const read = readByBash(
            cases.map(({ word }) => word),
            folder,
          )
          expect(existsSync(join(folder, 'pwned'))).toBe(false)
          const results = cases.map((each, index) => ({
            ...each,
            read: read[index] ?? '(nothing)',
          }))
          for (const { read, ...each } of results) {
            const { profile, table } = parseTableReference(read)
            expect({ ...each, profile, table }).toEqual({
              ...each,
              profile: undefined,
              table: each.name,
            })
          }
          expect(read.length).toBe(cases.length)
        },
      ),
      { numRuns: 6, endOnFailure: true },
    )
  })

  it('every name that can be shown and typed is offered, in each quote', async () => {
    for (const table of [
      'pwn$(touch x)',
      'a "b" \'c\' !d',
      '~x *',
      '-x',
      'opening:hours',
      '東京 😀',
    ]) {
      const offered = await tableCases(table, 0)
      expect(offered.map((each) => each.name)).toEqual([table, table, table])
    }
    expect(await tableCases('a\nb', 0)).toEqual([])
    expect(await tableCases('a\u202eb', 0)).toEqual([])
    expect(await tableCases('x@live', 0)).toEqual([])
  })
})

it('a completed column is read back as that column, by each option that takes one', async () => {
  await fc.assert(
    fc.asyncProperty(name, async (column) => {
      const tables = [{ name: 't', columns: [{ name: column, type: 'text' }] }]
      const offered = (before: string) => completed(`clt ${before} '`, '', tables)
      const unquoted = (texts: readonly string[]) =>
        texts.map((text) => text.replace(/'$/, '').replaceAll(String.raw`'\''`, "'"))
      for (const text of unquoted(await offered('records list t --select'))) {
        expect(parseColumns(text)).toEqual([column])
      }
      for (const text of unquoted(await offered('records list t --where'))) {
        const [key = ''] = Object.keys(parseWhere(`${text}= x`))
        expect([column, `"${column}"`]).toContain(key)
        if (['id', 'createdAt', 'updatedAt'].includes(column)) expect(key).toBe(`"${column}"`)
      }
      for (const text of unquoted(await offered('records update t --set'))) {
        expect(/^([^=]+)=(.*)$/s.exec(`${text}v`)?.slice(1)).toEqual([column, 'v'])
      }
      for (const text of unquoted(await offered('import t x.csv --key'))) {
        expect(text.split(',')).toEqual([column])
      }
      // Every printable name can be typed in at least one way.
      if (isPrintable(column)) {
        expect((await offered('records list t --select')).length).toBe(1)
        expect((await offered('records list t --where')).length).toBe(1)
      }
    }),
    { numRuns: 300 },
  )
})

describe('in PowerShell, by its rules for quotes', () => {
  /** The script's own two rules, taken from it. */
  async function rules() {
    const script = await readFile(new URL('../completion/clt.ps1', import.meta.url), 'utf8')
    const [, plain = ''] = /\$value -match '([^']+)'/.exec(script) ?? []
    const [, quotes = ''] = /\$value -replace "([^"]+)", '\$1\$1'/.exec(script) ?? []
    return { plain: new RegExp(plain), quotes: new RegExp(quotes, 'g') }
  }

  it('a name without special characters has no quotes; others have quotes that they cannot end', async () => {
    const { plain, quotes } = await rules()
    fc.assert(
      fc.property(fc.oneof(name, fc.string({ unit: fc.constantFrom(...'a\'‘’‚‛$`"') })), (text) => {
        if (plain.test(text)) return /^[\w./:=+-]+$/.test(text) && !/^[-+]/.test(text)
        const quoted = text.replace(quotes, '$1$1')
        // PowerShell takes any of them for the end of the text, and two for one, the second.
        return (
          quoted.replace(/['‘’‚‛](['‘’‚‛])/g, '$1') === text &&
          !/(?<!['‘’‚‛])['‘’‚‛](?:['‘’‚‛]{2})*(?!['‘’‚‛])/.test(quoted)
        )
      }),
    )
  })
})

/** Names of tables, each with a unique prefix by which it is completed. */
const HARMFUL = [
  'n1$(touch pwned)`touch pwned`end!',
  'n2 it\'s "so" \\ !x;touch pwned;|&<>()end"',
  "n3*?[a]{b,c}~#%^ 東京 😀end'",
]

describe.runIf(hasPty)('pressing Tab on a terminal', () => {
  let emulator: Emulator
  let env: Env

  beforeAll(async () => {
    emulator = await startEmulator({
      tables: HARMFUL.map((table) => ({ name: table, columns: [{ name: 'a', type: 'text' }] })),
    })
    env = {
      ...connectionTo(emulator),
      HOME: folder,
      ZDOTDIR: folder,
      LC_ALL: 'C.UTF-8',
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      PATH: `${folder}${delimiter}${process.env.PATH}`,
    }
    // The program completes; a script that runs instead of it prints how the shell parsed the line.
    const starter = `#!/bin/sh
if [ "$1" = __complete ] || [ "$1" = completion ]; then exec "${process.execPath}" "${BIN}" "$@"; fi
shift 2
for word in "$@"; do printf '%s\\0' "$word"; done >> "${join(folder, 'read')}"
echo "[done]"
`
    await writeFile(join(folder, 'clt'), starter, { mode: 0o755 })
    await writeFile(
      join(folder, 'rc'),
      `PS1='> '\nbind 'set enable-bracketed-paste off'\neval "$(clt completion bash)"\n`,
    )
    await writeFile(
      join(folder, '.zshrc'),
      `PS1='> '\nunset zle_bracketed_paste\nautoload -Uz compinit && compinit -u -D\neval "$(clt completion zsh)"\n`,
    )
  })
  beforeEach(() => rm(join(folder, 'read'), { force: true }))
  afterAll(() => emulator.close())

  it.each([
    ['bash', ['--noprofile', '--rcfile', () => join(folder, 'rc'), '-i']],
    ['zsh', ['-i']],
    [
      'fish',
      [
        '--no-config',
        '-i',
        '-C',
        () => 'clt completion fish | source; function fish_prompt; echo "> "; end',
      ],
    ],
  ] as const)('in %s each name is read back, in each quote', async (shell, args) => {
    if (!has(shell)) return
    const given = args.map((arg) => (typeof arg === 'string' ? arg : arg()))
    const terminal = openTerminal(given, env, 120, shell)
    onTestFinished(() => terminal.kill())
    await terminal.shows('> ')
    for (const quote of ['', '"', "'"]) {
      for (const table of HARMFUL) {
        terminal.type(`clt tables get ${quote}${table.slice(0, 2)}\t`)
        await terminal.shows('end')
        terminal.type('\r')
        await terminal.shows('[done]')
      }
    }
    terminal.type('exit\r')
    await terminal.ended
    const read = (await readFile(join(folder, 'read'), 'utf8')).split('\0').slice(0, -1)
    expect(read).toEqual([...HARMFUL, ...HARMFUL, ...HARMFUL])
    expect(existsSync(join(folder, 'pwned'))).toBe(false)
  })
})
