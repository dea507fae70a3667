/**
 * Programs that forget to await a write, each in a process of its own: the rows are written, or the
 * process ends with an error that says why they are not.
 */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const CORE = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
const ROWS = 'Array.from({ length: 300 }, (_, n) => ({ n }))'

let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator({ tables: [{ name: 't', columns: [{ name: 'n', type: 'int' }] }] })
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

interface Run {
  readonly exit: number | null
  readonly output: string
  readonly errors: string
}

/** @param program uses `client`, and `table` of an emulator whose token is `TOKEN` */
async function run(program: string, token = emulator.token): Promise<Run> {
  const options = {
    baseUrl: emulator.url,
    teamId: emulator.teamId,
    botId: emulator.botId,
    rate: { perSecond: 2_000 },
  }
  const start = `
    import { createClient } from ${JSON.stringify(CORE)}
    const options = { ...${JSON.stringify(options)}, token: process.env.TOKEN }
    const client = createClient(options)
    const table = client.table('t')
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', start + program], {
    env: { TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { exit: await exit, output, errors }
}

test('a write that is not awaited is complete when the process ends', async () => {
  const { exit, output, errors } = await run(`
    table.insertMany(${ROWS})
    console.log('the end of the program')
  `)
  expect([exit, output, errors]).toEqual([0, 'the end of the program\n', ''])
  expect(emulator.tables.count('t')).toBe(300)
})

test.each([
  ['a wrong token', 'table.insertMany(ROWS)', 'user:wrong', 'AuthenticationError: '],
  ['a table that is not there', `client.table('tt').insertMany(ROWS)`, undefined, 'NotFoundError'],
  [
    'an input that throws',
    `table.insertMany((function* () { yield { n: 1 }; throw new Error('line 2 is broken') })())`,
    undefined,
    'line 2 is broken',
  ],
  [
    'a client that is closed at once',
    'table.insertMany(ROWS); await client.close()',
    undefined,
    'ConnectionError: the client is closed',
  ],
  [
    'a client that is closed in the middle',
    `await table.definition()
    table.insertMany(ROWS)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await client.close()`,
    undefined,
    'ConnectionError: the client was closed; the remaining rows were not sent',
  ],
])('%s is an uncaught error of the process', async (_, program, token, message) => {
  const { exit, errors } = await run(program.replaceAll('ROWS', ROWS), token)
  expect(errors).toContain(message)
  expect(exit).toBe(1)
})

test('a loop that comes too late throws, and the rows are written', async () => {
  const { exit, output } = await run(`
    const write = table.insertMany(${ROWS})
    await table.definition()
    try {
      for await (const outcome of write) console.log(outcome)
    } catch (error) {
      console.log(error.code, error.hint)
    }
    console.log((await write).ok)
  `)
  expect(output).toMatch(/^INVALID_INPUT Begin the loop where the write is created/)
  expect(output).toMatch(/300\n$/)
  expect(exit).toBe(0)
})

test('rows that are rejected end no process: they are in the report', async () => {
  const { exit, errors } = await run(`table.insertMany([{ n: 'x' }, { n: 1 }])`)
  expect([exit, errors]).toEqual([0, ''])
  const thrown = await run(`await table.insertMany([{ n: 'x' }, { n: 1 }]).orThrow()`)
  expect(thrown.errors).toContain('WriteFailedError: 1 of 2 rows failed')
  expect(thrown.exit).toBe(1)
})
