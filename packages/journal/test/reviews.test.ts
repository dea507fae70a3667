/** Reviews in a file. */
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openReviews } from '../src/reviews/index.ts'
import { testReviews } from './reviews-contract.ts'

let folder: string

const setup = {
  start: async () => {
    folder = await mkdtemp(join(tmpdir(), 'reviews-'))
  },
  open: (now: () => number) => openReviews(folder, { now }),
  end: () => rm(folder, { recursive: true }),
  runs: 150,
}

testReviews('reviews in SQLite', setup)

it('is a file of its owner alone', async () => {
  await setup.start()
  const reviews = setup.open(() => 1)
  expect(statSync(join(folder, 'reviews.db')).mode & 0o777).toBe(0o600)
  await reviews.close()
  await setup.end()
})
