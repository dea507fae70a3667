/**
 * Copies the products of a shop into the table `products`, for cron. Ends with 0 when every product is in the
 * table, 1 when a person has to look, and 75 when another run may help.
 */
import { clientFromEnvironment, isChatlayerError } from '@chatlayer-tables/core'
import { z } from 'zod'

const Product = z.object({
  sku: z.string().min(1),
  name: z.string(),
  price: z.string().regex(/^\d+\.\d\d$/),
  stock: z.int(),
})
type Product = z.infer<typeof Product>

/** The products are checked by the table, one by one: a wrong one does not stop the others. */
const Page = z.object({ products: z.array(z.custom<Product>()), next: z.string().nullable() })

const TRY_LATER = ['CONNECTION', 'TIMEOUT', 'GATEWAY', 'RATE_LIMITED', 'TABLE_CHANGED']

/** Reads the shop page by page, as fast as the products are written. */
async function* readShop(url: string): AsyncGenerator<Product> {
  for (let next: string | null = '/products'; next !== null; ) {
    const response = await fetch(new URL(next, url))
    if (!response.ok) throw new Error(`the shop responded with ${response.status} to ${next}`)
    const page = Page.parse(await response.json())
    yield* page.products
    next = page.next
  }
}

async function sync(shop: string): Promise<number> {
  const client = clientFromEnvironment(process.env)
  try {
    const write = client.table('products', Product).upsert(readShop(shop), { key: 'sku' })
    for await (const outcome of write) {
      if (outcome.status === 'ok') continue
      console.error(`${outcome.row.sku}: ${outcome.status}: ${outcome.error.message}`)
    }
    const { changes, rejected, unknown } = write.progress
    const { inserted, updated, unchanged } = changes
    console.log(
      `${inserted} inserted, ${updated} updated, ${unchanged} unchanged, ${rejected} rejected, ${unknown} unknown`,
    )
    if (unknown > 0) return 75
    return rejected > 0 ? 1 : 0
  } finally {
    await client.close()
  }
}

try {
  process.exitCode = await sync(process.env.SHOP_URL ?? 'http://localhost:4000')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  // What is not an error of the gateway is one of the shop.
  process.exitCode = isChatlayerError(error) && !TRY_LATER.includes(error.code) ? 1 : 75
}
