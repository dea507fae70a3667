import { describe, expect, it } from 'vitest'
import { keepMirrored } from './mirror-loop.ts'

/** Runs the loop with these results of runs, and returns what happened. */
async function events(results: readonly (string | Error)[]): Promise<string[]> {
  const happened: string[] = []
  const end = new AbortController()
  const left = [...results]
  const ended = keepMirrored<string>({
    everyMs: 100_000,
    run: async () => {
      const next = left.shift()
      if (next === undefined) end.abort(new Error('ended'))
      if (next === undefined || next instanceof Error) throw next ?? new Error('ended')
      return next
    },
    isTransient: (error) => !String(error).includes('lasting'),
    onRun: async (report) => void happened.push(report),
    onFailure: async (error) => void happened.push(`failure: ${(error as Error).message}`),
    onRecovery: async () => void happened.push('recovery'),
    signal: end.signal,
    wait: async (ms) => void happened.push(`wait ${Math.round(ms / 1_000)}`),
    random: () => 0.5,
  })
  await ended.catch((error: Error) => happened.push(error.message))
  return happened
}

describe('a mirror', () => {
  it('reports an outage once, tries more and more rarely, and reports its end', async () => {
    const down = new Error('down')
    expect(await events(['a', down, down, down, 'b'])).toEqual([
      ...['a', 'wait 100', 'failure: down', 'wait 1', 'wait 2', 'wait 4'],
      ...['recovery', 'b', 'wait 100', 'ended'],
    ])
  })

  it('waits for a server that is not up yet, but ends with an error that will last', async () => {
    expect(await events([new Error('down'), 'a'])).toEqual([
      ...['failure: down', 'wait 1', 'recovery', 'a', 'wait 100', 'ended'],
    ])
    expect(await events([new Error('lasting')])).toEqual(['lasting'])
  })

  it('goes on after a lasting error in a later run, since it may be fixed', async () => {
    expect(await events(['a', new Error('lasting'), 'b'])).toContain('failure: lasting')
  })

  it('reports another error of the same outage', async () => {
    const happened = await events(['a', new Error('down'), new Error('locked'), 'b'])
    expect(happened.filter((event) => event.startsWith('failure'))).toHaveLength(2)
  })
})
