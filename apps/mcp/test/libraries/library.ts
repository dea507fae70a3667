/** The client libraries under test, with one interface. */
import { BIN, type Environment } from '../clients.ts'

/** How to reach the server. */
export type Target =
  | { readonly wire: 'stdio'; readonly env: Environment; readonly flags: readonly string[] }
  | { readonly wire: 'http'; readonly url: string }

/** A connection to the server, by the means that the library gives to an agent. */
export interface Connection {
  /** The names of the tools as a model sees them. */
  readonly tools: readonly string[]
  /** Resolves with what the model reads, results and errors alike. */
  call(tool: string, args: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

export interface Library {
  readonly name: string
  /** Whether it checks arguments by the listed schema, and then rejects what the schema does not allow. */
  readonly isStrict?: true
  connect(target: Target): Promise<Connection>
}

/** How to start the server. */
export function command({ env, flags }: Target & { wire: 'stdio' }) {
  return { command: process.execPath, args: [BIN, ...flags], env }
}
