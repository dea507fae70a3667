import { setTimeout as delay } from 'node:timers/promises'
import { basicAuthorization } from '@chatlayer-tables/contract'
import { expect, onTestFinished, test } from 'vitest'
import type {
  OtherPace,
  PaceClients,
  PaceReport,
  PaceSharing,
} from '../../src/send/pace-sharing.ts'
import { createSender, type Sender, type SenderOptions } from '../../src/send/sender.ts'
import { httpServer, sendJson } from './servers.ts'

const page = { data: [{ id: 'a', values: { n: 1 } }], meta: { total: 1 } }
const OTHER: OtherPace = {
  number: 1,
  limit: 40,
  used: 20,
  isHeldBack: true,
  pauseMs: 0,
  ageMs: 0,
}

/** A meeting place with one other client, and what it was told. */
class Meeting implements PaceSharing {
  readonly reports: PaceReport[] = []
  left = 0
  answer: () => Promise<PaceClients> = async () => ({ number: 2, agreed: 40, others: [OTHER] })

  exchange(report: PaceReport): Promise<PaceClients> {
    this.reports.push(report)
    return this.answer()
  }

  async leave(): Promise<void> {
    this.left += 1
  }
}

async function senderWith(paceSharing: PaceSharing, rest: Partial<SenderOptions> = {}) {
  const server = await httpServer((_, response) => sendJson(response, page))
  const sender = createSender({
    connection: { origin: server.origin, prefix: '/api/v1', teamId: 't', botId: 'b' },
    authorization: basicAuthorization('someone:Pa55wordPa55word'),
    paceSharing,
    ...rest,
  })
  onTestFinished(() => sender.close())
  return { sender, server }
}

const read = (sender: Sender) =>
  sender.send('getTableData', { params: { tableId: 'x' }, query: { version: 'DRAFT' } })

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(10)
}

test('nothing is exchanged before the first request', async () => {
  const meeting = new Meeting()
  const { sender } = await senderWith(meeting)
  expect(meeting.reports).toEqual([])
  await sender.close()
  expect(meeting.left).toBe(0)
})

test('with the first request a client joins, and takes a part of the agreed limit', async () => {
  const meeting = new Meeting()
  const { sender } = await senderWith(meeting)
  await read(sender)
  await until(() => sender.stats().pace !== undefined)
  expect(sender.stats().pace).toBeLessThanOrEqual(20)
  expect(meeting.reports[0]).toMatchObject({ serial: 1, limit: undefined, pauseMs: 0 })
  await until(() => meeting.reports.length > 1)
  expect(meeting.reports[1]).toMatchObject({ serial: 2 })
})

test('a rate that was set by hand is not exceeded, and not told as a limit', async () => {
  const meeting = new Meeting()
  meeting.answer = async () => ({ number: 2, agreed: undefined, others: [OTHER] })
  const { sender } = await senderWith(meeting, { rate: { perSecond: 500 } })
  await Promise.all(Array.from({ length: 20 }, () => read(sender)))
  await until(() => meeting.reports.length > 1)
  expect(meeting.reports.every(({ limit }) => limit === undefined)).toBe(true)
  expect(sender.stats().pace).toBe(500)
})

test.each([
  ['hangs', () => new Promise<PaceClients>(() => {})],
  ['fails', () => Promise.reject(new Error('the database is away'))],
])('an exchange that %s holds nothing back', async (_, answer) => {
  const meeting = new Meeting()
  meeting.answer = answer
  const { sender, server } = await senderWith(meeting)
  await Promise.all(Array.from({ length: 100 }, () => read(sender)))
  expect(server.received).toHaveLength(100)
  expect(sender.stats()).toMatchObject({ succeeded: 100, pace: undefined })
  // Closing does not wait for it either.
  await sender.close()
})

test('a client that is closed leaves, once', async () => {
  const meeting = new Meeting()
  const { sender } = await senderWith(meeting)
  await read(sender)
  await Promise.all([sender.close(), sender.close()])
  const { length } = meeting.reports
  expect(meeting.left).toBe(1)
  await delay(150)
  expect(meeting.reports).toHaveLength(length)
})

test('a client that sends nothing for a while leaves, and joins again', async () => {
  const meeting = new Meeting()
  const { sender } = await senderWith(meeting)
  await read(sender)
  await until(() => meeting.left === 1)
  const { length } = meeting.reports
  await delay(250)
  expect(meeting.reports).toHaveLength(length)
  await read(sender)
  await until(() => meeting.reports.length > length)
  await sender.close()
  expect(meeting.left).toBe(2)
})

test('numbers that are none change nothing', async () => {
  const meeting = new Meeting()
  meeting.answer = async () => ({ number: 2, agreed: Number.NaN, others: [OTHER] })
  const { sender } = await senderWith(meeting)
  await read(sender)
  await until(() => meeting.reports.length > 1)
  await Promise.all(Array.from({ length: 50 }, () => read(sender)))
  expect(sender.stats()).toMatchObject({ succeeded: 51, pace: undefined })
})
