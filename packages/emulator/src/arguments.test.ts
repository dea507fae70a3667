import { DEFAULT_DIALECT } from '@chatlayer-tables/contract'
import { expect, test } from 'vitest'
import { helpText, readArguments, UsageError } from './arguments.ts'

test('without arguments: a fixed port, memory, no faults', () => {
  expect(readArguments([])).toEqual({
    help: false,
    json: false,
    port: 8686,
    seed: undefined,
    storage: undefined,
    tokenFile: undefined,
    faults: [],
    faultSeed: undefined,
    dialect: DEFAULT_DIALECT,
  })
})

test('reads every option', () => {
  const args = readArguments([
    ...['--port', '0', '--seed', 'dir', '--storage', 'file', '--token-file', 'secret', '--json'],
    ...['--latency', '80-120', '--rate-limit', '300', '--fault-seed', '7'],
    ...['--fault', '{"kind":"reset","rate":0.05}', '--fault', '{"kind":"hang","times":1}'],
    ...['--dialect', 'maxSelectLimit=1000', '--dialect', 'nullEncoding=json'],
  ])
  expect(args).toMatchObject({
    port: 0,
    json: true,
    seed: 'dir',
    storage: 'file',
    tokenFile: 'secret',
    faultSeed: 7,
    faults: [
      { kind: 'rate-limit', perSecond: 300 },
      { kind: 'latency', ms: { min: 80, max: 120 } },
      { kind: 'reset', rate: 0.05, when: 'before' },
      { kind: 'hang', times: 1 },
    ],
    dialect: { maxSelectLimit: 1000, nullEncoding: 'json', emptyFilter: 'all' },
  })
  expect(readArguments(['--latency', '80']).faults).toMatchObject([{ kind: 'latency', ms: 80 }])
})

test.each([
  [['--port', '65536'], '--port takes a whole number from 0 to 65535'],
  [['--port', 'x'], '--port takes a whole number'],
  [['--port', ''], '--port takes a whole number'],
  [['--rate-limit', '0'], '--rate-limit takes a whole number'],
  [['--latency', 'fast'], '--latency takes milliseconds'],
  [['--latency', '120-80'], '--latency: '],
  [['--fault', 'reset'], '--fault takes JSON'],
  [['--fault', '{"kind":"explosion"}'], '--fault: '],
  [['--dialect', 'pageOrder'], '--dialect takes KEY=VALUE; the keys are filterCombination'],
  [['--dialect', 'color=red'], '--dialect takes KEY=VALUE'],
  [['--dialect', 'pageOrder=odd'], '--dialect: '],
  [['--dialect', 'maxSelectLimit=0'], '--dialect: '],
  [['--unknown'], '--unknown'],
  [['extra'], 'extra'],
  [['--seed'], '--seed'],
])('%j is rejected', (argv, message) => {
  expect(() => readArguments(argv)).toThrow(UsageError)
  expect(() => readArguments(argv)).toThrow(message)
})

test('the help shows the name by which it was called', () => {
  expect(helpText('clt emulator')).toMatch(/^Usage: clt emulator \[options\]/)
  expect(helpText('clt emulator')).not.toContain('chatlayer-tables-emulator')
})

test('the help names every option', () => {
  for (const option of [
    ...['port', 'seed', 'storage', 'token-file', 'latency', 'rate-limit', 'fault', 'fault-seed'],
    ...['dialect', 'json', 'help'],
  ]) {
    expect(helpText()).toContain(`--${option}`)
  }
})
