import { InvalidInputError } from '@chatlayer-tables/core'
import type { SideInput } from '../open-side.ts'
import type { Side } from '../side.ts'

export async function openHttp({ address }: SideInput): Promise<Side> {
  throw new InvalidInputError(`${address} cannot be read yet`)
}
