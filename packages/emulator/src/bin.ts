#!/usr/bin/env node
import { nodeTooOld } from './node-version.ts'

const problem = nodeTooOld(process.versions.node)
if (problem === undefined) {
  const { runEmulator } = await import('./run.ts')
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  process.exitCode = await runEmulator(process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stop.signal,
  })
} else {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
}
