/** Sample tables of `clt try`: the bot of a fictitious chain of bicycle shops. */
import type { Emulator, SeedRecord, TableSeed } from '@chatlayer-tables/emulator'

type Columns = TableSeed['columns']

const STORE_COLUMNS: Columns = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'city', type: 'text' },
  { name: 'country', type: 'text' },
  { name: 'latitude', type: 'numeric' },
  { name: 'longitude', type: 'numeric' },
  { name: 'hours', type: 'jsonb' },
  { name: 'repairs', type: 'bool' },
  { name: 'bikes', type: 'int' },
  { name: 'opened_at', type: 'timestamp' },
]

const WEEK = '{"mon-fri":"09:00-18:00","sat":"10:00-17:00"}'
const LATE = '{"mon-fri":"10:00-20:00","sat":"10:00-18:00","sun":"12:00-17:00"}'

const STORES = `
GNT | Velo Ghent           | Ghent      | BE | 51.0543 | 3.7174 | ${WEEK} | true  | 84  | 2014-03-01T09:00:00Z
ANR | Velo Antwerp         | Antwerp    | BE | 51.2194 | 4.4025 | ${LATE} | true  | 132 | 2015-09-12T09:00:00Z
BRS | Velo Brussels South  | Brussels   | BE | 50.8355 | 4.3365 | ${LATE} | false | 61  | 2016-05-21T09:00:00Z
BRC | Velo Brussels Centre | Brussels   | BE | 50.8466 | 4.3528 | ${LATE} | true  | 97  | 2018-04-07T09:00:00Z
LEU | Velo Leuven          | Leuven     | BE | 50.8798 | 4.7005 | ${WEEK} | true  | 45  | 2017-02-18T09:00:00Z
LGG | Vélo Liège           | Liège      | BE | 50.6326 | 5.5797 | ${WEEK} | false | 38  | 2019-10-05T09:00:00Z
LIL | Vélo Lille           | Lille      | FR | 50.6292 | 3.0573 | ${WEEK} | true  | 70  | 2019-03-30T09:00:00Z
AMS | Velo Amsterdam       | Amsterdam  | NL | 52.3676 | 4.9041 | ${LATE} | true  | 210 | 2020-06-13T09:00:00Z
UTC | Velo Utrecht         | Utrecht    | NL | 52.0907 | 5.1214 | ${WEEK} | true  | 118 | 2021-05-08T09:00:00Z
RTM | Velo Rotterdam       | Rotterdam  | NL | 51.9244 | 4.4777 | ${LATE} | false | 93  | 2022-09-17T09:00:00Z
CGN | Velo Köln            | Cologne    | DE | 50.9375 | 6.9603 | ${WEEK} | true  | 56  | 2023-04-22T09:00:00Z
LUX | Velo Luxembourg      | Luxembourg | LU | 49.6117 | 6.1319 |         | false |     | 2026-12-05T09:00:00Z`

const FAQ_COLUMNS: Columns = [
  { name: 'topic', type: 'text' },
  { name: 'language', type: 'text' },
  { name: 'question', type: 'text' },
  { name: 'answer', type: 'text' },
  { name: 'asked', type: 'int' },
]

const FAQ = `
delivery | en | How long does delivery take?           | Three working days; five abroad.         | 412
delivery | nl | Hoe lang duurt de levering?            | Drie werkdagen; vijf naar het buitenland. | 655
delivery | fr | Quel est le délai de livraison ?       | Trois jours ouvrables ; cinq à l'étranger. | 301
returns  | en | Can I return a bicycle?                | Within 30 days, unused, with its papers. | 187
returns  | nl | Kan ik een fiets terugbrengen?         | Binnen 30 dagen, ongebruikt.             | 240
returns  | fr | Puis-je rendre un vélo ?               |                                          | 96
repairs  | en | Do I need an appointment for a repair? | Not for a flat tyre. For all else, yes.  | 329
repairs  | nl | Moet ik een afspraak maken?            | Niet voor een lekke band.                | 388
payment  | en | Can I pay in instalments?              | From 500 euro on, over up to 24 months.  | 143
payment  | nl | Kan ik in schijven betalen?            | Vanaf 500 euro, over hoogstens 24 maanden. | 171`

