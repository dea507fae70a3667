/** The first screens of the READMEs, typed on a terminal: the output must be as shown. */
import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, type Env, makeFolder, type Running, startProcess } from './cli.ts'
import { hasPty, openTerminal } from './pty.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

interface Step {
  readonly command: string
  readonly shown: readonly string[]
}

let folder: string
let remove: () => Promise<void>
let env: Env
let emulator: Running | undefined

beforeAll(async () => {
  ;({ folder, remove } = await makeFolder())
  await writeFile(join(folder, 'clt'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`)
  await chmod(join(folder, 'clt'), 0o755)
  env = { HOME: folder, NO_COLOR: '1', PATH: `${folder}${delimiter}${process.env.PATH}` }
})
afterAll(async () => {
  emulator?.child.kill('SIGTERM')
  await emulator?.result
  await remove()
})

describe.skipIf(!hasPty)('at a terminal', () => {
  it('the README of the repository', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
    const section = readme.slice(readme.indexOf('## Try the command line'))
    const setUp = shellLines(section).filter((line) => /^(mkdir|cp|clt) /.test(line))
    expect(setUp.map((line) => line.split(' ')[0])).toEqual(['mkdir', 'cp', 'clt'])
    await connect(setUp.map((line) => line.replaceAll('/tmp/tables', join(folder, 'tables'))))
    const steps = transcript(section)
    expect(steps.length).toBeGreaterThan(4)
    for (const step of steps) await play(step)
  })

  it('the README of the command line', async () => {
    env = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CHATLAYER_')))
    const steps = transcript(await readFile(new URL('../README.md', import.meta.url), 'utf8'))
    for (const step of steps.slice(0, 2)) await play(step)
  })
})

/** IDs in the README, and the IDs that replace them here. */
const realIds = new Map<string, string>()

async function play({ command, shown }: Step): Promise<void> {
  const typed = [...realIds].reduce((text, [id, real]) => text.replaceAll(id, real), command)
  const line = `cd '${folder}' && ${typed}`
  const terminal = openTerminal(['--norc', '-c', line], env, 100, 'bash')
  const question = shown.find((text) => text.includes('[y/N] '))
  if (question !== undefined) {
    await terminal.shows('[y/N] ')
    terminal.type(`${question.slice(question.indexOf('[y/N] ') + 6)}\n`)
  }
  await terminal.ended
  const seen = lastOfEachLine(terminal.screen())
  expect(seen.map(withoutChance), command).toEqual(shown.map(withoutChance))
  for (const [index, text] of shown.entries()) {
    const [id, real] = [text, seen[index] ?? ''].map(
      (each) => /clt changes undo (\w+)/.exec(each)?.[1],
    )
    if (id !== undefined && real !== undefined) realIds.set(id, real)
  }
}

/** The final text of a line that was overwritten. */
function lastOfEachLine(screen: string): string[] {
  const lines = screen.trimEnd().split(/\r*\n/)
  return lines.map((line) => line.split('\r').findLast((part) => part !== '') ?? '')
}

/** Replaces IDs and times, which differ between runs. */
function withoutChance(line: string): string {
  return line
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/(undo(?: --job)?|undid 1 of 1 record of) [a-z0-9]{8}\b/g, '$1 CHANGE')
    .replace(/^started job [a-z0-9]{8}:/, 'started job JOB:')
    .replace(/in \d+\.\d s/, 'in TIME')
    .trimEnd()
}

/** The commands of the first ```console block, each with its output. */
function transcript(text: string): Step[] {
  const [, block = ''] = /```console\n(.*?)```/s.exec(text) ?? []
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...shown] = part.trimEnd().split('\n')
      return { command, shown }
    })
}

function shellLines(text: string): string[] {
  return [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.split('\n'))
}

/** Runs the lines, whose last starts the emulator, and uses the connection that it prints. */
async function connect(lines: readonly string[]): Promise<void> {
  const script = `${lines.slice(0, -1).join(' && ')} && exec ${lines.at(-1)} --port 0`
  emulator = startProcess('bash', ['-c', script], env, ROOT)
  let output = ''
  emulator.child.stdout?.on('data', (chunk: string) => {
    output += chunk
  })
  while (!output.includes('Ctrl+C')) await once(emulator.child.stdout!, 'data')
  const exports = [...output.matchAll(/^export (\w+)=(.*)$/gm)]
  for (const [, name = '', value = ''] of exports) {
    const [, file] = /^"\$\(cat (.*)\)"$/.exec(value) ?? []
    env = { ...env, [name]: file === undefined ? value : (await readFile(file, 'utf8')).trim() }
  }
}
