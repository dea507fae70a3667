import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import type { Environment } from './clients.ts'

export const STORE_COUNT = 60

/** A temporary folder, deleted after the test file. */
export function makeFolder(): string {
  return mkdtempSync(join(process.env.TEST_FOLDER ?? '', 'mcp-'))
}

/** 60 stores in Ghent and Bruges, and an empty table of leads. */
export function startFixture(): Promise<Emulator> {
  return startEmulator({
    port: 0,
    tables: [
      {
        name: 'stores',
        description: 'Where we are',
        columns: [
          { name: 'name', type: 'text' },
          { name: 'city', type: 'text' },
          { name: 'rank', type: 'int' },
          { name: 'open', type: 'bool' },
          { name: 'tags', type: 'jsonb' },
        ],
        records: Array.from({ length: STORE_COUNT }, (_, index) => ({
          name: `Store ${index}`,
          city: index % 3 === 0 ? 'Bruges' : 'Ghent',
          rank: index,
          open: index % 2 === 0,
        })),
      },
      {
        name: 'leads',
        columns: [{ name: 'message', type: 'text' }],
      },
    ],
  })
}

export function environmentOf(emulator: Emulator): Environment {
  return {
    CHATLAYER_TOKEN: emulator.token,
    CHATLAYER_BASE_URL: emulator.url,
    CHATLAYER_TEAM_ID: emulator.teamId,
    CHATLAYER_BOT_ID: emulator.botId,
    /** Of the servers of one test file. */
    XDG_STATE_HOME: join(process.env.TEST_FOLDER ?? '', 'state'),
  }
}
