import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { fuzz } from './fuzz.mjs'
import { diceOf, mutate } from './fuzz-mutate.mjs'
import { createTargets, isDocumented } from './fuzz-targets.mjs'

const SEED = 20261128
/** Time per target; the campaign takes minutes. */
const SHORT_MS = 300
const folder = mkdtempSync(join(tmpdir(), 'fuzz-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
const targets = await createTargets(folder)

test.each(Object.entries(targets))('%s crashes at no input of a fixed seed', async (_, target) => {
  const end = performance.now() + SHORT_MS
  for (let number = 0; number < 10 || performance.now() < end; number += 1) {
    try {
      await target.run(target.input(diceOf(SEED + number)))
    } catch (error) {
      if (!isDocumented(error)) throw new Error(`input ${number}`, { cause: error })
    }
  }
})

test('the campaign counts inputs, and names an unknown target', async () => {
  const { inputs, failures } = await fuzz({ seconds: 1, seed: SEED, only: ['dates'], folder })
  expect(failures).toEqual([])
  expect(inputs).toBeGreaterThan(0)
  await expect(fuzz({ seconds: 1, seed: SEED, only: ['nothing'], folder })).rejects.toThrow(
    'nothing',
  )
})

test('the same seed makes the same input', () => {
  const seeds = [Buffer.from('{"a":[1,2]}'), Buffer.from('a,b\n1,2\n')]
  for (let number = 0; number < 100; number += 1) {
    expect(mutate(seeds, diceOf(number))).toEqual(mutate(seeds, diceOf(number)))
  }
})
