/** The context in which a worker carries out one order: its messages are the log of the order. */
import { Writable } from 'node:stream'
import type { QueueRun } from '@chatlayer-tables/state'
import type { Context } from '../context.ts'
import { Messages } from '../output/messages.ts'
import { Writer } from '../output/writer.ts'
import { RunJournal } from '../run-journal.ts'

/** @param env of the order */
export function orderContext(
  base: Context,
  run: QueueRun,
  env: Context['io']['env'],
  onLine: (line: string) => void,
): Context {
  const io = { ...base.io, env }
  const err = new Writer(lines(onLine), env)
  const messages = new Messages(err, false, base.messages.isVerbose)
  messages.hide(env.CHATLAYER_TOKEN)
  return {
    ...base,
    ...{ io, err, messages, json: false, quiet: false },
    out: new Writer(
      lines(() => undefined),
      env,
    ),
    journal: new RunJournal(io, { command: 'worker', messages, state: base.state }),
    ...{ stop: run.stop, abort: run.abort },
  }
}

/** A stream that passes on each whole line. */
function lines(onLine: (line: string) => void): Writable {
  let rest = ''
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _, done) {
      const parts = (rest + chunk.toString()).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) if (line !== '') onLine(line)
      done()
    },
  })
}
