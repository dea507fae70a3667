/** Replicas of the HTTP server on machines that have nothing in common but a database. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { type Environment, type Generation, type McpClient, openHttp } from './clients.ts'
import { environmentOf, makeFolder } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'
import { type RoundRobin, startRoundRobin } from './round-robin.ts'

export interface SharedReplicas {
  readonly servers: readonly HttpProcess[]
  readonly proxy: RoundRobin
  /** Runs calls by the proxy, which reach more than one replica. */
  crossing<T>(calls: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface ReplicaOptions {
  readonly flags?: readonly string[]
  readonly env?: Environment
  /** Default: 3. */
  readonly count?: number
}

/** The environment of a program on a machine of its own. */
function machineOf(emulator: Emulator, database: string): Environment {
  return {
    ...environmentOf(emulator),
    HOME: makeFolder(),
    XDG_STATE_HOME: makeFolder(),
    CHATLAYER_STATE: database,
  }
}

/** @param database its address */
export async function startReplicas(
  emulator: Emulator,
  database: string,
  { flags = [], env = {}, count = 3 }: ReplicaOptions = {},
): Promise<SharedReplicas> {
  const start = () => startHttpServer({ ...machineOf(emulator, database), ...env }, flags)
  const servers = await Promise.all(Array.from({ length: count }, start))
  const proxy = await startRoundRobin(servers.map(({ url }) => url))
  return {
    servers,
    proxy,
    async crossing(calls) {
      const before = [...proxy.counts]
      const result = await calls()
      const used = proxy.counts.filter((now, index) => now > (before[index] ?? 0))
      if (used.length < 2) throw new Error('one replica got all calls')
      return result
    },
    async close() {
      await proxy.close()
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}

/** A client of each replica, and one of the proxy, which are one caller. */
export async function openClients(
  generation: Generation,
  { servers, proxy }: SharedReplicas,
): Promise<{
  readonly each: readonly McpClient[]
  readonly all: McpClient
  close(): Promise<void>
}> {
  const open = (url: string) => openHttp(generation, url)
  const each = await Promise.all(servers.map(({ url }) => open(url)))
  const all = await open(proxy.url)
  return {
    each,
    all,
    async close() {
      await Promise.all([...each, all].map((client) => client.close()))
    },
  }
}