const LEAD_COLUMNS: Columns = [
  { name: 'reference', type: 'text' },
  { name: 'store', type: 'text' },
  { name: 'interest', type: 'text' },
  { name: 'budget', type: 'numeric' },
  { name: 'stage', type: 'text' },
  { name: 'newsletter', type: 'bool' },
  { name: 'asked_at', type: 'timestamp' },
]

const LEADS = `
L-0001 | GNT | city bike    | 650.00  | new           | true  | 2026-10-28T09:12:00Z
L-0002 | GNT | cargo bike   | 3200.00 | visit planned | false | 2026-10-29T16:40:00Z
L-0003 | ANR | e-bike       | 2499.00 | new           | true  | 2026-10-30T11:05:00Z
L-0004 | ANR | racing bike  | 1800.00 | offer sent    |       | 2026-10-30T18:22:00Z
L-0005 | BRS | folding bike | 900.00  | won           | true  | 2026-11-01T08:31:00Z
L-0006 | BRC | e-bike       |         | new           | false | 2026-11-02T12:15:00Z
L-0007 | BRC | city bike    | 450.00  | lost          | false | 2026-11-02T19:48:00Z
L-0008 | LEU | city bike    | 300.00  | won           | true  | 2026-11-03T10:09:00Z
L-0009 | LIL | e-bike       | 2100.00 | visit planned | true  | 2026-11-04T14:27:00Z
L-0010 | AMS | cargo bike   | 4150.00 | offer sent    | true  | 2026-11-04T15:02:00Z
L-0011 | AMS | city bike    | 700.00  | new           |       | 2026-11-05T09:55:00Z
L-0012 | UTC | e-bike       | 2800.00 | won           | true  | 2026-11-06T17:33:00Z
L-0013 | RTM | folding bike | 1100.00 | new           | false | 2026-11-07T13:20:00Z
L-0014 | CGN | e-bike       | 3000.00 | offer sent    | true  | 2026-11-08T10:44:00Z`

/** Tables with their DRAFT records. */
export const SAMPLE_TABLES: readonly TableSeed[] = [
  {
    name: 'stores',
    description: 'Shops and their opening hours',
    columns: STORE_COLUMNS,
    records: readRecords(STORE_COLUMNS, STORES),
  },
  {
    name: 'faq',
    description: 'Answers of the bot',
    columns: FAQ_COLUMNS,
    records: readRecords(FAQ_COLUMNS, FAQ),
  },
  {
    name: 'leads',
    description: 'Requests of visitors',
    columns: LEAD_COLUMNS,
    records: readRecords(LEAD_COLUMNS, LEADS),
  },
]

/** Fills LIVE: without the shop that is not open yet, and with an older stock of another. */
export function fillLive({ tables }: Emulator): void {
  const stores = readRecords(STORE_COLUMNS, STORES)
    .filter(({ code }) => code !== 'LUX')
    .map((store) => (store.code === 'GNT' ? { ...store, bikes: 79 } : store))
  tables.insert('stores', stores, 'LIVE')
  tables.insert('faq', readRecords(FAQ_COLUMNS, FAQ), 'LIVE')
}

/** Reads one record per line, with values in column order; an empty value is null. */
function readRecords(columns: Columns, text: string): SeedRecord[] {
  const lines = text.trim().split('\n')
  return lines.map((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const values = columns.map(({ name, type }, index) => [
      name,
      readCell(type, cells[index] ?? ''),
    ])
    return Object.fromEntries(values)
  })
}

function readCell(type: string, cell: string): unknown {
  if (cell === '') return null
  return type === 'text' || type === 'numeric' || type === 'timestamp' ? cell : JSON.parse(cell)
}
