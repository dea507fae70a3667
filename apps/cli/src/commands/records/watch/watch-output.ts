/** Prints detected changes: as text on a terminal, otherwise as one JSON object per line. */
import { stringifyJson, type TableRecord } from '@chatlayer-tables/core'
import type { Context } from '../../../context.ts'
import { joinTexts, rich, styled, type Text } from '../../../output/styled.ts'
import { cut } from '../../../output/text-table.ts'
import { displayValue } from '../../../output/values.ts'
import type { Writer } from '../../../output/writer.ts'
import { printable } from '../../../printable.ts'
import type { Field } from '../../../where.ts'
import type { WatchEvent } from './difference.ts'

export interface EventSink {
  show(event: WatchEvent, at: Date): Promise<void>
}

/** @param fields the selected fields, whose dates the text on a terminal shows */
export function eventSink(
  { out, json, messages }: Context,
  fields: readonly Field[] = [],
): EventSink {
  const dates = fields.flatMap((field) =>
    'meta' in field && field.meta !== 'id' ? field.meta : [],
  )
  if (json || !out.isTerminal) {
    return { show: (event, at) => out.write(`${eventLine(event, at)}\n`) }
  }
  return {
    async show(event, at) {
      await messages.clearLine()
      await out.write(rich`${joinTexts(eventView(event, at, { width: out.width, dates }), '\n')}\n`)
    },
  }
}

/** A public format: scripts read it. */
function eventLine(event: WatchEvent, at: Date): string {
  const after = event.event === 'removed' ? undefined : event.record
  const before = event.event === 'added' ? undefined : event.before
  return stringifyJson({
    event: event.event,
    at: at.toISOString(),
    id: (after ?? before)?.id ?? null,
    createdAt: (after ?? before)?.createdAt || null,
    updatedAt: after?.updatedAt ?? null,
    ...(event.event === 'changed' && { columns: [...event.columns] }),
    values: after?.values ?? null,
    before: before?.values ?? null,
  })
}

const SIGNS = {
  added: { sign: '+', colour: 'green' },
  changed: { sign: '~', colour: 'yellow' },
  removed: { sign: '-', colour: 'red' },
} as const

const INDENT = ' '.repeat(12)

function eventView(event: WatchEvent, at: Date, view: View): Text[] {
  const { sign, colour } = SIGNS[event.event]
  const time = at.toTimeString().slice(0, 8)
  const { id } = event.event === 'removed' ? event.before : event.record
  const room = Math.max(20, view.width - INDENT.length)
  return [
    rich`${styled('dim', time)}  ${styled(colour, `${sign} ${cut(printable(id), room)}`)}`,
    ...details(event, view).map((line) => `${INDENT}${cut(line, room)}`),
  ]
}

interface View extends Pick<Writer, 'width'> {
  readonly dates: readonly ('createdAt' | 'updatedAt')[]
}

function details(event: WatchEvent, { dates }: View): string[] {
  const record = event.event === 'removed' ? event.before : event.record
  const dateLine = dates.map((name) => `${name}=${record[name]}`).join('  ')
  if (event.event !== 'changed') {
    return [dateLine, valuesLine(record)].filter((line) => line !== '')
  }
  const changes = event.columns.map((name) => {
    const [old, now] = [event.before.values[name], event.record.values[name]]
    return `${printable(name)}: ${cut(displayValue(old))} → ${cut(displayValue(now))}`
  })
  return dateLine === '' ? changes : [dateLine, ...changes]
}

function valuesLine({ values }: TableRecord): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${printable(name)}=${cut(displayValue(value))}`)
    .join('  ')
}
