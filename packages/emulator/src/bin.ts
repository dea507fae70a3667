#!/usr/bin/env node
import { nodeTooOld } from './node-version.ts'

const problem = nodeTooOld(process.versions.node)
process.exitCode = problem === undefined ? await run(process.argv.slice(2)) : complain(problem)

async function run(args: readonly string[]): Promise<number> {
  const { runEmulator } = await import('./run.ts')
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  const { env, stdout, stderr } = process
  return runEmulator(args, { env, stdout, stderr, signal: stop.signal })
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`)
  return 1
}
