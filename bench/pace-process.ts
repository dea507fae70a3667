/** Processes that write as fast as they may, for bench/pace-shared.ts. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { PaceClientSetting, PaceCount } from './pace-client.ts'

/** One process of bench/pace-client.ts, and what it printed. */
export class PaceProcess {
  static readonly #running = new Set<PaceProcess>()

  static killAll(): void {
    for (const each of PaceProcess.#running) each.kill()
  }

  readonly #child: ChildProcess
  readonly #counts: PaceCount[] = []

  constructor(setting: PaceClientSetting) {
    const file = fileURLToPath(new URL('pace-client.ts', import.meta.url))
    this.#child = spawn(process.execPath, [file, JSON.stringify(setting)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    PaceProcess.#running.add(this)
    this.#child.once('exit', () => PaceProcess.#running.delete(this))
  }

  async ready(): Promise<void> {
    const { stdout } = this.#child
    if (stdout === null) throw new Error('the process has no standard output')
    const lines = createInterface(stdout)
    await once(lines, 'line')
    lines.on('line', (line) => this.#counts.push(JSON.parse(line)))
  }

  begin(): void {
    this.#child.stdin?.write('begin\n')
  }

  async end(): Promise<void> {
    if (this.#child.exitCode === null) {
      const exit = once(this.#child, 'exit')
      this.#child.stdin?.end()
      await exit
    }
    if (this.#child.exitCode !== 0) throw new Error('a process failed')
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  get last(): PaceCount | undefined {
    return this.#counts.at(-1)
  }

  /** Requests that were accepted from one time to another. */
  accepted(from: number, to: number): number {
    return this.#acceptedUntil(to) - this.#acceptedUntil(from)
  }

  #acceptedUntil(time: number): number {
    const index = this.#counts.findIndex(({ at }) => at >= time)
    const after = this.#counts[index]
    const before = this.#counts[index - 1]
    if (after === undefined) return this.last?.accepted ?? 0
    if (before === undefined) return 0
    const part = (time - before.at) / (after.at - before.at)
    return before.accepted + part * (after.accepted - before.accepted)
  }
}

/** Jain's index of fairness: 1 where all are equal, 1/n where one has everything. */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0)
  const squares = shares.reduce((total, share) => total + share ** 2, 0)
  return sum ** 2 / (shares.length * squares)
}
