import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fuzz } from './fuzz.mjs'
import { diceOf, mutate } from './fuzz-mutate.mjs'

test('no parser crashes on or hangs at the first inputs of a fixed seed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  // The limit is that of a machine that is busy with other tests.
  const { inputs, failures } = await fuzz({ seconds: 10, seed: 20261128, limitMs: 20_000, folder })
  expect(failures).toEqual([])
  expect(inputs).toBeGreaterThan(100)
})

test('the same seed makes the same input', () => {
  const seeds = [Buffer.from('{"a":[1,2]}'), Buffer.from('a,b\n1,2\n')]
  for (let number = 0; number < 100; number += 1) {
    expect(mutate(seeds, diceOf(number))).toEqual(mutate(seeds, diceOf(number)))
  }
})
