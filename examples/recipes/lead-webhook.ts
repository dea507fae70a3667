/** A webhook of a CRM: finds the lead of an event by its email address, and stores its new stage. */
import { clientFromEnvironment, isChatlayerError } from '@chatlayer-tables/core'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'

const Event = z.object({
  email: z.email(),
  stage: z.enum(['new', 'contacted', 'won', 'lost']),
  at: z.iso.datetime(),
})

const Lead = z.object({
  email: z.string(),
  stage: z.string(),
  stage_at: z.iso.datetime({ offset: true }).nullable(),
})

// Shorter than the sender waits, so that it gets a response in any case.
const client = clientFromEnvironment(process.env, { timeoutMs: 8_000 })
const leads = client.table('leads', Lead)

const app = new Hono()
app.use(bearerAuth({ token: process.env.WEBHOOK_SECRET ?? '' }))

app.post('/leads', bodyLimit({ maxSize: 10_000 }), async (c) => {
  const event = Event.safeParse(await c.req.json().catch(() => undefined))
  if (!event.success) return c.json({ error: z.prettifyError(event.error) }, 400)
  const { email, stage, at } = event.data

  const [lead, other] = await leads.records({ where: { email } }).toArray({ limit: 2 })
  if (lead === undefined) return c.json({ error: 'no lead has this email address' }, 404)
  if (other !== undefined) return c.json({ error: 'several leads have it' }, 409)

  // An event may arrive twice, or after a later one.
  const { stage_at } = lead.values
  if (stage_at !== null && Date.parse(stage_at) >= Date.parse(at)) return c.json({ done: 'before' })

  const { change } = await leads.updateOne(lead.id, { stage, stage_at: at })
  return c.json({ done: change })
})

app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse()
  console.error(error)
  const isHopeless =
    isChatlayerError(error) && ['INVALID_INPUT', 'REJECTED', 'NOT_FOUND'].includes(error.code)
  if (isHopeless) return c.json({ error: error.message }, 422)
  // It may have been written or not. The sender sends the event again, which is safe.
  return c.json({ error: 'not known to be stored: send it again' }, 503, { 'retry-after': '30' })
})

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) =>
  console.log(`listening on port ${port}`),
)
process.once('SIGTERM', () => server.close(() => client.close()))
