/** Every option and command that a text of the sources names exists, where that text can appear. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { commandTree } from '../src/command-tree.ts'
import { COMMANDS } from '../src/commands/index.ts'
import { TOPIC_NAMES } from '../src/help-topics.ts'

const ROOT = join(import.meta.dirname, '../../..')
const READERS = ['import', 'diff', 'sync', 'infer']

/**
 * The commands in which the texts of a folder can appear, by the longest path that fits. Of a folder that is
 * not named here, they can appear in any command.
 */
const WHERE: Readonly<Record<string, readonly string[]>> = {
  'packages/files/src': READERS,
  'packages/sources/src/http': READERS,
  'packages/sources/src/target': ['export'],
  'apps/cli/src/jobs/import-': ['import', 'jobs resume'],
  'apps/cli/src/jobs/restore-': ['restore', 'jobs resume'],
  'apps/cli/src/commands/export': ['export'],
  'apps/cli/src/commands/records/rows.ts': ['records insert', 'records upsert'],
}

/** Options of other programs and commands, by the file that names them. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  'packages/mirror/src/sql/engine.ts': ['--no-warnings', '--max-old-space-size'],
  'apps/cli/src/heap-growth.ts': ['--semi-space-growth-factor', '--heap-growing-percent'],
  'apps/cli/src/completion/answer.ts': ['--bash'],
  // Of clt plan, clt import, clt export and the MCP server, as their sentences say.
  'apps/cli/src/commands/apply/definition.ts': ['--exit-zero', '--out'],
  'apps/cli/src/commands/export/export-output.ts': ['--decimal'],
  'apps/cli/src/commands/import/definition.ts': ['--with-meta'],
  'apps/cli/src/commands/mcp/install/definition.ts': ['--read-only', '--tables'],
}

const program = commandTree()

function find(words: readonly string[]): { readonly command: Command; readonly name: string } {
  let command: Command = program
  const names: string[] = []
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word)
    if (child === undefined) break
    command = child
    names.push(word)
  }
  return { command, name: names.join(' ') }
}

const COMMON = program.options.flatMap(({ long, short }) => [long, short])

function hasOption(command: Command, flag: string): boolean {
  const own = command.options.flatMap(({ long, short }) => [long, short])
  return flag === '--help' || own.includes(flag) || COMMON.includes(flag)
}

interface Text {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** The lines of the sources that are no comments. */
function textsOf(folder: string): Text[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => {
      const path = join(ROOT, folder, name)
      const file = relative(ROOT, path).replaceAll('\\', '/')
      return readFileSync(path, 'utf8')
        .split('\n')
        .map((text, index) => ({ file, line: index + 1, text }))
        .filter(({ text }) => !/^\s*(\*|\/\/|\/\*)/.test(text))
    })
}

const folders = ['core', 'files', 'journal', 'local', 'mirror', 'sources', 'transfer']
const texts = [...folders.map((name) => `packages/${name}/src`), 'apps/cli/src'].flatMap(textsOf)

/** The commands of a file of `commands/`, and of folders that are named above. */
function commandsOf(file: string): readonly string[] | undefined {
  const prefix = Object.keys(WHERE)
    .filter((each) => file.startsWith(each))
    .toSorted((a, b) => b.length - a.length)[0]
  if (prefix !== undefined) return WHERE[prefix]
  const [, path] = /^apps\/cli\/src\/commands\/(.*)\/[^/]+$/.exec(file) ?? []
  if (path === undefined) return undefined
  const { name } = find(path.split('/'))
  const within = COMMANDS.map(({ definition }): string => definition.name).filter(
    (each) => each === name || each.startsWith(`${name} `),
  )
  return within.length > 0 ? within : undefined
}

it('every command that a text names exists, with the options that follow it', () => {
  const wrong: string[] = []
  let named = 0
  for (const { file, line, text } of texts) {
    for (const [, call = ''] of text.matchAll(
      /(?<![\w/'@-])clt ((?:[\w./:@${}<>…=-]+|"[^"]*"|'[^']*')(?: (?:[\w./:@${}<>…=*-]+|"[^"]*"|'[^']*'))*)/g,
    )) {
      const words = call.split(/\s+/)
      const { command, name } = find(words)
      const isTopic =
        words[0] === 'help' && (words[1] === 'topics' || TOPIC_NAMES.includes(words[1] ?? ''))
      const first = words[0] ?? ''
      if (!/^[a-z]+$/.test(first) || isTopic || first === 'help' || first === 'try') continue
      named += 1
      if (name === '') {
        // In prose, a verb may follow the name of the program.
        if (PROSE.includes(first)) continue
        wrong.push(`${file}:${line}: clt ${first} is not a command`)
        continue
      }
      for (const flag of call.match(/(?<=\s)--[a-z][a-z-]*/g) ?? []) {
        if (command.commands.length === 0 && !hasOption(command, flag)) {
          wrong.push(`${file}:${line}: clt ${name} has no ${flag}`)
        }
      }
    }
  }
  expect(wrong).toEqual([])
  expect(named).toBeGreaterThan(50)
})

/** Words after the name of the program that are no command. */
const PROSE: readonly string[] = ['failed', 'reads']

it('every option that a text names exists in a command where it can appear', () => {
  const all = COMMANDS.map(({ definition }) => find(definition.name.split(' ')).command)
  const wrong: string[] = []
  for (const { file, line, text } of texts) {
    // Of a line that names a command, the other test checks the options.
    const rest = text.replace(/(?<![\w/'@-])clt [a-z].*/, '')
    const commands = commandsOf(file)?.map((name) => find(name.split(' ')).command) ?? all
    for (const flag of rest.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? []) {
      if (flag === '--version' || flag === '--help' || flag.endsWith('-')) continue
      if (OTHERS[file]?.includes(flag)) continue
      // A text that is in several commands must be right in each.
      const isRight =
        commands === all
          ? all.some((command) => hasOption(command, flag))
          : file.startsWith('packages/')
            ? commands.every((command) => hasOption(command, flag))
            : commands.some((command) => hasOption(command, flag))
      if (!isRight) wrong.push(`${file}:${line}: ${flag}`)
    }
  }
  expect(wrong).toEqual([])
})
