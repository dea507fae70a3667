import { InvalidInputError } from '@chatlayer-tables/core'
import type { TargetSession } from './session.ts'
import type { TargetInput } from './target-input.ts'

export async function openMysqlTarget({ address }: TargetInput): Promise<TargetSession> {
  throw new InvalidInputError(`${address} cannot be written yet`)
}
