import { addressKind } from '@chatlayer-tables/sources/address'
import type { Connection } from '../../../connections/connection-file.ts'
import type { Connections } from '../../../connections/connections.ts'
import { shownAddress } from '../../../connections/saved-address.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { writeFacts } from '../../../output/facts.ts'
import { openConnections } from '../../../profiles/open-profiles.ts'
import type { Options } from './definition.ts'

export async function run(_: Options, context: Context): Promise<ExitCode> {
  const { out, messages, json } = context
  const connections = openConnections(context)
  const names = await connections.names()
  const entries = await Promise.all(names.map((name) => readEntry(connections, name)))
  if (json) await out.write(`${JSON.stringify(entries.map(asJson))}\n`)
  else if (entries.length > 0 || !out.isTerminal) {
    await writeFacts(out, HEADER, entries.map(cells))
  }
  for (const { problem } of entries) if (problem !== undefined) await messages.failure(problem)
  if (entries.length === 0) {
    await messages.note('There are no saved connections. Save one: clt connections add')
  }
  return entries.some(({ problem }) => problem !== undefined) ? EXIT.usage : EXIT.ok
}

interface Entry {
  readonly name: string
  readonly connection: Connection | undefined
  readonly problem: UsageError | undefined
}

async function readEntry(connections: Connections, name: string): Promise<Entry> {
  try {
    return { name, connection: await connections.read(name), problem: undefined }
  } catch (problem) {
    if (!(problem instanceof UsageError)) throw problem
    return { name, connection: undefined, problem }
  }
}

const HEADER = ['connection', 'address', 'secret']

function cells({ name, connection }: Entry): string[] {
  if (connection === undefined) return [name, 'broken', '']
  const { address, header, secret } = connection
  return [name, shownAddress(address), header === undefined ? secret : `${secret}, in ${header}`]
}

function asJson({ name, connection, problem }: Entry): object {
  if (connection === undefined) return { name, problem: problem?.message }
  const { address, header, secret } = connection
  return { name, kind: addressKind(address), address: shownAddress(address), header, secret }
}
