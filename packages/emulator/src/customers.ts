/** The customers of the team: read only, as on the wire. */
import { randomUUID } from 'node:crypto'
import { CUSTOMER_PAGE, type EndpointQuery, wireCustomer } from '@chatlayer-tables/contract'
import { z } from 'zod'

export const CustomerDefinition = z.strictObject({
  id: z.uuid().optional(),
  name: z.string().default(''),
  email: z.string().default(''),
  phone: z.string().default(''),
  createdAt: z.iso.datetime().optional(),
  updatedAt: z.iso.datetime().optional(),
})
export type CustomerDefinition = z.input<typeof CustomerDefinition>

type Customer = ReturnType<typeof wireCustomer>
export type Customers = readonly Customer[]

/** @param now used for omitted dates */
export function makeCustomers(definitions: readonly CustomerDefinition[], now: Date): Customers {
  return definitions.map((given) => {
    const { id = randomUUID(), createdAt, updatedAt, ...profile } = CustomerDefinition.parse(given)
    const created = createdAt ?? now.toISOString()
    return wireCustomer({ id, ...profile, createdAt: created, updatedAt: updatedAt ?? created })
  })
}

/** One page; a limit of 0 returns no customers, but the total. */
export function customerPage(
  customers: Customers,
  query: EndpointQuery<'listCustomers'>,
): { data: Customer[]; meta: { total: number } } {
  const { limit = CUSTOMER_PAGE.default, page = 1 } = query
  const start = (page - 1) * limit
  return { data: customers.slice(start, start + limit), meta: { total: customers.length } }
}
