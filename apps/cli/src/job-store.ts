import { homedir } from 'node:os'
import { join } from 'node:path'
import { stateFolder } from '@chatlayer-tables/local'
import { JobStore } from '@chatlayer-tables/transfer'
import type { Context } from './context.ts'

/** The jobs of whoever runs this. */
export function jobStore({ io }: Pick<Context, 'io'>): JobStore {
  const { platform } = process
  return new JobStore(join(stateFolder({ platform, env: io.env, home: homedir() }), 'jobs'))
}
