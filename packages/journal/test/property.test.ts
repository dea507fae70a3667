/** Undoing any writes from the last to the first restores the table. */
import { it } from 'vitest'
import { checkUndos } from './any-undos.ts'
import { Setup } from './support.ts'

it('random writes and undos, undone in reverse, give the start', { timeout: 300_000 }, async () => {
  await using setup = await Setup.start()
  await checkUndos(setup, [setup.journal], 25)
})
