import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { onEndSignal } from './end-signals.ts'

it.each([
  ['linux', ['SIGINT', 'SIGTERM', 'SIGHUP']],
  ['darwin', ['SIGINT', 'SIGTERM', 'SIGHUP']],
  ['win32', ['SIGINT', 'SIGBREAK', 'SIGHUP']],
] as const)('on %s they are %j, and are handled until stop is called', (platform, signals) => {
  const process = Object.assign(new EventEmitter(), { platform })
  let calls = 0
  const listening = onEndSignal(() => {
    calls++
  }, process)
  expect(process.eventNames().toSorted()).toEqual(signals.toSorted())
  for (const signal of signals) process.emit(signal)
  expect(calls).toBe(signals.length)
  listening.stop()
  for (const signal of signals) process.emit(signal)
  expect(calls).toBe(signals.length)
  expect(process.eventNames()).toEqual([])
})
