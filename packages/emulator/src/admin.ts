/**
 * The admin path: what arranges and inspects the emulator from outside its process. It lies beside
 * the API's prefix and asks for no token, since the emulator listens on loopback only.
 */

import { isLoopback } from '@chatlayer-tables/contract'
import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Emulation } from './emulation.ts'

export const ADMIN_PREFIX = '/_emulator'

export function mountAdmin(app: Hono<{ Bindings: HttpBindings }>, emulation: Emulation): void {
  app.get(`${ADMIN_PREFIX}/stats`, (c) =>
    c.json({ requests: emulation.requests.counts, cpu: process.cpuUsage() }),
  )
}
void isLoopback
